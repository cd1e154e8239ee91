"""Growth, trend, acceleration and surprise of many series at once, by what their metric counts.

Methodology 3. One path computes everything: a single series is the case of one row. What a window
compares depends on the metric's semantics:

    instant, rolling      levels, a rolling counter at least its own window apart
    cumulative            flows of two windows side by side; its trend is that of the total
    per period, retained  sums of two windows side by side; its trend is that of weekly sums
    score                 refused: levels of a score belong to one publication
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzers.absence import Absent
from analyzers.momentum.alignment import AsOf
from analyzers.momentum.panel import (
    Column,
    Counts,
    Matrix,
    acceleration_rows,
    mann_kendall_rows,
    noise_rows,
    robust_z_rows,
    theil_sen_rows,
)
from analyzers.momentum.ragged import Ragged, find_suspect_zeros, keep, median_gaps, typical_steps
from analyzers.momentum.rates import rate_ratio_rows
from analyzers.momentum.semantics import FLOWS, MIN_CUMULATIVE_DAYS, require_comparable, require_window
from analyzers.momentum.trend import why_no_ci95, why_no_z
from store.records import Metric, Semantics

Z90 = 1.6448536269514722
HISTORY_WEEKS = 26
MAX_SERIES_AGE_DAYS = 7 * HISTORY_WEEKS
MAX_WINDOW_DAYS = 400
MIN_NOISE_VALUES = 6
LEVEL_WINDOW_DAYS = 28
MIN_BASE = {
    Semantics.ROLLING: 10_000.0,
    Semantics.INSTANT: 1_000.0,
    Semantics.CUMULATIVE: 10_000.0,
    Semantics.PER_PERIOD: 100.0,
    Semantics.RETAINED: 100.0,
}
"""Below these a growth rate is noise: downloads in 30 days; stars; downloads and counts in 28 days. A level
is compared by itself, a flow by what arrived in the window."""

WINDOWED = (Semantics.CUMULATIVE, *FLOWS)
"""Semantics whose growth compares what arrived in two windows."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Natural-log ratio between two levels, or between what arrived in two windows (`is_of_flows`, dated
    by the windows' last days), with a 90 % interval or the reason why there is none. An end may be
    infinite where a count is zero."""

    value: float
    low: float | None
    high: float | None
    no_interval_because: str | None
    start: AsOf
    end: AsOf
    is_of_flows: bool = False

    @property
    def window_days(self) -> int:
        return (self.end.day - self.start.day).days


@dataclass(frozen=True, slots=True)
class Trend:
    """Theil–Sen slope of log1p(value) per week with its 95 % interval or the reason why there is none, and
    the Mann–Kendall test's tau, p and Hamed–Rao factor, over `n` values on the series' own grid; p is NaN
    below eight values."""

    slope: float
    ci95_low: float | None
    ci95_high: float | None
    tau: float
    p: float
    variance_factor: float
    n: int
    no_interval_because: str | None = None


@dataclass(frozen=True, slots=True)
class Momentum:
    """The measures of many series of one metric: one element or row per series, NaN where there is none.

    `grid` holds the values that the trend stands on, one a week up to each series' own last day, `grid_day`
    the day each is really about (−1 without a value): the trend is that of the values at these days. `start`
    and `end` are the days and amounts that growth compares. `step_days`: how far apart the series' values
    usually are, in whole weeks.
    """

    metric: Metric
    window_days: int
    step_days: Counts
    grid: Matrix
    grid_day: Counts
    start_day: Counts
    start_amount: Column
    end_day: Counts
    end_amount: Column
    growth: Column
    low: Column
    high: Column
    noise_values: Counts
    slope: Column
    ci95_low: Column
    ci95_high: Column
    n: Counts
    tau: Column
    p: Column
    variance_factor: Column
    acceleration: Column
    z: Column
    z_values: Counts
    z_mad: Column

    def growth_of(self, row: int) -> Growth | Absent:
        end_day, window = int(self.end_day[row]), self.window_days
        is_of_flows = self.metric.semantics in WINDOWED
        if np.isnan(self.growth[row]):
            if end_day < 0:
                return Absent("fewer than two values")
            if not is_of_flows:
                ending = date.fromordinal(end_day).isoformat()
                return Absent(f"no value {window} to {MAX_WINDOW_DAYS} days before {ending}")
            if min(self.start_amount[row], self.end_amount[row]) < 0:
                return Absent("the total was revised downward in the window")
            return Absent(f"no two whole windows of {window} days side by side")
        start = AsOf(date.fromordinal(int(self.start_day[row])), float(self.start_amount[row]))
        end = AsOf(date.fromordinal(end_day), float(self.end_amount[row]))
        value = float(self.growth[row])
        if np.isnan(self.low[row]):
            reason = f"{self.noise_values[row]} values in 26 weeks; the interval needs {MIN_NOISE_VALUES}"
            return Growth(value, None, None, reason, start, end, is_of_flows)
        low, high = float(self.low[row]), float(self.high[row])
        if np.isneginf(low) and np.isposinf(high):
            reason = f"counts of {start.value:g} and {end.value:g} bound no ratio"
            return Growth(value, None, None, reason, start, end, is_of_flows)
        return Growth(value, low, high, None, start, end, is_of_flows)

    def z_of(self, row: int) -> float | Absent:
        window = int(self.end_day[row] - self.start_day[row])
        if window > 1.5 * self.window_days:
            return Absent(f"the window is {window} days long, not {self.window_days}")
        n, mad = int(self.z_values[row]), float(self.z_mad[row])
        return why_no_z(n, mad) or float(self.z[row])

    def trend_of(self, row: int) -> Trend | Absent:
        if np.isnan(self.slope[row]):
            return Absent(f"{self.n[row]} values; a slope needs 3")
        low, high, n = float(self.ci95_low[row]), float(self.ci95_high[row]), int(self.n[row])
        has_interval = not np.isnan(low)
        return Trend(
            slope=float(self.slope[row]),
            ci95_low=low if has_interval else None,
            ci95_high=high if has_interval else None,
            tau=float(self.tau[row]),
            p=float(self.p[row]),
            variance_factor=float(self.variance_factor[row]),
            n=n,
            no_interval_because=None if has_interval else why_no_ci95(n),
        )


def target_window(metric: Metric) -> int:
    """Days over which growth is measured: a rolling counter's own window, four weeks otherwise."""
    return metric.window_days or LEVEL_WINDOW_DAYS


