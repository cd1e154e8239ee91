"""Tables that several commands print: what a collection did, what could not be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lunchwatch.cli.output import say
from lunchwatch.printing import one_line, printable

if TYPE_CHECKING:
    from rich.text import Text

    from lunchwatch.collecting import CollectorResult, Problem
    from lunchwatch.weekly import Built

SIGNS = {
    "ok": "●",
    "partial": "◐",
    "running": "◐",
    "interrupted": "◐",
    "failed": "○",
    "crashed": "○",
    "postponed": "◌",
}
_SHOWN = 20
_DROPPED_WHEN_NARROW = (4, 5)
"""Unchanged and skipped rows: what a terminal does without that is too narrow for all columns of a round."""
_WIDE = 110
"""Columns a terminal needs for the whole scoreboard."""


def print_results(results: Sequence[CollectorResult]) -> None:
    """One line per source: targets reached, rows new and unchanged, requests; and how many were not due."""
    if not results:
        click.echo("nothing to collect from: every source is switched off in the settings")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    has_rest = any(r.not_due for r in results)
    names = ["Source", "State", "Targets", "New", "Unchanged", "Skipped", "Requests"]
    names += ["Not due"] if has_rest else []
    rows = []
    for r in results:
        cells = [
            r.collector,
            f"{SIGNS[r.outcome]} {r.outcome}" if r.run_id is not None else "– not due",
            f"{r.reached}/{r.targets}",
            f"{r.counts.written:,}",
            f"{r.counts.unchanged:,}",
            f"{r.counts.skipped:,}",
            f"{r.counts.requests:,}",
        ]
        rows.append([*cells, *([f"{r.not_due:,}" if r.not_due else ""] if has_rest else [])])
    console = Console()
    widths = [max(len(row[index]) for row in [names, *rows]) + 2 for index in range(len(names))]
    dropped = [index for index in _DROPPED_WHEN_NARROW if sum(widths) > console.width]
    kept = [index for index in range(len(names)) if index not in dropped]
    for index in kept:
        is_text = names[index] in ("Source", "State")
        table.add_column(names[index], justify="left" if is_text else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(row[index] for index in kept))
    console.print(table)


def print_problems(results: Sequence[CollectorResult]) -> None:
    """What could not be reached and why, and what waits and until when; the same words share a line."""
    problems = [problem for result in results for problem in result.problems]
    _print_grouped("Not reached", [p for p in problems if not p.is_postponed])
    _print_grouped("Postponed", [p for p in problems if p.is_postponed])


def _print_grouped(title: str, problems: Sequence[Problem]) -> None:
    by_reason: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        until = f"{problem.retry_at:%Y-%m-%d %H:%M}" if problem.retry_at else ""
        by_reason.setdefault((problem.collector, until, _leave_name_out(problem)), []).append(problem)
    if not by_reason:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    has_until = any(until for _, until, _ in by_reason)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column("Source")
    table.add_column("What", overflow="fold")
    if has_until:
        table.add_column("Until (UTC)", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for (collector, until, reason), found in list(by_reason.items())[:_SHOWN]:
        names = _name(found)
        middle = [until] if has_until else []
        why = found[0].reason if len(found) == 1 else reason
        table.add_row(collector, Text(one_line(names)), *middle, Text(one_line(why)))
    Console().print(table)
    if len(by_reason) > _SHOWN:
        click.echo(f"and {len(by_reason) - _SHOWN} more reasons; lunchwatch status shows all")


def _leave_name_out(problem: Problem) -> str:
    """The reason in words that others may share: `a/b is missing (404)` becomes `it is missing (404)`."""
    names = (problem.target, problem.target.partition(":")[2], problem.key.partition(":")[2])
    for name in names:
        if name and name in problem.reason:
            return problem.reason.replace(name, "it")
    return problem.reason


def _name(problems: Sequence[Problem]) -> str:
    """What it is about: `a/b`, `a/b and c/d`, `a/b and 38 more`."""
    first, *rest = dict.fromkeys(problem.target for problem in problems)
    if not rest:
        return first
    return f"{first} and {rest[0] if len(rest) == 1 else f'{len(rest)} more'}"


def say_when_it_goes_on(results: Sequence[CollectorResult]) -> None:
    """For a collection of which everything has to wait: that nothing is wrong, and until when."""
    asked = [r for r in results if r.targets and r.run_id is not None]
    if not asked or any(r.outcome != "postponed" for r in asked):
        return
    waiting = [p.retry_at for r in asked for p in r.problems if p.is_postponed and p.retry_at is not None]
    if waiting:
        say(f"postponed: nothing could be asked for now; it may be from {min(waiting):%Y-%m-%d %H:%M} UTC on")


def print_issue(built: Built) -> None:
    """The verdict, the scoreboard and where the page lies."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from reports.terminal import describe_verdict, list_scoreboard_rows

    console = Console()
    verdict = describe_verdict(built.issue)
    flags = f" ({', '.join(verdict.flags)})" if verdict.flags else ""
    console.print()
    console.print(_text(f"{built.issue.week}   {verdict.headline}{flags}", style="bold"))
    console.print(_text(" ".join(verdict.sentences)))
    for line in verdict.vector:
        console.print(_text(f"  {line}"))
    console.print(_text(f"Against it: {verdict.counter}"))
    console.print(_text(verdict.banner, style="italic"))
    is_wide = console.width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Measure", min_width=24, overflow="fold")
    names = ("Now", "90 %", "1 week", "13 weeks", "Trend", "Toward", "Data")
    for name in names if is_wide else ("Now", "90 %", "13 weeks", "Data"):
        table.add_column(name, justify="left" if name == "Trend" else "right", no_wrap=True)
    notes = []
    for row in list_scoreboard_rows(built.issue):
        if row.note:
            notes.append(f"{row.measure}: {row.note}")
        wide = (row.now, row.interval, row.week, row.quarter, row.trend, row.toward, row.grade)
        cells = wide if is_wide else (row.now, row.interval, row.quarter, row.grade)
        table.add_row(_text(row.measure + (" ■" if row.is_bundled else "")), *(_text(c) for c in cells))
    console.print(table)
    for note in notes:
        console.print(_text(note, style="dim"))
    console.print(_text("■ stands on bundled facts, not on own observations", style="dim"))
    console.print(_text(f"Report  {built.page}"), soft_wrap=True)


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text), style=style)
