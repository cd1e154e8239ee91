"""Which served model is which entry of the capability index; never a guess.

First by the model: offer and entry are joined where the store knows both to be the same one. Only where it
does not know one of them, by name, as `store.resolution.spelling` reads it: the same name but for spelling;
else a name without a date meets the one dated snapshot of that name. A step that fits two different scores
fits none, and a dated offer never becomes an undated entry: a later snapshot is another model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.records import IndexScore, Offer
from store.resolution.spelling import PLAIN, Name


@dataclass(frozen=True, slots=True)
class Join:
    """An offer and the index entry it serves."""

    offer: Offer
    score: IndexScore


@dataclass(frozen=True, slots=True)
class Joined:
    """The joins, and how many offers fit no entry or more than one."""

    joins: tuple[Join, ...]
    unmatched: int
    ambiguous: int


def join_offers(offers: Iterable[Offer], scores: Sequence[IndexScore]) -> Joined:
    """Join each offer to at most one index entry. What neither the model nor the name tells is for
    `lunchwatch link` to say: a link by hand gives offer or entry its model."""
    book = _Book(scores)
    joins: list[Join] = []
    unmatched = ambiguous = 0
    for offer in offers:
        fitting = book.list_fitting(offer)
        if not fitting:
            unmatched += 1
        elif len({_value(row) for row in fitting}) > 1:
            ambiguous += 1
        else:
            joins.append(Join(offer, fitting[0]))
    return Joined(tuple(joins), unmatched, ambiguous)


class _Book:
    """Index entries by model and by name. Of several spellings of one entry the plainest (no host's path,
    then the shortest) stands for it."""

    def __init__(self, scores: Sequence[IndexScore]) -> None:
        self._by_model: dict[str, list[IndexScore]] = defaultdict(list)
        self._exact: dict[tuple[str, str | None], list[IndexScore]] = defaultdict(list)
        self._dated: dict[str, list[IndexScore]] = defaultdict(list)
        for row in sorted(scores, key=lambda row: ("/" in row.model, len(row.model), row.model)):
            name = PLAIN.read(row.model)
            if row.model_key is not None:
                self._by_model[row.model_key].append(row)
            self._exact[name.stem, name.snapshot].append(row)
            if name.snapshot is not None:
                self._dated[name.stem].append(row)

    def list_fitting(self, offer: Offer) -> list[IndexScore]:
        """The entries an offer may be: those of its model, else those of its name."""
        if offer.linked_model is None:
            return self.list_named(PLAIN.read(offer.model))
        entries = self._by_model.get(offer.linked_model, [])
        if len({_value(row) for row in entries}) > 1:  # a preview beside the release, say
            names = {PLAIN.read(text).stem for text in (offer.model, offer.linked_model)}
            entries = [row for row in entries if PLAIN.read(row.model).stem in names] or entries
        if entries:
            return entries
        for text in (offer.model, offer.linked_model):
            named = [row for row in self.list_named(PLAIN.read(text)) if row.model_key is None]
            if named:
                return named
        return []

    def list_named(self, name: Name) -> list[IndexScore]:
        exact = self._exact.get((name.stem, name.snapshot), [])
        return exact or (self._dated.get(name.stem, []) if name.snapshot is None else [])


def _value(row: IndexScore) -> tuple[float, str]:
    return (row.score, row.openness.value)
