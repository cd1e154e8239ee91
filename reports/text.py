"""The report as plain text in 72 columns, for mail and for the terminal, without any control code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reports import wording
from reports.content import Content, MeasurePart, Sentence, SubIndexPart
from reports.formatting import (
    NBSP,
    NO_VALUE,
    cell_width,
    draw_blocks,
    format_change,
    format_number,
    format_period,
    format_range,
    format_value,
)
from reports.html import write_day, write_moment
from reports.issue import Issue
from reports.phrasing import phrase

WIDTH: Final = 72


@dataclass(frozen=True, slots=True)
class ScoreboardRow:
    """One measure as a terminal prints it; `now` is "not enough data" with `note` saying why."""

    measure: str
    now: str
    interval: str
    week: str
    quarter: str
    trend: str
    toward: str
    grade: str
    is_bundled: bool
    note: str


@dataclass(frozen=True, slots=True)
class VerdictLines:
    """The verdict as a terminal prints it. `flags`: provisional, contested."""

    headline: str
    step: str | None
    flags: tuple[str, ...]
    sentences: tuple[str, ...]
    vector: tuple[str, ...]
    counter: str
    banner: str


def list_scoreboard_rows(issue: Issue) -> list[ScoreboardRow]:
    """The scoreboard as strings, in the report's order."""
    return [_make_row(part) for part in issue.content["measures"]]


def describe_verdict(issue: Issue) -> VerdictLines:
    """The verdict as strings; the same words as in the page."""
    verdict = issue.content["verdict"]
    return VerdictLines(
        headline=wording.HEADLINES[verdict["step"]],
        step=verdict["step"],
        flags=tuple(
            name
            for name, is_set in (
                ("provisional", verdict["is_provisional"]),
                ("contested", verdict["is_contested"]),
            )
            if is_set
        ),
        sentences=tuple(phrase(sentence) for sentence in verdict["summary"]),
        vector=tuple(_write_sub_index(part) for part in verdict["sub_indices"]),
        counter=phrase(verdict["counter"]) if verdict["counter"] else wording.NO_COUNTER,
        banner=write_banner(issue.content),
    )


def write_banner(content: Content) -> str:
    """How much stands on bundled facts, and whether anything was observed."""
    banner = content["banner"]
    if banner["measured"] == 0:
        said = "No measure has a value yet."
    elif banner["bundled"] == 0:
        said = f"None of the {banner['measured']} measures with a value stands on bundled facts."
    else:
        through = f" through {write_day(banner['through'])}" if banner["through"] else ""
        said = (
            f"{banner['bundled']} of {banner['measured']} measures with a value "
            f"stand on bundled facts{through}."
        )
    return said if banner["is_anything_observed"] else f"{said} Nothing has been observed yet."


def render_text(issue: Issue) -> str:
    """The whole report. No line is wider than 72 columns unless it is one unbreakable address or
    command; ends with a line break."""
    content = issue.content
    lines = [
        f"{wording.REPORT}  {issue.week}" + (f", revision {issue.revision}" if issue.revision > 1 else ""),
        f"{format_period(issue.period_start, issue.period_end)}, data through {write_day(content['through'])}",
        "=" * WIDTH,
        "",
    ]
    for key in wording.SECTIONS:
        body = list(_SECTIONS[key](issue))
        if key != "verdict":
            lines += ["", wording.SECTIONS[key].upper(), "-" * WIDTH]
        lines += body or wrap(content["empty"][key])
    lines += ["", "SOURCES USED", "-" * WIDTH]
    for row in content["credits"]:
        lines += wrap(f"{row['name']}: {row['licence'] or 'licence not stated'}", hang=2)
        lines += [f"  {row['url']}"] if row["url"] else []
    return "\n".join(line.rstrip() for line in lines).replace(NBSP, " ") + "\n"


