"""Asks a short-lived child process for an issue's pictures; a child that fails costs the pictures only."""

from __future__ import annotations

import base64
import binascii
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from reports.charts.axes import Spec
from reports.charts.palettes import CSS, LIGHT, Palette
from reports.charts.specs import BUILDERS
from reports.content import ChartPart
from reports.formatting import clean_text
from reports.issue import Issue
from reports.phrasing import phrase

COMMAND: Final = (sys.executable, "-P", "-m", "reports.charts")
LIMIT_SECONDS: Final = 60
WIDE: Final = 440
NARROW: Final = 270
MAIL: Final = 584
MAILED: Final = ("lag", "share", "frontier", "gap", "price")
"""Kinds that a digest shows, the first two that exist."""


@dataclass(frozen=True, slots=True)
class Drawings:
    """Pictures by chart id. `failure` says why there are none; None also when no chart was asked for."""

    wide: Mapping[str, str] = field(default_factory=dict)
    narrow: Mapping[str, str] = field(default_factory=dict)
    png: Mapping[str, bytes] = field(default_factory=dict)
    failure: str | None = None


def build_spec(chart: ChartPart, palette: Palette, width: int) -> Spec:
    """The Vega-Lite specification of one chart."""
    return BUILDERS[chart["kind"]](chart["rows"], palette, width, chart["labels"])


def draw_charts(
    issue: Issue, *, command: Sequence[str] = COMMAND, limit_seconds: float = LIMIT_SECONDS
) -> Drawings:
    """Draw every chart of an issue: two widths of SVG for the page, PNG for the mail. Never raises for
    a child that aborts, hangs or answers nonsense: `failure` names the reason."""
    charts = issue.content["charts"]
    if not charts:
        return Drawings()
    requests = [
        {"id": f"{chart['id']}/{name}", "format": "svg", "spec": build_spec(chart, CSS, width)}
        for chart in charts
        for name, width in (("wide", WIDE), ("narrow", NARROW))
    ] + [
        {"id": f"{chart['id']}/png", "format": "png", "spec": build_spec(chart, LIGHT, MAIL)}
        for chart in list_mailed(charts)
    ]
    try:
        done = subprocess.run(
            list(command),
            input=json.dumps({"requests": requests}).encode(),
            capture_output=True,
            timeout=limit_seconds,
            check=True,
        )
        made: dict[str, str] = json.loads(done.stdout)["drawings"]
        return Drawings(
            wide={chart["id"]: dress(made[f"{chart['id']}/wide"], chart, "wide") for chart in charts},
            narrow={chart["id"]: dress(made[f"{chart['id']}/narrow"], chart, "narrow") for chart in charts},
            png={
                chart["id"]: base64.b64decode(made[f"{chart['id']}/png"], validate=True)
                for chart in list_mailed(charts)
            },
        )
    except subprocess.TimeoutExpired:
        return Drawings(failure=f"the renderer did not finish within {limit_seconds:g} seconds")
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        return Drawings(
            failure=clean_text(
                f"the renderer ended with {error.returncode}: {said[-1] if said else 'no word'}", 200
            )
        )
    except OSError as error:
        return Drawings(failure=clean_text(f"the renderer could not be started: {error}", 200))
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        return Drawings(failure=clean_text(f"the renderer answered nonsense: {error!r}", 200))


def list_mailed(charts: Sequence[ChartPart]) -> list[ChartPart]:
    """The two charts that a digest shows."""
    return [chart for kind in MAILED for chart in charts if chart["kind"] == kind][:2]


def dress(svg: str, chart: ChartPart, size: str) -> str:
    """Make a rendered SVG part of the page: one label, described marks turned
    into tips, ids of its own, no fixed
    size, no style attributes (the page's policy forbids them). Raises ValueError for anything active."""
    start = re.search(r"<svg\b[^>]*>", svg)
    box = re.search(r'viewBox="([-0-9. ]+)"', start[0]) if start else None
    if start is None or box is None:
        raise ValueError("this is no SVG with a view box")
    body = svg[start.end() : svg.rindex("</svg>")]
    inspector = _Inspector()
    inspector.feed(body)
    if inspector.found:
        raise ValueError(f"the drawing holds active or outside content: {inspector.found[0]}")
    key = f"{chart['id']}-{size}"
    body = re.sub(r'\saria-label="([^"]*)"', r' data-tip="\1"', body)
    body = re.sub(r'\s(?:aria-[a-z]+|role|style|cursor|xml:space)="[^"]*"', "", body)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    label = _escape(phrase(chart["description"]))
    return (
        f'<svg class="chart {size}" viewBox="{box[1]}" role="img" aria-labelledby="{key}-label">'
        f'<title id="{key}-label">{label}</title>{body}</svg>'
    )


class _Inspector(HTMLParser):
    """Notes what a drawing must not hold: anything that runs, loads or leads elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "foreignobject", "image", "a", "use", "animate", "set"}:
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name.startswith("on") or name.endswith("href")]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
