"""Irregular series on a common grid: the last value at or before a date, only when fresh enough.

Methodology 3: compare with as-of values, and state the gap otherwise. A zero from a counter that was
positive before is suspect (some sources write 0 for "not fetched") and is left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from analyzers.absence import Absent
from store.records import Semantics, Series

LEVELS = (Semantics.INSTANT, Semantics.ROLLING, Semantics.CUMULATIVE)


@dataclass(frozen=True, slots=True)
class AsOf:
    """A value and the day it is really about."""

    day: date
    value: float


def value_at(series: Series, day: date, max_age_days: int) -> AsOf | Absent:
    """The last value at or before `day`, not older than `max_age_days`; else the gap as the reason."""
    position = bisect_right(series.days, day)
    if position == 0:
        return Absent(f"no value on or before {day.isoformat()}")
    found = series.days[position - 1]
    age = (day - found).days
    if age > max_age_days:
        return Absent(f"the last value before {day.isoformat()} is {age} days old")
    return AsOf(found, series.values[position - 1])


def align(series: Series, grid: Sequence[date], max_age_days: int) -> tuple[float | None, ...]:
    """As-of values on `grid`; None where the last value is too old."""
    values = (value_at(series, day, max_age_days) for day in grid)
    return tuple(None if isinstance(value, Absent) else value.value for value in values)


def weekly_grid(end: date, count: int, step_weeks: int = 1) -> tuple[date, ...]:
    """`count` dates, `step_weeks` apart, ascending to `end`."""
    return tuple(end - timedelta(weeks=k * step_weeks) for k in range(count - 1, -1, -1))


def usual_gap_days(series: Series) -> int:
    """The (upper) median distance of neighbouring values in days; 1 with fewer than two values."""
    gaps = sorted((later - earlier).days for earlier, later in pairwise(series.days))
    return max(1, gaps[len(gaps) // 2]) if gaps else 1


def typical_step_days(series: Series) -> int:
    """How far apart values usually are, in whole weeks and at least one."""
    return max(7, 7 * round(usual_gap_days(series) / 7))


def without_suspect_zeros(series: Series) -> tuple[Series, int]:
    """The series without zeros that follow a positive level, and how many were left out.

    Only levels are cleaned: a flow of zero is an ordinary day.
    """
    if series.metric.semantics not in LEVELS:
        return series, 0
    kept: list[int] = []
    seen_positive = False
    for position, value in enumerate(series.values):
        if value == 0 and seen_positive:
            continue
        seen_positive = seen_positive or value > 0
        kept.append(position)
    dropped = len(series.days) - len(kept)
    if not dropped:
        return series, 0
    return replace(
        series,
        days=tuple(series.days[k] for k in kept),
        values=tuple(series.values[k] for k in kept),
        told=tuple(series.told[k] for k in kept),
    ), dropped
