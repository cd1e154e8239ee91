"""Measures of many series at once: those of scipy and of each series alone, with gaps and ties."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analyzers.absence import Absent
from analyzers.momentum.alignment import (
    align,
    typical_step_days,
    usual_gap_days,
    value_at,
    without_suspect_zeros,
)
from analyzers.momentum.panel import (
    Matrix,
    acceleration_rows,
    mann_kendall_rows,
    noise_rows,
    robust_z_rows,
    theil_sen_rows,
)
from analyzers.momentum.ragged import find_suspect_zeros, keep, median_gaps, stack, typical_steps
from analyzers.momentum.semantics import total
from analyzers.momentum.trend import acceleration, mann_kendall, robust_z, theil_sen
from store.records import Series
from tests.analyzers.worlds import AS_OF, METRICS, make_series

START = date(2026, 1, 5)
PROPERTY = settings(deadline=None, max_examples=60)  # a slow machine is no wrong answer

cells = st.one_of(st.integers(0, 9).map(float), st.just(float("nan")))
panels = st.tuples(st.integers(1, 5), st.integers(13, 24)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=cells)
)
"""Small panels with many ties and gaps."""


def weeks(count: int) -> list[date]:
    return [START + timedelta(weeks=k) for k in range(count)]


@PROPERTY
@given(panels)
def test_slopes_of_a_panel_are_those_of_scipy_on_the_values_that_are_there(panel: Matrix) -> None:
    x = np.arange(panel.shape[1], dtype=float)
    found = theil_sen_rows(x, panel)
    for row, values in enumerate(panel):
        known = ~np.isnan(values)
        assert found.n[row] == known.sum()
        if known.sum() < 3:
            assert np.isnan(found.value[row])
            continue
        expected = stats.theilslopes(values[known], x[known], 0.95)
        assert found.value[row] == pytest.approx(expected.slope)
        if known.sum() < 5:
            assert np.isnan([found.ci95_low[row], found.ci95_high[row]]).all()
            continue
        assert found.ci95_low[row] == pytest.approx(expected.low_slope)
        assert found.ci95_high[row] == pytest.approx(expected.high_slope)


@PROPERTY
@given(panels, st.data())
def test_slopes_at_own_times_are_those_of_scipy(panel: Matrix, data: st.DataObject) -> None:
    late = data.draw(arrays(np.float64, panel.shape, elements=st.integers(0, 6).map(lambda d: d / 7)))
    x = np.arange(panel.shape[1]) - late
    found = theil_sen_rows(x, panel)
    for row, values in enumerate(panel):
        known = ~np.isnan(values)
        if known.sum() >= 3:
            expected = stats.theilslopes(values[known], x[row][known], 0.95)
            assert found.value[row] == pytest.approx(expected.slope)
            high = expected.high_slope if known.sum() >= 5 else np.nan
            assert found.ci95_high[row] == pytest.approx(high, nan_ok=True)


@PROPERTY
@given(panels)
def test_trend_tests_of_a_panel_are_those_of_each_row_alone(panel: Matrix) -> None:
    found = mann_kendall_rows(panel)
    for row, values in enumerate(panel):
        alone = mann_kendall(list(values))
        if isinstance(alone, Absent):
            assert np.isnan(found.p[row])
        else:
            together = (found.s[row], found.tau[row], found.p[row], found.variance_factor[row], found.n[row])
            assert together == pytest.approx((alone.s, alone.tau, alone.p, alone.variance_factor, alone.n))


@PROPERTY
@given(panels)
def test_kendalls_s_is_that_of_scipys_tau(panel: Matrix) -> None:
    found = mann_kendall_rows(panel)
    for row, values in enumerate(panel):
        known = values[~np.isnan(values)]
        if len(known) < 3 or len(set(known)) == 1:
            continue
        _, ties = np.unique(known, return_counts=True)
        pairs = len(known) * (len(known) - 1) / 2
        tau_b = stats.kendalltau(np.arange(len(known)), known).statistic
        tied = (ties * (ties - 1) / 2).sum()
        assert found.s[row] == pytest.approx(tau_b * np.sqrt(pairs * (pairs - tied)), abs=1e-9)


@PROPERTY
@given(panels)
def test_acceleration_and_noise_of_a_panel_are_those_of_each_row_alone(panel: Matrix) -> None:
    found, noise = acceleration_rows(panel), noise_rows(panel)
    for row, values in enumerate(panel):
        alone = acceleration(list(values))
        assert np.isnan(found[row]) == isinstance(alone, Absent)
        if not isinstance(alone, Absent):
            now = theil_sen(weeks(5), list(values[-5:]))
            then = theil_sen(weeks(9), list(values[-13:-4]))
            assert not isinstance(now, Absent)
            assert not isinstance(then, Absent)
            assert found[row] == pytest.approx(now.value - then.value)
        line = theil_sen(weeks(panel.shape[1]), list(values))
        if not isinstance(line, Absent):
            rest = (values - line.value * np.arange(panel.shape[1]))[~np.isnan(values)]
            assert noise[row] == pytest.approx(stats.median_abs_deviation(rest) * 1.4826, abs=1e-9)


@PROPERTY
@given(panels)
def test_surprises_of_a_panel_are_those_of_each_row_alone(panel: Matrix) -> None:
    value, history = panel[:, -1], panel[:, :-1]
    found = robust_z_rows(value, history)
    for row in range(len(panel)):
        known = history[row][~np.isnan(history[row])]
        if np.isnan(value[row]):
            continue
        alone = robust_z(float(value[row]), list(known))
        assert np.isnan(found.z[row]) == isinstance(alone, Absent)
        if not isinstance(alone, Absent):
            mad = stats.median_abs_deviation(known)
            assert found.z[row] == pytest.approx(alone)
            assert alone == pytest.approx(0.6745 * (value[row] - np.median(known)) / mad)


@PROPERTY
@given(panels, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(panel: Matrix, order: object) -> None:
    turned = list(range(len(panel)))
    order.shuffle(turned)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    plain, shuffled = mann_kendall_rows(panel), mann_kendall_rows(panel[turned])
    np.testing.assert_array_equal(plain.p[turned], shuffled.p)
    slopes = theil_sen_rows(np.arange(panel.shape[1], dtype=float), panel)
    again = theil_sen_rows(np.arange(panel.shape[1], dtype=float), panel[turned])
    np.testing.assert_array_equal(slopes.ci95_low[turned], again.ci95_low)


def test_many_rows_in_threads_are_the_same_as_few() -> None:
    rng = np.random.default_rng(5)
    panel = rng.normal(size=(6000, 53)).cumsum(axis=1)
    panel[rng.random(panel.shape) < 0.1] = np.nan
    x = np.arange(53, dtype=float)
    whole = theil_sen_rows(x, panel)
    for rows in (slice(0, 40), slice(3000, 3040), slice(5980, 6000)):
        part = theil_sen_rows(x, panel[rows])
        np.testing.assert_array_equal(whole.value[rows], part.value)
        np.testing.assert_array_equal(whole.s[rows], part.s)


def test_a_straight_line_has_no_autocorrelation_however_it_is_rounded() -> None:
    test = mann_kendall_rows(np.array([[0.1 * k + 0.3 for k in range(40)]]))
    assert test.variance_factor[0] == 1


# ------------------------------------------------------------------------------ irregular series as rows

gaps = st.lists(st.integers(1, 40), min_size=0, max_size=25)
numbers = st.lists(st.integers(0, 5).map(float), min_size=26, max_size=26)


def irregular(steps: list[int], values: list[float], metric: str = "github.stars") -> Series:
    made = make_series("a/b", values[: len(steps) + 1], metric=metric)
    days = [START]
    for step in steps:
        days.append(days[-1] + timedelta(days=step))
    return Series(made.subject, METRICS[metric], tuple(days), made.values, made.told)


@PROPERTY
@given(st.lists(st.tuples(gaps, numbers), min_size=1, max_size=4), st.integers(0, 30))
def test_rows_are_aligned_as_each_series_alone(parts: list[tuple[list[int], list[float]]], age: int) -> None:
    series = [irregular(steps, values) for steps, values in parts]
    ragged = stack(series)
    grid = [START + timedelta(days=k) for k in range(-7, 200, 9)]
    when = np.broadcast_to([day.toordinal() for day in grid], (len(series), len(grid)))
    days, values = ragged.at(np.arange(len(series)), when, age)
    for row, one in enumerate(series):
        found = [None if np.isnan(v) else float(v) for v in values[row]]
        assert found == list(align(one, grid, age))
        for k, day in enumerate(grid):
            alone = value_at(one, day, age)
            assert days[row, k] == (-1 if isinstance(alone, Absent) else alone.day.toordinal())
    assert list(typical_steps(ragged)) == [typical_step_days(one) for one in series]
    assert list(median_gaps(ragged)) == [usual_gap_days(one) for one in series]


@PROPERTY
@given(st.lists(st.tuples(gaps, numbers), min_size=1, max_size=4))
def test_zeros_of_rows_are_suspect_as_those_of_each_series_alone(
    parts: list[tuple[list[int], list[float]]],
) -> None:
    series = [irregular(steps, values) for steps, values in parts]
    ragged = stack(series)
    cleaned = keep(ragged, ~find_suspect_zeros(ragged))
    for row, one in enumerate(series):
        alone, dropped = without_suspect_zeros(one)
        mine = slice(cleaned.starts[row], cleaned.starts[row + 1])
        assert tuple(cleaned.values[mine]) == alone.values
        assert tuple(cleaned.days[mine]) == tuple(day.toordinal() for day in alone.days)
        assert ragged.lengths[row] - cleaned.lengths[row] == dropped


@PROPERTY
@given(st.lists(st.tuples(gaps, numbers), min_size=1, max_size=4), st.integers(1, 60))
def test_sums_of_rows_are_those_of_each_series_alone(
    parts: list[tuple[list[int], list[float]]], length: int
) -> None:
    series = [irregular(steps, values, "policy.lines_added") for steps, values in parts]
    ends = [START + timedelta(days=k) for k in range(-7, 300, 31)]
    when = np.broadcast_to([day.toordinal() for day in ends], (len(series), len(ends)))
    sums, counts = stack(series).sums(np.arange(len(series)), when - length, when)
    for row, one in enumerate(series):
        for k, end in enumerate(ends):
            alone = total(one, end - timedelta(days=length), end)
            assert (counts[row, k] == 0) == isinstance(alone, Absent)
            assert sums[row, k] == (0 if isinstance(alone, Absent) else alone)


def test_a_row_without_values_has_none_anywhere() -> None:
    empty = Series(make_series("a/b", [1]).subject, METRICS["github.stars"], (), (), ())
    ragged = stack([empty, make_series("a/c", [3])])
    assert list(ragged.last[0]) == [-1, AS_OF.toordinal()]
    _, values = ragged.at(np.arange(2), np.full((2, 1), AS_OF.toordinal()), 5)
    assert np.isnan(values[0, 0])
    assert values[1, 0] == 3
