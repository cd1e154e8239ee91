"""`lunchwatch trend`: one series over time, its slope with interval, and what to distrust in it."""

from __future__ import annotations

import math
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, emit_json, format_options, say

if TYPE_CHECKING:
    from analyzers.absence import Absent
    from analyzers.momentum.measures import Growth
    from analyzers.momentum.trajectory import Trajectory

SCHEMA = "lunchwatch/trend@1"
COLUMNS = ("day", "value", "basis")
SIGNIFICANT = 0.05
MAX_WEEKS = 520


@click.command()
@click.argument("metric")
@click.argument("subject")
@click.option(
    "--weeks",
    type=click.IntRange(4, MAX_WEEKS),
    default=26,
    show_default=True,
    help="How far back from the last value.",
)
@world_option
@as_of_option
@format_options
def trend(metric: str, subject: str, weeks: int, world: str | None, as_of: date | None, format_: str) -> None:
    """Show METRIC of SUBJECT over time: `github.stars ggml-org/llama.cpp`.

    The slope is Theil–Sen's, of log1p(value) per week, with its 95 % interval; p is Mann–Kendall's, corrected
    for ties and lag-1 autocorrelation. Growth compares levels over the metric's window (flows for totals and
    counts per period). SUBJECT is `source:name`, a name, or a model whose linked subject has the metric.
    """
    from analyzers.absence import Absent
    from analyzers.momentum.semantics import require_comparable
    from analyzers.momentum.trajectory import read_trajectory
    from lunchwatch.wiring import open_query
    from store.measured import find_measured

    with open_query(world, as_of) as query:
        require_comparable(query.find_metric(metric))
        measured = find_measured(query, metric, subject)
    found: Trajectory | Absent = Absent(f"{measured.title} has no value of {metric}")
    if measured.series is not None:
        found = read_trajectory(measured.series, measured.everybody, query.as_of, weeks)
    declared = measured.metric
    meta = {
        "world": query.world,
        "as_of": query.as_of,
        "weeks": weeks,
        "caveat": declared.caveat,
        "series_of_metric": len(measured.everybody),
    }
    if isinstance(found, Absent):
        data = {"subject": measured.title, "metric": metric, "series": [], "reason": found.reason}
        if format_ == "json":
            emit_json(SCHEMA, data, meta)
        elif format_ != "auto" or not sys.stdout.isatty():
            emit(SCHEMA, COLUMNS, [], format_, meta=meta)
        if format_ not in ("json", "jsonl"):
            say(f"Not enough data: {found.reason}.")
        return
    if format_ == "json":
        emit_json(SCHEMA, _describe(found, measured.title), meta)
    elif format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print(found)
    else:
        emit(SCHEMA, COLUMNS, _points(found), format_, meta=meta)
        say(phrase_trend(found))


def _points(found: Trajectory) -> list[tuple[date, float, str]]:
    one = found.series
    rows = zip(one.days, one.values, one.told, strict=True)
    return [(day, value, str(told.basis)) for day, value, told in rows if day >= found.since]


def _describe(found: Trajectory, title: str) -> dict[str, Any]:
    """The JSON. A measure that is null has its reason in `reasons`."""
    from analyzers.absence import Absent, present

    metric, line, growth = found.series.metric, present(found.trend), present(found.growth)
    reasons = {
        name: part.reason
        for name, part in (
            ("slope_per_week", found.trend),
            ("acceleration", found.acceleration),
            ("growth", found.growth),
            ("z", found.z),
        )
        if isinstance(part, Absent)
    }
    p = line.p if line is not None and not math.isnan(line.p) else None
    if p is None:
        reasons["p_value"] = f"{line.n if line else 0} values; the trend test needs 8"
    if line is not None and line.no_interval_because:
        reasons["ci95"] = line.no_interval_because
    if growth is not None and growth.no_interval_because:
        reasons["growth_ci90"] = growth.no_interval_because
    return {
        "subject": title,
        "metric": metric.name,
        "unit": metric.unit,
        "semantics": str(metric.semantics),
        "value": found.series.values[-1],
        "day": found.series.days[-1],
        "slope_per_week": line.slope if line else None,
        "ci95": [line.ci95_low, line.ci95_high] if line and line.ci95_low is not None else None,
        "percent_per_week": _percent(line.slope) if line else None,
        "p_value": p,
        "kendall_tau": line.tau if line else None,
        "variance_factor": line.variance_factor if line and p is not None else None,
        "n": line.n if line else 0,
        "acceleration": present(found.acceleration),
        "z": present(found.z),
        "growth": growth.value if growth else None,
        "growth_ci90": [growth.low, growth.high] if growth and growth.low is not None else None,
        "change": math.expm1(growth.value) if growth else None,
        "growth_of": ("flows" if growth.is_of_flows else "levels") if growth else None,
        "growth_from": {"day": growth.start.day, "value": growth.start.value} if growth else None,
        "growth_to": {"day": growth.end.day, "value": growth.end.value} if growth else None,
        "window_days": growth.window_days if growth else None,
        "flags": [
            {"flag": flag.name, "text": flag.text, "first": flag.first, "last": flag.last}
            for flag in found.flags
        ],
        "reasons": reasons,
        "step_days": found.step_days,
        "grid": [
            {"week_ending": point.week_ending, "day": point.day, "value": point.value} for point in found.grid
        ],
        "series": [{"day": day, "value": value, "basis": basis} for day, value, basis in _points(found)],
    }


