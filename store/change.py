"""Deciding what is news: the pure half of the write path. It reads nothing and writes nothing.

A level (stars, 30-day downloads, a price) is stored when it differs from the last known one; a flow or
a published score is stored for each of its days. A value for a day that already has another one is a
correction: a new row by a later run, both kept.

A back-filled value between a stored level and a day on which that level was seen again unchanged is not
yet told apart from a change that lasted: only the coverage of runs knows of the later sighting.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from store.records import Semantics


@dataclass(frozen=True, slots=True)
class Known:
    """What is already known of one subject's metric: effective values by day, days ascending."""

    days: tuple[date, ...] = ()
    values: tuple[float, ...] = ()


def find_changes(
    known: Known, incoming: Mapping[date, float], semantics: Semantics
) -> list[tuple[date, float]]:
    """Return the (day, value) pairs of `incoming` that are news, by day."""
    days = list(known.days)
    values = list(known.values)
    news: list[tuple[date, float]] = []
    for day in sorted(incoming):
        value = incoming[day]
        at = bisect.bisect_left(days, day)
        has_day = at < len(days) and days[at] == day
        if has_day and values[at] == value:
            continue
        if not has_day and semantics.is_change_only and at > 0 and values[at - 1] == value:
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
