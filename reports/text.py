"""The report as plain text in 72 columns, for mail and for the terminal, without any control code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reports import wording
from reports.content import Sentence
from reports.formatting import (
    NBSP,
    NO_VALUE,
    cell_width,
    format_change,
    format_number,
    format_period,
    format_value,
)
from reports.issue import Issue
from reports.phrasing import phrase, write_day, write_moment
from reports.terminal import describe_verdict, list_scoreboard_rows

WIDTH: Final = 72
LONGEST_COMMAND: Final = 400


def render_text(issue: Issue) -> str:
    """The whole report. No line is wider than 72 columns unless it is one unbreakable address or
    command; ends with a line break."""
    content = issue.content
    period = format_period(issue.period_start, issue.period_end)
    lines = [
        f"{wording.REPORT}  {issue.week}" + (f", revision {issue.revision}" if issue.revision > 1 else ""),
        period + f", data through {write_day(content['through'])}",
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
    for part, row in zip(issue.content["measures"], list_scoreboard_rows(issue), strict=True):
        mark = " (bundled)" if row.is_bundled else ""
        yield from wrap(f"{row.measure}{mark}{cite(part['evidence'])}", hang=2)
        interval = f" ({row.interval})" if row.interval else ""
        changes = f"1 week {row.week}, 13 weeks {row.quarter}" if row.week else ""
        facts = [f"{row.now}{interval}", changes, f"grade {row.grade}", row.trend]
        yield from wrap("  ".join(fact for fact in facts if fact), indent=4, hang=2)
        if row.note:
            yield from wrap(row.note, indent=4, hang=2)


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
        yield from wrap(content["empty"]["breakeven"])
        return
    yield from wrap(
        f"Build or buy: an own model is cheaper from about {format_value(own['tokens_mid'], 'tokens')} "
        f"a month on, with a range of {format_number(own['tokens_low'])} to "
        f"{format_number(own['tokens_high'])}.{cite(own['evidence'])}"
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
            f"{cite(row['evidence'])}"
        )
        if row["most_damaging"]:
            yield from wrap(f"most damaging: {say(row['most_damaging'])}", indent=2, hang=2)
    if not issue.content["hypotheses"]:
        yield from wrap(issue.content["empty"]["hypotheses"])
    yield from wrap(f"Track record: {issue.content['empty']['track_record']}", hang=2)


def _write_evidence(issue: Issue) -> Iterator[str]:
    for row in issue.content["sources"]:
        read = "" if row["state"] == "bundled" else f", last good read {write_moment(row['last_success_at'])}"
        problems = f": {'; '.join(row['problems'])}" if row["problems"] else ""
        yield from wrap(
            f"{row['name']}: {wording.SOURCE_STATES[row['state']].lower()}, "
            f"through {write_day(row['through'])}, {format_number(row['rows'])} rows{read}{problems}",
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
        if len(item["command"]) <= LONGEST_COMMAND:
            yield f"  {item['command']}"
        else:
            yield "  the command is long: it stands in the page and in the issue's JSON"
    if not issue.content["evidence"]:
        yield from wrap(issue.content["empty"]["evidence"])


def _write_method(issue: Issue) -> Iterator[str]:
    content = issue.content
    yield from wrap(
        f"A model counts as open when {wording.RULES[content['open_rule']]}. Every interval covers "
        f"90{NBSP}%; the composite's comes from {format_number(content['verdict']['draws'])} draws with "
        f"the seed {content['verdict']['seed']}. {wording.METHOD}"
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