def phrase_trend(found: Trajectory) -> str:
    """One sentence: `+0.52 % a week, 95 % 0.47–0.58, p < 0.001: a rise.`"""
    from analyzers.absence import Absent
    from reports.formatting import format_number

    if isinstance(found.trend, Absent):
        return f"Not enough data for a slope: {found.trend.reason}."
    line = found.trend
    slope = f"{_signed(_percent(line.slope))} % a week"
    if line.ci95_low is None or line.ci95_high is None:
        slope += f" (no interval: {line.no_interval_because})"
    else:
        low, high = _percent(line.ci95_low), _percent(line.ci95_high)
        slope += f", 95 % {_plain(low)}{'–' if low >= 0 else ' to '}{_plain(high)}"
    if math.isnan(line.p):
        return f"{slope}; {line.n} values are too few to test for a trend."
    number = format_number(line.p, "p")
    p = f"p {number}" if number.startswith("<") else f"p = {number}"
    verdict = "no significant trend"
    if line.p < SIGNIFICANT:
        verdict = "a rise" if line.tau > 0 else "a fall"
    return f"{slope}, {p}: {verdict}."


def _print(found: Trajectory) -> None:
    from rich.console import Console
    from rich.text import Text

    from reports.formatting import draw_blocks

    one = found.series
    known = [(point.day, point.value) for point in found.grid if point.day and point.value is not None]
    first_day, first = known[0]
    console = Console(highlight=False)
    weeks = round((one.days[-1] - first_day).days / 7)
    what = "" if one.metric.unit in one.metric.name else f" {one.metric.unit}"
    head = Text.assemble(
        (one.metric.name, "bold"),
        f"  {_amount(known[-1][1])}{what}",
        (f"  ({weeks} week{'s' * (weeks > 1)} before {_amount(first)})" if weeks else "", "dim"),
        f"   {draw_blocks([value for _, value in known], 26)}   ",
    )
    console.print(head, soft_wrap=True)
    console.print(Text(phrase_trend(found)), soft_wrap=True)
    for label, text in _list_lines(found):
        console.print(Text.assemble((f"  {label:<13}", "dim"), text), soft_wrap=True)
    for flag in found.flags:
        is_told = flag.first is None or flag.first.isoformat() in flag.text
        when = "" if is_told else f" ({flag.first}"
        when += f" to {flag.last})" if flag.last not in (None, flag.first) else ")" if when else ""
        console.print(
            Text.assemble((f"  ◐ {flag.name.replace('_', ' ')}", "bold"), f"  {flag.text}{when}"),
            soft_wrap=True,
        )


def _list_lines(found: Trajectory) -> list[tuple[str, str]]:
    """What stands below the sentence: growth, surprise and acceleration, or why there is none."""
    from analyzers.absence import Absent

    growth, z, pace = found.growth, found.z, found.acceleration
    lines = [("growth", f"not enough data: {growth.reason}" if isinstance(growth, Absent) else _tell(growth))]
    if isinstance(z, Absent):
        if not isinstance(growth, Absent):
            lines.append(("surprise", f"no z: {z.reason}"))
    else:
        lines.append(("surprise", f"z {_signed(z, 1)} against its own growth of the last 26 weeks"))
    if isinstance(pace, Absent):
        lines.append(("acceleration", f"not enough data: {pace.reason}"))
    else:
        lines.append(("acceleration", f"{_signed(_percent(pace))} pp a week, last 4 weeks against 8 before"))
    return lines


def _tell(growth: Growth) -> str:
    text = f"{_signed(_percent(growth.value), 1)} % in {growth.window_days} days"
    if growth.is_of_flows:
        text += " against what arrived in as many before"
    if growth.low is None or growth.high is None:
        return f"{text} (no interval: {growth.no_interval_because})"
    low, high = (
        _plain(_percent(end), 1) if math.isfinite(end) else "open" for end in (growth.low, growth.high)
    )
    return f"{text}, 90 % {low} to {high}"


def _percent(logs: float) -> float:
    return 100 * math.expm1(logs) if logs < 700 else math.inf


def _signed(value: float, decimals: int = 2) -> str:
    text = f"{abs(value):,.{decimals}f}"
    if not float(text.replace(",", "")):
        return text
    return ("+" if value > 0 else "−") + text


def _plain(value: float, decimals: int = 2) -> str:
    return _signed(value, decimals).removeprefix("+")


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.4g}"
