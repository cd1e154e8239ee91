"""Deciding what is news: the pure half of the write path. It reads nothing and writes nothing.

A run that looks for itself sees one moment: of a level (stars, 30-day downloads, a price) it stores what
differs from the last known value, and its coverage says that the rest was unchanged. A history that is
imported, back-filled or bundled has no such coverage: there every given day is stored, or a flat stretch
would look as if nobody had looked and a slope would stand on the changes alone. A flow or a published
score is stored for each of its days. The same value for a day that has it is never news; another one is
a correction: a new row by a later run, both kept.

A back-filled value between a stored level and a day on which that level was seen again unchanged is not
yet told apart from a change that lasted: only the coverage of runs knows of the later sighting.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from store.records import Basis, Semantics


@dataclass(frozen=True, slots=True)
class Known:
    """What is already known of one subject's metric: effective values by day, days ascending."""

    days: tuple[date, ...] = ()
    values: tuple[float, ...] = ()

    def has(self, day: date) -> bool:
        """Whether there is a value for that day."""
        at = bisect.bisect_left(self.days, day)
        return at < len(self.days) and self.days[at] == day


def find_changes(
    known: Known, incoming: Mapping[date, float], semantics: Semantics, basis: Basis
) -> list[tuple[date, float]]:
    """Return the (day, value) pairs of `incoming` that are news when a run of that basis tells them, by
    day."""
    drops_repeats = semantics.is_change_only and basis is Basis.OBSERVED
    days = list(known.days)
    values = list(known.values)
    news: list[tuple[date, float]] = []
    for day in sorted(incoming):
        value = incoming[day]
        at = bisect.bisect_left(days, day)
        has_day = at < len(days) and days[at] == day
        if has_day and values[at] == value:
            continue
        if not has_day and drops_repeats and at > 0 and values[at - 1] == value:
            continue
        news.append((day, value))
        if has_day:
            values[at] = value
        else:
            days.insert(at, day)
            values.insert(at, value)
    return news


def is_storable(value: float, semantics: Semantics) -> bool:
    """Whether a value can be one of such a metric: finite, and not negative unless it is a score."""
    return math.isfinite(value) and (value >= 0 or semantics is Semantics.SCORE)
