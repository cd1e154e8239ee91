"""Trends of a whole series: Theil–Sen slope, Mann–Kendall test, robust z (methodology 3 and 4).

End-points are never picked. The slope's interval is 95 % (the product's one exception to 90 %) and its
fields are named so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analyzers.absence import Absent

MIN_SLOPE_VALUES = 3
MIN_TEST_VALUES = 8
"""Below this the normal approximation of Mann–Kendall's S is not usable."""

MIN_Z_VALUES = 8
MAD_TO_SIGMA = 0.6745


@dataclass(frozen=True, slots=True)
class Slope:
    """Theil–Sen slope in value units per `per_days` days, with its 95 % interval."""

    value: float
    ci95_low: float
    ci95_high: float
    per_days: float
    n: int


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

    Absent with fewer than three values or when all days are equal.
    """
    if len(days) != len(values):
        raise ValueError("days and values differ in length")
    if len(days) < MIN_SLOPE_VALUES:
        return Absent(f"{len(days)} values; a slope needs {MIN_SLOPE_VALUES}")
    x = np.array([day.toordinal() for day in days], dtype=float)
    if float(np.ptp(x)) == 0:
        return Absent("all values are of one day")
    slope, _, low, high = stats.theilslopes(np.asarray(values, dtype=float), (x - x[0]) / per_days, 0.95)
    return Slope(float(slope), float(low), float(high), per_days, len(days))


def mann_kendall(values: Sequence[float]) -> TrendTest | Absent:
    """Two-sided Mann–Kendall test with tie correction (Kendall 1975) and lag-1 autocorrelation
    correction (Hamed & Rao 1998: variance × (1 + 2·ρ₁·(n−3)/n), ρ₁ of the ranks of the detrended values).

    ρ₁ is used only when it is positive and significant at 5 %: a negative one would make the test more
    eager. Absent with fewer than eight values.
    """
    n = len(values)
    if n < MIN_TEST_VALUES:
        return Absent(f"{n} values; the trend test needs {MIN_TEST_VALUES}")
    y = np.asarray(values, dtype=float)
    upper = np.triu_indices(n, 1)
    s = float(np.sign(y[upper[1]] - y[upper[0]]).sum())
    _, counts = np.unique(y, return_counts=True)
    ties = float((counts * (counts - 1) * (2 * counts + 5)).sum())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    tau = s / (n * (n - 1) / 2)
    if variance <= 0:
        return TrendTest(0.0, 0.0, 0.0, 1.0, 1.0, n)
    factor = _hamed_rao_factor(y)
    spread = math.sqrt(variance * factor)
    z = 0.0 if s == 0 else (s - math.copysign(1, s)) / spread
    return TrendTest(s, tau, z, float(2 * stats.norm.sf(abs(z))), factor, n)


def _hamed_rao_factor(y: NDArray[np.float64]) -> float:
    n = len(y)
    x = np.arange(n, dtype=float)
    detrended = y - float(stats.theilslopes(y, x)[0]) * x
    ranks = stats.rankdata(detrended)
    centred = ranks - ranks.mean()
    power = float((centred**2).sum())
    if power == 0:
        return 1.0
    rho = float((centred[1:] * centred[:-1]).sum()) / power
    if rho <= float(stats.norm.ppf(0.975)) / math.sqrt(n):
        return 1.0
    return 1 + 2 * rho * (n - 3) / n


def robust_z(value: float, history: Sequence[float]) -> float | Absent:
    """0.6745·(value − median)/MAD against `history` (Iglewicz & Hoaglin 1993).

    Absent with fewer than eight earlier values, or when MAD is zero (the series hardly ever moves).
    """
    if len(history) < MIN_Z_VALUES:
        return Absent(f"{len(history)} earlier values; z needs {MIN_Z_VALUES}")
    earlier = np.asarray(history, dtype=float)
    median = float(np.median(earlier))
    mad = float(np.median(np.abs(earlier - median)))
    if mad == 0:
        return Absent("more than half of the earlier values are equal (MAD is zero)")
    return MAD_TO_SIGMA * (value - median) / mad
