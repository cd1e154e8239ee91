"""The verdict and the scoreboard as plain strings, for whoever prints them in a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from reports import wording
from reports.content import Content, MeasurePart, SubIndexPart
from reports.formatting import NO_VALUE, draw_blocks, format_change, format_number, format_range, format_value
from reports.issue import Issue
from reports.phrasing import phrase, write_day


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
