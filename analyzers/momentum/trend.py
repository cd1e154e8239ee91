"""Trends of a whole series: Theil–Sen slope, Mann–Kendall test, acceleration, robust z, and the control of
false discoveries over many series (methodology 3 and 4).

End-points are never picked. The slope's interval is 95 % (the product's one exception to 90 %) and its
fields are named so. Each function is the one-row case of `analyzers.momentum.panel`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzers.absence import Absent
from analyzers.momentum.panel import (
    BEFORE_WEEKS,
    MIN_INTERVAL_VALUES,
    MIN_SLOPE_VALUES,
    MIN_TEST_VALUES,
    MIN_Z_VALUES,
    RECENT_WEEKS,
    Column,
    acceleration_rows,
    mann_kendall_rows,
    robust_z_rows,
    theil_sen_rows,
)


@dataclass(frozen=True, slots=True)
class Slope:
    """Theil–Sen slope in value units per `per_days` days, with its 95 % interval or the reason why there is
    none."""

    value: float
    ci95_low: float | None
    ci95_high: float | None
    per_days: float
    n: int
    no_interval_because: str | None = None


@dataclass(frozen=True, slots=True)
class TrendTest:
    """Mann–Kendall: S, tau-a, the corrected z and two-sided p. `variance_factor` is the Hamed–Rao
    inflation for lag-1 autocorrelation; 1 means none was significant."""

    s: float
    tau: float
    z: float
    p: float
    variance_factor: float
    n: int


def theil_sen(days: Sequence[date], values: Sequence[float], per_days: float = 7.0) -> Slope | Absent:
    """Median of all pairwise slopes (Theil 1950, Sen 1968), per `per_days` days.

    Values that are NaN are missing. Absent with fewer than three values or when all days are equal; below
    five values the slope has no interval.
    """
    if len(days) != len(values):
        raise ValueError("days and values differ in length")
    known = [(day, value) for day, value in zip(days, values, strict=True) if not np.isnan(value)]
    if len(known) < MIN_SLOPE_VALUES:
        return Absent(f"{len(known)} values; a slope needs {MIN_SLOPE_VALUES}")
    x = np.array([day.toordinal() for day, _ in known], dtype=float)
    if float(np.ptp(x)) == 0:
        return Absent("all values are of one day")
    found = theil_sen_rows((x - x[0]) / per_days, np.array([[value for _, value in known]], dtype=float))
    value, low, high = float(found.value[0]), float(found.ci95_low[0]), float(found.ci95_high[0])
    if np.isnan(low):
        return Slope(value, None, None, per_days, len(known), why_no_ci95(len(known)))
    return Slope(value, low, high, per_days, len(known))


def why_no_ci95(n: int) -> str:
    """The reason why a slope of `n` values has no 95 % interval."""
    if n < MIN_INTERVAL_VALUES:
        return f"{n} values; a 95 % interval needs {MIN_INTERVAL_VALUES}"
    return "too many values are of one day for a 95 % interval"


def mann_kendall(values: Sequence[float]) -> TrendTest | Absent:
    """Two-sided Mann–Kendall test with tie correction (Kendall 1975) and lag-1 autocorrelation
    correction (Hamed & Rao 1998: variance × (1 + 2·ρ₁·(n−3)/n), ρ₁ of the ranks of the detrended values).

    `values` are in order of time, NaN where a step is missing. ρ₁ is used only when it is positive and
    significant at 5 %. Absent with fewer than eight values.
    """
    y = np.array([list(values)], dtype=float)
    n = int(np.count_nonzero(~np.isnan(y)))
    if n < MIN_TEST_VALUES:
        return Absent(f"{n} values; the trend test needs {MIN_TEST_VALUES}")
    found = mann_kendall_rows(y)
    s, tau, z, p, factor = (
        float(column[0]) for column in (found.s, found.tau, found.z, found.p, found.variance_factor)
    )
    return TrendTest(s, tau, z, p, factor, n)


def acceleration(values: Sequence[float]) -> float | Absent:
    """Slope of the last 4 weeks minus slope of the 8 before (methodology 3), in value units per week.

    `values` are weekly and in order of time, NaN where a week is missing.
    """
    span = RECENT_WEEKS + BEFORE_WEEKS
    if len(values) <= span:
        return Absent(f"{len(values)} weeks; acceleration needs {span + 1}")
    found = float(acceleration_rows(np.array([list(values)], dtype=float))[0])
    return Absent(f"too many of the last {span} weeks are missing") if np.isnan(found) else found


def robust_z(value: float, history: Sequence[float]) -> float | Absent:
    """0.6745·(value − median)/MAD against `history` (Iglewicz & Hoaglin 1993).

    Absent with fewer than eight earlier values, or when MAD is zero (the series hardly ever moves).
    """
    found = robust_z_rows(np.array([value], dtype=float), np.array([list(history)], dtype=float))
    return why_no_z(int(found.n[0]), float(found.mad[0])) or float(found.z[0])


def why_no_z(n: int, mad: float) -> Absent | None:
    """The reason why there is no z against `n` earlier values with that MAD; None where there is one."""
    if n < MIN_Z_VALUES:
        return Absent(f"{n} earlier values; z needs {MIN_Z_VALUES}")
    if mad == 0:
        return Absent("more than half of the earlier values are equal (MAD is zero)")
    return None


def false_discovery(p: Column) -> Column:
    """Benjamini & Hochberg 1995: the smallest false-discovery rate at which each p-value is a discovery.

    q₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎·m/j, at most 1, where m counts the p-values that are there; NaN (not
    tested) stays NaN and counts for nothing. Same shape and order as `p`.
    """
    q = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if len(tested):
        falling = tested[np.argsort(p[tested])[::-1]]
        m = len(tested)
        raw = p[falling] * m / np.arange(m, 0, -1)
        q[falling] = np.minimum(np.minimum.accumulate(raw), 1.0)
    return q
