"""`lunchwatch budget`: what a collection costs, before it runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from lunchwatch.cli.output import emit, format_options, say
from lunchwatch.cli.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from lunchwatch.accounts import Account
    from lunchwatch.budget import AccountPlan, Cost
    from store.checkpoint import Checkpoint

_COLUMNS = (
    "host",
    "credential",
    "source",
    "targets",
    "requests",
    "postponed",
    "postponed_until",
    "not_due",
    "left",
    "left_until",
    "limit",
    "reserve",
    "cap",
    "wait_until",
    "spent_last",
    "asked_at",
    "spent_24h",
    "short_by",
    "remedy",
    "most_per_window",
    "postponed_requests",
)
_NAMES = ("Host, source", "Requests", "Left", "Last run", "24 h", "Later", "Not due")
_ALWAYS = 3
"""So many of the table's columns are shown even when there is nothing in them."""

_DROPPED_FIRST = (3, 4)
"""Columns that are left out where the terminal is too narrow, in this order: the past costs nothing now."""

_FEW = 5
"""Hosts of one source without anything to say about them that still get a line each."""


@click.command()
@click.argument("sources", nargs=-1)
@format_options
def budget(sources: tuple[str, ...], format_: str) -> None:
    """Say what collecting from SOURCES will cost, before it runs; without any, from all of them.

    For each host and credential: the requests that are planned, what the host said is left and until when,
    what we hold back, what was spent, what is postponed and what is not due yet. Nothing is asked of anybody.

    In the table `!` marks a host into whose window the collection does not fit, and what stands in brackets
    after a minus is held back (network.reserve). "Later" counts postponed targets, "Not due" those that
    succeeded lately. A narrow terminal leaves out what was spent; --json has it all.
    """
    from lunchwatch import clock
    from lunchwatch.budget import plan_budget
    from lunchwatch.plugins import load_plugins
    from lunchwatch.settings import load_settings
    from lunchwatch.wiring import list_credentials, name_collectors
    from store.catalogue import load_catalogue

    settings = load_settings()
    plugins = [plugin.collector for plugin in load_plugins(settings, load_catalogue())]
    collectors = name_collectors(settings, sources, plugins)
    checkpoints, accounts = _load([collector.name for collector in collectors])
    now = clock.now()
    plans = plan_budget(
        collectors,
        checkpoints,
        accounts,
        list_credentials(settings),
        now,
        reserve=settings.network.reserve,
        cap=settings.network.requests_per_host,
        is_named=bool(sources),
    )
    total = sum(plan.requests for plan in plans)
    if format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print_table(plans, now)
    else:
        meta = {
            "at": now,
            "requests": total,
            "hosts": len({plan.host for plan in plans}),
            "spent_24h": sum(plan.spent_day for plan in plans),
            "postponed": [
                {"source": each.source, "target": each.target, "until": each.until, "reason": each.reason}
                for plan in plans
                for cost in plan.costs
                for each in cost.waiting
            ],
        }
        rows = [_row(plan, cost) for plan in plans for cost in plan.costs]
        emit("lunchwatch/budget@1", _COLUMNS, rows, format_, meta=meta)
    if not collectors:
        say("nothing to collect from: every source is switched off in the settings")
        return
    for line in _sum_up(plans, total, now):
        say(line)


def _load(names: Sequence[str]) -> tuple[Mapping[str, Mapping[str, Checkpoint]], Mapping[str, Account]]:
    """What is remembered; nothing where there is no database yet."""
    from lunchwatch.accounts import load_accounts
    from lunchwatch.wiring import ready_database
    from store.checkpoint import load_checkpoints
    from store.errors import NotFound
    from store.records import LIVE

    try:
        with ready_database() as (database, _settings):
            with database.read() as connection:
                checkpoints = {name: load_checkpoints(connection, LIVE, name) for name in names}
            return checkpoints, load_accounts(database)
    except NotFound:
        return {}, {}


def _row(plan: AccountPlan, cost: Cost) -> tuple[object, ...]:
    return (
        plan.host,
        "token" if plan.has_credential else "none",
        cost.source,
        cost.targets,
        cost.requests,
        len(cost.waiting),
        min((each.until for each in cost.waiting), default=None),
        cost.not_due,
        plan.left,
        plan.until,
        plan.limit,
        plan.reserve,
        plan.cap,
        plan.wait_until,
        plan.spent_last,
        plan.asked_at,
        plan.spent_day,
        plan.short_by,
        plan.remedy,
        cost.most,
        sum(each.requests for each in cost.waiting),
    )


def _sum_up(plans: Sequence[AccountPlan], total: int, now: datetime) -> Iterator[str]:
    """What matters in words: the sum, what is postponed, and every account into which the run does not
    fit."""
    hosts = len({plan.host for plan in plans if plan.requests})
    if not total:
        yield "nothing is due: a collection now would ask nobody"
    else:
        asked = f"{total:,} requests" if total != 1 else "1 request"
        yield f"a collection now asks about {asked} of {count_of(hosts, 'host')}"
    waiting = [each for plan in plans for cost in plan.costs for each in cost.waiting]
    if waiting:
        first = min(each.until for each in waiting)
        rest = sum(each.requests for each in waiting)
        yield (
            f"postponed: {count_of(len(waiting), 'target')}, up to {rest:,} more"
            f" request{'' if rest == 1 else 's'}, from {_moment(first, now)} UTC on"
        )
    for plan in plans:
        if plan.short_by:
            later = f", about {_span(plan.done_after)} longer" if plan.done_after else ""
            room = "" if plan.room is None else f" do not fit into the {plan.room:,} there are;"
            yield (
                f"{_name(plan)}: {plan.requests:,} request{'' if plan.requests == 1 else 's'}{room or ','}"
                f" {plan.short_by:,} follow later{later}"
            )
            for cost in plan.costs:
                if cost.first < cost.requests:
                    yield (
                        f"  {cost.source} takes {cost.first:,} of its {cost.requests:,} at a time and"
                        " leaves the others to the rest"
                    )
            yield f"  {plan.remedy}"


