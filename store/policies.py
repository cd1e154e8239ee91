"""Policies as they are known at one as-of: which text was in force from when, and every text once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from store import schema as t
from store.knowledge import Attribute
from store.query import StoreQuery
from store.reading import AsOf
from store.records import Basis, Kind, SubjectRef

_HASH_LENGTH = 64
_ATTRIBUTES = ("text_hash", "text_origin", "url", "lab", "document_kind")


@dataclass(frozen=True, slots=True)
class InForce:
    """From `since` on the text `key` holds."""

    since: date
    key: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One document of one service. `in_force`: by day; `origins`: the texts that are not the service's own
    work, by key: `extraction` or `unclear`. `counted`: days of changes of which only counts are known."""

    subject: SubjectRef
    url: str
    lab: str
    kind: str
    in_force: tuple[InForce, ...]
    origins: Mapping[str, str]
    counted: tuple[date, ...]

    @property
    def name(self) -> str:
        return self.subject.name


def list_policies(query: StoreQuery) -> list[Policy]:
    """The documents of which texts or counts are known, by name."""
    knowledge = query.knowledge
    facts = knowledge.facts("subject", _ATTRIBUTES)
    counted, kept = _list_counted(query), _list_kept(query)
    found = []
    for identity, ref in knowledge.subjects.items():
        told = facts.get(identity, {})
        if ref.kind is Kind.DOCUMENT_SOURCE and ("text_hash" in told or identity in counted):
            found.append(_make_policy(ref, told, kept.get(identity, ()), counted.get(identity, ())))
    return sorted(found, key=lambda each: (each.name.casefold(), each.subject.source))


def _make_policy(
    ref: SubjectRef,
    told: Mapping[str, Sequence[Attribute]],
    kept: Sequence[InForce],
    counted: Sequence[date],
) -> Policy:
    def last(name: str) -> str:
        history = told.get(name, ())
        return history[-1].value if history else ""

    in_force = [InForce(fact.valid_from, fact.value) for fact in told.get("text_hash", ())]
    held = {each.key for each in in_force}
    passing = [each for each in kept if each.key not in held]  # another one followed on the same day
    origins = (fact.value.partition(" ") for fact in told.get("text_origin", ()))
    return Policy(
        subject=ref,
        url=last("url"),
        lab=last("lab"),
        kind=last("document_kind"),
        in_force=tuple(sorted([*passing, *in_force], key=lambda each: each.since)),
        origins={key: origin for origin, _, key in origins},
        counted=tuple(counted),
    )


def _list_counted(query: StoreQuery) -> dict[int, list[date]]:
    """Per subject the days of changes that are known by their counts of lines alone."""
    o, when = t.observation, AsOf(query.world, query.as_of, query.last_run_id)
    metric = select(t.metric.c.metric_id).where(t.metric.c.name == "policy.lines_added").scalar_subquery()
    current = when.current(
        o,
        (o.c.metric_id, o.c.subject_id, o.c.day),
        where=[o.c.metric_id == metric, o.c.day <= query.as_of],
        owner=t.subject,
    )
    found: dict[int, list[date]] = defaultdict(list)
    for row in query.connection.execute(
        select(current.c.subject_id, current.c.day)
        .where(current.c.rank == 1, current.c.run_basis != Basis.OBSERVED)
        .order_by(current.c.day)
    ):
        found[row.subject_id].append(row.day)
    return found


def _list_kept(query: StoreQuery) -> dict[int, list[InForce]]:
    """Per subject the texts that are kept, by the moment they were first seen."""
    d, when = t.document, AsOf(query.world, query.as_of, query.last_run_id)
    current = when.current(
        d,
        (d.c.subject_id, d.c.key),
        where=[t.subject.c.kind == Kind.DOCUMENT_SOURCE, func.length(d.c.key) == _HASH_LENGTH],
        owner=t.subject,
    )
    found: dict[int, list[InForce]] = defaultdict(list)
    for row in query.connection.execute(
        select(current.c.subject_id, current.c.key, current.c.published_at)
        .where(current.c.rank == 1)
        .order_by(current.c.published_at)
    ):
        found[row.subject_id].append(InForce(row.published_at.date(), row.key))
    return found


def read_texts(query: StoreQuery, policy: Policy) -> dict[str, str]:
    """The policy's texts by key."""
    d, when = t.document, AsOf(query.world, query.as_of, query.last_run_id)
    identity = next(key for key, ref in query.knowledge.subjects.items() if ref == policy.subject)
    current = when.current(d, (d.c.subject_id, d.c.key), where=[d.c.subject_id == identity], owner=t.subject)
    rows = query.connection.execute(select(current.c.key, current.c.text).where(current.c.rank == 1))
    return {row.key: row.text for row in rows if len(row.key) == _HASH_LENGTH}
