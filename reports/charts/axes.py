"""What all charts share: frame, axes, colours and shapes by side, labels at their marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

from reports.charts.palettes import FONT, Palette
from reports.formatting import format_date, format_value

Spec: TypeAlias = dict[str, Any]
Row: TypeAlias = Mapping[str, float | int | str | None]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
NARROW: Final = 340
SHAPES: Final = {"open": "square", "closed": "circle", "neutral": "diamond"}


def make_frame(width: int, palette: Palette, layers: list[Spec], height: int | None = None) -> Spec:
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": height or round(width * (0.62 if width >= NARROW else 0.85)),
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 6,
        "background": palette.card,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "aria": False,
                "labelFontSize": font_size(width) - 1,
                "titleFontSize": font_size(width) - 1,
                "titleFontWeight": "normal",
            },
        },
        "layer": silence_marks(layers),
    }


def make_hover(values: Sequence[Any], x: Spec, y: Spec) -> Spec:
    """Invisible marks that carry each row's `tip`, large enough to be met with a finger."""
    return {
        "data": {"values": list(values)},
        "mark": {"type": "point", "filled": True, "size": 150, "opacity": 0},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }


def silence_marks(layers: Sequence[Spec]) -> list[Spec]:
    """Only marks with a description of their own speak; a reader of the page hears one label and finds
    the table, not every point."""
    return [
        layer if "description" in layer["encoding"] else {**layer, "mark": {**layer["mark"], "aria": False}}
        for layer in layers
    ]


def make_axis(palette: Palette, title: str | None, *, width: int) -> Spec:
    return {
        "title": title,
        "titleColor": palette.muted,
        "labelColor": palette.muted,
        "gridColor": palette.grid,
        "domainColor": palette.axis,
        "tickColor": palette.axis,
        "tickCount": 5,
        "labelFlush": False,
        "labelOverlap": True,
        "titlePadding": 6 if width < NARROW else 8,
    }


def make_time_axis(days: Sequence[str], width: int, palette: Palette, *, room: float) -> Spec:
    """`room`: how much of the span is kept free at the right for the labels of the last points."""
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    span = (last - first).days or 1
    ticks = list_ticks(first.isoformat(), last.isoformat(), 4 if width < NARROW else 6)
    spans_years = ticks[0][:4] != ticks[-1][:4]
    domain = [first - timedelta(days=round(span * 0.03) or 1), last + timedelta(days=round(span * room) or 1)]
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [day.isoformat() for day in domain], "nice": False},
        "axis": {
            **make_axis(palette, None, width=width),
            "grid": False,
            "values": ticks,
            "format": "%b %Y"
            if spans_years
            else "%b"
            if all(tick.endswith("-01") for tick in ticks)
            else "%d %b",
        },
    }


def make_label(width: int) -> Spec:
    """A bold text to the right of its point."""
    return {
        "type": "text",
        "align": "left",
        "baseline": "middle",
        "dx": 8,
        "fontWeight": "bold",
        "fontSize": font_size(width),
    }


def list_ticks(first: str, last: str, most: int) -> list[str]:
    """At most `most` first days of months between two dates, evenly spaced; the two ends where the span
    is shorter than two months."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    months = [
        date(number // 12, number % 12 + 1, 1)
        for number in range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    ]
    inside = [month for month in months if start <= month <= end]
    if len(inside) < 2:
        return [first] if first == last else [first, last]
    for step in (1, 2, 3, 6, 12, 24, 60, 120):
        shown = [month for month in inside if (month.year * 12 + month.month - 1) % step == 0]
        if 2 <= len(shown) <= most:
            return [month.isoformat() for month in shown]
    return [inside[0].isoformat(), inside[-1].isoformat()]


def colour_by_side(palette: Palette) -> Spec:
    return {
        "field": "side",
        "type": "nominal",
        "scale": {"domain": ["open", "closed"], "range": [palette.open, palette.closed]},
        "legend": None,
    }


def shape_by_side() -> Spec:
    return {
        "field": "side",
        "type": "nominal",
        "scale": {"domain": ["open", "closed"], "range": [SHAPES["open"], SHAPES["closed"]]},
        "legend": None,
    }


def make_rule(value: float, palette: Palette, scale: Spec) -> Spec:
    return {
        "data": {"values": [{"at": value}]},
        "mark": {"type": "rule", "color": palette.axis, "strokeWidth": 1.2},
        "encoding": {"y": {"field": "at", "type": "quantitative", "scale": scale}},
    }


def pad_domain(low: float, high: float) -> list[float]:
    """The domain with room for labels: a tenth above, a twentieth below unless it starts at zero."""
    span = (high - low) or 1
    return [low if low == 0 else round(low - span * 0.08, 6), round(high + span * 0.14, 6)]


def font_size(width: int) -> int:
    return 12 if width < 500 else 14


def cut_text(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def write(row: Row, key: str, unit: str) -> str:
    """A row's number as the report writes it."""
    return format_value(float(row[key] or 0), unit)


def write_day(row: Row) -> str:
    return format_date(date.fromisoformat(str(row["day"])))
