"""`lunchwatch movers`: what moved more than is usual for itself."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, emit_json, format_options, say

if TYPE_CHECKING:
    from analyzers.momentum.moves import Move, Moves
    from analyzers.momentum.source_events import SourceEvent
    from store.query import StoreQuery

DEFAULT_METRICS = ("github.stars", "hub.downloads.30d")
COLUMNS = (
    "subject",
    "metric",
    "value",
    "change",
    "z",
    "is_mover",
    "window_days",
    "p_value",
    "q_value",
    "through",
    "basis",
    "no_z_because",
)


@click.command()
@click.option(
    "--metric", "metrics", multiple=True, metavar="METRIC", help="Only this metric; may be given again."
)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@world_option
@as_of_option
@format_options
def movers(metrics: tuple[str, ...], limit: int, world: str | None, as_of: date | None, format_: str) -> None:
    """List the biggest changes: what moved more than is usual for itself.

    Growth over the metric's window is judged against the series' own last 26 weeks; a robust |z| above 3.5
    is a mover. Then follow series without a z, by pace, then the ordinary ones. Small, stale and short
    series and those moved by an event of their source are left out and counted. `q_value` is the
    false-discovery rate of the 26-week trend among all series of the metric. Without --metric: stars and
    downloads.
    """
    from analyzers.momentum.moves import MOVER_Z, find_moves
    from lunchwatch.wiring import open_query

    with open_query(world, as_of) as query:
        chosen = tuple(dict.fromkeys(metrics)) or DEFAULT_METRICS
        series = [one for metric in chosen for one in query.list_counted_series(metric)]
        measured = [] if series else _list_measured(query)
    found = find_moves(series, query.as_of)
    listed = found.moves[:limit]
    evidence = [_evidence(move, query) for move in listed]
    reason = None if listed else _explain_none(found, len(series), measured, query.world)
    meta = {
        "world": query.world,
        "as_of": query.as_of,
        "metrics": list(chosen),
        "series": len(series),
        "judged": len(found.moves),
        "movers": sum(move.is_mover for move in found.moves),
        "without_z": sum(move.z is None for move in found.moves),
        "mover_z": MOVER_Z,
        "trends_tested": sum(move.q is not None for move in found.moves),
        "left_out": {
            "stale": found.stale,
            "below_minimum_base": found.small,
            "too_short": found.short,
            "in_source_event": found.in_event,
            "unchanged": found.unchanged,
        },
        "suspect_zeros": found.suspect_zeros,
        "source_events": [
            {
                "metric": event.metric,
                "day": event.day,
                "direction": "up" if event.is_upward else "down",
                "series": event.series,
                "jumped": list(event.jumped),
            }
            for event in found.recent_events(query.as_of)
        ],
        "reason": reason,
    }
    rows = [_row(move) for move in listed]
    if format_ == "json":
        data = [
            {**dict(zip(COLUMNS, row, strict=True)), **_more(move), "evidence": proof}
            for row, move, proof in zip(rows, listed, evidence, strict=True)
        ]
        emit_json("lunchwatch/movers@1", data, meta)
    elif format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print(listed)
    else:
        emit("lunchwatch/movers@1", COLUMNS, rows, format_, meta=meta)
    if format_ not in ("json", "jsonl"):
        for line in _phrase(found, reason, query.as_of):
            say(line)


def _row(move: Move) -> tuple[Any, ...]:
    from store.measured import name_subject

    trend = move.trend
    return (
        name_subject(move.series.subject),
        move.series.metric.name,
        move.growth.end.value,
        math.expm1(move.growth.value),
        move.z,
        move.is_mover,
        move.growth.window_days,
        trend.p if trend is not None and not math.isnan(trend.p) else None,
        move.q,
        move.growth.end.day,
        str(move.series.provenance.basis),
        move.no_z_because,
    )


def _more(move: Move) -> dict[str, Any]:
    """What only JSON holds: the growth in log units with its 90 % interval, and the trend's slope."""
    growth, trend = move.growth, move.trend
    return {
        "growth": growth.value,
        "growth_ci90": None if growth.low is None else [growth.low, growth.high],
        "no_interval_because": growth.no_interval_because,
        "growth_of": "flows" if growth.is_of_flows else "levels",
        "from_value": growth.start.value,
        "from_day": growth.start.day,
        "slope_per_week": trend.slope if trend else None,
        "ci95": [trend.ci95_low, trend.ci95_high] if trend and trend.ci95_low is not None else None,
        "no_ci95_because": trend.no_interval_because if trend else None,
    }


