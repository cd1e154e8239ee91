"""The trend of a board's gap: Theil–Sen slope and Mann–Kendall test of the monthly medians (methodology 4).

Gaps of several board versions may stand in one trend; how many it spans is part of the answer. End-points
are never picked: the trend is that of the whole series it is given. Example: monthly medians 5.0, 4.0, 4.5,
2.0 percent in four months in a row have the pairwise slopes −1, −0.25, −1, 0.5, −1, −2.5, median −1
percentage points a month; 1 pair rises and 5 fall, tau = −4/6; of the 24 orders of four values 8 reach
|S| ≥ 4, p = 0.3333.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from typing import Literal

import numpy as np

from analyzers.absence import Absent
from analyzers.analysis import GapPoint
from analyzers.momentum.trend import Slope, TrendTest, mann_kendall, theil_sen

DAYS_PER_MONTH = 365 / 12

LARGEST_SPREAD = 1e9
"""Points or percent between the largest and the smallest monthly gap; with ratings below a hundred thousand
points (`store.limits.LARGEST_SCORE`) only an open rating of almost zero exceeds it."""

EXACT = "exact: all orders of the values"
CORRECTED = "Mann–Kendall with tie and lag-1 autocorrelation correction (Hamed & Rao 1998)"

Unit = Literal["points", "percent"]


@dataclass(frozen=True, slots=True)
class Month:
    """Median gap of the publications of one calendar month, dated by its first day."""

    month: date
    value: float
    boards: int


@dataclass(frozen=True, slots=True)
class GapTrend:
    """Trend of the monthly medians: slope per month, Kendall's tau-b against time (None where all values are
    equal) and the two-sided p-value, by `p_basis`. `test` is the corrected test, where there are enough
    months for it."""

    slope: Slope
    tau_b: float | None
    p: float
    p_basis: str
    test: TrendTest | None
    no_test_because: str | None
    months: tuple[Month, ...]
    first: date
    last: date
    versions: int


def monthly_medians(points: Sequence[GapPoint], unit: Unit) -> tuple[Month, ...]:
    """Medians by calendar month, ascending; a gap without a percentage is in none."""
    months: dict[date, list[float]] = {}
    for point in points:
        value = point.points if unit == "points" else point.percent
        if value is not None:
            months.setdefault(point.board_date.replace(day=1), []).append(value)
    return tuple(Month(month, median(values), len(values)) for month, values in sorted(months.items()))


def gap_trend(points: Sequence[GapPoint], unit: Unit = "points") -> GapTrend | Absent:
    """Theil–Sen slope per month, from five months on with its 95 % interval, tau-b and p-value of the
    monthly medians.

    Months are counted, so that a month without a board is a gap of two steps. Absent below three months, and
    where the gaps differ by more than `LARGEST_SPREAD`: those are no measurements, and a slope of them is no
    number."""
    months = monthly_medians(points, unit)
    used = [point for point in points if unit == "points" or point.percent is not None]
    # one day per month: the slope function counts days
    steps = [date.fromordinal(12 * m.month.year + m.month.month) for m in months]
    values = [m.value for m in months]
    if values and not max(values) - min(values) <= LARGEST_SPREAD:
        return Absent(
            f"the monthly gaps reach from {min(values):g} to {max(values):g} {unit}, which no board can"
        )
    slope = theil_sen(steps, values, per_days=1)
    if isinstance(slope, Absent):
        without = len(points) - len(used)
        also = f" ({without} without a percentage: the open rating is not above zero)" if without else ""
        return Absent(f"{len(months)} months with a board{also}; a trend needs three")
    test = mann_kendall(values)
    dates = [point.board_date for point in used]
    return GapTrend(
        slope=replace(slope, per_days=DAYS_PER_MONTH),
        tau_b=kendall_tau(values),
        p=exact_p(values) if isinstance(test, Absent) else test.p,
        p_basis=EXACT if isinstance(test, Absent) else CORRECTED,
        test=None if isinstance(test, Absent) else test,
        no_test_because=test.reason if isinstance(test, Absent) else None,
        months=months,
        first=min(dates),
        last=max(dates),
        versions=len({point.board_version for point in used}),
    )


def kendall_tau(values: Sequence[float]) -> float | None:
    """Kendall's tau-b of the values against their order: S/√(n₀·(n₀ − tied pairs)), n₀ = n(n−1)/2; without
    ties it is tau-a. None where all values are equal (Kendall 1945)."""
    pairs = len(values) * (len(values) - 1) // 2
    untied = sum(a != b for a, b in itertools.combinations(values, 2))
    return _score(values) / math.sqrt(pairs * untied) if untied else None


def exact_p(values: Sequence[float]) -> float:
    """Two-sided p-value of Mann–Kendall's S for few values: the share of all orders of these values whose
    |S| is at least the observed one (Kendall 1975). Exact with ties too; up to seven values, 5,040 orders."""
    if len(values) > 7:
        raise ValueError(f"{len(values)} values have too many orders to count")
    orders = np.array(list(itertools.permutations(values)), dtype=float)
    left, right = np.triu_indices(len(values), 1)
    scores = np.sign(orders[:, right] - orders[:, left]).sum(axis=1)
    return float(np.mean(np.abs(scores) >= abs(_score(values))))


def _score(values: Sequence[float]) -> int:
    """Mann–Kendall's S: pairs that rise minus pairs that fall."""
    return sum((b > a) - (b < a) for a, b in itertools.combinations(values, 2))
