"""The running maximum, and the gap on a rating board."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.absence import Absent
from analyzers.frontier import Entry, best_at, frontier_points, running_maximum, split_sides
from analyzers.gap import board_versions, gap_points, gap_trend, win_rate
from store.records import Openness, OpenRule
from tests.analyzers.worlds import CLOSED, OPEN, World

D1, D2, D3 = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def test_frontier_keeps_the_entries_that_raise_the_maximum() -> None:
    entries = [Entry(D2, "b", 9), Entry(D1, "a", 10), Entry(D3, "c", 11), Entry(D3, "d", 12)]
    assert [entry.name for entry in running_maximum(entries)] == ["a", "d"]


def test_best_before_the_first_entry_is_none() -> None:
    frontier = running_maximum([Entry(D2, "a", 10)])
    assert best_at(frontier, D1) is None
    assert best_at(frontier, D3) == frontier[0]


def test_unknown_openness_is_in_neither_frontier_and_counted() -> None:
    world = World().score("a", 100, D1).score("b", 200, D1, Openness.UNKNOWN).score("c", 120, D1, CLOSED)
    sides = split_sides(world.scores, OpenRule.WEIGHTS)
    assert (len(sides.open), len(sides.closed), sides.unknown) == (1, 1, 1)
    assert {point.model for point in frontier_points(sides)} == {"a", "c"}


def test_model_that_was_never_released_is_left_out() -> None:
    sides = split_sides(World().score("a", 100, D1, Openness.UNRELEASED).scores, OpenRule.WEIGHTS)
    assert (sides.models, sides.unreleased) == (0, 1)


def test_names_of_one_model_are_one_entry_under_the_plainest_name() -> None:
    world = (
        World().score("host/model-1", 100, D1).score("model-1", 100, D1).score("model-1_thinking", 100, D2)
    )
    (entry,) = split_sides(world.scores, OpenRule.WEIGHTS).open
    assert entry == Entry(D1, "model-1", 100, "Maker")


def test_licence_rule_moves_restricted_weights_to_the_closed_side() -> None:
    world = World().score("a", 100, D1, Openness.RESTRICTED)
    assert len(split_sides(world.scores, OpenRule.WEIGHTS).open) == 1
    assert len(split_sides(world.scores, OpenRule.LICENCE).closed) == 1


@pytest.mark.parametrize(("points", "expected"), [(23, 53.31), (31, 54.45), (48, 56.86), (0, 50)])
def test_win_rate_follows_the_logistic_curve(points: float, expected: float) -> None:
    assert round(100 * win_rate(points), 2) == expected


def test_gap_is_points_percent_and_win_rate_with_a_ninety_percent_interval() -> None:
    world = World().rate("c", 1320, D1, CLOSED, half=4).rate("o", 1280, D1, OPEN, half=3)
    (point,) = gap_points(world.ratings, OpenRule.WEIGHTS).points
    assert (point.points, point.percent, point.closed_model) == (40, 3.125, "c")
    # 95 % half-widths 4 and 3 combine to 5, which is 4.1962 at 90 %.
    assert point.points_low == pytest.approx(40 - 4.19621, abs=1e-4)
    assert point.points_high == pytest.approx(40 + 4.19621, abs=1e-4)


def test_gap_without_published_intervals_has_none() -> None:
    world = World().rate("c", 1320, D1, CLOSED, half=None).rate("o", 1280, D1)
    (point,) = gap_points(world.ratings, OpenRule.WEIGHTS).points
    assert point.points_low is None
    assert point.points_high is None


def test_unreleased_variant_is_left_out_unless_asked_for() -> None:
    world = World().rate("c", 1300, D1, CLOSED).rate("secret", 1400, D1, CLOSED, is_released=False)
    world.rate("o", 1280, D1)
    board = gap_points(world.ratings, OpenRule.WEIGHTS)
    assert board.points[0].closed_model == "c"
    assert board.unreleased == 1
    every = gap_points(world.ratings, OpenRule.WEIGHTS, include_unreleased=True)
    assert every.points[0].closed_model == "secret"


def test_misspelt_proprietary_licence_does_not_make_an_open_model() -> None:
    world = World().rate("c", 1300, D1, CLOSED, licence="Proprietary").rate("o", 1280, D1, licence="MIT")
    world.rate("typo", 1390, D1, OPEN, licence="Propretary")
    board = gap_points(world.ratings, OpenRule.WEIGHTS)
    assert board.suspect == ("typo",)
    assert board.points[0].open_model == "o"


def test_date_with_one_side_only_has_no_gap() -> None:
    board = gap_points(World().rate("o", 1280, D1).ratings, OpenRule.WEIGHTS)
    assert (board.points, board.skipped_dates) == ((), (D1,))


def test_rescaled_board_is_a_new_version() -> None:
    world = World()
    for name, rating in (("a", 1200), ("b", 1250), ("c", 1300)):
        world.rate(name, rating, D1).rate(name, rating + 2, D2).rate(name, rating + 21, D3)
    assert board_versions(world.ratings) == {D1: 1, D2: 1, D3: 2}


def test_trend_spans_versions_and_says_how_many() -> None:
    world = World()
    for month in range(1, 11):
        day = date(2025, month, 20)
        shift = 19 if month > 5 else 0
        world.rate("c", 1320 - month + shift, day, CLOSED).rate("o", 1280 + shift, day)
    trend = gap_trend(gap_points(world.ratings, OpenRule.WEIGHTS).points)
    assert not isinstance(trend, Absent)
    assert trend.versions == 2
    assert trend.slope.value == pytest.approx(-1, abs=0.05)
    assert trend.test is not None
    assert trend.test.p < 0.05


def test_trend_of_one_month_is_absent() -> None:
    world = World().rate("c", 1320, D1, CLOSED).rate("o", 1280, D1)
    assert isinstance(gap_trend(gap_points(world.ratings, OpenRule.WEIGHTS).points), Absent)
