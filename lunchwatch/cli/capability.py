"""`lunchwatch capability`: the capability index fitted on benchmark claims."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.anchors import anchor_options
from lunchwatch.cli.options import analysis_options
from lunchwatch.cli.output import emit, format_options, say
from lunchwatch.cli.wording import describe_left_out, round_number, say_folded
from lunchwatch.printing import printable

if TYPE_CHECKING:
    from analyzers.capability import CapabilityIndex, ModelScore
    from store.records import Model, OpenRule

MODEL_COLUMNS = (
    "model",
    "capability",
    "eci",
    "ci90",
    "openness",
    "released_on",
    "is_open",
    "benchmarks",
    "reason",
)
BENCHMARK_COLUMNS = ("benchmark", "difficulty", "slope", "eci", "models")
SEED = 20230504
_LINES = 40
"""What a terminal shows unless -n says otherwise."""


@click.command()
@anchor_options
@click.option(
    "--min-benchmarks",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Models with fewer are left out.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=0, max=100_000),
    default=100,
    show_default=True,
    help="Bootstrap draws behind the intervals; 0: none.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of the draws.")
@click.option("--benchmarks", "by_benchmark", is_flag=True, help="Show the benchmarks instead.")
@click.option("-n", "--limit", type=click.IntRange(min=1), help="How many lines; on a terminal 40.")
@analysis_options
@format_options
def capability(
    anchor_benchmark: str | None,
    scale: tuple[tuple[str, float], ...] | None,
    min_benchmarks: int,
    draws: int,
    seed: int,
    by_benchmark: bool,
    limit: int | None,
    world: str | None,
    as_of: date | None,
    open_rule: OpenRule,
    format_: str,
) -> None:
    """Fit the capability index on the benchmark claims of a world.

    The Epoch Capabilities Index (arXiv 2512.00193): a share of tasks solved is σ(slope · (capability −
    difficulty)), with one capability per model and one difficulty and slope per benchmark. `eci` is the
    capability on a scale that two models fix; `ci90` its bootstrap interval over the claims.
    """
    from analyzers.capability import CHOICE, Anchors
    from lunchwatch.capability import fit_world
    from lunchwatch.wiring import open_query

    default = Anchors()
    anchors = Anchors(anchor_benchmark or default.benchmark, scale or default.scale)
    with open_query(world, as_of, open_rule) as query:
        index = fit_world(query, anchors, min_benchmarks=min_benchmarks, draws=draws, seed=seed)
        models = {model.key: model for model in query.list_models()}
        declared = query.list_benchmark_terms()
    sides = {row.model: _is_open(models.get(row.model), open_rule) for row in index.models}
    meta = {
        "world": query.world,
        "as_of": query.as_of,
        "open_rule": str(open_rule),
        "cost": index.cost,
        "models": len(index.models),
        "benchmarks": len(index.benchmarks),
        "rows": index.rows,
        "anchors": {
            "benchmark": index.anchors.benchmark,
            "scale": [{"model": name, "eci": points} for name, points in index.anchors.scale],
        },
        "best": _describe_best(index, sides),
        "bootstrap": {
            "over": "claims (model and benchmark)",
            "asked": draws,
            "used": index.draws,
            "dropped": dict(index.dropped),
            "seed": seed,
        },
        "no_interval": _count_without_interval(index),
        "min_benchmarks": min_benchmarks,
        "choice": CHOICE,
        "left_out": dict(index.left_out),
        "undeclared_benchmarks": sorted(
            row.benchmark for row in index.benchmarks if row.benchmark.split(" ")[0] not in declared
        ),
    }
    is_table = format_ == "table" or (format_ == "auto" and sys.stdout.isatty())
    if by_benchmark:
        rows: list[tuple[Any, ...]] = [
            (b.benchmark, b.difficulty, b.slope, b.eci, b.models) for b in index.benchmarks[:limit]
        ]
        if is_table:
            _print_benchmarks(index, limit or _LINES)
        else:
            emit("lunchwatch/capability-benchmarks@1", BENCHMARK_COLUMNS, rows, format_, meta=meta)
    elif is_table:
        _print_table(index, models, sides, limit or _LINES)
    else:
        rows = [_row(row, models.get(row.model), sides[row.model]) for row in index.models[:limit]]
        nested = format_ in ("json", "jsonl")
        columns: Sequence[str] = MODEL_COLUMNS
        if not nested:
            columns = (*MODEL_COLUMNS[:3], "ci90_low", "ci90_high", *MODEL_COLUMNS[4:])
            rows = [(*row[:3], *(row[3] or (None, None)), *row[4:]) for row in rows]
        emit("lunchwatch/capability@1", columns, rows, format_, meta=meta)
    if format_ not in ("json", "jsonl"):
        _say_basis(index, meta, draws)


def _is_open(model: Model | None, rule: OpenRule) -> bool | None:
    return None if model is None else rule.is_open(model.openness, is_science_open=model.is_science_open)


def _row(score: ModelScore, model: Model | None, is_open: bool | None) -> tuple[Any, ...]:
    return (
        score.model,
        score.capability,
        score.eci,
        None if score.low is None else [score.low, score.high],
        "unknown" if model is None else str(model.openness),
        None if model is None else model.released_on,
        is_open,
        score.benchmarks,
        score.no_interval_because,
    )


def _describe_best(index: CapabilityIndex, sides: dict[str, bool | None]) -> dict[str, Any]:
    """The best model of each side and how far they are apart."""
    found: dict[str, Any] = {}
    for name, wanted in (("open", True), ("closed", False)):
        best = next((row for row in index.models if sides[row.model] is wanted), None)
        found[name] = None if best is None else {"model": best.model, "eci": best.eci}
    both = found["open"] is not None and found["closed"] is not None
    found["gap_points"] = found["closed"]["eci"] - found["open"]["eci"] if both else None
    return found


def _count_without_interval(index: CapabilityIndex) -> dict[str, int]:
    """How many models have no interval, by reason."""
    reasons = [row.no_interval_because for row in index.models if row.no_interval_because is not None]
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}


def _print_table(
    index: CapabilityIndex, models: dict[str, Model], sides: dict[str, bool | None], limit: int
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Model", overflow="fold")
    for name in ("ECI", "90 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Openness", no_wrap=True)
    table.add_column("Released", no_wrap=True)
    table.add_column("Tests", justify="right", no_wrap=True)
    marks = {True: "●", False: "○", None: "?"}
    for rank, row in enumerate(index.models[:limit], 1):
        model = models.get(row.model)
        table.add_row(
            str(rank),
            printable(row.model),
            round_number(row.eci, 1),
            "fixed"
            if row.model in dict(index.anchors.scale)
            else "–"
            if row.low is None or row.high is None
            else f"{round_number(row.low, 1)}–{round_number(row.high, 1)}",
            f"{marks[sides[row.model]]} {'unknown' if model is None else model.openness}",
            "–" if model is None or model.released_on is None else model.released_on.isoformat(),
            str(row.benchmarks),
        )
    Console().print(table)
    if len(index.models) > limit:
        say(f"{len(index.models) - limit} more models: -n {len(index.models)}")


def _print_benchmarks(index: CapabilityIndex, limit: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Benchmark", overflow="fold")
    for name in ("Difficulty", "Slope", "ECI", "Models"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in index.benchmarks[:limit]:
        table.add_row(
            printable(row.benchmark),
            round_number(row.difficulty, 2),
            round_number(row.slope, 2),
            round_number(row.eci, 1),
            str(row.models),
        )
    Console().print(table)
    if len(index.benchmarks) > limit:
        say(f"{len(index.benchmarks) - limit} more benchmarks: -n {len(index.benchmarks)}")


def _say_basis(index: CapabilityIndex, meta: dict[str, Any], draws: int) -> None:
    (first, low), (second, high) = index.anchors.scale
    say_folded(
        f"{len(index.models)} models on {len(index.benchmarks)} benchmarks, {index.rows} claims of the world"
        f" {meta['world']}; cost {index.cost:.4f}."
    )
    say_folded("● open, ○ closed, ? unknown under the rule " + meta["open_rule"] + ".")
    say_folded(
        f"Scale: {first} = {low:g}, {second} = {high:g}; {index.anchors.benchmark} has slope 1, difficulty 0."
    )
    best = meta["best"]
    if best["gap_points"] is not None:
        say_folded(
            f"Best open {best['open']['model']} {round_number(best['open']['eci'], 1)}, best closed"
            f" {best['closed']['model']} {round_number(best['closed']['eci'], 1)}."
        )
    say_folded(f"Of several claims of a model on a benchmark one counts: {meta['choice']}.")
    if draws:
        dropped = "".join(f"; {count} dropped: {reason}" for reason, count in index.dropped.items())
        say_folded(f"90 % intervals: {index.draws} bootstrap draws over the claims{dropped}.")
    else:
        say_folded("No intervals: no bootstrap was drawn (--draws).")
    for reason, count in index.left_out.items():
        say_folded(describe_left_out(count, "claim", reason))
