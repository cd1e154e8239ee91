"""From a `HubModel` to records: what is counted, what is a fact, what is a release. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from collectors.hub.wire import CREATED_FLOOR, HubModel
from store.records import Fact, Kind, Observation, Record, Release, ReleaseKind, SubjectRef

SOURCE = "hub"

NEW_FOR = timedelta(days=60)
"""A repository counts as a release this long after it was made; the store keeps what it was told."""

DERIVED = frozenset({"quantized", "adapter", "merge"})
"""Relations that make a repository another form of somebody's model and not a model of its own.
A lab's own quantised weights stay a release: DeepSeek-V3.1 is `quantized` from its own base."""


def list_records(
    model: HubModel,
    now: datetime,
    *,
    site: str,
    tracked: Collection[str] = (),
    renamed_from: str | None = None,
) -> list[Record]:
    """The records one repository gives. `tracked`: owners in lower case whose new models are releases;
    `site` is the address of the Hub's pages."""
    subject = SubjectRef(SOURCE, Kind.HUB_MODEL, model.name, model.native_id)
    page = f"{site}/{model.name}"
    records: list[Record] = [*_observations(model, subject, now.date())]
    records.extend(_facts(model, subject, now.date(), page, renamed_from))
    if model.created_at is not None and is_release(model, now, tracked):
        records.append(
            Release(
                subject=subject,
                kind=ReleaseKind.MODEL,
                key=model.native_id or model.name,
                title=model.name,
                url=page,
                published_at=model.created_at,
            )
        )
    return records


def list_lineage(model: HubModel, now: datetime, *, site: str) -> list[Record]:
    """What a derivative is made of and since when, without its counters: it is seen once, and counters that
    are never read again would look like a model nobody loads any more."""
    subject = SubjectRef(SOURCE, Kind.HUB_MODEL, model.name, model.native_id)
    facts = _facts(model, subject, now.date(), f"{site}/{model.name}", None)
    return [fact for fact in facts if fact.attribute in ("base_model", "created_on")]


def read_ability(model: HubModel, disabled: list[str], now: datetime, *, site: str) -> list[Record]:
    """The fact that the Hub has disabled a model, or has enabled it again. `disabled`: the ids, or names, of
    those that were; it is brought up to date."""
    identity = model.native_id or model.name
    if model.is_disabled == (identity in disabled):
        return []
    if model.is_disabled:
        disabled.append(identity)
    else:
        disabled.remove(identity)
    subject = SubjectRef(SOURCE, Kind.HUB_MODEL, model.name, model.native_id)
    value = str(model.is_disabled).lower()
    return [Fact(subject, "disabled", value, now.date(), evidence_url=f"{site}/{model.name}")]


def is_derived(model: HubModel) -> bool:
    """Whether it is a quantisation, an adapter or a merge of somebody else's model."""
    own = f"{model.author}/".lower()
    return model.relation in DERIVED and not all(name.lower().startswith(own) for name in model.base_models)


def is_release(model: HubModel, now: datetime, tracked: Collection[str]) -> bool:
    """Whether a tracked owner made it within `NEW_FOR`, and it is not another form of others' work."""
    if model.created_at is None or model.author.lower() not in tracked or is_derived(model):
        return False
    return timedelta(0) <= now - model.created_at <= NEW_FOR


def _observations(model: HubModel, subject: SubjectRef, day: date) -> Iterator[Observation]:
    values = {
        "hub.downloads.30d": model.downloads,
        "hub.downloads.all_time": model.downloads_all_time,
        "hub.likes": model.likes,
        "hub.trending_score": model.trending_score,
    }
    for metric, value in values.items():
        if value is not None:
            yield Observation(subject, metric, day, float(value))


def _facts(
    model: HubModel, subject: SubjectRef, day: date, page: str, renamed_from: str | None
) -> Iterator[Fact]:
    lineage = ",".join(f"{model.relation or 'unstated'}:{name}" for name in model.base_models)
    values = {
        "licence": model.licence,
        "gated": model.gated,
        "base_model": lineage or None,
        "parameters": None if model.parameters is None else str(model.parameters),
        "pipeline_tag": model.pipeline_tag,
        "library": model.library,
        "renamed_from": renamed_from,
    }
    for attribute, value in values.items():
        if value is not None:
            yield Fact(subject, attribute, value, day, evidence_url=page)
    if model.created_at is not None and model.created_at > CREATED_FLOOR:
        created = model.created_at.date()
        yield Fact(subject, "created_on", created.isoformat(), created, evidence_url=page)
