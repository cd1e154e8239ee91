"""`lunchwatch gap`: best open against best closed on a rating board, over time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.options import DayType, analysis_options
from lunchwatch.cli.output import emit, format_options, say
from lunchwatch.printing import one_line

if TYPE_CHECKING:
    from rich.text import Text

    from analyzers.absence import Absent
    from analyzers.analysis import GapPoint
    from analyzers.quality.gap import Board
    from analyzers.quality.gap_trend import GapTrend
    from store.query import StoreQuery
    from store.records import OpenRule, Rating

COLUMNS = (
    "board_date",
    "closed_model",
    "closed_rating",
    "open_model",
    "open_rating",
    "gap_points",
    "gap_percent",
    "win_rate",
    "gap_points_low",
    "gap_points_high",
    "top3_closed_rating",
    "top3_open_rating",
    "top3_gap_points",
    "board_version",
)
SIGNIFICANT = 0.05
NONE = "–"
_ELO_LIKE = 100
"""From ratings of this size on, a board counts in whole points."""

_WIDE = 124
"""Columns a terminal needs for the intervals of ratings and points."""

_BESIDE_NAMES, _BESIDE_NAMES_WIDE = 62, 86
"""Columns of everything but the two names of a line."""

_BESIDE_STACKED, _WIN = 52, 9
"""The same where the two names share a column, and what of it the win rate takes."""

_NAMED = 5
"""How many names a line on the terminal holds; --json has all."""


@click.command()
@click.option("--board", metavar="NAME", default="text", show_default=True, help="Which rating board.")
@click.option("--from", "first", type=DayType(), default=None, help="Leave out earlier board dates.")
@click.option("--to", "last", type=DayType(), default=None, help="Leave out later board dates.")
@click.option("--include-unreleased", is_flag=True, help="Count variants that were never released.")
@analysis_options
@format_options
def gap(
    board: str,
    first: date | None,
    last: date | None,
    include_unreleased: bool,
    world: str | None,
    as_of: date | None,
    open_rule: OpenRule,
    format_: str,
) -> None:
    """Show by how much the best closed model leads the best open one on a rating board.

    One line per publication: points, percent of the open rating and the expected win rate of the closed
    model (0 to 1), because a percentage of an Elo rating alone means little. The interval is 90 %. The trend
    is that of the monthly medians of the whole chosen series.
    """
    from analyzers.quality.gap import find_versions, gap_points
    from analyzers.quality.gap_trend import gap_trend
    from lunchwatch.wiring import open_query
    from store.errors import Refused

    if first is not None and last is not None and last < first:
        raise Refused(f"--to {last} lies before --from {first}")
    with open_query(world, as_of, open_rule) as query:
        ratings = query.list_ratings(board)
        if not ratings:
            _require_board(query, board)
    found = gap_points(ratings, open_rule, include_unreleased=include_unreleased, first=first, last=last)
    trend = gap_trend(found.points, "percent")
    whole: GapTrend | Absent | None = None
    if first is not None or last is not None:
        every = gap_points(ratings, open_rule, include_unreleased=include_unreleased)
        whole = gap_trend(every.points, "percent")
    used = {point.board_version for point in found.points}
    meta = {
        "board": board,
        "world": query.world,
        "as_of": query.as_of,
        "open_rule": str(open_rule),
        "from": first,
        "to": last,
        "include_unreleased": include_unreleased,
        "boards": len(found.points),
        "reason": None if found.points else _explain_empty(found, ratings, first, last),
        "trend": _describe_trend(trend),
        "trend_of_whole_board": None if whole is None else _describe_trend(whole),
        "board_versions": [
            {
                "board_version": version.number,
                "first": version.first,
                "last": version.last,
                "boards": version.boards,
                "median_shift": version.shift,
            }
            for version in find_versions(ratings)
            if version.number in used
        ],
        **_describe_left_out(found),
    }
    if format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print_table(found)
    else:
        emit("lunchwatch/gap@1", COLUMNS, [_row(found, p) for p in found.points], format_, meta=meta)
    if format_ not in ("json", "jsonl"):
        say(phrase_trend(trend) if found.points else f"Not enough data: {meta['reason']}.")
        if whole is not None:
            say(f"Of the whole board: {phrase_trend(whole)}")
        for line in _phrase_left_out(found):
            say(line)


def _require_board(query: StoreQuery, board: str) -> None:
    """Raise NotFound for a board that this world never had; one whose publications are later is no error."""
    from lunchwatch.wiring import open_query
    from store.errors import NotFound

    with open_query(query.world) as today:
        if not today.list_ratings(board):
            raise NotFound(f"the world {query.world} has no board {board}")


def _row(board: Board, point: GapPoint) -> tuple[Any, ...]:
    top = board.top_means.get(point.board_date)
    return (
        point.board_date,
        point.closed_model,
        point.closed_rating,
        point.open_model,
        point.open_rating,
        point.points,
        point.percent,
        point.win_rate,
        point.points_low,
        point.points_high,
        None if top is None else top.closed,
        None if top is None else top.open_,
        None if top is None else top.points,
        point.board_version,
    )


def _describe_trend(trend: GapTrend | Absent) -> dict[str, Any]:
    from analyzers.absence import Absent

    if isinstance(trend, Absent):
        names = ("theil_sen_pp_per_month", "ci95", "kendall_tau", "p_value", "n", "board_versions")
        return {**dict.fromkeys(names), "reason": trend.reason}
    return {
        "theil_sen_pp_per_month": trend.slope.value,
        "ci95": None if trend.slope.ci95_low is None else [trend.slope.ci95_low, trend.slope.ci95_high],
        "no_interval_because": trend.slope.no_interval_because,
        "kendall_tau": trend.tau_b,
        "kendall_tau_kind": "tau-b",
        "p_value": trend.p,
        "p_value_by": trend.p_basis,
        "n": trend.slope.n,
        "first": trend.first,
        "last": trend.last,
        "board_versions": trend.versions,
        "months": [{"month": m.month, "gap_percent": m.value, "boards": m.boards} for m in trend.months],
        "reason": None,
    }


def _describe_left_out(board: Board) -> dict[str, Any]:
    return {
        "unknown_openness": {"rows": board.unknown, "models": board.unknown_models},
        "unreleased_left_out": {"rows": board.unreleased, "models": board.unreleased_models},
        "suspect_licences": [
            {"model": s.model, "licence": s.licence, "counted_as": s.counted_as, "reason": s.reason}
            for s in board.suspects
        ],
        "skipped": [{"board_date": s.board_date, "reason": s.reason} for s in board.skipped],
        "without_percent": [{"board_date": s.board_date, "reason": s.reason} for s in board.without_percent],
    }


def _explain_empty(board: Board, ratings: Sequence[Rating], first: date | None, last: date | None) -> str:
    if board.skipped:
        return f"none of {len(board.skipped)} publications has both an open and a closed model"
    if not ratings:
        return "the board was not published by then"
    days = [row.board_date for row in ratings]
    return (
        f"no publication from {first or min(days)} to {last or max(days)};"
        f" there are some from {min(days)} to {max(days)}"
    )


def phrase_trend(trend: GapTrend | Absent) -> str:
    """One sentence: slope, interval, p-value, what it spans, and whether that is a trend."""
    from analyzers.absence import Absent

    if isinstance(trend, Absent):
        return f"No trend: {trend.reason}."
    if trend.p >= SIGNIFICANT:
        conclusion = "no significant trend"
    else:
        conclusion = "the gap narrows" if trend.slope.value < 0 else "the gap widens"
    versions = f"{trend.versions} board version" + ("s" if trend.versions > 1 else "")
    low, high = trend.slope.ci95_low, trend.slope.ci95_high
    if low is None or high is None:
        interval = f" (no interval: {trend.slope.no_interval_because})"
    else:
        interval = f", 95 % {_signed(low)} to {_signed(high)}"
    return (
        f"Trend of monthly medians {_signed(trend.slope.value)} pp a month{interval}, {_p(trend.p)}:"
        f" {conclusion} ({trend.slope.n} months, {trend.first} to {trend.last}, {versions})."
    )


def _phrase_left_out(board: Board) -> list[str]:
    lines = []
    if board.unreleased:
        lines.append(f"Never released, left out (--include-unreleased): {_names(board.unreleased_models)}.")
    if board.unknown:
        lines.append(f"Of unknown openness, on neither side: {_names(board.unknown_models)}.")
    lines += [
        f"Suspect licence {suspect.licence!r} of {suspect.model} ({suspect.reason}): counted as"
        f" {suspect.counted_as}."
        for suspect in board.suspects
    ]
    for what, ones in (("a gap", board.skipped), ("a percentage", board.without_percent)):
        if ones:
            days = [f"{one.board_date} ({one.reason})" for one in ones]
            lines.append(f"Publications without {what}: {_names(days)}.")
    return lines


def _print_table(board: Board) -> None:
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    is_wide = console.width >= _WIDE
    room = (console.width - (_BESIDE_NAMES_WIDE if is_wide else _BESIDE_NAMES)) // 2
    names = [one_line(row.model) for leaders in board.leaders.values() for row in leaders]
    longest = max(map(cell_len, names), default=0)
    is_stacked = not is_wide and longest > room
    has_win = not is_stacked or longest <= console.width - _BESIDE_STACKED
    figures = (
        ["Points", "90 %", "%", "Win"] if is_wide else ["Points", "%", "Win"] if has_win else ["Points", "%"]
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Board", no_wrap=True)
    for name in ("Closed, below it open",) if is_stacked else ("Closed", "Open"):
        beside = _BESIDE_STACKED - (0 if has_win else _WIN)
        width = console.width - beside if is_stacked else room
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=max(width, len("Closed")))
        table.add_column("Rating", justify="right", no_wrap=True)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    digits = 0 if any(abs(point.closed_rating) >= _ELO_LIKE for point in board.points) else 2
    before: GapPoint | None = None
    for point in board.points:
        if before is not None and point.board_version != before.board_version:
            table.add_section()
        before = point
        interval = NONE
        if point.points_low is not None and point.points_high is not None:
            interval = f"{_number(point.points_low, digits)} to {_number(point.points_high, digits)}"
        leaders = [_leader(row, digits, with_interval=is_wide) for row in board.leaders[point.board_date]]
        if is_stacked:
            leaders = [(Text("\n").join(name for name, _ in leaders), "\n".join(r for _, r in leaders))]
        table.add_row(
            point.board_date.isoformat(),
            *(text for leader in leaders for text in leader),
            _number(point.points, digits),
            *((interval,) if is_wide else ()),
            NONE if point.percent is None else _number(point.percent, 2),
            *((f"{100 * point.win_rate:.1f} %",) if has_win else ()),
        )
    console.print(table)


def _leader(row: Rating, digits: int, *, with_interval: bool) -> tuple[Text, str]:
    """The model and `1507 ± 4`, its rating with the published 95 % half-width."""
    from rich.text import Text

    rating = _number(row.rating, digits)
    if with_interval and row.ci_low is not None and row.ci_high is not None:
        rating += f" ± {(row.ci_high - row.ci_low) / 2:.{digits}f}"
    return Text(one_line(row.model)), rating


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p {value:.2f}"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