def wrap(text: str, *, indent: int = 0, hang: int = 0, width: int = WIDTH) -> list[str]:
    """Break at ordinary spaces, counting terminal columns; no-break spaces hold. A word that is wider
    than a line stands alone."""
    lines: list[str] = []
    line = " " * indent
    is_empty = True
    for word in text.split(" "):
        if not is_empty and cell_width(line) + 1 + cell_width(word) > width:
            lines.append(line)
            line, is_empty = " " * (indent + hang), True
        line += word if is_empty else f" {word}"
        is_empty = False
    return [*lines, line]


def say(sentence: Sentence) -> str:
    """A sentence with its evidence ids: `… is 5.2 months. [E1, E2]`."""
    return phrase(sentence) + cite(sentence["evidence"])


def cite(evidence: Sequence[str]) -> str:
    return f" [{f',{NBSP}'.join(evidence)}]" if evidence else ""


def lay_out(
    rows: Iterable[Sequence[str]], widths: Sequence[int], right: frozenset[int] = frozenset()
) -> Iterator[str]:
    """Cells in columns of fixed width, two spaces apart; a cell that is too wide is cut with an ellipsis."""
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            shown = fit(cell, width)
            space = " " * (width - cell_width(shown))
            cells.append(space + shown if index in right else shown + space)
        yield "  ".join(cells).rstrip()


