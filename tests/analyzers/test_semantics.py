"""What may be done with a metric, and what is refused."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from analyzers.absence import Absent
from analyzers.momentum.semantics import flow, log_growth, rating_lead, total
from store.errors import Refused
from store.records import Openness
from tests.analyzers.worlds import AS_OF, World, cut, make_series

WEEK = timedelta(days=7)


def test_difference_of_a_rolling_sum_is_refused() -> None:
    series = make_series("a/b", [100, 120, 150], metric="hub.downloads.30d")
    with pytest.raises(Refused, match="rolling sum over 30 days"):
        flow(series, AS_OF - WEEK, AS_OF)


def test_sum_over_a_rolling_counter_is_refused() -> None:
    series = make_series("a/b", [100, 120, 150], metric="hub.downloads.30d")
    with pytest.raises(Refused, match="do not add up"):
        total(series, AS_OF - 2 * WEEK, AS_OF)


@pytest.mark.parametrize("metric", ["github.stars", "hub.downloads.all_time", "arena.text.rating"])
def test_sum_over_levels_and_scores_is_refused(metric: str) -> None:
    with pytest.raises(Refused, match="do not add up"):
        total(make_series("a/b", [1, 2, 3], metric=metric), AS_OF - 2 * WEEK, AS_OF)


def test_growth_of_a_rolling_sum_inside_its_own_window_is_refused() -> None:
    series = make_series("a/b", [100] * 8, metric="hub.downloads.30d")
    with pytest.raises(Refused, match="share most of their days"):
        log_growth(series, 29, AS_OF)


def test_growth_of_a_rating_is_refused() -> None:
    with pytest.raises(Refused, match="a score"):
        log_growth(make_series("a/b", [1200, 1300], metric="arena.text.rating"), 30, AS_OF)


def test_growth_of_a_rolling_sum_is_the_log_ratio_of_levels_a_window_apart() -> None:
    series = make_series("a/b", [999, 0, 0, 0, 0, 1999], metric="hub.downloads.30d")
    assert log_growth(series, 35, AS_OF) == pytest.approx(math.log(2))


def test_flow_of_a_level_is_its_net_change() -> None:
    assert flow(make_series("a/b", [10, 30, 25]), AS_OF - 2 * WEEK, AS_OF) == 15


def test_flow_of_a_revised_total_may_be_negative_and_is_kept() -> None:
    series = make_series("a/b", [1000, 900], metric="hub.downloads.all_time")
    assert flow(series, AS_OF - WEEK, AS_OF) == -100


def test_flow_of_a_total_inside_a_week_is_refused() -> None:
    series = make_series("a/b", [1000, 1100], metric="hub.downloads.all_time", step_days=1)
    with pytest.raises(Refused, match="7 days"):
        flow(series, AS_OF - timedelta(days=1), AS_OF)


def test_flow_of_a_count_per_period_is_its_sum_without_the_first_day() -> None:
    series = make_series("a/b", [1, 2, 4, 8], metric="github.stars_received.daily", step_days=1)
    assert flow(series, AS_OF - timedelta(days=2), AS_OF) == 12


def test_growth_of_a_total_compares_two_flows() -> None:
    series = make_series("a/b", [0, 99, 298], metric="hub.downloads.all_time", step_days=30)
    assert log_growth(series, 30, AS_OF) == pytest.approx(math.log(2))


def test_growth_of_a_total_whose_flow_was_revised_below_zero_is_absent() -> None:
    series = make_series("a/b", [500, 400, 600], metric="hub.downloads.all_time", step_days=30)
    growth = log_growth(series, 30, AS_OF)
    assert isinstance(growth, Absent)
    assert "revised" in growth.reason


def test_growth_across_a_hole_in_the_series_is_absent_with_the_gap() -> None:
    series = make_series("a/b", [10, 20], step_days=90)
    growth = log_growth(series, 30, AS_OF)
    assert isinstance(growth, Absent)
    assert "60 days old" in growth.reason


def test_growth_of_counts_with_missing_days_is_absent_not_a_fall() -> None:
    series = make_series("a/b", [5.0] * 60, metric="policy.lines_added", step_days=1)
    assert log_growth(series, 28, AS_OF) == 0
    holed = cut(series, AS_OF - timedelta(days=10))
    growth = log_growth(holed, 28, AS_OF)
    assert isinstance(growth, Absent)
    assert growth.reason.startswith("18 of 28 values between")


def test_a_period_without_length_is_refused() -> None:
    with pytest.raises(Refused, match="no length"):
        flow(make_series("a/b", [1, 2]), AS_OF, AS_OF)


def test_ratings_of_two_publications_are_refused() -> None:
    world = World().rate("a", 1300, date(2026, 5, 1)).rate("b", 1280, date(2026, 6, 1), Openness.API)
    with pytest.raises(Refused, match="cannot be compared"):
        rating_lead(world.ratings[1], world.ratings[0])


def test_ratings_of_one_publication_are_compared_in_points() -> None:
    world = World().rate("a", 1300, AS_OF).rate("b", 1323, AS_OF, Openness.API)
    assert rating_lead(world.ratings[1], world.ratings[0]) == 23
