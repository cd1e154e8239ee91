"""The gap on a rating board: best closed against best open model of one publication (methodology 4).

Points, percent of the open rating (Stanford AI Index) and expected win rate stand side by side, because
percent of an Elo rating is arbitrary. Levels are never compared across board versions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import groupby
from statistics import median

from analyzers.absence import Absent
from analyzers.analysis import GapPoint
from analyzers.semantics import rating_lead
from analyzers.trend import Slope, TrendTest, mann_kendall, theil_sen
from store.records import OpenRule, Rating

NINETY_OF_NINETYFIVE = 1.6448536269514722 / 1.959963984540054
"""Half-width of a normal 90 % interval, per half-width of a 95 % one."""

RESCALE_POINTS = 8.0
"""A median shift of the common models beyond this is a new board version (methodology 4)."""

DAYS_PER_MONTH = 365 / 12


@dataclass(frozen=True, slots=True)
class Board:
    """The gap series of one board, and what was left out of it."""

    points: tuple[GapPoint, ...]
    unknown: int
    unreleased: int
    suspect: tuple[str, ...]
    skipped_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class GapTrend:
    """Trend of the monthly medians of the gap in points: slope per month, and its test where possible."""

    slope: Slope
    test: TrendTest | None
    no_test_because: str | None
    first: date
    last: date
    versions: int


def win_rate(points: float) -> float:
    """Expected share of wins of the leader, 1/(1+10^(−Δ/400)), between 0 and 1 (Elo's logistic curve)."""
    return 1 / (1 + math.pow(10, -points / 400))


def board_versions(ratings: Sequence[Rating]) -> Mapping[date, int]:
    """The version of the board on each date, from 1: a median shift of the models common to two
    consecutive boards beyond 8 points is a rescaling."""
    boards: dict[date, dict[str, float]] = {}
    for row in ratings:
        boards.setdefault(row.board_date, {})[row.model] = row.rating
    versions: dict[date, int] = {}
    version, before = 1, None
    for day in sorted(boards):
        current = boards[day]
        if before is not None:
            shifts = [current[name] - before[name] for name in current.keys() & before.keys()]
            if shifts and abs(median(shifts)) > RESCALE_POINTS:
                version += 1
        versions[day] = version
        before = current
    return versions


def is_suspect_licence(row: Rating) -> bool:
    """Whether the board's licence text says "Proprietary", misspelt or not, while the row counts as open.

    Nothing becomes an open model by a typing error ("Propretary" is a real one), nor by weights that were
    released after the board was published.
    """
    if OpenRule.WEIGHTS.is_open(row.openness) is not True:
        return False
    words = row.licence.casefold().strip()
    return words[:3] == "pro" and SequenceMatcher(None, words, "proprietary").ratio() >= 0.85


def gap_points(ratings: Sequence[Rating], rule: OpenRule, *, include_unreleased: bool = False) -> Board:
    """The gap on every date of one board that has both an open and a closed model.

    Unreleased variants are left out unless asked for; unknown openness is on neither side; both are
    counted, over all dates.
    """
    versions = board_versions(ratings)
    points: list[GapPoint] = []
    skipped: list[date] = []
    unknown = unreleased = 0
    suspect: set[str] = set()
    for day, rows in groupby(sorted(ratings, key=_board_order), key=lambda row: row.board_date):
        best: dict[bool, Rating] = {}
        for row in rows:
            if not row.is_released and not include_unreleased:
                unreleased += 1
                continue
            if is_suspect_licence(row):
                suspect.add(row.model)
                continue
            is_open = rule.is_open(row.openness, is_science_open=row.is_science_open)
            if is_open is None:
                unknown += 1
            else:
                best.setdefault(is_open, row)
        if len(best) == 2:
            points.append(_point(best[False], best[True], versions[day]))
        else:
            skipped.append(day)
    return Board(tuple(points), unknown, unreleased, tuple(sorted(suspect)), tuple(skipped))


def gap_trend(points: Sequence[GapPoint]) -> GapTrend | Absent:
    """Theil–Sen slope per month and Mann–Kendall test of the monthly medians of the gap in points.

    Gaps of several board versions may stand in one trend; how many it spans is part of the answer.
    """
    months: dict[tuple[int, int], list[GapPoint]] = {}
    for point in points:
        months.setdefault((point.board_date.year, point.board_date.month), []).append(point)
    days = [date(year, month, 15) for year, month in sorted(months)]
    values = [median(point.points for point in months[key]) for key in sorted(months)]
    slope = theil_sen(days, values, DAYS_PER_MONTH)
    if isinstance(slope, Absent):
        return Absent(f"{len(days)} months of boards: {slope.reason}")
    test = mann_kendall(values)
    dates = [point.board_date for point in points]
    return GapTrend(
        slope=slope,
        test=None if isinstance(test, Absent) else test,
        no_test_because=test.reason if isinstance(test, Absent) else None,
        first=min(dates),
        last=max(dates),
        versions=len({point.board_version for point in points}),
    )


def _board_order(row: Rating) -> tuple[date, float, str]:
    return (row.board_date, -row.rating, row.model)


def _point(closed: Rating, open_: Rating, version: int) -> GapPoint:
    points = rating_lead(closed, open_)
    low = high = None
    if (closed_ci := _interval(closed)) and (open_ci := _interval(open_)):
        down = math.hypot(closed.rating - closed_ci[0], open_ci[1] - open_.rating)
        up = math.hypot(closed_ci[1] - closed.rating, open_.rating - open_ci[0])
        low = points - down * NINETY_OF_NINETYFIVE
        high = points + up * NINETY_OF_NINETYFIVE
    return GapPoint(
        board_date=closed.board_date,
        closed_model=closed.model,
        closed_rating=closed.rating,
        open_model=open_.model,
        open_rating=open_.rating,
        points=points,
        points_low=low,
        points_high=high,
        percent=100 * points / open_.rating,
        win_rate=win_rate(points),
        board_version=version,
    )


def _interval(row: Rating) -> tuple[float, float] | None:
    """The published interval where it is one: it must hold the rating it belongs to."""
    if row.ci_low is None or row.ci_high is None or not row.ci_low <= row.rating <= row.ci_high:
        return None
    return row.ci_low, row.ci_high
