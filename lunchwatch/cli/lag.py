"""`lunchwatch lag`: by how many months open trails closed, by three published estimators."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.anchors import anchor_options
from lunchwatch.cli.options import analysis_options
from lunchwatch.cli.output import emit, format_options, say
from lunchwatch.cli.wording import count_of, describe_left_out, fold, list_items, round_number, say_folded
from lunchwatch.printing import printable

if TYPE_CHECKING:
    from analyzers.absence import Absent
    from analyzers.capability import Anchors
    from analyzers.quality.lag import CatchUp, Survival
    from analyzers.quality.lag_estimate import LagEstimate, Waiting
    from lunchwatch.capability import LagBasis
    from store.records import OpenRule

COLUMNS = ("estimator", "lag_months", "ci90", "n", "censored", "catchups", "reason")
FLAT_COLUMNS = ("estimator", "lag_months", "ci90_low", "ci90_high", "n", "censored", "reason")
SEED = 20230504
NOTE = "Labs hold back models, so the true lag is probably longer."
_CATCH_UPS = 12
"""How many of the latest catch-ups a terminal shows."""
_WAITING = 5
"""How many of the latest entries not yet caught."""
_DATED = 3
"""How many of the models that are dated otherwise than in the index."""
_NAMES = {"horizontal": "Horizontal", "catchup": "Catch-up", "daily": "Daily"}


@click.command()
@click.option(
    "--estimator",
    type=click.Choice(["horizontal", "catchup", "daily"]),
    help="Only this one; default: all three, horizontal first, which is the one that counts.",
)
@click.option("--benchmark", metavar="NAME", help="On one benchmark's scores; default: the capability index.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    help="How far below still matches (not horizontal): index points, default 0; on a benchmark nats, 0.02.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=0, max=100_000),
    default=1000,
    show_default=True,
    help="Bootstrap draws over models behind the intervals; 0: none.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of the draws.")
@anchor_options
@analysis_options
@format_options
def lag(
    estimator: str | None,
    benchmark: str | None,
    tolerance: float | None,
    draws: int,
    seed: int,
    anchor_benchmark: str | None,
    scale: tuple[tuple[str, float], ...] | None,
    world: str | None,
    as_of: date | None,
    open_rule: OpenRule,
    format_: str,
) -> None:
    """Show by how many months open models trail closed ones.

    horizontal: mean time between closed and open reaching a level (Epoch AI 2025). catchup: mean time until
    an open model matches an entry of the closed frontier (2024); never negative, so biased upwards. daily:
    mean time since the best closed model was last no better than the day's best open one (2026).

    With --anchor-benchmark or --scale the index is fitted on the world's claims, as `lunchwatch capability`
    does; so it is where no index was published.
    """
    from analyzers.absence import Absent
    from analyzers.quality.lag_estimate import (
        ESTIMATORS,
        HORIZONTAL,
        N_COUNTS,
        estimate_lag,
        list_waiting,
        wait_until_matched,
    )
    from lunchwatch.capability import find_benchmark_basis, find_index_basis
    from lunchwatch.wiring import open_query
    from store.errors import Refused

    if tolerance is not None and estimator == HORIZONTAL:
        raise Refused("the horizontal lag has no tolerance", remedy="use --estimator catchup or daily")
    if tolerance is not None and not math.isfinite(tolerance):
        raise Refused("a tolerance must be a finite number")
    if benchmark is not None and (anchor_benchmark is not None or scale is not None):
        raise Refused("the scores of one benchmark need no anchors", remedy="leave out --benchmark")
    wanted = ESTIMATORS if estimator is None else (estimator,)
    with open_query(world, as_of, open_rule) as query:
        if benchmark is not None:
            basis: LagBasis | Absent = find_benchmark_basis(query, benchmark, tolerance)
        else:
            basis = find_index_basis(query, tolerance, anchor_benchmark=anchor_benchmark, scale=scale)
    meta: dict[str, Any] = {
        "world": query.world,
        "as_of": query.as_of,
        "open_rule": str(open_rule),
        "benchmark": None if isinstance(basis, Absent) else basis.benchmark,
        "default_estimator": HORIZONTAL,
        "n_counts": N_COUNTS,
        "note": NOTE,
    }
    if isinstance(basis, Absent):
        meta["reason"] = basis.reason
        rows: list[tuple[Any, ...]] = [(name, None, None, 0, 0, [], basis.reason) for name in wanted]
        estimates: list[LagEstimate] = []
    else:
        span = basis.ground.span
        if tolerance is not None and span and tolerance > span:
            raise Refused(
                f"with a tolerance of {tolerance:g} {basis.tolerance_unit} every score matches every other:"
                f" they lie {span:.3g} apart",
                remedy=f"use one below {span:.3g}",
            )
        estimates = [estimate_lag(name, basis.ground, draws=draws, seed=seed) for name in wanted]
        curve = wait_until_matched(basis.ground, draws=draws, seed=seed)
        waiting = list_waiting(basis.ground)
        meta |= _describe_basis(basis, draws, seed)
        meta["survival"] = _describe_survival(curve)
        meta["waiting"] = [
            {"model": w.entry.name, "released_on": w.entry.day, "months": w.months} for w in waiting
        ]
        rows = [_row(found) for found in estimates]
    if format_ in ("json", "jsonl"):
        emit("lunchwatch/lag@1", COLUMNS, rows, format_, meta=meta)
        return
    is_table = format_ == "table" or (format_ == "auto" and sys.stdout.isatty())
    if not is_table:
        flat = [(*row[:2], *(row[2] or (None, None)), row[3], row[4], row[6]) for row in rows]
        emit("lunchwatch/lag@1", FLAT_COLUMNS, flat, format_)
    absent = basis.reason if isinstance(basis, Absent) else _find_common_reason(estimates)
    if is_table and absent is not None:
        click.echo(printable(fold(f"Not enough data: {absent}.", is_terminal=sys.stdout.isatty())))
    elif is_table:
        _print_estimates(estimates)
    if isinstance(basis, Absent):
        return
    _say_rest(basis, estimates, curve, waiting, draws)


def _row(found: LagEstimate) -> tuple[Any, ...]:
    return (
        found.estimator,
        found.months,
        None if found.low is None else [found.low, found.high],
        found.n,
        found.censored,
        [_describe_catch_up(match) for match in found.catch_ups],
        found.reason,
    )


def _describe_catch_up(match: CatchUp) -> dict[str, Any]:
    return {
        "closed_model": match.closed.name,
        "closed_date": match.closed.day,
        "open_model": match.open.name,
        "open_date": match.open.day,
        "months": match.months,
    }


def _describe_basis(basis: LagBasis, draws: int, seed: int) -> dict[str, Any]:
    ground = basis.ground
    return {
        "basis": {
            "kind": basis.kind,
            "title": basis.title,
            "unit": basis.unit,
            "models": ground.levels.models,
            "open_models": len(ground.levels.open),
            "closed_models": len(ground.levels.closed),
            "through": ground.end,
            "anchors": None
            if basis.anchors is None
            else {
                "benchmark": basis.anchors.benchmark,
                "scale": [{"model": name, "eci": points} for name, points in basis.anchors.scale],
            },
        },
        "tolerance": ground.tolerance,
        "tolerance_unit": basis.tolerance_unit,
        "bootstrap": {"over": "models", "draws": draws, "seed": seed},
        "left_out": dict(basis.left_out),
        "notes": list(_list_notes(basis, len(basis.dated_otherwise))),
        "reason": None,
    }


def _describe_survival(curve: Survival | Absent) -> dict[str, Any]:
    from analyzers.absence import Absent

    if isinstance(curve, Absent):
        return {"median_months": None, "ci90": None, "events": 0, "censored": 0, "reason": curve.reason}
    return {
        "median_months": curve.median_months,
        "ci90": None if curve.low is None else [curve.low, curve.high],
        "events": curve.events,
        "censored": curve.censored,
        "reason": None if curve.median_months is not None else "the curve never reaches one half",
    }


def _print_estimates(estimates: Sequence[LagEstimate]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Estimator", no_wrap=True)
    for name in ("Lag (months)", "90 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Basis", overflow="fold")
    for found in estimates:
        table.add_row(
            _NAMES[found.estimator],
            "–" if found.months is None else _number(found.months),
            "–"
            if found.low is None or found.high is None
            else f"{_number(found.low)} to {_number(found.high)}",
            printable(_phrase_basis(found)),
        )
    console = Console()
    console.print(table)
    matches = next((one.catch_ups for one in estimates if one.catch_ups), ())
    if not matches:
        return
    caught = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Closed", "Released", "Matched by", "Released"):
        caught.add_column(
            name, overflow="fold" if name != "Released" else "ellipsis", no_wrap=name == "Released"
        )
    caught.add_column("Months", justify="right", no_wrap=True)
    for match in matches[-_CATCH_UPS:]:
        caught.add_row(
            printable(match.closed.name),
            match.closed.day.isoformat(),
            printable(match.open.name),
            match.open.day.isoformat(),
            _number(match.months),
        )
    console.print(caught)
    if len(matches) > _CATCH_UPS:
        say(f"{len(matches) - _CATCH_UPS} earlier catch-ups: --json")


def _phrase_basis(found: LagEstimate) -> str:
    if found.months is None:
        return str(found.reason)
    words = {
        "horizontal": f"{count_of(found.n, 'model')}, {found.censored} still ahead; the default",
        "catchup": f"{count_of(found.n, 'catch-up')}, {found.censored} not yet caught",
        "daily": count_of(found.n, "day") + (f", {found.censored} of unknown lag" if found.censored else ""),
    }
    return words[found.estimator]


def _find_common_reason(estimates: Sequence[LagEstimate]) -> str | None:
    """The one reason why no estimator has a value; None where one has, or the reasons differ."""
    reasons = {found.reason for found in estimates}
    is_empty = all(found.months is None for found in estimates)
    return reasons.pop() if is_empty and len(reasons) == 1 else None


def _say_rest(
    basis: LagBasis,
    estimates: Sequence[LagEstimate],
    curve: Survival | Absent,
    waiting: Sequence[Waiting],
    draws: int,
) -> None:
    from analyzers.absence import Absent

    sides = basis.ground.levels
    say_folded(
        f"On {basis.title}: {len(sides.open)} open and {count_of(len(sides.closed), 'closed model')},"
        f" through {basis.ground.end}."
    )
    if basis.anchors is not None:
        say_folded(_phrase_anchors(basis.anchors))
    if not isinstance(curve, Absent):
        say_folded(
            f"Waiting time of closed frontier entries (Kaplan–Meier): {_phrase_median(curve)};"
            f" {curve.events} caught, {curve.censored} censored."
        )
    if waiting:
        names = [f"{w.entry.name} ({_number(w.months)} months)" for w in waiting]
        earlier = len(names) - _WAITING
        more = f" and {earlier} earlier" if earlier > 0 else ""
        say_folded(f"Not yet caught: {list_items(names[-_WAITING:])}{more}.")
    for found in estimates:
        if found.months is not None and found.low is None:
            say_folded(f"{_NAMES[found.estimator]}: no interval, {found.reason}.")
    if draws and any(found.low is not None for found in estimates):
        say_folded(f"90 % intervals: {draws} bootstrap draws over models.")
    for reason, count in basis.left_out.items():
        say_folded(_phrase_left_out(reason, count))
    for note in _list_notes(basis, _DATED):
        say_folded(f"{note}.")
    say_folded(NOTE)


def _phrase_anchors(anchors: Anchors) -> str:
    fixed = f"{anchors.benchmark} has slope 1, difficulty 0"
    if not anchors.scale:
        return f"Scale: logits; {fixed}."
    (first, low), (second, high) = anchors.scale
    return f"Scale: {first} = {low:g}, {second} = {high:g}; {fixed}."


def _phrase_median(curve: Survival) -> str:
    if curve.median_months is None:
        return "no median, the curve never reaches one half"
    median = f"median {_number(curve.median_months)} months"
    if curve.low is None or curve.high is None:
        return median
    return f"{median} ({_number(curve.low)} to {_number(curve.high)})"


def _list_notes(basis: LagBasis, shown: int) -> Iterator[str]:
    """The notes, with the first `shown` of the models that are dated otherwise than the index."""
    names, count = basis.dated_otherwise[:shown], len(basis.dated_otherwise)
    if names:
        rest = f" and {count - shown} more: --json" if count > shown else ""
        yield f"{count_of(count, 'model')} dated otherwise than the index: {', '.join(names)}{rest}"
    yield from basis.notes


def _phrase_left_out(reason: str, count: int) -> str:
    from lunchwatch.capability import CLAIMS, UNASSESSED

    if reason == UNASSESSED:
        return f"Left out: {count} {reason if count != 1 else reason.replace('models', 'model')}."
    if reason.startswith(CLAIMS):
        return describe_left_out(count, "claim", reason.removeprefix(CLAIMS))
    return describe_left_out(count, "model", reason)


def _number(value: float) -> str:
    return round_number(value, 1)
