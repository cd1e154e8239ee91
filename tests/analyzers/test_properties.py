"""Properties that hold for any data: order, scale and time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.absence import Absent
from analyzers.momentum.moves import find_source_events
from analyzers.momentum.trend import mann_kendall, robust_z, theil_sen
from analyzers.quality.frontier import Entry, running_maximum
from analyzers.quality.gap import win_rate
from analyzers.quality.lag import HorizontalLag, catch_ups, horizontal
from analyzers.weekly.verdict import BORDERS, adoption, price_index, quality_of_lag, raw_step
from tests.analyzers.worlds import make_series

START = date(2024, 1, 1)
entries = st.lists(
    st.builds(
        Entry,
        st.integers(0, 900).map(lambda day: START + timedelta(days=day)),
        st.text("abc", min_size=1, max_size=3),
        st.integers(50, 160).map(float),
    ),
    min_size=1,
    max_size=12,
)
numbers = st.lists(st.integers(-1000, 1000).map(float), min_size=8, max_size=30)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries, st.randoms(use_true_random=False))
def test_frontier_does_not_depend_on_order(rows: list[Entry], order: object) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    assert running_maximum(rows) == running_maximum(shuffled)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries)
def test_frontier_rises_in_time_and_score(rows: list[Entry]) -> None:
    front = running_maximum(rows)
    assert [e.day for e in front] == sorted({e.day for e in front})
    assert [e.score for e in front] == sorted({e.score for e in front})


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries, st.integers(0, 900))
def test_later_releases_do_not_change_the_earlier_frontier(rows: list[Entry], cut: int) -> None:
    day = START + timedelta(days=cut)
    before = tuple(entry for entry in running_maximum(rows) if entry.day <= day)
    assert running_maximum([entry for entry in rows if entry.day <= day]) == before


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries, entries, st.floats(0.1, 10), st.floats(-50, 50))
def test_lag_does_not_depend_on_the_scale_of_the_index(
    open_: list[Entry], closed: list[Entry], factor: float, shift: float
) -> None:
    def scale(rows: list[Entry]) -> list[Entry]:
        return [Entry(e.day, e.name, factor * e.score + shift) for e in rows]

    plain, scaled = horizontal(open_, closed), horizontal(scale(open_), scale(closed))
    assert isinstance(plain, Absent) == isinstance(scaled, Absent)
    if isinstance(plain, HorizontalLag) and isinstance(scaled, HorizontalLag):
        assert scaled.months == pytest.approx(plain.months, abs=1e-6)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries, entries)
def test_swapping_the_sides_turns_the_sign_of_the_lag(open_: list[Entry], closed: list[Entry]) -> None:
    lag, turned = horizontal(open_, closed), horizontal(closed, open_)
    if isinstance(lag, HorizontalLag) and isinstance(turned, HorizontalLag):
        assert turned.months == pytest.approx(-lag.months, abs=1e-9)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries, st.integers(1, 300))
def test_open_that_copies_closed_after_days_lags_by_those_days(closed: list[Entry], days: int) -> None:
    open_ = [Entry(e.day + timedelta(days=days), e.name, e.score) for e in closed]
    lag = horizontal(open_, closed)
    assert isinstance(lag, HorizontalLag)
    assert lag.months == pytest.approx(days / (365 / 12))


@settings(deadline=None)  # a slow machine is no wrong answer
@given(entries, entries)
def test_every_closed_frontier_entry_is_matched_waiting_or_matched_before(
    open_: list[Entry], closed: list[Entry]
) -> None:
    matches, waiting = catch_ups(open_, closed, 0.0)
    front = running_maximum(closed)
    best = max((entry.score for entry in open_), default=0.0)
    assert {m.closed for m in matches} | set(waiting) <= set(front)
    assert all(entry.score >= best for entry in waiting)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(numbers, st.integers(1, 50).map(float), st.integers(-50, 50).map(float))
def test_slope_scales_with_its_values_and_ignores_shifts(
    values: list[float], factor: float, shift: float
) -> None:
    days = [START + timedelta(weeks=k) for k in range(len(values))]
    plain = theil_sen(days, values)
    scaled = theil_sen(days, [factor * v + shift for v in values])
    assert not isinstance(plain, Absent)
    assert not isinstance(scaled, Absent)
    assert scaled.value == pytest.approx(factor * plain.value, abs=1e-6)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(numbers)
def test_trend_test_sees_ranks_only_and_its_p_is_a_probability(values: list[float]) -> None:
    test, shifted = mann_kendall(values), mann_kendall([v + 5 for v in values])
    assert not isinstance(test, Absent)
    assert not isinstance(shifted, Absent)
    assert 0 <= test.p <= 1
    assert (test.s, test.z) == pytest.approx((shifted.s, shifted.z))


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.floats(-1e6, 1e6), numbers, st.floats(0.5, 100))
def test_surprise_does_not_depend_on_the_unit(value: float, history: list[float], factor: float) -> None:
    z, scaled = robust_z(value, history), robust_z(factor * value, [factor * h for h in history])
    if not isinstance(z, Absent) and not isinstance(scaled, Absent):
        assert scaled == pytest.approx(z, rel=1e-6, abs=1e-6)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=9))
def test_fewer_than_ten_series_never_make_a_source_event(values: list[int]) -> None:
    assert find_source_events([make_series(f"a/{k}", [v, v * 100]) for k, v in enumerate(values)]) == ()


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.floats(-800, 800))
def test_win_rates_of_both_sides_add_to_one(points: float) -> None:
    assert win_rate(points) + win_rate(-points) == pytest.approx(1)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.floats(-60, 60), st.floats(0.01, 30))
def test_longer_lag_is_never_better(months: float, more: float) -> None:
    assert 0 < quality_of_lag(months + more) < quality_of_lag(months) < 100


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.floats(0.001, 1000))
def test_price_of_the_inverse_ratio_mirrors_at_parity(ratio: float) -> None:
    assert price_index(ratio) + price_index(1 / ratio) == pytest.approx(100)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.floats(0, 1), st.floats(0, 1))
def test_adoption_lies_between_the_shares_it_combines(tokens: float, enterprise: float) -> None:
    value = adoption({"tokens": tokens, "enterprise": enterprise})
    assert isinstance(value, float)
    low, high = (min(max(share, 0.005), 0.995) for share in sorted((tokens, enterprise)))
    assert 100 * low - 1e-9 <= value <= 100 * high + 1e-9


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.floats(0, 100))
def test_step_rises_with_the_composite(value: float) -> None:
    assert list(type(raw_step(0))).index(raw_step(value)) == sum(value >= border for border in BORDERS)
