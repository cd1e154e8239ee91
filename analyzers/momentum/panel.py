"""Measures of many series at once: one row per series, one column per step of a regular grid.

The single functions of `trend` call these with one row, so there is one implementation of each formula. NaN
is a missing step and stays missing: it is neither carried on nor taken for zero. Pairwise
work is done in chunks of rows, so that memory stays at some tens of megabytes however many rows there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Matrix: TypeAlias = NDArray[np.float64]
Column: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

MIN_SLOPE_VALUES = 3
MIN_INTERVAL_VALUES = 5
"""Below this not even the range of all slopes covers 95 %: without a trend all n! orders are equally likely,
one rises and one falls throughout, so it covers 1 − 2/n!: 67 % with three values and 92 % with four."""

MIN_TEST_VALUES = 8
"""Below this the normal approximation of Mann–Kendall's S is not usable."""

MIN_Z_VALUES = 8
MAD_TO_SIGMA = 0.6745
RECENT_WEEKS = 4
BEFORE_WEEKS = 8

_CHUNK = 500_000
"""Pairs held at once, 4 MB: about what stays in a processor's cache."""

_ROUNDING = 1e-12
"""Differences of this size, relative to the values, are rounding and no spread."""

_MANY = 8
"""From so many chunks on, threads are worth starting."""

_Z975 = float(special.ndtri(0.975))


@dataclass(frozen=True, slots=True)
class Slopes:
    """Per row the Theil–Sen slope in y units per x unit with its 95 % interval, the number of values `n`,
    Kendall's `s` and its variance with ties. NaN where a row has fewer than three values or all at one x; the
    interval is also NaN below five values, and where ties of x leave too few pairs for it."""

    value: Column
    ci95_low: Column
    ci95_high: Column
    s: Column
    variance: Column
    n: Counts


@dataclass(frozen=True, slots=True)
class TrendTests:
    """Per row Mann–Kendall's S, tau-a, corrected z and two-sided p, the Hamed–Rao factor and the number of
    values. z and p are NaN below eight values."""

    s: Column
    tau: Column
    z: Column
    p: Column
    variance_factor: Column
    n: Counts


@dataclass(frozen=True, slots=True)
class Surprises:
    """Per row the robust z, the size of the history `n` and its MAD. z is NaN without eight earlier values
    or where MAD is zero."""

    z: Column
    n: Counts
    mad: Column


