"""Which series of a metric a text means: a subject's own, or that of the one subject linked to a model."""

from __future__ import annotations

from dataclasses import dataclass

from store.errors import Refused, cut
from store.lookup import find_named
from store.offers import most_believed
from store.query import StoreQuery
from store.records import Kind, Metric, Series, SubjectRef


@dataclass(frozen=True, slots=True)
class Measured:
    """What was meant, its series (None: it has no value of the metric yet) and all series of the metric."""

    title: str
    metric: Metric
    series: Series | None
    everybody: tuple[Series, ...]


def find_measured(query: StoreQuery, metric: str, text: str) -> Measured:
    """Look `text` up among the subjects that have values of `metric`, then among all that is known.

    Raises NotFound for an undeclared metric and for an unknown subject, each with the nearest names;
    Refused when several series may be meant.
    """
    declared = query.find_metric(metric)
    everybody = tuple(query.list_series(metric))
    folded = text.casefold()
    found = [
        s for s in everybody if folded in (s.subject.name.casefold(), name_subject(s.subject).casefold())
    ]
    if not found:
        named = find_named(query, text)
        meant = {named.subject} if named.subject else set()
        found = [s for s in everybody if s.subject in meant]
        if not found and named.model is not None:
            meant = _list_linked(query, named.model.key)
            found = [s for s in everybody if s.subject in meant]
        if not found:
            return Measured(named.title, declared, None, everybody)
    if len(found) > 1 and all(s.subject.kind is Kind.OFFER for s in found):
        believed = most_believed((s.subject for s in found), query.catalogue.price_lists)
        if len({s.subject.name.casefold() for s in found}) == 1:
            found = [s for s in found if s.subject == believed]
    if len(found) > 1:
        names = ", ".join(name_subject(s.subject) for s in found[:6])
        raise Refused(f"{cut(text)} has several series of {metric}", remedy=f"say which: {names}")
    return Measured(name_subject(found[0].subject), declared, found[0], everybody)


def name_subject(subject: SubjectRef) -> str:
    """`source:name`, which finds it again."""
    return f"{subject.source}:{subject.name}"


def _list_linked(query: StoreQuery, model: str) -> set[SubjectRef]:
    linked = query.knowledge.linked_models
    return {query.knowledge.subjects[identity] for identity, key in linked.items() if key == model}
