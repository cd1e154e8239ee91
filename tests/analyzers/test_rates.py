"""The ratio of two counts with an interval that holds for small ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analyzers.momentum.rates import rate_ratio, rate_ratio_rows
from store.errors import Refused


def test_one_after_three_says_nothing_either_way() -> None:
    found = rate_ratio(1, 3)
    assert found.value == pytest.approx(math.log(2 / 4))
    assert found.low < 0 < found.high


def test_none_after_five_is_open_below_and_bounded_above() -> None:
    # Upper end of 0 of 5 at 95 %: p = 1 − 0.05^(1/5) = 0.4507; its log odds are −0.198.
    found = rate_ratio(0, 5)
    assert found.low == -math.inf
    assert found.high == pytest.approx(math.log(0.450720 / 0.549280), abs=1e-5)


def test_two_zeros_say_nothing() -> None:
    found = rate_ratio(0, 0)
    assert (found.low, found.value, found.high) == (-math.inf, 0, math.inf)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.integers(0, 400), st.integers(0, 400))
def test_interval_is_the_exact_binomial_one_and_holds_the_value(later: int, earlier: int) -> None:
    if later + earlier == 0:
        return
    found = rate_ratio(later, earlier)
    exact = stats.binomtest(later, later + earlier).proportion_ci(0.90, method="exact")
    low = -math.inf if exact.low == 0 else math.log(exact.low / (1 - exact.low))
    high = math.inf if exact.high == 1 else math.log(exact.high / (1 - exact.high))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert found.low <= found.value <= found.high


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.integers(0, 400), st.integers(0, 400))
def test_turning_the_counts_round_turns_the_interval_round(later: int, earlier: int) -> None:
    plain, turned = rate_ratio(later, earlier), rate_ratio(earlier, later)
    assert (turned.low, turned.high) == pytest.approx((-plain.high, -plain.low), abs=1e-6)


def test_twice_the_time_halves_the_rate() -> None:
    assert rate_ratio(20, 10, exposure=2).low == pytest.approx(rate_ratio(20, 10).low - math.log(2))


def test_counts_that_scatter_more_have_wider_intervals() -> None:
    narrow, wide = rate_ratio(100, 50), rate_ratio(100, 50, dispersion=10)
    assert wide.low < narrow.low
    assert wide.high > narrow.high
    assert wide.value == narrow.value


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(Refused, match="revised"):
        rate_ratio(5, -1)


def test_missing_and_negative_counts_of_a_row_have_no_interval() -> None:
    low, high = rate_ratio_rows(np.array([np.nan, -1.0]), np.array([3.0, 3.0]), np.ones(2))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