def theil_sen_rows(x: Matrix | Column, y: Matrix) -> Slopes:
    """Median of all pairwise slopes of each row (Theil 1950, Sen 1968) and Sen's 95 % interval (his
    equation 2.6 with ties, as in scipy's `theilslopes`).

    `y` is (rows, steps); `x` is (steps,) ascending, or (rows, steps). Pairs at one x have no slope.
    """
    if x.shape[-1] != y.shape[1]:
        raise ValueError("x and y differ in length")
    rows, steps = y.shape
    x = np.atleast_2d(x)
    n = np.count_nonzero(~np.isnan(y), axis=1)
    value, low, high, s = (np.full(rows, np.nan) for _ in range(4))
    variance = of_s = _variance_of_s(y, n)
    if steps < 2 or not rows:
        return Slopes(value, low, high, s, of_s, n)
    has_equal_x = bool(np.any(x[:, 1:] == x[:, :-1]))
    if has_equal_x:
        variance = variance - _tie_term(np.where(np.isnan(y), np.nan, x)) / 18
    half_width = _Z975 * np.sqrt(np.maximum(variance, 0.0))

    def fill(part: slice) -> None:
        slopes, sign = _pairwise_slopes(x if len(x) == 1 else x[part], y[part], has_equal_x=has_equal_x)
        slopes.sort(axis=1)  # NaN last
        pairs = n[part] * (n[part] - 1) // 2
        if has_equal_x:
            pairs = np.count_nonzero(~np.isnan(slopes), axis=1)
        last = np.maximum(pairs - 1, 0)
        value[part] = (_pick(slopes, last // 2) + _pick(slopes, pairs // 2)) / 2
        bottom = np.round((pairs - half_width[part]) / 2).astype(np.int64) - 1
        top = np.round((pairs + half_width[part]) / 2).astype(np.int64)
        is_covered = (n[part] >= MIN_INTERVAL_VALUES) & (bottom >= 0) & (top <= last)
        low[part] = np.where(is_covered, _pick(slopes, np.clip(bottom, 0, last)), np.nan)
        high[part] = np.where(is_covered, _pick(slopes, np.clip(top, 0, last)), np.nan)
        s[part] = sign

    _in_chunks(fill, rows, steps)
    too_few = n < MIN_SLOPE_VALUES
    for column in (value, low, high):
        column[too_few] = np.nan
    return Slopes(value, low, high, s, of_s, n)


def mann_kendall_rows(
    y: Matrix, x: Matrix | Column | None = None, slopes: Slopes | None = None
) -> TrendTests:
    """Two-sided Mann–Kendall test of each row, values in order of time.

    Variance with ties (Kendall 1975), times the lag-1 term of Hamed & Rao 1998,
    1 + 2·ρ₁·(n−3)/n, with ρ₁ of the ranks of the values less their Theil–Sen line (over `x`, steps by
    default). ρ₁ is used only when it is positive and significant at 5 %: a negative one would make the
    test more eager. Missing values are skipped, as is usual: neighbours are what follows each other.
    `slopes` are those of the same x and y where they are known already: S is the sum of their signs.
    """
    x = np.arange(y.shape[1], dtype=float) if x is None else x
    slopes = slopes or theil_sen_rows(x, y)
    n, s, variance = slopes.n, np.nan_to_num(slopes.s), slopes.variance
    is_flat = variance <= 0
    factor = np.where(is_flat, 1.0, _hamed_rao_factors(y, y - slopes.value[:, None] * x, n))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(s == 0, 0.0, (s - np.sign(s)) / np.sqrt(variance * factor))
        tau = np.where(n > 1, s / (n * (n - 1) / 2), np.nan)
    z = np.where(is_flat, 0.0, z)
    z[n < MIN_TEST_VALUES] = np.nan
    return TrendTests(s, tau, z, 2 * special.ndtr(-np.abs(z)), factor, n)


def acceleration_rows(y: Matrix, x: Matrix | Column | None = None) -> Column:
    """Slope of the last 4 weeks minus slope of the 8 before, in y units per week; columns are a week apart,
    `x` the values' own times in weeks. NaN where either span has fewer than three values. The spans share
    the value between them."""
    steps = y.shape[1]
    if steps <= RECENT_WEEKS + BEFORE_WEEKS:
        return np.full(len(y), np.nan)
    x = np.arange(steps, dtype=float) if x is None else x
    middle, start = steps - 1 - RECENT_WEEKS, steps - 1 - RECENT_WEEKS - BEFORE_WEEKS
    now = theil_sen_rows(x[..., middle:], y[:, middle:])
    then = theil_sen_rows(x[..., start : middle + 1], y[:, start : middle + 1])
    return now.value - then.value


def robust_z_rows(value: Column, history: Matrix) -> Surprises:
    """0.6745·(value − median)/MAD of each row against its `history` (Iglewicz & Hoaglin 1993)."""
    n = np.count_nonzero(~np.isnan(history), axis=1)
    median = _median_rows(history, n)
    mad = _median_rows(np.abs(history - median[:, None]), n)
    mad[mad <= _ROUNDING * np.abs(median)] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = MAD_TO_SIGMA * (value - median) / mad
    z[(n < MIN_Z_VALUES) | ~(mad > 0)] = np.nan
    return Surprises(z, n, mad)


def noise_rows(y: Matrix, x: Matrix | Column | None = None) -> Column:
    """Robust standard deviation (1.4826·MAD) of each row round its own Theil–Sen line over `x` (steps by
    default), in y units; NaN below three values."""
    x = np.arange(y.shape[1], dtype=float) if x is None else x
    rest = y - theil_sen_rows(x, y).value[:, None] * x
    n = np.count_nonzero(~np.isnan(rest), axis=1)
    return 1.4826 * _median_rows(np.abs(rest - _median_rows(rest, n)[:, None]), n)


# ------------------------------------------------------------------------------ parts


def _pairwise_slopes(x: Matrix, y: Matrix, *, has_equal_x: bool) -> tuple[Matrix, Column]:
    """All slopes of each row, NaN where a value is missing or two x are equal, and Kendall's S."""
    rows, steps = y.shape
    slopes = np.empty((rows, steps * (steps - 1) // 2))
    start = 0
    for lag in range(1, steps):
        end = start + steps - lag
        np.subtract(y[:, lag:], y[:, :-lag], out=slopes[:, start:end])
        start = end
    sign = np.count_nonzero(slopes > 0, axis=1) - np.count_nonzero(slopes < 0, axis=1)
    start = 0
    for lag in range(1, steps):
        end = start + steps - lag
        distance = x[:, lag:] - x[:, :-lag]
        slopes[:, start:end] /= np.where(distance == 0, np.nan, distance) if has_equal_x else distance
        start = end
    return slopes, sign.astype(float)


def _variance_of_s(y: Matrix, n: Counts) -> Column:
    """Var(S) = (n(n−1)(2n+5) − Σ t(t−1)(2t+5))/18 over the groups of t equal values (Kendall 1975)."""
    full = n * (n - 1) * (2 * n + 5)
    return (full - _tie_term(y)) / 18


def _tie_term(y: Matrix) -> Column:
    row, length, _ = _runs(np.sort(y, axis=1))
    terms = (length * (length - 1) * (2 * length + 5)).astype(float)
    return np.bincount(row, weights=terms, minlength=len(y)).astype(float)


def _runs(ordered: Matrix) -> tuple[Counts, Counts, Counts]:
    """Groups of equal neighbours in sorted rows: row, length and flat start of each. NaN equal nothing."""
    is_first = np.ones(ordered.shape, dtype=bool)
    is_first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    start = np.flatnonzero(is_first)
    length = np.diff(start, append=ordered.size)
    return start // max(ordered.shape[1], 1), length, start


def _ranks(y: Matrix) -> Matrix:
    """Ranks from 1 within each row, ties at their mean; missing values are ranked last."""
    order = np.argsort(y, axis=1)
    _, length, start = _runs(np.take_along_axis(y, order, axis=1))
    mean = start % y.shape[1] + (length + 1) / 2
    ranks = np.empty(y.shape)
    np.put_along_axis(ranks, order, np.repeat(mean, length).reshape(y.shape), axis=1)
    return ranks


def _hamed_rao_factors(y: Matrix, rest: Matrix, n: Counts) -> Column:
    """The lag-1 inflation of Var(S) from the values less their line; 1 where ρ₁ is not significant."""
    is_missing = np.isnan(rest)
    scale = np.max(np.abs(np.where(is_missing, 0.0, y)), axis=1, initial=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        # what differs in the last digits only is rounding, no pattern: it counts as equal
        ranks = _ranks(np.round(rest / (_ROUNDING * scale[:, None])))
        centred = np.where(is_missing, 0.0, ranks - ((n + 1) / 2)[:, None])
        if is_missing.any():
            order = np.argsort(is_missing, axis=1, kind="stable")
            centred = np.take_along_axis(centred, order, axis=1)
        rho = (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / (centred**2).sum(axis=1)
        is_significant = rho > _Z975 / np.sqrt(n)
        factor = 1 + 2 * rho * (n - 3) / n
    return np.where(is_significant & np.isfinite(factor), factor, 1.0)


def _median_rows(y: Matrix, n: Counts) -> Column:
    """The median of what is there in each row; `n` says how many that is."""
    if not y.shape[1]:
        return np.full(len(y), np.nan)
    ordered = np.sort(y, axis=1)
    return (
        _pick(ordered, np.maximum(n - 1, 0) // 2) + _pick(ordered, np.minimum(n // 2, y.shape[1] - 1))
    ) / 2


def _pick(ordered: Matrix, position: Counts) -> Column:
    chosen: Column = np.take_along_axis(ordered, np.minimum(position, ordered.shape[1] - 1)[:, None], axis=1)[
        :, 0
    ]
    return chosen


def _in_chunks(work: Callable[[slice], None], rows: int, steps: int) -> None:
    """Call `work` with slices of the rows whose pairs fit; many of them at once on every processor (numpy
    lets go of the interpreter's lock while it computes)."""
    size = max(1, _CHUNK // max(1, steps * (steps - 1) // 2))
    parts = [slice(start, start + size) for start in range(0, rows, size)]
    if len(parts) < _MANY:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        for _ in pool.map(work, parts):
            pass
