"""Momentum of many series: our matrix way against scipy in a loop and pandas written the obvious way."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy import stats

from analyzers.momentum.measures import Momentum, measure
from analyzers.momentum.moves import find_moves
from analyzers.momentum.panel import Matrix, theil_sen_rows
from analyzers.momentum.ragged import Ragged
from store.records import Basis, Kind, Metric, Provenance, Semantics, Series, SubjectRef
from tests.benchmarks import Row, best_of

SERIES = 50_000
DAYS = 365
WEEKS = 52
LAST_DAY = date(2026, 11, 22)
SAMPLE_OF_SCIPY = 400
SAMPLE_OF_PANDAS = 150
OBJECTS = 5_000
MISSING = 0.05
STARS = Metric("github.stars", "stars", Semantics.INSTANT, "github", "")


def run() -> Iterator[Row]:
    levels = make_levels(SERIES)
    weekly = np.log1p(levels[:, ::-7][:, ::-1])
    yield compare_with_scipy(weekly)
    yield compare_with_pandas(levels)
    yield rank_objects(levels[:OBJECTS])


def compare_with_scipy(weekly: Matrix) -> Row:
    x = np.arange(weekly.shape[1], dtype=float)
    ours, found = best_of(lambda: theil_sen_rows(x, weekly))
    started = time.perf_counter()
    expected = [stats.theilslopes(row, x, 0.95) for row in weekly[:SAMPLE_OF_SCIPY]]
    sample = time.perf_counter() - started
    for row, one in enumerate(expected):
        mine = (found.value[row], found.ci95_low[row], found.ci95_high[row])
        np.testing.assert_allclose(mine, (one.slope, one.low_slope, one.high_slope), rtol=1e-9, atol=1e-12)
    return Row(
        f"Theil–Sen slope and interval, {SERIES:,} × {weekly.shape[1]} weeks",
        ours,
        sample * SERIES / SAMPLE_OF_SCIPY,
        f"scipy.stats.theilslopes in a loop, {SAMPLE_OF_SCIPY} series extrapolated",
    )


def compare_with_pandas(levels: Matrix) -> Row:
    """All measures, a twentieth of the days missing; in the sample only days that end no week, since
    the obvious way takes a week's last value for that of its end."""
    is_known = np.random.default_rng(2).random(levels.shape) >= MISSING
    is_known[:, -1] = True
    is_known[:SAMPLE_OF_PANDAS, ::-7] = True
    ragged = to_ragged(levels, is_known)
    ours, found = best_of(lambda: measure(STARS, ragged, weeks=WEEKS))
    tracemalloc.start()
    measure(STARS, ragged, weeks=WEEKS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    first, last = ragged.starts[0], ragged.starts[SAMPLE_OF_PANDAS]
    frame = pd.DataFrame(
        {
            "series": np.repeat(np.arange(SAMPLE_OF_PANDAS), np.diff(ragged.starts[: SAMPLE_OF_PANDAS + 1])),
            "day": pd.to_datetime([date.fromordinal(int(day)) for day in ragged.days[first:last]]),
            "value": ragged.values[first:last],
        }
    )
    started = time.perf_counter()
    expected = measure_with_pandas(frame)
    sample = time.perf_counter() - started
    check(found, expected)
    return Row(
        f"growth, slope, trend test, acceleration, surprise, {SERIES:,} × {DAYS} days",
        ours,
        sample * SERIES / SAMPLE_OF_PANDAS,
        f"pandas resample and groupby-apply, {SAMPLE_OF_PANDAS} series extrapolated; 5 % of days missing",
        target=5.0,
        peak_mb=peak / 1e6,
    )


def rank_objects(levels: Matrix) -> Row:
    """The whole way from the store's own objects to a ranking."""
    days = tuple(LAST_DAY - timedelta(days=k) for k in range(DAYS - 1, -1, -1))
    told = (Provenance("github", Basis.OBSERVED, 1),) * DAYS
    series = [
        Series(SubjectRef("github", Kind.GITHUB_REPO, f"o/{k}"), STARS, days, tuple(row.tolist()), told)
        for k, row in enumerate(levels)
    ]
    ours, _ = best_of(lambda: find_moves(series, LAST_DAY))
    return Row(f"movers with source events, {len(series):,} × {DAYS} days", ours, note="from Series objects")


def make_levels(rows: int) -> Matrix:
    """Levels that grow, each at its own pace, with noise; whole numbers."""
    rng = np.random.default_rng(1)
    pace = rng.normal(0.001, 0.002, (rows, 1)) * np.arange(DAYS)
    noise = rng.normal(0, 0.003, (rows, DAYS)).cumsum(axis=1)
    levels: Matrix = np.round(np.exp(rng.normal(10, 2, (rows, 1)) + pace + noise)) + 100
    return levels


def to_ragged(levels: Matrix, is_known: np.ndarray) -> Ragged:
    last = LAST_DAY.toordinal()
    days = np.broadcast_to(np.arange(last - DAYS + 1, last + 1), levels.shape)
    starts = np.concatenate([[0], np.cumsum(is_known.sum(axis=1))])
    return Ragged(days[is_known], levels[is_known], starts)


def measure_with_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """The same measures as one would write them at a desk."""

    def slope(y: pd.Series) -> float:
        return float(stats.theilslopes(y.to_numpy(), np.arange(len(y))).slope)

    def one(values: pd.Series) -> pd.Series:
        weekly = values.resample("7D", origin="end", closed="right", label="right").last()
        y = np.log1p(weekly.iloc[-WEEKS - 1 :])
        past = y.diff(4)
        history = past.iloc[-27:-1]
        mad = (history - history.median()).abs().median() or np.nan
        return pd.Series(
            {
                "growth": past.iloc[-1],
                "slope": slope(y),
                "p": stats.kendalltau(np.arange(len(y)), y).pvalue,
                "acceleration": slope(y.iloc[-5:]) - slope(y.iloc[-13:-4]),
                "z": 0.6745 * (past.iloc[-1] - history.median()) / mad,
            }
        )

    return frame.set_index("day").groupby("series")["value"].apply(one).unstack()


def check(found: Momentum, expected: pd.DataFrame) -> None:
    """Both ways give the same."""
    for name in ("growth", "slope", "acceleration", "z"):
        mine, theirs = getattr(found, name)[: len(expected)], expected[name].to_numpy()
        theirs = np.where(np.isfinite(theirs), theirs, np.nan)  # a MAD of zero
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-9, err_msg=name)
