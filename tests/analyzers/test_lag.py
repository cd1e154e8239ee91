"""The estimators of the lag on small frontiers that can be worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analyzers.absence import Absent
from analyzers.frontier import Entry
from analyzers.lag import (
    HorizontalLag,
    Survival,
    catch_ups,
    day_by_day,
    horizontal,
    lag_history,
    nats,
    survival,
)

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
    assert horizontal([], CLOSED_LINE) == Absent("one side has no dated model")


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