def _evidence(move: Move, query: StoreQuery) -> dict[str, str]:
    """How to read the rows again: the same series as a command, and as SQL on the views."""
    import shlex

    from analyzers.weekly.evidence import quote
    from store.measured import name_subject
    from store.records import LIVE

    subject, metric = move.series.subject, move.series.metric.name
    world = [] if query.world == LIVE else ["--world", query.world]
    command = ["lunchwatch", "trend", metric, name_subject(subject), *world, "--as-of", str(query.as_of)]
    where = (
        f"world = {quote(query.world)} and source = {quote(subject.source)} and metric = {quote(metric)}"
        f" and subject = {quote(subject.name)} and day <= {quote(query.as_of.isoformat())}"
    )
    # Read-only text for the reader's own `lunchwatch sql`; every value is quoted.
    sql = f"select day, value, basis, run_id from v_observation where {where} order by day"  # noqa: S608 - never executed here
    return {"command": shlex.join(command), "sql": sql}


def _print(moves: Sequence[Move]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lunchwatch.printing import printable
    from reports.formatting import draw_blocks, format_change, format_number

    if not moves:
        return
    console = Console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Subject", overflow="fold", min_width=20)
    for name in ("Value", "Change", "Days", "z", "Trend q"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Through", no_wrap=True)
    if console.width >= _WIDE:
        table.add_column("", no_wrap=True)
    has_several = len({move.series.metric.name for move in moves}) > 1
    for move in moves:
        bundled = " ■" if move.series.provenance.basis == "bundled" else ""
        cells: list[Text | str] = [
            Text(
                printable(move.series.subject.name)
                + bundled
                + (f"\n{move.series.metric.name}" if has_several else "")
            ),
            format_number(move.growth.end.value, "count"),
            format_change(100 * math.expm1(move.growth.value), "growth"),
            str(move.growth.window_days),
            Text(
                "–" if move.z is None else format_change(move.z, "z"), style="bold" if move.is_mover else ""
            ),
            "–" if move.q is None else format_number(move.q, "p"),
            str(move.growth.end.day),
        ]
        if console.width >= _WIDE:
            cells.append(draw_blocks(move.series.values))
        table.add_row(*cells)
    console.print(table)
    if any(move.series.provenance.basis == "bundled" for move in moves):
        console.print(Text("■ stands on bundled facts, not on own observations", style="dim"))


_WIDE = 100
"""Columns a terminal needs for the little lines."""


_NAMED = 2
"""How many series of an event a line names; --json has all."""

_MOST_METRICS = 5
"""How many metrics are named where none of the chosen ones has a series."""


def _phrase(found: Moves, reason: str | None, as_of: date) -> list[str]:
    lines = [f"Not enough data: {reason}."] if reason else []
    if found.moves:
        unusual = sum(move.is_mover for move in found.moves)
        without = sum(move.z is None for move in found.moves)
        lines.append(
            f"{unusual} of {len(found.moves)} series moved unusually (|z| > 3.5), {without} have no z."
        )
    parts = _left_out(found)
    if parts:
        lines.append(f"Left out: {', '.join(parts)}.")
    return lines + [_tell_event(event) for event in found.recent_events(as_of)]


def _tell_event(event: SourceEvent) -> str:
    """`Source event 2026-06-20: 10 of 12 github.stars series jumped up together: a/r0, a/r1 and 8 more.`"""
    way = "up" if event.is_upward else "down"
    more = len(event.jumped) - _NAMED
    names = ", ".join(event.jumped[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return (
        f"Source event {event.day}: {len(event.jumped)} of {event.series} {event.metric} series jumped {way}"
        f" together: {names}."
    )


def _left_out(found: Moves) -> list[str]:
    counts = (
        (found.stale, "ended more than 26 weeks ago"),
        (found.small, "below the minimum base"),
        (found.short, "too short for the window"),
        (found.in_event, "moved by an event of their source"),
        (found.unchanged, "prices unchanged for 26 weeks"),
    )
    return [f"{count} {text}" for count, text in counts if count]


def _list_measured(query: StoreQuery) -> list[str]:
    """Up to five metrics that can move and have a series in this world."""
    from store.records import Semantics

    can_move = (
        name for name in query.list_metrics() if query.find_metric(name).semantics is not Semantics.SCORE
    )
    return list(islice((name for name in can_move if query.list_series(name)), _MOST_METRICS))


def _explain_none(found: Moves, series: int, measured: Sequence[str], world: str) -> str:
    if not series:
        others = ", ".join(measured) or "no metric that can move"
        return f"no series of these metrics; the world {world} has {others}"
    return f"none of {series} series can be judged: {', '.join(_left_out(found))}"
