"""Everything about one series over time: what `measure` says of it, the points that stands on, and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analyzers.absence import Absent
from analyzers.momentum.alignment import weekly_grid, without_suspect_zeros
from analyzers.momentum.flags import Flag, find_flags
from analyzers.momentum.measures import MIN_BASE, Growth, Trend, measure
from analyzers.momentum.ragged import stack
from analyzers.momentum.semantics import require_comparable
from analyzers.momentum.source_events import find_source_events
from store.records import Semantics, Series

SMALL_VALUE = 10.0
"""Below this log1p differs from the logarithm by more than a tenth of a unit."""


@dataclass(frozen=True, slots=True)
class GridPoint:
    """What the trend stands on in the week that ends on `week_ending`: a level or total with the `day` it is
    really about, or the sum of the week, dated by its end. Both None where the week has no value."""

    week_ending: date
    day: date | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One series over the `weeks` before its last value. `grid`: what the trend stands on, by week;
    the slope is that of log1p of its values at its days. `step_days`: how far apart values usually are.
    `acceleration` in log units per week; `z` against the series' own last 26 weeks."""

    series: Series
    weeks: int
    step_days: int
    grid: tuple[GridPoint, ...]
    trend: Trend | Absent
    acceleration: float | Absent
    growth: Growth | Absent
    z: float | Absent
    flags: tuple[Flag, ...]

    @property
    def since(self) -> date:
        return self.series.days[-1] - timedelta(weeks=self.weeks)


def read_trajectory(
    series: Series, everybody: Sequence[Series], as_of: date, weeks: int
) -> Trajectory | Absent:
    """Read one series; `everybody` are all series of the metric, to tell events of the source apart.

    Absent for a series without a value but suspect zeros. Raises Refused for scores.
    """
    require_comparable(series.metric)
    cleaned, _ = without_suspect_zeros(series)
    if not cleaned.days:
        return Absent("no value")
    found = measure(series.metric, stack([cleaned]), weeks=weeks)
    end = cleaned.days[-1]
    weekly = zip(weekly_grid(end, weeks + 1), found.grid_day[0].tolist(), found.grid[0].tolist(), strict=True)
    grid = tuple(
        GridPoint(week_ending, None, None)
        if day < 0
        else GridPoint(week_ending, date.fromordinal(day), value)
        for week_ending, day, value in weekly
    )
    since = end - timedelta(weeks=weeks)
    flags = find_flags(
        series,
        find_source_events(everybody),
        as_of=as_of,
        since=since,
        step_days=int(found.step_days[0]),
    )
    growth = found.growth_of(0)
    small = _small_base(cleaned, growth)
    acceleration = float(found.acceleration[0])
    return Trajectory(
        series=cleaned,
        weeks=weeks,
        step_days=int(found.step_days[0]),
        grid=grid,
        trend=found.trend_of(0),
        acceleration=Absent("fewer than 3 values in the last 4 weeks or in the 8 before")
        if np.isnan(acceleration)
        else acceleration,
        growth=growth,
        z=growth if isinstance(growth, Absent) else found.z_of(0),
        flags=(*flags, small) if small else flags,
    )


def _small_base(series: Series, growth: Growth | Absent) -> Flag | None:
    """Whether growth compares less than the minimum base of the metric's kind, or numbers so small, as of
    prices, that a difference of log1p is no percentage."""
    if isinstance(growth, Absent):
        return None
    largest, unit = max(growth.start.value, growth.end.value), series.metric.unit
    if largest < SMALL_VALUE and not growth.is_of_flows:
        text = f"below {SMALL_VALUE:.0f} {unit} the slope of log(1 + value) is less than that of the value"
        return Flag("small_values", text)
    least = MIN_BASE[series.metric.semantics]
    if largest >= least:
        return None
    what = "in a window" if growth.is_of_flows else "as a level"
    how = "" if series.metric.semantics is Semantics.INSTANT else "; the interval is that of a rate ratio"
    return Flag("small_base", f"below {least:,.0f} {unit} {what} growth is mostly noise{how}")
