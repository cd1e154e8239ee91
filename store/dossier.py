"""Everything known about one subject or model, as lines with day, basis and source."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from store import schema as t
from store.errors import NotFound, Refused
from store.knowledge import Attribute
from store.query import StoreQuery
from store.records import SubjectRef

_RECENT = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a counter's last value, a fact in force, a link, a release."""

    section: str
    name: str
    value: str | float
    day: date | None
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Dossier:
    title: str
    entries: tuple[Entry, ...]


def find_dossier(query: StoreQuery, text: str) -> Dossier:
    """Look `text` up: `source:key`, or an unambiguous name (present or former, any case).

    Raises NotFound with the nearest names, Refused when a name means several things.
    """
    source, separator, key = text.partition(":")
    sources = {ref.source for ref in query.knowledge.subjects.values()} | {"model"}
    wanted = key if separator and source in sources else text
    only = source if wanted is not text else None
    named = _named(query, wanted).items()
    subjects = [(identity, ref) for identity, ref in named if only in (None, ref.source)]
    is_wanted = {m.key for m in query.list_models() if m.key.casefold() == wanted.casefold()}
    models = [m for m in query.list_models() if m.key in is_wanted and only in (None, "model")]
    hub = [pair for pair in subjects if pair[1].source == "hub"]
    if len(subjects) > 1 and len(hub) == 1:  # a name like owner/name means the repository first
        subjects = hub
    if len(subjects) > 1:
        names = ", ".join(f"{ref.source}:{ref.name}" for _, ref in subjects[:6])
        raise Refused(f"{text} means several things", remedy=f"say which: {names}")
    if not subjects and not models:
        raise NotFound(f"nothing is known of {text}", remedy=_near(query, wanted))
    entries: list[Entry] = []
    title = models[0].key if models else ""
    if subjects:
        identity, ref = subjects[0]
        title = f"{ref.source}:{ref.name}"
        entries += _about_subject(query, identity, ref)
        linked = query.knowledge.linked_models.get(identity)
        models = models or [m for m in query.list_models() if m.key == linked]
    for model in models:
        entries += _about_model(query, model.key)
    return Dossier(title, tuple(entries))


def _named(query: StoreQuery, name: str) -> dict[int, SubjectRef]:
    """Subjects that are or were called `name`; a present name wins over a former one."""
    subjects = query.knowledge.subjects
    folded = name.casefold()
    present = {
        identity: ref
        for identity, ref in subjects.items()
        if ref.name.casefold() == folded or ref.native_id == name
    }
    if present:
        return present
    n = t.subject_name
    rows = query.connection.execute(select(n.c.subject_id, n.c.name)).all()
    former = {row.subject_id for row in rows if row.name.casefold() == folded}
    return {identity: ref for identity, ref in subjects.items() if identity in former}


def _near(query: StoreQuery, name: str) -> str:
    names = {ref.name for ref in query.knowledge.subjects.values()} | {m.key for m in query.list_models()}
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    return f"near: {', '.join(near)}" if near else "lunchwatch top METRIC lists what is known"


def _about_subject(query: StoreQuery, identity: int, ref: SubjectRef) -> Iterator[Entry]:
    for metric in query.list_metrics():
        for series in query.list_series(metric, subject_id=identity):
            told = series.provenance
            yield Entry("counter", metric, series.values[-1], series.days[-1], told.basis, told.source)
    yield from _facts(query.knowledge.facts("subject").get(identity, {}))
    releases = [r for r in query.list_releases(date.min) if r.release.subject == ref]
    for stored in releases[-_RECENT:]:
        release = stored.release
        yield Entry(
            "release",
            release.title,
            release.url or "",
            release.published_at.date(),
            stored.provenance.basis,
            stored.provenance.source,
        )


def _about_model(query: StoreQuery, key: str) -> Iterator[Entry]:
    for identity, model in query.knowledge.models.items():
        if model.key == key:
            told = model.provenance
            yield Entry("model", "key", model.key, None, told.basis, told.source)
            yield Entry("model", "lab", model.lab, None, told.basis, told.source)
            yield Entry("model", "openness", model.openness, None, told.basis, model.openness_source or "")
            yield from _facts(query.knowledge.facts("model").get(identity, {}))
    for stored in query.list_claims():
        if stored.model_key == key:
            claim = stored.claim
            yield Entry(
                "claim",
                f"{claim.benchmark} {claim.version}".strip(),
                claim.score,
                claim.claimed_on,
                f"{stored.provenance.basis}, {claim.standing}",
                claim.source_url,
            )


def _facts(facts: dict[str, list[Attribute]]) -> Iterator[Entry]:
    for attribute, history in sorted(facts.items()):
        for step in history:
            yield Entry(
                "fact",
                attribute,
                step.value,
                step.valid_from,
                step.provenance.basis,
                step.evidence_url or step.provenance.source,
            )
