"""models.dev's `models.json`: base models, where their weights are, and who measured them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from collectors.models_dev import wire
from collectors.offers import ITEM_ERRORS, MalformedItem, describe_problem, parse_date, parse_name
from collectors.text import clean_text, parse_link
from store.errors import SourceChanged
from store.records import Claim, Kind, Link, ModelFact, ModelRecord, Precision, Record, Standing, SubjectRef

_UNLICENSED = "artificial analysis "
"""Its composite indices are its owner's data, which models.dev may show and we may not republish."""

_TEXT_LENGTH = 300
_HIGHEST_SCORE = Decimal(1_000_000)
_HUB_HOSTS = frozenset({"huggingface.co", "hf.co"})
_HUB_OTHER = frozenset({"datasets", "spaces", "collections", "papers", "blog", "docs", "models"})


class BenchmarkMeaning(Protocol):
    """The declared benchmark a claimed name means, and the version that name implies."""

    @property
    def benchmark(self) -> str: ...

    @property
    def version(self) -> str: ...


class ClaimNames(Protocol):
    """What the catalogue knows about benchmarks and those who publish scores."""

    def find_benchmark(self, name: str) -> BenchmarkMeaning | None: ...

    def claim_standing(self, source_url: str, model_lab: str) -> Standing | None: ...


@dataclass(slots=True)
class ParsedModels:
    """`models`: each model's records by its key. `left_out`: claims whose owner does not license them."""

    models: dict[str, list[Record]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    left_out: int = 0


def parse_models(body: bytes, day: date, url: str, names: ClaimNames | None = None) -> ParsedModels:
    """Records of each base model: the model, its facts, its Hub links, its benchmark claims.

    Raises SourceChanged with the path when the body is no object of models, or more than half of them
    cannot be read.
    """
    try:
        catalogue = msgspec.json.decode(body, type=wire.Catalogue)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("$", f"not an object of models: {error}") from error
    result = ParsedModels()
    for identifier, raw in catalogue.items():
        path = f"[{identifier[:80]!r}]"
        try:
            lab, key = _parse_key(identifier)
            model = msgspec.json.decode(raw, type=wire.Model)
            records = [*_list_records(lab, key, model, day, url, path, result.skipped)]
            records += _list_claims(lab, key, model, path, names, result)
        except ITEM_ERRORS as error:
            result.skipped.append(describe_problem(path, error))
            continue
        result.models[key] = records
    if not result.models or len(result.models) * 2 < len(catalogue):
        first = result.skipped[0] if result.skipped else "$: an empty object where models are expected"
        where, _, problem = first.partition(": ")
        raise SourceChanged(where, problem)
    return result


def parse_hub_name(address: str) -> str | None:
    """`owner/name` of a Hub model's address; None for any other address."""
    parts = urlsplit(address)
    pieces = parts.path.strip("/").split("/")
    if (parts.hostname or "").removeprefix("www.") not in _HUB_HOSTS or len(pieces) < 2:
        return None
    return None if pieces[0] in _HUB_OTHER else parse_name(f"{pieces[0]}/{pieces[1]}")


def _parse_key(identifier: str) -> tuple[str, str]:
    lab, _, rest = parse_name(identifier).lower().partition("/")
    if not lab or not rest:
        raise MalformedItem("not of the form lab/name")
    return lab, f"{lab}/{rest}"


def _list_records(
    lab: str, key: str, model: wire.Model, day: date, url: str, path: str, skipped: list[str]
) -> Iterator[Record]:
    yield ModelRecord(key, lab, parse_name(model.name), _clean(model.family) or None)
    context = model.limit.context if model.limit is not None else None
    facts = {
        "open_weights": None if model.open_weights is None else str(model.open_weights).lower(),
        "licence": _clean(model.license),
        "context_tokens": str(int(context)) if context else None,
    }
    for attribute, value in facts.items():
        if value:
            yield ModelFact(key, attribute, value, day, evidence_url=url)
    if model.release_date:
        try:
            released, precision = parse_date(model.release_date)
        except MalformedItem as error:
            skipped.append(describe_problem(f"{path}.release_date", error))
        else:
            yield ModelFact(key, "released_on", released.isoformat(), day, precision, url)
    for hub_name in _list_hub_names(model, path, skipped):
        yield Link(SubjectRef("hub", Kind.HUB_MODEL, hub_name), key, "hub_id", 1.0)


def _list_hub_names(model: wire.Model, path: str, skipped: list[str]) -> Iterator[str]:
    for number, raw in enumerate(model.weights or ()):
        try:
            hub_name = parse_hub_name(msgspec.json.decode(raw, type=wire.Weights).url)
        except (*ITEM_ERRORS, ValueError) as error:
            skipped.append(describe_problem(f"{path}.weights[{number}]", error))
            continue
        if hub_name is not None:
            yield hub_name


def _list_claims(
    lab: str, key: str, model: wire.Model, path: str, names: ClaimNames | None, result: ParsedModels
) -> Iterator[Claim]:
    own_organisations = {name.partition("/")[0].lower() for name in _list_hub_names(model, path, [])}
    for number, raw in enumerate(model.benchmarks or ()):
        try:
            entry = msgspec.json.decode(raw, type=wire.Benchmark)
            if entry.name.lower().startswith(_UNLICENSED):
                result.left_out += 1
                continue
            yield _parse_claim(lab, key, entry, own_organisations, names)
        except (*ITEM_ERRORS, ValueError) as error:
            result.skipped.append(describe_problem(f"{path}.benchmarks[{number}]", error))


def _parse_claim(
    lab: str, key: str, entry: wire.Benchmark, own_organisations: set[str], names: ClaimNames | None
) -> Claim:
    if not entry.score.is_finite() or abs(entry.score) > _HIGHEST_SCORE:
        raise MalformedItem(f"score: {entry.score} is no score")
    source = parse_link(entry.source)
    if source is None:
        raise MalformedItem(f"source: {entry.source[:80]!r} is no address")
    claimed_on: date | None = None
    if entry.date:
        claimed_on, precision = parse_date(entry.date)
        claimed_on = claimed_on if precision is Precision.DAY else None
    meaning = names.find_benchmark(entry.name) if names is not None else None
    standing = names.claim_standing(entry.source, lab) if names is not None else None
    settings = {"dataset": entry.dataset, "harness": entry.harness, "variant": entry.variant}
    return Claim(
        model=key,
        benchmark=meaning.benchmark if meaning is not None else parse_name(entry.name),
        score=float(entry.score),
        unit="points" if entry.metric == "index" else "percent",
        metric=_clean(entry.metric),
        standing=standing or _guess_standing(entry.source, lab, own_organisations),
        claimed_on=claimed_on,
        source_url=source,
        version=_clean(entry.version) or (meaning.version if meaning is not None else ""),
        settings=", ".join(f"{name} {_clean(value)}" for name, value in settings.items() if value),
        known_at=None if claimed_on is None else datetime.combine(claimed_on, time(), UTC),
    )


def _guess_standing(source: str, lab: str, own_organisations: set[str]) -> Standing:
    """Self-reported when the score stands on the maker's own site or Hub page, else third party."""
    parts = urlsplit(source)
    host = (parts.hostname or "").lower()
    if host in _HUB_HOSTS:
        owner = parts.path.strip("/").partition("/")[0].lower()
        is_own = owner in own_organisations or owner.startswith(lab)
    else:
        is_own = lab in host.split(".")
    return Standing.SELF_REPORTED if is_own else Standing.THIRD_PARTY


def _clean(text: str | None) -> str:
    return clean_text(text or "", _TEXT_LENGTH)