def fit(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    kept = ""
    for char in text:
        if cell_width(kept + char) > width - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def _make_row(part: MeasurePart) -> ScoreboardRow:
    estimate, unit = part["estimate"], part["unit"]
    if estimate is None:
        return ScoreboardRow(
            part["label"],
            "not enough data",
            "",
            "",
            "",
            "",
            wording.DIRECTIONS[part["moved_toward"]],
            part["grade"],
            part["is_bundled"],
            part["reason"] or "",
        )
    has_range = estimate["low"] is not None and estimate["high"] is not None
    return ScoreboardRow(
        measure=part["label"],
        now=format_value(estimate["value"], unit),
        interval=format_range(estimate["low"] or 0, estimate["high"] or 0, unit) if has_range else "",
        week=NO_VALUE if part["change_1w"] is None else format_change(part["change_1w"], unit),
        quarter=NO_VALUE if part["change_13w"] is None else format_change(part["change_13w"], unit),
        trend=draw_blocks([value for _, value in part["history"]]),
        toward=wording.DIRECTIONS[part["moved_toward"]],
        grade=part["grade"],
        is_bundled=part["is_bundled"],
        note="" if has_range else estimate["no_interval_because"] or "",
    )


def _write_sub_index(part: SubIndexPart) -> str:
    estimate = part["estimate"]
    if estimate is None:
        return f"{part['label']}: not enough data ({part['reason']})"
    low, high = estimate["low"], estimate["high"]
    span = (
        format_range(low, high, "index")
        if low is not None and high is not None
        else f"no interval: {estimate['no_interval_because']}"
    )
    return f"{part['label']}: {format_number(estimate['value'], 'index')} ({span})"


def _write_verdict(issue: Issue) -> Iterator[str]:
    verdict = issue.content["verdict"]
    lines = describe_verdict(issue)
    yield wording.QUESTION
    flags = f"  ({', '.join(lines.flags)})" if lines.flags else ""
    yield f">> {lines.headline}{flags}"
    yield ""
    evidence = list(dict.fromkeys(ref for said in verdict["summary"] for ref in said["evidence"]))
    yield from wrap(" ".join(lines.sentences) + cite(evidence))
    yield ""
    for part, text in zip(verdict["sub_indices"], lines.vector, strict=True):
        yield from wrap(text + cite(part["evidence"]), indent=2, hang=2)
    yield ""
    for sentence in verdict["changed"]:
        yield from wrap(f"Changed: {say(sentence)}", hang=2)
    for sentence in verdict["unchanged"]:
        yield from wrap(f"Did not change: {say(sentence)}", hang=2)
    against = say(verdict["counter"]) if verdict["counter"] else lines.counter
    yield from wrap(f"Against it: {against}", hang=2)
    yield ""
    yield from wrap(lines.banner)
    for sentence in issue.corrections:
        yield from wrap(f"Corrected: {say(sentence)}", hang=2)


def _write_judgements(issue: Issue) -> Iterator[str]:
    for number, item in enumerate(issue.content["judgements"], 1):
        yield from wrap(f"{number}. {say(item['sentence'])}", hang=3)
        if item["likelihood"]:
            term, band = wording.LIKELIHOODS[item["likelihood"]]
            yield from wrap(f"{term.capitalize()} to hold ({band}).", indent=3)
        else:
            yield from wrap(f"No likelihood: {item['no_likelihood_because']}.", indent=3)
        confidence = wording.CONFIDENCES[item["confidence"]]
        yield from wrap(f"{confidence} confidence. {phrase(item['confidence_because'])}", indent=3)
        yield from wrap(f"So what: {phrase(item['so_what'])}", indent=3, hang=2)
        yield from wrap(f"Would change it: {phrase(item['would_change'])}", indent=3, hang=2)


def _write_scoreboard(issue: Issue) -> Iterator[str]:
    rows = list_scoreboard_rows(issue)
    if not rows:
        return
    widths, right = (25, 14, 9, 9, 7), frozenset({1, 2, 3})
    yield from lay_out([("Measure", "Now", "1 week", "13 weeks", "Trend")], widths, right)
    for part, row in zip(issue.content["measures"], rows, strict=True):
        yield from lay_out([(row.measure, row.now, row.week, row.quarter, row.trend[-7:])], widths, right)
        mark = "bundled" if row.is_bundled else ""
        interval = f"interval {row.interval}" if row.interval else row.note
        detail = "; ".join(text for text in (interval, f"grade {row.grade}", mark) if text)
        yield from wrap(detail + cite(part["evidence"]), indent=2, hang=2)


def _write_charts(issue: Issue) -> Iterator[str]:
    for chart in issue.content["charts"]:
        yield from wrap(f"* {phrase(chart['title'])}.{cite(chart['evidence'])}", hang=2)
        yield from wrap(phrase(chart["description"]), indent=2)


def _write_movers(issue: Issue) -> Iterator[str]:
    for row in issue.content["movers"]:
        yield from wrap(
            f"{row['subject']}  {format_change(row['growth_pct'], 'growth')} in {row['window_days']} days to "
            f"{format_number(row['value'])} ({wording.METRICS.get(row['metric'], row['metric'])})"
            f"{_mark(row['is_bundled'])}{cite(row['evidence'])}",
            hang=2,
        )


def _write_releases(issue: Issue) -> Iterator[str]:
    for row in issue.content["releases"]:
        openness = wording.OPENNESS[row["openness"]] if row["openness"] else ""
        facts = "; ".join(text for text in (row["licence"], openness, row["reason"]) if text)
        yield from wrap(
            f"{write_day(row['day'])}  {row['title']} ({row['lab']}): {facts}"
            f"{_mark(row['is_bundled'])}{cite(row['evidence'])}",
            hang=2,
        )


def _write_claims(issue: Issue) -> Iterator[str]:
    for row in issue.content["claims"]:
        claimed = NO_VALUE if row["claimed"] is None else format_value(row["claimed"], row["unit"])
        found = NO_VALUE if row["found"] is None else format_value(row["found"], row["unit"])
        yield from wrap(
            f"{row['model']} on {row['benchmark']}: claimed {claimed}, found {found}: "
            f"{wording.CLAIM_STATES.get(row['status'], row['status']).lower()}"
            f"{_mark(row['is_bundled'])}{cite(row['evidence'])}",
            hang=2,
        )


def _write_prices(issue: Issue) -> Iterator[str]:
    content = issue.content
    for row in content["prices"]:
        before = "new" if row["blend_before"] is None else f"{format_number(row['blend_before'], 'usd')} to"
        yield from wrap(
            f"{write_day(row['day'])}  {row['provider']}, {row['model']}: {before} "
            f"{format_value(row['blend_after'], 'usd')} per M tokens"
            f"{' (correction)' if row['is_correction'] else ''}"
            f"{_mark(row['is_bundled'])}{cite(row['evidence'])}",
            hang=2,
        )
    if not content["prices"]:
        yield from wrap(content["empty"]["prices"])
    own = content["break_even"]
    if own is None:
        yield from wrap(content["empty"]["break_even"])
        return
    yield from wrap(
        f"Build or buy: an own model is cheaper from about {format_value(own['tokens_mid'], 'tokens')} a month "
        f"on, with a range of {format_number(own['tokens_low'])} to {format_number(own['tokens_high'])}."
        f"{cite(own['evidence'])}"
    )
    for line in own["assumptions"]:
        yield from wrap(f"- {line}", indent=2, hang=2)


def _write_changes(issue: Issue) -> Iterator[str]:
    for row in issue.content["changes"]:
        before = f"{row['before']} -> " if row["before"] else ""
        yield from wrap(
            f"{write_day(row['day'])}  {row['actor']}, {row['kind']}: {before}{row['after']} "
            f"({wording.TOWARD[row['direction']].lower()}){_mark(row['is_bundled'])}{cite(row['evidence'])}",
            hang=2,
        )


def _write_perspectives(issue: Issue) -> Iterator[str]:
    for role in issue.content["perspectives"]:
        yield f"{wording.PERSPECTIVES[role['id']]}: {wording.READINGS[role['reading']].lower()}"
        for finding in role["findings"]:
            yield from wrap(f"- {say(finding['sentence'])} {finding['rule']}", indent=2, hang=2)
        if role["reason"] and role["reason"] != wording.EMPTY["perspectives"]:
            yield from wrap(role["reason"], indent=2)


def _write_hypotheses(issue: Issue) -> Iterator[str]:
    for row in issue.content["hypotheses"]:
        yield from wrap(
            f"{row['id']} {row['statement']}: {row['consistent']} for, {row['inconsistent']} against"
        )
        if row["most_damaging"]:
            yield from wrap(f"most damaging: {say(row['most_damaging'])}", indent=2, hang=2)


def _write_evidence(issue: Issue) -> Iterator[str]:
    for row in issue.content["sources"]:
        read = "" if row["state"] == "bundled" else f", last good read {write_moment(row['last_success_at'])}"
        problems = f": {'; '.join(row['problems'])}" if row["problems"] else ""
        yield from wrap(
            f"{row['name']}: {wording.SOURCE_STATES[row['state']].lower()}, through {write_day(row['through'])}, "
            f"{format_number(row['rows'])} rows{read}{problems}",
            hang=2,
        )
    if not issue.content["sources"]:
        yield from wrap(issue.content["empty"]["sources"])
    yield ""
    for item in issue.content["evidence"]:
        yield from wrap(
            f"[{item['id']}] {item['title']}: {format_number(item['rows'])} rows, "
            f"{wording.BASES[item['basis']].lower()}, as of {write_day(item['as_of'])}",
            hang=2,
        )
        yield f"  {item['command']}"
    if not issue.content["evidence"]:
        yield from wrap(issue.content["empty"]["evidence"])


def _write_method(issue: Issue) -> Iterator[str]:
    content = issue.content
    yield from wrap(
        f"A model counts as open when {wording.RULES[content['open_rule']]}. Every interval covers 90{NBSP}%; "
        f"the composite's comes from {format_number(content['verdict']['draws'])} draws with the seed "
        f"{content['verdict']['seed']}."
    )
    for line in content["assumptions"]:
        yield from wrap(f"- {line}", indent=2, hang=2)
    yield f"content {issue.content_hash}"
    yield f"inputs  {issue.inputs_hash}"
    yield f"built   {write_moment(issue.built_at)}"


def _mark(is_bundled: bool) -> str:  # noqa: FBT001 - the row's own flag, passed through
    return " (bundled)" if is_bundled else ""


_SECTIONS = {
    "verdict": _write_verdict,
    "judgements": _write_judgements,
    "scoreboard": _write_scoreboard,
    "charts": _write_charts,
    "movers": _write_movers,
    "releases": _write_releases,
    "claims": _write_claims,
    "prices": _write_prices,
    "changes": _write_changes,
    "perspectives": _write_perspectives,
    "hypotheses": _write_hypotheses,
    "evidence": _write_evidence,
    "method": _write_method,
}
