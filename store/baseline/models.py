"""Bundled models and what was claimed about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from store.baseline.notation import parse_date, read_lines
from store.catalogue import Catalogue, midnight
from store.records import Claim, Kind, Link, ModelFact, ModelRecord, Precision, Record, SubjectRef


def read_models(file_name: str, catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Models with release, weights and context. What the catalogue checked by hand (name, family,
    release date, licence, Hub link) stands there and is not said a second time."""
    linked = {model.hub_name for model in catalogue.models}
    for line in read_lines(file_name):
        lab = catalogue.lab(line.group[0]).key
        slug, name, _, released, weights = line.columns[:5]
        key = f"{lab}/{slug}".lower()
        day, precision = parse_date(released)
        stated = {
            "open_weights": "true" if weights == "open" else "false",
            "context_tokens": line.text(5),
        }
        if catalogue.knows_model(key):
            checked = catalogue.model(key)
            yield ModelRecord(key, lab, checked.name, checked.family)
        else:
            yield ModelRecord(key, lab, name, line.text(2))
            stated["released_on"] = day.isoformat()
            stated["licence"] = line.text(7)
        for attribute, value in stated.items():
            if value is not None:
                yield _fact(key, attribute, value, day, precision)
        hub_name = line.text(6)
        if hub_name is not None and hub_name not in linked:
            yield Link(SubjectRef("hub", Kind.HUB_MODEL, hub_name), key, "hub_id", 1.0)


def read_claims(file_name: str, catalogue: Catalogue, through: date) -> Iterator[Record]:
    """Benchmark claims. One without a day counts as known on the day `through`, not earlier."""
    for line in read_lines(file_name):
        benchmark, version, metric, source_url = line.group
        model, score = line.columns[:2]
        standing = catalogue.claim_standing(source_url, model.split("/")[0])
        if standing is None:
            raise ValueError(f"who publishes at {source_url}? It is not in benchmarks.toml")
        claimed = line.text(2)
        claimed_on = None if claimed is None else date.fromisoformat(claimed)
        yield Claim(
            model=model,
            benchmark=benchmark,
            score=float(score),
            unit=catalogue.benchmarks[benchmark].unit,
            metric="" if metric == "-" else metric,
            standing=standing,
            claimed_on=claimed_on,
            source_url=source_url,
            version="" if version == "-" else version,
            settings=line.text(3) or "",
            known_at=midnight(claimed_on or through),
        )


def _fact(model: str, attribute: str, value: str, day: date, precision: Precision) -> ModelFact:
    return ModelFact(model, attribute, value, valid_from=day, precision=precision, known_at=midnight(day))
