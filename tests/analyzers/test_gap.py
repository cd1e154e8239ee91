"""The gap on a rating board: points, percent, win rate, sides, versions, and its trend."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analyzers.absence import Absent
from analyzers.analysis import GapPoint
from analyzers.quality.gap import board_versions, find_versions, gap_points, win_rate
from analyzers.quality.gap_trend import (
    CORRECTED,
    EXACT,
    GapTrend,
    exact_p,
    gap_trend,
    kendall_tau,
    monthly_medians,
)
from store.records import Openness, OpenRule, Rating
from tests.analyzers.worlds import CLOSED, OPEN, World

D1, D2, D3 = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
WEIGHTS = OpenRule.WEIGHTS


def series(*percents: float, start: date = date(2025, 1, 20)) -> list[GapPoint]:
    """One publication a month with these gaps, percent of an open rating of 1000."""
    points = []
    for step, percent in enumerate(percents):
        month = start.month - 1 + step
        day = date(start.year + month // 12, month % 12 + 1, start.day)
        gap = 10 * percent
        points.append(GapPoint(day, "c", 1000 + gap, "o", 1000, gap, None, None, percent, win_rate(gap), 1))
    return points


# ------------------------------------------------------------------ one publication


@pytest.mark.parametrize(
    ("points", "expected"), [(23, 53.31), (31, 54.45), (48, 56.86), (0, 50), (400, 90.91), (1e7, 100)]
)
def test_win_rate_follows_the_logistic_curve(points: float, expected: float) -> None:
    assert round(100 * win_rate(points), 2) == expected


def test_gap_is_points_percent_and_win_rate_with_a_ninety_percent_interval() -> None:
    world = World().rate("c", 1320, D1, CLOSED, half=4).rate("o", 1280, D1, OPEN, half=3)
    (point,) = gap_points(world.ratings, WEIGHTS).points
    assert (point.points, point.percent, point.closed_model) == (40, 3.125, "c")
    assert point.win_rate == pytest.approx(0.5573, abs=1e-4)
    # 95 % half-widths 4 and 3 combine to 5, which is 4.1962 at 90 %.
    assert point.points_low == pytest.approx(40 - 4.19621, abs=1e-4)
    assert point.points_high == pytest.approx(40 + 4.19621, abs=1e-4)


def test_gap_without_published_intervals_has_none() -> None:
    world = World().rate("c", 1320, D1, CLOSED, half=None).rate("o", 1280, D1)
    (point,) = gap_points(world.ratings, WEIGHTS).points
    assert (point.points_low, point.points_high) == (None, None)


def test_open_model_ahead_makes_a_negative_gap() -> None:
    (point,) = gap_points(World().rate("c", 1270, D1, CLOSED).rate("o", 1280, D1).ratings, WEIGHTS).points
    assert (point.points, point.percent) == (-10, -0.78125)
    assert point.win_rate < 0.5


def test_rating_at_or_below_zero_has_points_and_a_win_rate_but_no_percentage() -> None:
    (point,) = gap_points(World().rate("c", 40, D1, CLOSED).rate("o", 0, D1).ratings, WEIGHTS).points
    assert (point.points, point.percent) == (40, None)


def test_missing_percentage_has_its_reason() -> None:
    world = World().rate("c", 40, D1, CLOSED).rate("o", -5, D1)
    world.rate("c", 40, D2, CLOSED, half=None).rate("o", 1e-320, D2, half=None)
    board = gap_points(world.ratings, WEIGHTS)
    assert [(one.board_date, one.reason) for one in board.without_percent] == [
        (D1, "the open rating -5 is not above zero"),
        (D2, "40 points are no finite percentage of the open rating 9.99989e-321"),
    ]


def test_ratings_without_a_finite_difference_are_no_gap_and_say_why() -> None:
    world = World().rate("c", 1e308, D1, CLOSED, half=None).rate("o", -1e308, D1, half=None)
    board = gap_points(world.ratings, WEIGHTS)
    assert board.points == ()
    assert [one.reason for one in board.skipped] == [
        "the ratings 1e+308 and -1e+308 have no finite difference"
    ]


def test_mean_of_the_best_three_stands_beside_best_against_best() -> None:
    world = World()
    for rating in (1300, 1290, 1280, 900):
        world.rate(f"c-{rating}", rating, D1, CLOSED).rate(f"o-{rating}", rating - 30, D1)
    world.rate("c", 1300, D2, CLOSED).rate("o", 1280, D2)
    board = gap_points(world.ratings, WEIGHTS)
    # (1300 + 1290 + 1280)/3 = 1290 against 1260
    assert (board.top_means[D1].closed, board.top_means[D1].open_, board.top_means[D1].points) == (
        1290,
        1260,
        30,
    )
    assert D2 not in board.top_means


def test_date_with_one_side_only_is_skipped_with_its_reason() -> None:
    board = gap_points(World().rate("o", 1280, D1).rate("c", 1300, D2, CLOSED).ratings, WEIGHTS)
    assert board.points == ()
    assert [(one.board_date, one.reason) for one in board.skipped] == [
        (D1, "no closed model"),
        (D2, "no open model"),
    ]


def test_only_the_chosen_dates_are_counted_but_versions_come_from_the_whole_board() -> None:
    world = World().rate("x", 1200, D1, Openness.UNKNOWN)
    for day, shift in ((D1, 0), (D2, 30), (D3, 31)):
        world.rate("c", 1300 + shift, day, CLOSED).rate("o", 1280 + shift, day)
    board = gap_points(world.ratings, WEIGHTS, first=D2, last=D2)
    assert [(point.board_date, point.board_version) for point in board.points] == [(D2, 2)]
    assert board.unknown == 0


# ------------------------------------------------------------------ sides


def test_unreleased_variant_is_left_out_and_named_unless_asked_for() -> None:
    world = World().rate("c", 1300, D1, CLOSED).rate("secret", 1400, D1, CLOSED, is_released=False)
    world.rate("o", 1280, D1)
    board = gap_points(world.ratings, WEIGHTS)
    assert board.points[0].closed_model == "c"
    assert (board.unreleased, board.unreleased_models) == (1, ("secret",))
    every = gap_points(world.ratings, WEIGHTS, include_unreleased=True)
    assert every.points[0].closed_model == "secret"
    assert every.unreleased == 0


def test_unknown_openness_is_on_neither_side_and_named() -> None:
    world = World().rate("c", 1300, D1, CLOSED).rate("o", 1280, D1).rate("x", 1500, D1, Openness.UNKNOWN)
    board = gap_points(world.ratings, WEIGHTS)
    assert board.points[0].points == 20
    assert (board.unknown, board.unknown_models) == (1, ("x",))


def test_licence_rule_moves_restricted_weights_to_the_closed_side() -> None:
    world = World().rate("r", 1300, D1, Openness.RESTRICTED).rate("o", 1280, D1).rate("c", 1290, D1, CLOSED)
    assert gap_points(world.ratings, WEIGHTS).points[0].points == -10
    (point,) = gap_points(world.ratings, OpenRule.LICENCE).points
    assert (point.closed_model, point.points) == ("r", 20)


def test_science_rule_leaves_weights_nobody_assessed_on_neither_side() -> None:
    world = World().rate("c", 1300, D1, CLOSED).rate("w", 1295, D1).rate("s", 1280, D1)
    rows = [replace(row, is_science_open=True) if row.model == "s" else row for row in world.ratings]
    board = gap_points(rows, OpenRule.SCIENCE)
    assert (board.points[0].open_model, board.unknown_models) == ("s", ("w",))


@pytest.mark.parametrize("text", ["Propretary", "Propietary", "PROPRIETRY", "proprietary (API)"])
@pytest.mark.parametrize("openness", [Openness.UNKNOWN, Openness.API])
def test_text_that_is_unmistakably_proprietary_is_closed(text: str, openness: Openness) -> None:
    world = World().rate("typo", 1390, D1, openness, licence=text).rate("o", 1280, D1, licence="MIT")
    board = gap_points(world.ratings, WEIGHTS)
    assert (board.points[0].closed_model, board.points[0].points) == ("typo", 110)
    flagged = [(one.model, one.counted_as) for one in board.suspects]
    assert flagged == ([] if "proprietary" in text else [("typo", "closed")])


@pytest.mark.parametrize("text", ["", "Other", "Property of us", "Non-proprietary", "Apache-2.0"])
def test_other_words_are_not_taken_for_proprietary(text: str) -> None:
    world = World().rate("x", 1390, D1, Openness.UNKNOWN, licence=text)
    board = gap_points(world.ratings, WEIGHTS)
    assert (board.unknown_models, board.suspects) == (("x",), ())


def test_dated_fact_of_the_model_stands_before_the_text_of_the_board_and_is_flagged() -> None:
    world = World().rate("m", 1290, D1, OPEN, licence="Proprietary").rate("c", 1300, D1, CLOSED)
    (row, closed) = world.ratings
    board = gap_points([replace(row, openness_basis="model"), closed], WEIGHTS)
    assert board.points[0].open_model == "m"
    assert [(one.model, one.counted_as) for one in board.suspects] == [("m", "open")]
    assert board.suspect == ()


# ------------------------------------------------------------------ versions


def test_rescaled_board_is_a_new_version() -> None:
    world = World()
    for name, rating in (("a", 1200), ("b", 1250), ("c", 1300)):
        world.rate(name, rating, D1).rate(name, rating + 2, D2).rate(name, rating + 21, D3)
    assert board_versions(world.ratings) == {D1: 1, D2: 1, D3: 2}
    first, second = find_versions(world.ratings)
    assert (first.first, first.last, first.boards, first.shift) == (D1, D2, 2, None)
    assert (second.first, second.boards, second.shift) == (D3, 1, 19)


@pytest.mark.parametrize(("shift", "version"), [(8, 1), (-8, 1), (8.5, 2), (-8.5, 2)])
def test_shift_of_exactly_eight_points_is_no_rescaling(shift: float, version: int) -> None:
    world = World()
    for name, rating in (("a", 1200), ("b", 1250)):
        world.rate(name, rating, D1).rate(name, rating + shift, D2)
    assert board_versions(world.ratings)[D2] == version


def test_one_model_that_jumps_is_no_rescaling() -> None:
    world = World()
    for name, jump in (("a", 0), ("b", 0), ("c", 90)):
        world.rate(name, 1200, D1).rate(name, 1200 + jump, D2)
    assert board_versions(world.ratings) == {D1: 1, D2: 1}


# ------------------------------------------------------------------ trend


def test_trend_is_the_median_of_all_slopes_of_the_monthly_medians() -> None:
    # slopes −1, −0.25, −1, 0.5, −1, −2.5: median −1; S = 1 − 5; 8 of 24 orders reach |S| of 4
    trend = gap_trend(series(5.0, 4.0, 4.5, 2.0), "percent")
    assert isinstance(trend, GapTrend)
    assert trend.slope.value == pytest.approx(-1)
    assert trend.tau_b == pytest.approx(-4 / 6)
    assert trend.p == pytest.approx(8 / 24)
    assert trend.p_basis == EXACT
    assert (trend.slope.n, trend.versions) == (4, 1)
    assert (trend.slope.ci95_low, trend.slope.ci95_high) == (None, None)
    assert trend.slope.no_interval_because == "4 values; a 95 % interval needs 5"


def test_boards_of_one_month_are_one_value() -> None:
    points = [replace(p, board_date=date(2025, 1, k + 1)) for k, p in enumerate(series(1.0, 5.0, 3.0))]
    (month,) = monthly_medians(points, "percent")
    assert (month.month, month.value, month.boards) == (date(2025, 1, 1), 3.0, 3)


def test_month_without_a_board_counts_as_a_step() -> None:
    points = series(5.0, 4.0, 3.0, 2.0, 1.0)
    with_a_hole = gap_trend([points[0], points[1], points[4]], "percent")
    assert isinstance(with_a_hole, GapTrend)
    assert with_a_hole.slope.value == pytest.approx(-1)


def test_trend_spans_versions_and_says_how_many() -> None:
    world = World()
    for month in range(1, 11):
        day = date(2025, month, 20)
        shift = 19 if month > 5 else 0
        world.rate("c", 1320 - month + shift, day, CLOSED).rate("o", 1280 + shift, day)
    trend = gap_trend(gap_points(world.ratings, WEIGHTS).points)
    assert isinstance(trend, GapTrend)
    assert trend.versions == 2
    assert trend.slope.value == pytest.approx(-1)
    assert trend.test is not None
    assert (trend.p, trend.p_basis) == (trend.test.p, CORRECTED)
    assert trend.p < 0.05


def test_trend_of_too_few_months_is_absent_with_its_reason() -> None:
    assert gap_trend(series(5.0, 4.0), "percent") == Absent("2 months with a board; a trend needs three")
    assert isinstance(gap_trend([]), Absent)


def test_gap_that_never_moves_has_no_tau_and_no_trend() -> None:
    trend = gap_trend(series(*[3.0] * 9), "percent")
    assert isinstance(trend, GapTrend)
    assert (trend.slope.value, trend.tau_b, trend.p) == (0, None, 1)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.integers(0, 6).map(float), min_size=3, max_size=20))
def test_tau_is_that_of_scipy_with_ties_too(values: list[float]) -> None:
    expected = stats.kendalltau(range(len(values)), values).statistic
    tau = kendall_tau(values)
    assert math.isnan(expected) if tau is None else tau == pytest.approx(expected)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.integers(0, 1000).map(float), min_size=3, max_size=7, unique=True))
def test_exact_p_is_that_of_scipy_without_ties(values: list[float]) -> None:
    expected = stats.kendalltau(range(len(values)), values, method="exact").pvalue
    assert exact_p(values) == pytest.approx(expected)


def test_exact_p_is_for_few_values_only() -> None:
    with pytest.raises(ValueError, match="8 values"):
        exact_p([1.0] * 8)


# ------------------------------------------------------------------ properties

NAMES = [f"m{k}" for k in range(6)]
CLASSES = [OPEN, CLOSED, Openness.UNKNOWN, Openness.RESTRICTED]


@st.composite
def boards(draw: st.DrawFn) -> list[Rating]:
    """A few publications of one board; a model keeps its class."""
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=len(NAMES), max_size=len(NAMES)))
    world = World()
    for number in range(draw(st.integers(1, 4))):
        day = D1 + timedelta(days=20 * number)
        for name, openness in zip(NAMES, classes, strict=True):
            if draw(st.booleans()):
                world.rate(name, draw(st.integers(1000, 1400)), day, openness)
    return world.ratings


def facts(points: Sequence[GapPoint]) -> list[tuple[date, str, str, float]]:
    return [(p.board_date, p.closed_model, p.open_model, p.points) for p in points]


@settings(deadline=None)  # a slow machine is no wrong answer
@given(boards(), st.integers(-500, 500))
def test_points_and_win_rate_do_not_depend_on_the_origin_but_percent_does(
    rows: list[Rating], shift: int
) -> None:
    moved = [
        replace(r, rating=r.rating + shift, ci_low=r.rating + shift - 5, ci_high=r.rating + shift + 5)
        for r in rows
    ]
    before, after = gap_points(rows, WEIGHTS).points, gap_points(moved, WEIGHTS).points
    assert facts(after) == facts(before)
    assert [(p.win_rate, p.points_low, p.board_version) for p in after] == [
        (p.win_rate, p.points_low, p.board_version) for p in before
    ]
    for old, new in zip(before, after, strict=True):
        assert new.percent == pytest.approx(100 * old.points / (old.open_rating + shift))


@settings(deadline=None)  # a slow machine is no wrong answer
@given(boards(), st.randoms(use_true_random=False))
def test_order_of_the_rows_does_not_matter(rows: list[Rating], order: random.Random) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert gap_points(shuffled, WEIGHTS) == gap_points(rows, WEIGHTS)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(boards())
def test_unknown_models_never_change_the_gap(rows: list[Rating]) -> None:
    known = [row for row in rows if row.openness is not Openness.UNKNOWN]
    assert facts(gap_points(known, WEIGHTS).points) == facts(gap_points(rows, WEIGHTS).points)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(boards(), st.integers(0, 80))
def test_later_boards_never_change_earlier_points(rows: list[Rating], days: int) -> None:
    cut = D1 + timedelta(days=days)
    earlier = gap_points([row for row in rows if row.board_date <= cut], WEIGHTS)
    assert earlier.points == tuple(p for p in gap_points(rows, WEIGHTS).points if p.board_date <= cut)


@given(st.permutations(["b", "a", "c"]))
def test_of_equal_ratings_the_first_name_counts(names: list[str]) -> None:
    world = World().rate("closed", 1300, D1, CLOSED)
    for name in names:
        world.rate(name, 1300, D1)
    (point,) = gap_points(world.ratings, WEIGHTS).points
    assert (point.open_model, point.points, point.percent, point.win_rate) == ("a", 0, 0, 0.5)


@given(st.floats(-1e6, 1e6))
def test_win_rates_of_both_sides_add_to_one_at_any_distance(points: float) -> None:
    assert win_rate(points) + win_rate(-points) == pytest.approx(1)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.integers(-50, 90).map(float), min_size=3, max_size=14), st.randoms(use_true_random=False))
def test_trend_does_not_depend_on_the_order_of_the_points(
    percents: list[float], order: random.Random
) -> None:
    points = series(*percents)
    shuffled = list(points)
    order.shuffle(shuffled)
    assert gap_trend(shuffled, "percent") == gap_trend(points, "percent")


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.integers(-50, 90).map(float), min_size=3, max_size=14))
def test_reversed_series_has_the_opposite_trend_and_the_same_p(percents: list[float]) -> None:
    forward, backward = gap_trend(series(*percents), "percent"), gap_trend(series(*percents[::-1]), "percent")
    assert isinstance(forward, GapTrend)
    assert isinstance(backward, GapTrend)
    assert backward.slope.value == pytest.approx(-forward.slope.value)
    if len(percents) < 8:
        assert backward.p == pytest.approx(forward.p)
    assert np.isclose(backward.tau_b or 0, -(forward.tau_b or 0))


@pytest.mark.parametrize("huge", [1e308, -1e308, 1e12])
def test_gaps_that_no_board_can_have_make_no_trend_but_a_reason(huge: float) -> None:
    points = series(*[1.0] * 10)
    trend = gap_trend([replace(points[0], percent=huge), *points[1:]], "percent")
    assert isinstance(trend, Absent)
    assert "which no board can" in trend.reason


def test_trend_of_percentages_says_how_many_gaps_have_none() -> None:
    points = [replace(p, percent=None) for p in series(1, 2, 3)]
    trend = gap_trend(points, "percent")
    assert trend == Absent(
        "0 months with a board (3 without a percentage: the open rating is not above zero);"
        " a trend needs three"
    )


def test_trend_spans_only_the_gaps_it_is_of() -> None:
    points = series(1, 2, 3, 4)
    trend = gap_trend([replace(points[0], percent=None, board_version=9), *points[1:]], "percent")
    assert isinstance(trend, GapTrend)
    assert (trend.first, trend.versions) == (points[1].board_date, 1)
