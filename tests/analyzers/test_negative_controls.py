"""Impossible questions fail loudly or are flagged; none returns a plausible number (methodology 13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from analyzers.momentum.semantics import flow, log_growth, rating_lead
from analyzers.quality.gap import board_versions, find_versions, gap_points
from analyzers.quality.gap_trend import GapTrend, gap_trend
from store.catalogue import load_catalogue
from store.errors import Refused
from store.records import Openness, OpenRule, Rating
from tests.analyzers.worlds import CLOSED, OPEN, World, make_series

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
WEIGHTS = OpenRule.WEIGHTS


def rescaled() -> list[Rating]:
    """A board that moves all its models up by 20 points in July; the gap stays 40."""
    world = World()
    for day, shift in ((JUNE, 0), (JULY, 20), (AUGUST, 20)):
        world.rate("c", 1320 + shift, day, CLOSED).rate("o", 1280 + shift, day, OPEN)
    return world.ratings


# ------------------------------------------------------------------ levels across board versions


def test_ratings_of_two_dates_are_not_subtracted() -> None:
    june, july = (row for row in rescaled() if row.model == "o" and row.board_date in (JUNE, JULY))
    with pytest.raises(Refused, match="published on 2025-07-01 and 2025-06-01"):
        rating_lead(july, june)


def test_board_of_ratings_has_neither_growth_nor_flow() -> None:
    levels = make_series("text/o", [1280.0, 1300.0], metric="arena.text.rating", step_days=30)
    with pytest.raises(Refused, match="no growth rate"):
        log_growth(levels, 30, levels.days[-1])
    with pytest.raises(Refused, match="not a flow"):
        flow(levels, levels.days[0], levels.days[1])


def test_rescaling_of_a_board_changes_its_version_and_not_its_gap() -> None:
    board = gap_points(rescaled(), WEIGHTS)
    assert [(point.points, point.board_version) for point in board.points] == [(40, 1), (40, 2), (40, 2)]
    assert [version.shift for version in find_versions(rescaled())] == [None, 20]
    trend = gap_trend(board.points)
    assert isinstance(trend, GapTrend)
    # A reader of levels would see the best open model 10 points a month better; it is not.
    assert (trend.slope.value, trend.versions) == (0, 2)


# ------------------------------------------------------------------ two boards mixed


def test_raw_and_style_controlled_boards_are_not_mixed() -> None:
    raw = World().rate("c", 1320, JUNE, CLOSED).rate("o", 1298, JUNE, OPEN).ratings
    styled = [replace(row, board="text-style-control", rating=row.rating - 3) for row in raw]
    with pytest.raises(Refused, match="boards text, text-style-control"):
        gap_points([*raw, *styled], WEIGHTS)
    with pytest.raises(Refused, match="boards text, text-style-control"):
        board_versions([*raw, *styled])
    with pytest.raises(Refused, match="cannot be compared"):
        rating_lead(raw[0], styled[1])


def test_two_boards_under_one_name_are_noticed_by_a_model_that_stands_twice() -> None:
    raw = World().rate("c", 1320, JUNE, CLOSED).rate("o", 1298, JUNE, OPEN).ratings
    with pytest.raises(Refused, match="c stands twice on the board text of 2025-06-01"):
        gap_points([*raw, replace(raw[0], rating=1317)], WEIGHTS)


# ------------------------------------------------------------------ "Propretary" read as open


def test_misspelt_proprietary_licence_does_not_make_an_open_model() -> None:
    world = World().rate("c", 1300, JUNE, CLOSED, licence="Proprietary").rate("o", 1280, JUNE, licence="MIT")
    world.rate("typo", 1390, JUNE, OPEN, licence="Propretary")
    board = gap_points(world.ratings, WEIGHTS)
    assert (board.points[0].open_model, board.points[0].closed_model) == ("o", "c")
    assert board.suspect == ("typo",)
    assert [(one.licence, one.counted_as) for one in board.suspects] == [("Propretary", "neither")]


@pytest.mark.parametrize("rule", list(OpenRule))
def test_no_rule_reads_a_misspelt_proprietary_licence_as_open(rule: OpenRule) -> None:
    for openness in Openness:
        world = World().rate("typo", 1390, JUNE, openness, licence="Propretary")
        world.rate("c", 1300, JUNE, CLOSED).rate("o", 1280, JUNE)
        rows = [replace(row, is_science_open=True) if row.model == "o" else row for row in world.ratings]
        assert gap_points(rows, rule).points[0].open_model == "o"


def test_catalogue_never_reads_a_spelling_of_proprietary_as_open() -> None:
    catalogue = load_catalogue()
    for text in ("Proprietary", "Propretary", "Propietary", "Proprietry", "proprietary licence"):
        assert WEIGHTS.is_open(catalogue.classify_licence(text)) is not True


# ------------------------------------------------------------------ a licence valid later applied earlier


def test_model_that_was_opened_later_counts_closed_on_the_boards_before() -> None:
    world = World()
    for day, openness in ((JUNE, CLOSED), (JULY, CLOSED), (AUGUST, OPEN)):
        world.rate("opened-in-august", 1400, day, openness)
        world.rate("c", 1410, day, CLOSED).rate("o", 1300, day, OPEN)
    points = gap_points(world.ratings, WEIGHTS).points
    assert [(point.open_model, point.points) for point in points] == [
        ("o", 110),
        ("o", 110),
        ("opened-in-august", 10),
    ]
