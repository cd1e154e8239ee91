"""The estimators of the lag on small frontiers that can be worked out by hand."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.absence import Absent
from analyzers.quality.frontier import Entry, Sides
from analyzers.quality.lag import (
    DAYS_PER_MONTH,
    DailyLag,
    HorizontalLag,
    Resampling,
    Survival,
    catch_ups,
    daily_lag,
    day_by_day,
    horizontal,
    interval,
    lag_history,
    nats,
    survival,
)
from analyzers.quality.lag_estimate import ESTIMATORS, Ground, estimate_lag, list_waiting

START = date(2025, 1, 1)
MONTH = timedelta(days=365 / 12)


def at(month: float, score: float, name: str = "") -> Entry:
    return Entry(START + round(month * 365 / 12) * timedelta(days=1), name or f"m{month}", score)


CLOSED_LINE = [at(0, 100), at(4, 110), at(8, 120), at(12, 130)]
OPEN_LINE = [at(3, 100), at(7, 110), at(11, 120)]


def test_shifted_frontier_lags_by_the_shift() -> None:
    lag = horizontal(OPEN_LINE, CLOSED_LINE)
    assert isinstance(lag, HorizontalLag)
    assert lag.months == pytest.approx(3, abs=0.05)
    assert (lag.level_from, lag.level_to) == (100, 120)
    assert (lag.caught, lag.censored) == (3, 1)


def test_lag_is_the_mean_over_levels_not_over_entries() -> None:
    # Levels 100–110 lag 2 months, 110–150 lag 6: (10·2 + 40·6)/50.
    closed = [at(0, 100), at(1, 110), at(2, 150)]
    open_ = [at(0, 100), at(3, 110), at(8, 150)]
    lag = horizontal(open_, closed)
    assert isinstance(lag, HorizontalLag)
    assert lag.months == pytest.approx(5.2, abs=0.05)


def test_open_that_is_first_has_a_negative_lag() -> None:
    lag = horizontal(CLOSED_LINE, OPEN_LINE)
    assert isinstance(lag, HorizontalLag)
    assert lag.months == pytest.approx(-3, abs=0.05)


def test_interval_is_repeatable_and_holds_the_value() -> None:
    first = horizontal(OPEN_LINE, CLOSED_LINE, draws=300, seed=4)
    again = horizontal(OPEN_LINE, CLOSED_LINE, draws=300, seed=4)
    assert first == again
    assert isinstance(first, HorizontalLag)
    assert first.low is not None
    assert first.high is not None
    assert first.low <= first.months <= first.high


def test_lag_without_a_bootstrap_says_why_it_has_no_interval() -> None:
    lag = horizontal(OPEN_LINE, CLOSED_LINE)
    assert isinstance(lag, HorizontalLag)
    assert lag.no_interval_because == "no bootstrap was drawn"


def test_lag_with_one_side_is_absent() -> None:
    assert horizontal([], CLOSED_LINE) == Absent("no model is open")


def test_lag_without_a_common_level_is_absent() -> None:
    assert horizontal([at(0, 50)], [at(0, 100)]) == Absent("the two frontiers share no level")


def test_one_common_level_is_enough() -> None:
    lag = horizontal([at(2, 100)], [at(0, 100)])
    assert isinstance(lag, HorizontalLag)
    assert lag.months == pytest.approx(2, abs=0.05)


def test_catch_up_skips_what_was_matched_already() -> None:
    closed = [at(0, 1.0, "c1"), at(1, 1.5, "c2"), at(2, 3.0, "c3")]
    open_ = [at(5, 1.6, "o1")]
    matches, waiting = catch_ups(open_, closed, epsilon=0.02)
    assert [(m.closed.name, m.open.name) for m in matches] == [("c1", "o1")]
    assert matches[0].months == pytest.approx(5, abs=0.05)
    assert [entry.name for entry in waiting] == ["c3"]


def test_catch_up_is_never_negative_where_open_was_there_first() -> None:
    # o1 stands above c1 before c1 comes, and above c2 for good: only c3 is ever ahead.
    closed = [at(1, 1.0, "c1"), at(2, 1.4, "c2"), at(3, 2.0, "c3")]
    open_ = [at(0, 1.5, "o1"), at(7, 2.1, "o2")]
    matches, waiting = catch_ups(open_, closed, epsilon=0.02)
    assert [(m.closed.name, m.open.name, round(m.months)) for m in matches] == [("c3", "o2", 4)]
    assert waiting == ()


def test_catch_up_counts_a_score_within_the_tolerance() -> None:
    matches, _ = catch_ups([at(2, 0.99)], [at(0, 1.0)], epsilon=0.02)
    assert len(matches) == 1


def test_nats_of_an_accuracy() -> None:
    assert nats(0.5) == pytest.approx(0.693147)
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        nats(1.0)


def test_day_by_day_lag_grows_while_nothing_happens() -> None:
    # Open has 100 from day 0 on, closed passes it on day 10: the lag on day d ≥ 10 is d − 9 days.
    day = timedelta(days=1)
    open_ = [Entry(START, "o", 100)]
    closed = [Entry(START, "c1", 100), Entry(START + 10 * day, "c2", 110)]
    mean = day_by_day(open_, closed, START + 19 * day, tolerance=0)
    assert mean == pytest.approx(sum(range(1, 11)) / 20 / (365 / 12))


def test_day_by_day_lag_without_a_start_is_absent() -> None:
    assert isinstance(day_by_day([at(0, 90)], [at(0, 100)], START + 3 * MONTH, tolerance=0), Absent)


def test_survival_counts_censored_entries_and_has_no_median_without_a_half() -> None:
    curve = survival([at(3, 100)], CLOSED_LINE, START + 20 * MONTH, draws=50)
    assert isinstance(curve, Survival)
    assert (curve.events, curve.censored, curve.median_months, curve.low) == (1, 3, None, None)


def test_survival_median_where_the_curve_reaches_one_half() -> None:
    curve = survival(OPEN_LINE, CLOSED_LINE, START + 20 * MONTH, draws=200, seed=3)
    assert isinstance(curve, Survival)
    assert curve.median_months == pytest.approx(3, abs=0.05)
    assert (curve.events, curve.censored) == (3, 1)


def test_survival_interval_holds_the_median_of_many_models() -> None:
    closed = [at(k, 100 + k) for k in range(30)]
    open_ = [at(k + 4, 100 + k) for k in range(30)]
    curve = survival(open_, closed, START + 40 * MONTH, draws=200, seed=3)
    assert isinstance(curve, Survival)
    assert curve.low is not None
    assert curve.high is not None
    assert curve.median_months is not None
    assert curve.low <= curve.median_months <= curve.high


def test_survival_with_one_side_is_absent() -> None:
    assert isinstance(survival([], CLOSED_LINE, START), Absent)


def test_history_uses_only_what_was_released() -> None:
    day = START + 9 * MONTH
    ((_, months),) = lag_history(OPEN_LINE, CLOSED_LINE, [day])
    early = horizontal([e for e in OPEN_LINE if e.day <= day], [e for e in CLOSED_LINE if e.day <= day])
    assert isinstance(early, HorizontalLag)
    assert months == early.months


def test_history_leaves_out_days_without_an_answer() -> None:
    assert lag_history(OPEN_LINE, CLOSED_LINE, [START]) == ()


# ------------------------------------------------------------------ the module's own example


def test_example_of_the_module_is_what_every_estimator_computes() -> None:
    closed = [at(0, 100, "c0"), at(4, 110, "c4"), at(8, 120, "c8"), at(12, 130, "c12")]
    open_ = [at(3, 100, "o3"), at(7, 110, "o7"), at(11, 120, "o11")]
    end = at(12, 0).day
    lag = horizontal(open_, closed)
    assert isinstance(lag, HorizontalLag)
    assert lag.months == pytest.approx(3, abs=0.05)
    matches, waiting = catch_ups(open_, closed, epsilon=0.5)
    assert [(m.closed.name, m.open.name) for m in matches] == [("c0", "o3"), ("c4", "o7"), ("c8", "o11")]
    assert [match.months for match in matches] == pytest.approx([3, 3, 3], abs=0.05)
    assert [entry.name for entry in waiting] == ["c12"]
    daily = daily_lag(open_, closed, end, tolerance=0)
    assert isinstance(daily, DailyLag)
    assert daily.months == pytest.approx(1, abs=0.05)
    assert daily.unknown_days == 0
    curve = survival(open_, closed, end)
    assert isinstance(curve, Survival)
    assert curve.median_months == pytest.approx(3, abs=0.05)
    assert (curve.events, curve.censored) == (3, 1)


def test_days_before_closed_was_ever_matched_are_counted_as_unknown() -> None:
    # Closed has 100 on day 0, open 90 on day 0 and 100 on day 10: on the ten days before nothing is known.
    day = timedelta(days=1)
    open_ = [Entry(START, "o1", 90), Entry(START + 10 * day, "o2", 100)]
    closed = [Entry(START, "c", 100)]
    assert daily_lag(open_, closed, START + 19 * day, tolerance=0) == DailyLag(0.0, 10, 10)


def test_a_daily_lag_known_on_fewer_than_half_of_the_days_is_absent_with_both_counts() -> None:
    day = timedelta(days=1)
    open_ = [Entry(START, "o1", 90), Entry(START + 399 * day, "o2", 100)]
    closed, end = [Entry(START, "c", 100)], START + 399 * day
    assert daily_lag(open_, closed, end, tolerance=0) == Absent("the lag is known on 1 of 400 days")
    sides = Sides(tuple(open_), tuple(closed), 0, 0)
    found = estimate_lag("daily", Ground(sides, sides, end, 0.0), draws=0, seed=0)
    assert (found.months, found.n, found.censored) == (None, 0, 399)


def test_tolerance_of_the_day_by_day_lag_lets_a_near_score_match() -> None:
    lag = daily_lag([Entry(START, "o", 99)], [Entry(START, "c", 100)], START, tolerance=1)
    assert lag == DailyLag(0.0, 1, 0)


def test_survival_counts_closed_frontier_entries_not_all_closed_models() -> None:
    below = [at(2, 90, "below"), at(5, 95, "also below")]
    curve = survival(OPEN_LINE, [*CLOSED_LINE, *below], START + 20 * MONTH)
    assert isinstance(curve, Survival)
    assert curve.events + curve.censored == len(CLOSED_LINE)


def test_survival_with_exactly_one_half_caught_has_its_median_there() -> None:
    closed = [at(0, 100), at(1, 110)]
    curve = survival([at(4, 100)], closed, START + 10 * MONTH)
    assert isinstance(curve, Survival)
    assert curve.median_months == pytest.approx(4, abs=0.05)


def test_an_entry_censored_early_leaves_fewer_at_risk() -> None:
    # Waits of 2 (caught), 1 (censored at the end), 3 (caught): at 2 one of two is left, hence the median.
    closed = [at(0, 100), at(1, 110), at(9, 120)]
    open_ = [at(2, 100), at(4, 110)]
    curve = survival(open_, closed, START + 10 * MONTH)
    assert isinstance(curve, Survival)
    assert curve.median_months == pytest.approx(2, abs=0.05)
    assert (curve.events, curve.censored) == (2, 1)


# ------------------------------------------------------------------ resampling


def test_both_entries_of_an_opened_model_are_drawn_together() -> None:
    opened = [at(2, 100, "m"), at(3, 110, "o")]
    closed = [at(0, 100, "m"), at(1, 120, "c")]
    resampling = Resampling(opened, closed)
    assert resampling.models == 3
    for is_open, is_closed in resampling.masks(50, seed=1):
        assert is_open[0] == is_closed[0]


@pytest.mark.parametrize(
    ("values", "asked", "reason"),
    [
        ([], 0, "no bootstrap was drawn"),
        ([1.0] * 50, 100, "only 50 of 100 bootstrap draws have an answer"),
        ([1.0] * 50, 50, "50 bootstrap draws are too few"),
    ],
)
def test_no_interval_without_enough_draws_but_a_reason(values: list[float], asked: int, reason: str) -> None:
    assert interval(values, asked) == (None, None, reason)


def test_interval_is_the_middle_nine_tenths() -> None:
    assert interval([float(k) for k in range(101)], 101) == (5.0, 95.0, None)


# ------------------------------------------------------------------ invariances

scores = st.lists(st.tuples(st.integers(0, 900), st.integers(50, 160)), min_size=1, max_size=12)


def entries(rows: list[tuple[int, int]], side: str, *, shift: int = 0, factor: float = 1) -> list[Entry]:
    return [
        Entry(START + timedelta(days=day + shift), f"{side}{k}", factor * score)
        for k, (day, score) in enumerate(rows)
    ]


@settings(deadline=None)  # a slow machine is no wrong answer
@given(scores, scores, st.integers(-400, 400))
def test_releasing_every_open_model_later_lengthens_the_horizontal_lag_by_as_much(
    open_rows: list[tuple[int, int]], closed_rows: list[tuple[int, int]], shift: int
) -> None:
    closed = entries(closed_rows, "c")
    plain = horizontal(entries(open_rows, "o"), closed)
    shifted = horizontal(entries(open_rows, "o", shift=shift), closed)
    assert isinstance(plain, Absent) == isinstance(shifted, Absent)
    if isinstance(plain, HorizontalLag) and isinstance(shifted, HorizontalLag):
        assert shifted.months - plain.months == pytest.approx(shift / DAYS_PER_MONTH, abs=1e-9)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(scores, scores, st.randoms(use_true_random=False))
def test_no_estimator_depends_on_the_order_of_models(
    open_rows: list[tuple[int, int]], closed_rows: list[tuple[int, int]], order: random.Random
) -> None:
    open_, closed, end = entries(open_rows, "o"), entries(closed_rows, "c"), START + timedelta(days=1000)
    mixed = order.sample(open_, len(open_)), order.sample(closed, len(closed))
    assert horizontal(*mixed) == horizontal(open_, closed)
    assert catch_ups(*mixed, 0.0) == catch_ups(open_, closed, 0.0)
    assert daily_lag(*mixed, end, 0.0) == daily_lag(open_, closed, end, 0.0)
    assert survival(*mixed, end) == survival(open_, closed, end)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(scores, scores, st.integers(0, 900), st.integers(50, 160))
def test_a_weaker_model_of_the_same_day_changes_nothing(
    open_rows: list[tuple[int, int]], closed_rows: list[tuple[int, int]], day: int, score: int
) -> None:
    end = START + timedelta(days=1000)
    open_ = entries([*open_rows, (day, score)], "o")
    tied = [*open_, Entry(open_[-1].day, "weaker", score - 1)]
    closed = entries(closed_rows, "c")
    assert catch_ups(tied, closed, 0.0) == catch_ups(open_, closed, 0.0)
    assert daily_lag(tied, closed, end, 0.0) == daily_lag(open_, closed, end, 0.0)
    assert survival(tied, closed, end) == survival(open_, closed, end)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(scores, scores, st.integers(0, 900))
def test_what_was_caught_by_a_day_does_not_depend_on_later_releases(
    open_rows: list[tuple[int, int]], closed_rows: list[tuple[int, int]], cut: int
) -> None:
    open_, closed, day = entries(open_rows, "o"), entries(closed_rows, "c"), START + timedelta(days=cut)
    matches, _ = catch_ups(open_, closed, 0.0)
    then, _ = catch_ups([e for e in open_ if e.day <= day], [e for e in closed if e.day <= day], 0.0)
    assert set(then) <= {match for match in matches if match.open.day <= day and match.closed.day <= day}


# ------------------------------------------------------------------ rows of the command


def ground(open_: list[Entry], closed: list[Entry], tolerance: float = 0.0) -> Ground:
    sides = Sides(tuple(open_), tuple(closed), 0, 0)
    return Ground(sides, sides, START + 12 * MONTH, tolerance)


def test_lag_of_the_catch_ups_is_the_mean_of_their_months() -> None:
    closed = [at(0, 100, "c1"), at(1, 110, "c2"), at(2, 120, "c3")]
    found = estimate_lag("catchup", ground([at(2, 101, "o1"), at(7, 111, "o2")], closed), draws=0, seed=0)
    assert found.months == pytest.approx((2 + 6) / 2, abs=0.05)
    assert (found.n, found.censored, found.reason) == (2, 1, "no bootstrap was drawn")


def test_each_estimator_has_an_interval_over_models_or_says_why_not() -> None:
    closed = [at(k, 100 + k, f"c{k}") for k in range(12)]
    open_ = [at(k + 2, 100.5 + k, f"o{k}") for k in range(10)]
    for name in ESTIMATORS:
        found = estimate_lag(name, ground(open_, closed), draws=200, seed=1)
        assert found == estimate_lag(name, ground(open_, closed), draws=200, seed=1)
        assert found.months is not None
        assert found.reason is None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.high


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_without_one_side_has_no_value_but_a_reason(name: str) -> None:
    found = estimate_lag(name, ground([], CLOSED_LINE), draws=10, seed=0)
    assert (found.months, found.low, found.reason) == (None, None, "no model is open under the rule weights")


def test_waiting_entries_know_how_long_they_wait() -> None:
    (waiting,) = list_waiting(ground(OPEN_LINE, [at(6, 200, "far ahead")]))
    assert waiting.entry.name == "far ahead"
    assert waiting.months == pytest.approx(6, abs=0.05)
