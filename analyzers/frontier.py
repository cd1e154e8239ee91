"""The frontier of a class: its running maximum by release date (methodology 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from analyzers.analysis import FrontierPoint
from store.records import IndexScore, Openness, OpenRule


@dataclass(frozen=True, slots=True)
class Entry:
    """A model with its score, dated by its release. `maker` is the releasing organisation."""

    day: date
    name: str
    score: float
    maker: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """The entries of both classes, and what stands in neither with the reason in the field's name."""

    open: tuple[Entry, ...]
    closed: tuple[Entry, ...]
    unknown: int
    unreleased: int

    @property
    def models(self) -> int:
        return len(self.open) + len(self.closed)


def split_sides(scores: Iterable[IndexScore], rule: OpenRule) -> Sides:
    """Sort index scores into open and closed under `rule`.

    Rows of one maker with one score and one openness are one model seen under several names (hosts,
    thinking modes, base and chat weights share the index's row): the earliest release stands for them.
    Unknown openness is in neither class and counted; models that were never released are left out.
    """
    earliest: dict[tuple[str, float, bool], Entry] = {}
    unknown = unreleased = 0
    for row in scores:
        is_open = rule.is_open(row.openness, is_science_open=row.is_science_open)
        if row.openness is Openness.UNRELEASED:
            unreleased += 1
            continue
        if is_open is None:
            unknown += 1
            continue
        key = (row.organisation, row.score, is_open)
        entry = Entry(row.released_on, row.model, row.score, row.organisation)
        known = earliest.get(key)
        if known is None or _plainness(entry) < _plainness(known):
            earliest[key] = entry
    ordered = sorted(earliest.items(), key=lambda item: (item[1].day, item[1].name))
    return Sides(
        open=tuple(entry for (_, _, is_open), entry in ordered if is_open),
        closed=tuple(entry for (_, _, is_open), entry in ordered if not is_open),
        unknown=unknown,
        unreleased=unreleased,
    )


def _plainness(entry: Entry) -> tuple[date, bool, int, str]:
    """Earliest first; of one day the name without a host's prefix, then the shortest."""
    return (entry.day, "/" in entry.name, len(entry.name), entry.name)


def running_maximum(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that raised the maximum, by date; of several on one day the best one stands."""
    frontier: list[Entry] = []
    for entry in sorted(entries, key=lambda item: (item.day, -item.score, item.name)):
        if frontier and entry.score <= frontier[-1].score:
            continue
        frontier.append(entry)
    return tuple(frontier)


def best_at(frontier: Sequence[Entry], day: date) -> Entry | None:
    """The frontier's entry on `day`; None before its first."""
    best = None
    for entry in frontier:
        if entry.day > day:
            break
        best = entry
    return best


def frontier_points(sides: Sides) -> tuple[FrontierPoint, ...]:
    """Both frontiers as points for the chart, by date."""
    points = [
        FrontierPoint(entry.day, entry.name, entry.score, is_open)
        for entries, is_open in ((sides.open, True), (sides.closed, False))
        for entry in running_maximum(entries)
    ]
    return tuple(sorted(points, key=lambda point: (point.day, point.is_open, point.model)))