def clean_levels(metric: Metric, ragged: Ragged) -> tuple[Ragged, Counts]:
    """The rows without suspect zeros, and how many each had. Only levels are cleaned: a flow of zero is an
    ordinary day."""
    if metric.semantics in FLOWS:
        return ragged, np.zeros(len(ragged.starts) - 1, dtype=np.int64)
    suspect = find_suspect_zeros(ragged)
    cleaned = keep(ragged, ~suspect)
    return cleaned, ragged.lengths - cleaned.lengths


def measure(
    metric: Metric, ragged: Ragged, *, window_days: int | None = None, weeks: int = HISTORY_WEEKS
) -> Momentum:
    """Every measure of each row. The trend covers `weeks` up to the row's own last value; noise and
    surprise always the last 26.

    Growth of levels starts at the last value at least `window_days` before the newest one; the window
    may come out longer (history with a hole), up to 400 days. The interval adds the series' own noise
    round its Theil–Sen line (both ends) to counting noise; for flows, and for rolling counters below the
    minimum base, it is that of a rate ratio with the series' own dispersion. Raises Refused for scores,
    and for a rolling counter inside its own window.
    """
    window = window_days or target_window(metric)
    require_comparable(metric)
    require_window(metric, window)
    gaps = median_gaps(ragged) if metric.semantics in FLOWS else None
    table = _Table(metric, ragged, typical_steps(ragged), window, gaps)
    x, grid_day, values = table.weekly(max(weeks, HISTORY_WEEKS))
    start_day, start_amount, end_day, end_amount = table.ends()
    noise, noise_values = table.noise(x, values)
    growth = _log_ratio(end_amount, start_amount)
    low, high = table.interval(growth, start_amount, end_amount, noise, noise_values)
    surprise = robust_z_rows(growth / (end_day - start_day), table.earlier_paces())
    x, values = x[..., -(weeks + 1) :], values[:, -(weeks + 1) :]
    y = np.log1p(values)
    slopes = theil_sen_rows(x, y)
    test = mann_kendall_rows(y, x, slopes)
    return Momentum(
        metric=metric,
        window_days=window,
        step_days=table.step_days,
        grid=values,
        grid_day=grid_day[:, -(weeks + 1) :],
        start_day=start_day,
        start_amount=start_amount,
        end_day=end_day,
        end_amount=end_amount,
        growth=growth,
        low=low,
        high=high,
        noise_values=noise_values,
        slope=slopes.value,
        ci95_low=slopes.ci95_low,
        ci95_high=slopes.ci95_high,
        n=slopes.n,
        tau=test.tau,
        p=test.p,
        variance_factor=test.variance_factor,
        acceleration=acceleration_rows(y, x),
        z=surprise.z,
        z_values=surprise.n,
        z_mad=surprise.mad,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of one metric with their natural grids: what stands or arrived where."""

    metric: Metric
    ragged: Ragged
    step_days: Counts
    window: int
    gaps: Counts | None

    @property
    def rows(self) -> Counts:
        return np.arange(len(self.step_days))

    def weekly(self, weeks: int) -> tuple[Matrix | Column, Counts, Matrix]:
        """What the trend stands on, oldest first, the row's own last day in the last column: in each week
        the last level or total, so that each counts once, or the sum of the week. Before it the time each
        value is about, in weeks and as a day (−1 without a value): its own day where that is not the end of
        the week."""
        when = self._week_ends(weeks)
        back = np.arange(-weeks, 1, dtype=float)
        if self.metric.semantics in FLOWS:
            sums = self._sums(when, 7)
            return back, np.where(np.isnan(sums), -1, when), sums
        day, values = self.ragged.at(self.rows, when, 6)
        age = np.where(day < 0, 0, when - day)
        return (back - age / 7 if age.any() else back), day, values

    def ends(self) -> tuple[Counts, Column, Counts, Column]:
        """Days and amounts that growth compares: start day, start, end day, end."""
        end_day, end_value = self.ragged.last
        target = (end_day - self.window)[:, None]
        if self.metric.semantics in WINDOWED:
            end_amount = self._arrived(end_day[:, None], self.window)[:, 0]
            return target[:, 0], self._arrived(target, self.window)[:, 0], end_day, end_amount
        start_day, start_value = self.ragged.at(self.rows, target, MAX_WINDOW_DAYS - self.window)
        return start_day[:, 0], start_value[:, 0], end_day, end_value

    def earlier_paces(self) -> Matrix:
        """The row's growths per day over the same window that ended 1 to 26 weeks earlier. Windows between
        real values are not equally long, so their paces are compared."""
        when = self._week_ends(HISTORY_WEEKS)[:, :-1]
        if self.metric.semantics in WINDOWED:
            later, earlier = self._arrived(when, self.window), self._arrived(when - self.window, self.window)
            return _log_ratio(later, earlier) / self.window
        end_day, later = self.ragged.at(self.rows, when, 6)
        start_day, earlier = self.ragged.at(self.rows, end_day - self.window, self.step_days[:, None])
        paces: Matrix = _log_ratio(later, earlier) / np.maximum(end_day - start_day, 1)
        return paces

    def noise(self, x: Matrix | Column, values: Matrix) -> tuple[Column, Counts]:
        """Robust standard deviation of log1p of the levels, or of what arrived per step, round their own
        line over 26 weeks, and the number of values it stands on."""
        x, recent = x[..., -(HISTORY_WEEKS + 1) :], values[:, -(HISTORY_WEEKS + 1) :]
        if self.metric.semantics is Semantics.CUMULATIVE:
            recent = self._arrived(self._week_ends(HISTORY_WEEKS), self.step_days[:, None])
            recent = np.where(recent < 0, np.nan, recent)
        return noise_rows(np.log1p(recent), x), np.count_nonzero(~np.isnan(recent), axis=1)

    def interval(
        self, growth: Column, start: Column, end: Column, noise: Column, noise_values: Counts
    ) -> tuple[Column, Column]:
        """Both ends of growth's 90 % interval; NaN without enough values for the noise, except for small
        counts, whose counting noise alone is wide enough to say. None where a total was revised downward in
        a window: a negative amount is no count, and has no counting noise."""
        is_counted = (start >= 0) & (end >= 0)
        start, end = np.where(is_counted, start, np.nan), np.where(is_counted, end, np.nan)
        is_noisy = noise_values >= MIN_NOISE_VALUES
        is_small = np.fmax(start, end) < MIN_BASE[self.metric.semantics]
        if self.metric.semantics is Semantics.INSTANT:
            counting = np.abs(end - start) / (end + 1) ** 2
        else:
            counting = 1 / (start + 1) + 1 / (end + 1)
        half = np.where(is_noisy, Z90 * np.sqrt(2 * noise**2 + counting), np.nan)
        low, high = growth - half, growth + half
        if self.metric.semantics is Semantics.INSTANT:
            return low, high
        per_step = (start + end) / 2
        if self.metric.semantics in WINDOWED:
            per_step = per_step * self.step_days / self.window
        dispersion = np.where(is_noisy, np.fmax(per_step * noise**2, 1.0), np.where(is_small, 1.0, np.nan))
        is_exact = is_small | (self.metric.semantics in WINDOWED)
        exact_low, exact_high = rate_ratio_rows(end, start, dispersion)
        return np.where(is_exact, exact_low, low), np.where(is_exact, exact_high, high)

    def _week_ends(self, weeks: int) -> Counts:
        """The row's own last day and those 1, 2, … weeks before it, oldest first."""
        end, _ = self.ragged.last
        return end[:, None] - 7 * np.arange(weeks, -1, -1)

    def _arrived(self, when: Counts, length: int | Counts) -> Matrix:
        """What arrived in the `length` days up to `when`: a sum over all of them, or the difference of a
        total, brought from its real length to that of the window. Negative where the total was revised."""
        if self.metric.semantics in FLOWS:
            return self._sums(when, length)
        end_day, end = self.ragged.at(self.rows, when, 6)
        start_day, start = self.ragged.at(self.rows, end_day - length, self.step_days[:, None])
        real = end_day - start_day
        arrived = (end - start) * length / np.maximum(real, 1)
        return np.where(real >= MIN_CUMULATIVE_DAYS, arrived, np.nan)

    def _sums(self, when: Counts, length: int | Counts) -> Matrix:
        """Sums of the `length` days up to `when`, where the row has as many values as it usually has."""
        total, count = self.ragged.sums(self.rows, when - length, when)
        needed = 1 if self.gaps is None else np.maximum(length // self.gaps[:, None], 1)
        return np.where(count >= needed, total, np.nan)


def _log_ratio(later: Matrix, earlier: Matrix) -> Matrix:
    """Difference of log1p; NaN where a part is missing or negative (a revised total has no growth)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Matrix = np.log1p(later) - np.log1p(earlier)
    ratio[~((later >= 0) & (earlier >= 0))] = np.nan
    return ratio
