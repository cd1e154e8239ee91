"""Slopes, tests and surprises of whole series."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analyzers.absence import Absent
from analyzers.momentum.trend import acceleration, false_discovery, mann_kendall, robust_z, theil_sen

START = date(2026, 1, 5)


def weeks(count: int) -> list[date]:
    return [START + timedelta(weeks=k) for k in range(count)]


def test_slope_of_a_straight_line_is_exact_per_week() -> None:
    slope = theil_sen(weeks(10), [3 + 0.5 * k for k in range(10)])
    assert not isinstance(slope, Absent)
    assert slope.value == pytest.approx(0.5)
    assert slope.ci95_low == pytest.approx(0.5)
    assert slope.n == 10


def test_slope_withstands_an_outlier() -> None:
    values = [0.5 * k for k in range(11)]
    values[5] = 1000
    slope = theil_sen(weeks(11), values)
    assert not isinstance(slope, Absent)
    assert slope.value == pytest.approx(0.5)


def test_slope_of_two_values_is_absent() -> None:
    assert theil_sen(weeks(2), [1, 2]) == Absent("2 values; a slope needs 3")


@pytest.mark.parametrize("n", [3, 4])
def test_slope_of_fewer_than_five_values_has_no_interval(n: int) -> None:
    # The range of all slopes holds the true one unless all errors rise or all fall: two of n! orders.
    slope = theil_sen(weeks(n), [1.0, 3, 2, 5][:n])
    assert not isinstance(slope, Absent)
    assert (slope.ci95_low, slope.ci95_high) == (None, None)
    assert slope.no_interval_because == f"{n} values; a 95 % interval needs 5"


def test_interval_of_five_values_is_the_range_of_their_slopes() -> None:
    slope = theil_sen(weeks(5), [1.0, 3, 2, 5, 4])
    assert not isinstance(slope, Absent)
    assert (slope.ci95_low, slope.ci95_high, slope.no_interval_because) == (-1, 3, None)


def test_values_of_too_few_days_have_no_interval() -> None:
    slope = theil_sen([START] * 3 + weeks(2)[1:] * 2, [1.0, 2, 3, 4, 5])
    assert not isinstance(slope, Absent)
    assert slope.ci95_low is None
    assert slope.no_interval_because == "too many values are of one day for a 95 % interval"


def test_slope_of_one_day_is_absent() -> None:
    assert isinstance(theil_sen([START] * 4, [1, 2, 3, 4]), Absent)


def test_unequal_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        theil_sen(weeks(3), [1, 2])


def test_rising_series_is_significant() -> None:
    test = mann_kendall([1, 3, 2, 4, 6, 5, 7, 8, 10, 9])
    assert not isinstance(test, Absent)
    assert test.tau > 0.8
    assert test.p < 0.01


def test_constant_series_has_no_trend() -> None:
    test = mann_kendall([5.0] * 12)
    assert not isinstance(test, Absent)
    assert (test.s, test.p) == (0, 1)


def test_statistic_without_ties_matches_the_textbook_variance() -> None:
    # n = 8, strictly rising: S = 28, Var(S) = 8·7·21/18 = 65.33, z = 27/√65.33.
    test = mann_kendall([1, 2, 3, 4, 5, 6, 7, 8])
    assert not isinstance(test, Absent)
    assert test.s == 28
    assert test.z * np.sqrt(test.variance_factor) == pytest.approx(27 / np.sqrt(8 * 7 * 21 / 18))


def test_ties_shrink_the_variance() -> None:
    # Two pairs of ties: Var(S) = (8·7·21 − 2·2·1·9)/18.
    test = mann_kendall([1, 1, 2, 3, 3, 4, 5, 6])
    assert not isinstance(test, Absent)
    assert test.z * np.sqrt(test.variance_factor) == pytest.approx(
        (test.s - 1) / np.sqrt((8 * 7 * 21 - 36) / 18)
    )


def test_autocorrelation_makes_the_test_more_careful() -> None:
    rng = np.random.default_rng(7)
    noise = np.zeros(60)
    for k in range(1, 60):
        noise[k] = 0.9 * noise[k - 1] + rng.normal()
    test = mann_kendall(list(noise))
    assert not isinstance(test, Absent)
    assert test.variance_factor > 1.5


def test_short_series_is_not_tested() -> None:
    assert isinstance(mann_kendall([1, 2, 3, 4, 5, 6, 7]), Absent)


def test_surprise_is_measured_in_robust_deviations() -> None:
    # Median 4.5, MAD 2: 0.6745·(14.5 − 4.5)/2.
    assert robust_z(14.5, [1, 2, 3, 4, 5, 6, 7, 8]) == pytest.approx(3.3725)


def test_surprise_without_spread_is_absent_with_the_reason() -> None:
    z = robust_z(9, [1, 1, 1, 1, 1, 1, 1, 5])
    assert isinstance(z, Absent)
    assert "MAD is zero" in z.reason


def test_surprise_against_a_short_history_is_absent() -> None:
    assert isinstance(robust_z(9, [1, 2, 3]), Absent)


def test_slope_is_the_median_of_all_pairwise_slopes() -> None:
    # 1, 2, 4, 3: slopes 1, 3/2, 2/3, 2, 1/2, −1; the middle two are 2/3 and 1.
    slope = theil_sen(weeks(4), [1, 2, 4, 3])
    assert not isinstance(slope, Absent)
    assert slope.value == pytest.approx((2 / 3 + 1) / 2)


def test_slope_skips_a_missing_week_and_keeps_its_distance() -> None:
    # 0, 2, –, 3: slopes 2/1, 3/3, 1/2; taking the gap for one week would give 1.5.
    slope = theil_sen(weeks(4), [0, 2, float("nan"), 3])
    assert not isinstance(slope, Absent)
    assert slope.value == pytest.approx(1)
    assert slope.n == 3


def test_statistic_counts_rising_less_falling_pairs() -> None:
    # Three of 28 pairs fall: S = 25 − 3, tau = 22/28.
    test = mann_kendall([1, 3, 2, 4, 6, 5, 8, 7])
    assert not isinstance(test, Absent)
    assert (test.s, test.tau) == (22, pytest.approx(22 / 28))
    assert test.z == pytest.approx(21 / np.sqrt(8 * 7 * 21 / 18))
    assert test.p == pytest.approx(2 * stats.norm.sf(test.z))


def test_lag_1_factor_matches_the_hand_computed_one() -> None:
    # Up and down, so the line is flat. Ranks less their mean: −7, −5 … 7, 7 … −7. ρ₁ = 259/336, above
    # 1.96/√16. Factor 1 + 2·(259/336)·13/16.
    test = mann_kendall([1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1])
    assert not isinstance(test, Absent)
    assert test.variance_factor == pytest.approx(1 + 2 * (259 / 336) * 13 / 16)
    assert (test.s, test.p) == (0, 1)


def test_acceleration_is_the_later_slope_less_the_earlier() -> None:
    # Eight weeks of +1, then four of +3.
    assert acceleration([0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 14, 17, 20]) == pytest.approx(2)


def test_acceleration_needs_thirteen_weeks_and_enough_of_them() -> None:
    assert acceleration([1.0] * 12) == Absent("12 weeks; acceleration needs 13")
    assert isinstance(acceleration([1.0] * 9 + [float("nan")] * 3 + [1.0]), Absent)


def test_false_discovery_rates_match_the_hand_computed_ones() -> None:
    # Four tests: 0.01·4/1; 0.03·4/2 = 0.06, lowered to 0.04·4/3; 0.20·4/4.
    found = false_discovery(np.array([0.01, 0.04, 0.03, 0.20]))
    assert list(found) == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.20])


def test_untested_series_count_for_nothing_in_the_false_discovery_rate() -> None:
    found = false_discovery(np.array([0.01, np.nan, 0.5]))
    assert np.isnan(found[1])
    assert found[0] == pytest.approx(0.02)
    assert np.isnan(false_discovery(np.array([np.nan]))).all()


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discovery_rates_are_those_of_scipy(p: list[float]) -> None:
    assert list(false_discovery(np.array(p))) == pytest.approx(list(stats.false_discovery_control(p)))


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.integers(-50, 50).map(float), min_size=8, max_size=25), st.integers(2, 30).map(float))
def test_turning_time_round_turns_slope_and_statistic_round(values: list[float], factor: float) -> None:
    test, turned = mann_kendall(values), mann_kendall([factor * v for v in values[::-1]])
    assert not isinstance(test, Absent)
    assert not isinstance(turned, Absent)
    assert (turned.s, turned.z) == pytest.approx((-test.s, -test.z))