def _print_table(plans: Sequence[AccountPlan], now: datetime) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lunchwatch.printing import one_line, printable

    console = Console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    rows = list(_list_rows(plans, now))
    if not rows:
        return
    kept = choose_columns(rows, console.width)
    for index in kept:
        table.add_column(
            _NAMES[index], overflow="fold", no_wrap=index > 0, justify="right" if index else "left"
        )
    for row in rows:
        table.add_row(*(Text(printable(row[index])) for index in kept))
    console.print(table)
    for line in _explain(plans, kept):
        console.print(Text(line, style="dim"))
    waiting = sorted(
        (each for plan in plans for cost in plan.costs for each in cost.waiting), key=lambda each: each.until
    )
    if waiting:
        later = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Postponed", title_justify="left")
        later.add_column("Until (UTC)", no_wrap=True)
        for name in ("Source", "What", "Why"):
            later.add_column(name, overflow="fold")
        grouped: dict[tuple[str, str, str], list[str]] = {}
        for each in waiting:
            key = (f"{each.until:%Y-%m-%d %H:%M}", each.source, each.reason)
            grouped.setdefault(key, []).append(each.target)
        for (until, source, reason), targets in grouped.items():
            what = targets[0] if len(targets) == 1 else f"{targets[0]} and {len(targets) - 1:,} more"
            later.add_row(until, *(Text(one_line(cell)) for cell in (source, what, reason)))
        console.print(later)


def choose_columns(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Which columns to show: not those with nothing in them, nor the past where there is no room for it."""
    kept = [index for index in range(len(_NAMES)) if index < _ALWAYS or any(row[index] for row in rows)]
    for dropped in _DROPPED_FIRST:
        needed = sum(max(len(_NAMES[index]), *(len(row[index]) for row in rows)) for index in kept)
        if needed + 2 * len(kept) > width and dropped in kept:
            kept.remove(dropped)
    return kept


def _explain(plans: Sequence[AccountPlan], kept: Sequence[int]) -> Iterator[str]:
    """What the marks mean that are there."""
    if any(plan.short_by for plan in plans):
        yield "!        does not fit: see below"
    if any(plan.reserve for plan in plans):
        yield "(-n)     held back, as network.reserve says"
    if 5 in kept:
        yield "Later    targets that are postponed"
    if 6 in kept:
        yield "Not due  targets that succeeded lately"


def _list_rows(plans: Sequence[AccountPlan], now: datetime) -> Iterator[tuple[str, ...]]:
    """A line for each account with what its host says, and below it one for each source; many hosts of one
    source about which there is nothing to say are one line."""
    plain: dict[str, list[AccountPlan]] = {}
    for plan in plans:
        if len(plan.costs) == 1 and plan.left is None and not plan.short_by and not plan.wait_until:
            plain.setdefault(plan.costs[0].source, []).append(plan)
    together = {source: found for source, found in plain.items() if len(found) > _FEW}
    for plan in plans:
        if any(plan in found for found in together.values()):
            continue
        yield (
            _name(plan),
            f"{plan.requests:,} !" if plan.short_by else "",
            _left(plan, now),
            _count(plan.spent_last),
            _count(plan.spent_day),
            "",
            "",
        )
        for cost in plan.costs:
            if cost.source:
                later, not_due = _count(len(cost.waiting)), _count(cost.not_due)
                yield (f"  {cost.source}", f"{cost.requests:,}", "", "", "", later, not_due)
    for source, found in together.items():
        costs = [cost for plan in found for cost in plan.costs]
        yield (f"{len(found)} hosts", "", "", "", "", "", "")
        yield (
            f"  {source}",
            f"{sum(cost.requests for cost in costs):,}",
            "",
            _count(sum(plan.spent_last for plan in found)),
            _count(sum(plan.spent_day for plan in found)),
            _count(sum(len(cost.waiting) for cost in costs)),
            _count(sum(cost.not_due for cost in costs)),
        )


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _name(plan: AccountPlan) -> str:
    """The host, and whether a token is sent where that matters: where the host counts by it."""
    if plan.has_credential:
        return f"{plan.host} (token)"
    return f"{plan.host} (no token)" if plan.limit is not None else plan.host


def _left(plan: AccountPlan, now: datetime) -> str:
    """`41 of 60 until 13:00`; what is held back after a minus."""
    if plan.wait_until is not None:
        return f"none until {_moment(plan.wait_until, now)}"
    held = f" (-{plan.reserve:,})" if plan.reserve else ""
    if plan.left is None:
        return f"cap {plan.cap:,}" if plan.cap is not None else ""
    if plan.until is None:
        return f"{plan.left:,}{held}" + (f" per {_span(plan.span)}" if plan.span else "")
    whole = f" of {plan.limit:,}" if plan.limit is not None else ""
    return f"{plan.left:,}{whole}{held} until {_moment(plan.until, now)}"


def _moment(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M}" if (moment - now).total_seconds() < 12 * 3600 else f"{moment:%d %b %H:%M}"


def _span(span: object) -> str:
    from datetime import timedelta

    if not isinstance(span, timedelta):
        return ""
    minutes = round(span.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
