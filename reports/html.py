"""The report as one self-contained HTML page: its own style and script, no address loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import formatting, wording
from reports.charts.drawing import Drawings
from reports.content import Interval
from reports.issue import Issue
from reports.phrasing import phrase, phrase_html, write_day, write_moment, write_month

FOLDER: Final = Path(__file__).parent
CLAIM_SIDES: Final = {"reproduced": "open", "lower": "closed"}


def render_html(issue: Issue, drawings: Drawings) -> str:
    """The page of an issue. Every number on it stands in the issue; `drawings` are its pictures, or the
    reason why there are none."""
    style, script = read_static("report.css"), read_static("report.js")
    policy = (
        "default-src 'none'; img-src data:; "
        f"style-src '{hash_source(style)}'; script-src '{hash_source(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        make_environment()
        .get_template("report.html.j2")
        .render(
            issue=issue,
            content=issue.content,
            drawings=drawings,
            policy=policy,
            style=Markup(style),  # noqa: S704 - our own file, checked by its hash in the page's policy
            script=Markup(script),  # noqa: S704 - the same
        )
    )


def hash_source(text: str) -> str:
    """The source expression that allows exactly this inline text in a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


@cache
def read_static(name: str) -> str:
    """A style or script; refused if it could end its element early."""
    text = (FOLDER / "static" / name).read_text(encoding="utf-8")
    if "</" in text or "<!--" in text:
        raise ValueError(f"{name} must not hold markup")
    return text


@cache
def make_environment() -> Environment:
    """Templates see the content, the words and the formatters, nothing else; undefined names fail."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        value=formatting.format_value,
        number=formatting.format_number,
        unit=formatting.format_unit,
        change=formatting.format_change,
        day=write_day,
        moment=write_moment,
        interval=write_interval,
        phrase=phrase,
        phrase_html=phrase_html,
        svg=Markup,
        blocks=formatting.draw_blocks,
    )
    environment.globals.update(
        words=wording,
        trace_line=formatting.trace_line,
        format_period=formatting.format_period,
        format_month=write_month,
        claim_sides=CLAIM_SIDES,
        side_of_index=side_of_index,
        collect=collect_evidence,
    )
    return environment


def write_interval(estimate: Interval | Mapping[str, Any]) -> str:
    """The 90 % interval, or "" where there is none."""
    if estimate["low"] is None or estimate["high"] is None:
        return ""
    return formatting.format_range(estimate["low"], estimate["high"], estimate["unit"])


def side_of_index(value: float) -> str:
    """Which side an index value favours: 50 is parity, and two points around it are called level."""
    return "neither" if 48 <= value <= 52 else "open" if value > 50 else "closed"


def collect_evidence(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The evidence of several rows or sentences, each id once."""
    return list(dict.fromkeys(ref for row in rows for ref in row["evidence"]))
