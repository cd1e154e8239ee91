"""The gap on a rating board: best closed against best open model of one publication (methodology 4).

Points, percent of the open rating (Stanford AI Index) and expected win rate stand side by side, because
percent of an Elo rating is arbitrary. Levels are never compared across boards, dates or board versions.
Example: closed 1320, open 1280, 95 % half-widths 4 and 3: 40 points, 100·40/1280 = 3.125 %, win rate
1/(1+10^(−40/400)) = 0.5573; half-widths in quadrature 5, times 1.645/1.960: 90 % interval 35.80 to 44.20.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from statistics import fmean, median

from analyzers.analysis import GapPoint
from analyzers.momentum.semantics import rating_lead
from analyzers.quality.proprietary import find_proprietary
from store.errors import Refused
from store.records import OpenRule, Rating

NINETY_OF_NINETYFIVE = 1.6448536269514722 / 1.959963984540054
"""Half-width of a normal 90 % interval, per half-width of a 95 % one."""

RESCALE_POINTS = 8.0
"""A median shift of the common models beyond this is a new board version (methodology 4)."""

TOP = 3
"""Best against best hangs on one model, so the mean of this many of each side stands beside it."""


@dataclass(frozen=True, slots=True)
class BoardVersion:
    """Publications whose levels share one scale. `shift`: by how many points the models common to the
    publication before moved in the median when it began; None for the first."""

    number: int
    first: date
    last: date
    boards: int
    shift: float | None


@dataclass(frozen=True, slots=True)
class TopMeans:
    """Mean rating of the best three models of each side on one date."""

    closed: float
    open_: float

    @property
    def points(self) -> float:
        return self.closed - self.open_


@dataclass(frozen=True, slots=True)
class Skipped:
    """A publication without a gap, or without its percentage, and why."""

    board_date: date
    reason: str


@dataclass(frozen=True, slots=True)
class SuspectLicence:
    """A model whose licence text reads "Proprietary" in a wrong spelling, or although its class is open.
    `counted_as`: closed, open or neither."""

    model: str
    licence: str
    counted_as: str
    reason: str


@dataclass(frozen=True, slots=True)
class Board:
    """The gap series of one board, and what was left out of it: lines of unknown openness and of variants
    never released, counted over all dates and named, licence texts that are suspect, dates skipped.
    `leaders`: the best closed and the best open line of each date."""

    points: tuple[GapPoint, ...]
    leaders: Mapping[date, tuple[Rating, Rating]]
    top_means: Mapping[date, TopMeans]
    unknown: int
    unknown_models: tuple[str, ...]
    unreleased: int
    unreleased_models: tuple[str, ...]
    suspects: tuple[SuspectLicence, ...]
    skipped: tuple[Skipped, ...]

    @property
    def without_percent(self) -> tuple[Skipped, ...]:
        """The points that are no percentage of the open rating, and why."""
        return tuple(
            Skipped(point.board_date, why_no_percent(point)) for point in self.points if point.percent is None
        )

    @property
    def suspect(self) -> tuple[str, ...]:
        """Models on neither side, because class and licence text contradict each other."""
        return tuple(sorted({one.model for one in self.suspects if one.counted_as == "neither"}))

    @property
    def skipped_dates(self) -> tuple[date, ...]:
        return tuple(one.board_date for one in self.skipped)


def win_rate(points: float) -> float:
    """Expected share of wins of the leader, 1/(1+10^(−Δ/400)), between 0 and 1 (Elo's logistic curve).

    Example: a lead of 400 points is 10 wins to 1, 0.9091."""
    # tanh is the same curve and does not overflow: 1/(1+e^−x) = (1 + tanh(x/2))/2
    return (1 + math.tanh(points * math.log(10) / 800)) / 2


def find_versions(ratings: Sequence[Rating]) -> tuple[BoardVersion, ...]:
    """The versions of one board, oldest first: a median shift of the models common to two consecutive
    publications beyond 8 points is a rescaling. Two without a common model count as one version.

    Raises Refused for ratings of several boards, or when a model stands twice on one date."""
    versions: list[BoardVersion] = []
    before: Mapping[str, float] | None = None
    for day, current in _by_date(ratings).items():
        shift = None
        if before is not None:
            shifts = [current[name] - before[name] for name in current.keys() & before.keys()]
            shift = median(shifts) if shifts else 0.0
        if not versions or (shift is not None and abs(shift) > RESCALE_POINTS):
            versions.append(BoardVersion(len(versions) + 1, day, day, 1, shift))
        else:
            last = versions[-1]
            versions[-1] = BoardVersion(last.number, last.first, day, last.boards + 1, last.shift)
        before = current
    return tuple(versions)


def board_versions(ratings: Sequence[Rating]) -> Mapping[date, int]:
    """The version of the board on each date, from 1."""
    versions = find_versions(ratings)
    return {
        day: next(v.number for v in versions if v.first <= day <= v.last)
        for day in sorted({row.board_date for row in ratings})
    }


def gap_points(
    ratings: Sequence[Rating],
    rule: OpenRule,
    *,
    include_unreleased: bool = False,
    first: date | None = None,
    last: date | None = None,
) -> Board:
    """The gap on every date of one board, from `first` to `last`, that has both an open and a closed model;
    of equal ratings the first name counts. Board versions are told from the whole board.

    Unreleased variants are left out unless asked for; unknown openness is on neither side. Raises Refused
    for ratings of several boards, or when a model stands twice on one date."""
    versions = board_versions(ratings)
    points: list[GapPoint] = []
    leaders: dict[date, tuple[Rating, Rating]] = {}
    top_means: dict[date, TopMeans] = {}
    skipped: list[Skipped] = []
    unknown: list[str] = []
    unreleased: list[str] = []
    suspects: set[SuspectLicence] = set()
    chosen = [r for r in ratings if (first or date.min) <= r.board_date <= (last or date.max)]
    for day, rows in groupby(sorted(chosen, key=_board_order), key=lambda row: row.board_date):
        sides: dict[bool, list[Rating]] = {False: [], True: []}
        for row in rows:
            if not row.is_released and not include_unreleased:
                unreleased.append(row.model)
                continue
            is_open, suspect = read_side(row, rule)
            if suspect is not None:
                suspects.add(suspect)
            if is_open is not None:
                sides[is_open].append(row)
            elif suspect is None:
                unknown.append(row.model)
        closed, open_ = sides[False], sides[True]
        if not closed or not open_:
            missing = "open" if closed else "closed" if open_ else "open and no closed"
            skipped.append(Skipped(day, f"no {missing} model"))
            continue
        if not math.isfinite(rating_lead(closed[0], open_[0])):
            ratings_are = f"{closed[0].rating:g} and {open_[0].rating:g}"
            skipped.append(Skipped(day, f"the ratings {ratings_are} have no finite difference"))
            continue
        leaders[day] = (closed[0], open_[0])
        points.append(_point(closed[0], open_[0], versions[day]))
        if min(len(closed), len(open_)) >= TOP:
            top_means[day] = TopMeans(*(fmean(row.rating for row in side[:TOP]) for side in (closed, open_)))
    return Board(
        points=tuple(points),
        leaders=leaders,
        top_means=top_means,
        unknown=len(unknown),
        unknown_models=tuple(sorted(set(unknown))),
        unreleased=len(unreleased),
        unreleased_models=tuple(sorted(set(unreleased))),
        suspects=tuple(sorted(suspects, key=lambda one: (one.model, one.licence, one.counted_as))),
        skipped=tuple(skipped),
    )


def lead_errors(
    closed: float, closed_ci: tuple[float, float], open_: float, open_ci: tuple[float, float]
) -> tuple[float, float]:
    """By how much closed − open may be less and more, at the level of the two intervals: their half-widths
    in quadrature, each side by itself. Normal approximation; the two errors are taken to be independent."""
    down = math.hypot(closed - closed_ci[0], open_ci[1] - open_)
    up = math.hypot(closed_ci[1] - closed, open_ - open_ci[0])
    return down, up


def why_no_percent(point: GapPoint) -> str:
    """The reason for a gap's missing percentage."""
    if point.open_rating <= 0:
        return f"the open rating {point.open_rating:g} is not above zero"
    return f"{point.points:g} points are no finite percentage of the open rating {point.open_rating:g}"


def read_side(row: Rating, rule: OpenRule) -> tuple[bool | None, SuspectLicence | None]:
    """Whether a line counts as open (True), closed (False) or on neither side (None), and what is suspect.

    Nothing becomes an open model by a typing error ("Propretary" is a real one): a text that is
    unmistakably "Proprietary" is closed, however it is spelt. Where a dated fact of the model says that its
    weights could be had on that day, the fact counts (methodology 1); where only the row's class says so,
    class and text contradict each other and the line is on neither side."""
    is_open = rule.is_open(row.openness, is_science_open=row.is_science_open)
    word = find_proprietary(row.licence)
    if word is None:
        return is_open, None
    if OpenRule.WEIGHTS.is_open(row.openness) is True:
        is_believed = row.openness_basis == "model"
        side = is_open if is_believed else None
        counted = "neither" if side is None else "open" if side else "closed"
        reason = (
            "a dated fact of the model says that its weights are open" if is_believed else "class is open"
        )
        return side, SuspectLicence(row.model, row.licence, counted, reason)
    side = is_open or False
    if word == "proprietary":
        return side, None
    counted = "open" if side else "closed"
    return side, SuspectLicence(row.model, row.licence, counted, "Proprietary, misspelt")


def _by_date(ratings: Sequence[Rating]) -> dict[date, dict[str, float]]:
    """Per date, ascending, the rating of each model of the one board there is."""
    names = sorted({row.board for row in ratings})
    if len(names) > 1:
        raise Refused(
            f"ratings of the boards {', '.join(names)} cannot be compared",
            remedy="a raw and a style-controlled board are two boards: take one",
        )
    boards: dict[date, dict[str, float]] = {}
    for row in sorted(ratings, key=_board_order):
        board = boards.setdefault(row.board_date, {})
        if row.model in board:
            raise Refused(
                f"{row.model} stands twice on the board {row.board} of {row.board_date}",
                remedy="two boards of one day were mixed: keep each under a name of its own",
            )
        board[row.model] = row.rating
    return boards


def _board_order(row: Rating) -> tuple[date, float, str]:
    return (row.board_date, -row.rating, row.model)


def _point(closed: Rating, open_: Rating, version: int) -> GapPoint:
    points = rating_lead(closed, open_)
    low = high = None
    if (closed_ci := _interval(closed)) and (open_ci := _interval(open_)):
        down, up = lead_errors(closed.rating, closed_ci, open_.rating, open_ci)
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
        percent=_percent(points, open_.rating),
        win_rate=win_rate(points),
        board_version=version,
    )


def _percent(points: float, open_rating: float) -> float | None:
    """100·Δ/R; None of a rating at or below zero, and where it is not finite."""
    percent = 100 * points / open_rating if open_rating > 0 else math.inf
    return percent if math.isfinite(percent) else None


def _interval(row: Rating) -> tuple[float, float] | None:
    """The published interval where it is one: it must hold the rating it belongs to."""
    if row.ci_low is None or row.ci_high is None or not row.ci_low <= row.rating <= row.ci_high:
        return None
    return row.ci_low, row.ci_high
