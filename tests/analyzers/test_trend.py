"""Slopes, tests and surprises of whole series."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analyzers.absence import Absent
from analyzers.trend import mann_kendall, robust_z, theil_sen

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
