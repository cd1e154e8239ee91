"""Checks on the development tables, where they are present (methodology 13)."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.prices.breakeven import daily_cost
from analyzers.quality.frontier import Entry, split_sides
from analyzers.quality.gap import gap_points
from analyzers.quality.lag import HorizontalLag, catch_ups, horizontal, nats
from analyzers.weekly.week import analyse_week
from store.records import OpenRule
from tests.analyzers.real_data import find_table, list_roles, read_boards, read_rows, read_world
from tests.analyzers.test_week import check_whole
from tests.analyzers.worlds import AS_OF, NOW

EPSILON_NATS = 0.02


def read_accuracies(benchmark: str) -> tuple[list[Entry], list[Entry]]:
    """Open and closed models with a dated accuracy, as the source's own notes select them."""
    tuned = set(find_table("data/epoch-2024/finetuned.txt").read_text(encoding="utf-8").splitlines())
    sides: dict[str, list[Entry]] = {"Open": [], "Closed": []}
    for row in read_rows("data/epoch-2024/mmlu_gpqa.csv"):
        name = row["System"]
        if not row[benchmark] or not row["Date"] or name in tuned or "flan" in name.casefold():
            continue
        day = date.fromisoformat(row["Date"])
        is_trusted = float(row["Trust in benchmark results"] or -1) >= 0
        if is_trusted or (benchmark == "GPQA" and day < date(2023, 11, 1)):
            sides[row["Open/Closed"]].append(Entry(day, name, nats(float(row[benchmark]))))
    return sides["Open"], sides["Closed"]


@pytest.mark.parametrize(
    ("benchmark", "expected"), [("MMLU", [25.4, 14.6, 16.6, 19.0, 16.3]), ("GPQA", [4.6, 4.6])]
)
def test_discrete_catch_up_reproduces_the_published_lags(benchmark: str, expected: list[float]) -> None:
    matches, _ = catch_ups(*read_accuracies(benchmark), EPSILON_NATS)
    assert [round(match.months, 1) for match in matches] == expected


def test_arena_gaps_of_three_boards_are_reproduced_with_all_entries() -> None:
    ratings = read_boards(
        "data/arena/boards_2024-06_2025-01.csv.gz", ("version_date", "arena_score", "license")
    )
    board = gap_points(ratings, OpenRule.WEIGHTS, include_unreleased=True)
    percents = {point.board_date.isoformat(): round(point.percent, 2) for point in board.points}
    assert [percents[day] for day in ("2024-06-19", "2024-07-31", "2024-12-07")] == [6.54, 1.90, 7.90]
    assert all(point.points_low is not None for point in board.points)


def test_rescaled_board_of_june_2025_is_a_new_version() -> None:
    board = gap_points(
        read_boards("baseline/ratings.csv", ("board_date", "rating", "licence")), OpenRule.WEIGHTS
    )
    versions = {point.board_date: point.board_version for point in board.points}
    assert versions[date(2025, 5, 23)] == 1
    assert versions[date(2025, 6, 25)] == 2
    assert board.unreleased > 0


def test_lag_of_october_2025_lies_within_the_published_interval() -> None:
    known = [row for row in read_world(AS_OF).scores if row.released_on <= date(2025, 10, 15)]
    sides = split_sides(known, OpenRule.WEIGHTS)
    lag = horizontal(sides.open, sides.closed)
    assert isinstance(lag, HorizontalLag)
    assert 1.1 <= lag.months <= 5.3


def test_published_cost_of_a_day_follows_from_its_parts() -> None:
    figures = {row["measure"]: float(row["value"]) for row in read_rows("baseline/build_or_buy.csv")}
    assert daily_cost(figures["GPU nodes (8 cards each)"], 8, 2.0) == figures["cost of the day"]


def test_whole_baseline_gives_a_complete_first_report() -> None:
    world = read_world(AS_OF)
    analysis = analyse_week(world, roles=list_roles(world), now=NOW)
    check_whole(analysis)
    assert analysis.verdict.step is not None
    assert all(measure.estimate is not None for measure in analysis.measures)
    assert len(analysis.judgements) >= 3
    assert analysis.movers
    # The last bundled board is of August 2025: it must not carry the quality of November 2026.
    assert any("2025-08-04" in line for line in analysis.assumptions)


def test_baseline_as_known_earlier_uses_nothing_later() -> None:
    day = date(2025, 6, 30)
    world = read_world(day)
    analysis = analyse_week(world, roles=list_roles(world), now=NOW)
    check_whole(analysis)
    assert all(point.board_date <= day for point in analysis.gaps)
    assert all(move.through <= day for move in analysis.movers)
