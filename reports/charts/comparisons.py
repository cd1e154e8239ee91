"""Charts of one moment: prices by capability, shares by what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from reports.charts.axes import (
    Row,
    Spec,
    colour_by_side,
    font_size,
    make_axis,
    make_frame,
    make_hover,
    make_label,
    shape_by_side,
    write,
)
from reports.charts.palettes import Palette

MARKED: Final = 14
"""Up to so many levels each gets a mark of its own; beyond, the line and its ends say enough."""


def build_price(rows: Sequence[Row], palette: Palette, width: int, labels: Mapping[str, str]) -> Spec:
    """Cheapest price at or above each capability level, one step line a side, on a log scale."""
    values = [
        {
            "level": row["level"],
            "usd": row[f"{side}_usd"],
            "side": side,
            "label": labels[side],
            "tip": f"{row[side]}: {write(row, f'{side}_usd', 'usd')} at {write(row, 'level', 'score')}",
        }
        for side in ("open", "closed")
        for row in rows
        if row[f"{side}_usd"]
    ]
    prices = [float(value["usd"] or 0) for value in values]
    levels = [float(row["level"] or 0) for row in rows]
    ends = [
        max(
            (value for value in values if value["side"] == side), key=lambda value: float(value["level"] or 0)
        )
        for side in ("open", "closed")
        if any(value["side"] == side for value in values)
    ]
    ticks = [
        tick
        for tick in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)
        if min(prices) / 2 <= tick <= max(prices) * 2
    ]
    x = {
        "field": "level",
        "type": "quantitative",
        "scale": {"domain": [min(levels), max(levels)], "nice": False, "zero": False},
        "axis": {**make_axis(palette, labels["level"], width=width), "grid": False},
    }
    y = {
        "field": "usd",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [min(prices) / 1.5, max(prices) * 1.8], "nice": False},
        "axis": {**make_axis(palette, labels["value"], width=width), "values": ticks, "format": "~g"},
    }
    return make_frame(
        width,
        palette,
        [
            {
                "data": {"values": values},
                "mark": {"type": "line", "interpolate": "step-before", "strokeWidth": 2.2},
                "encoding": {"x": x, "y": y, "color": colour_by_side(palette)},
            },
            {
                "data": {"values": values if len(rows) <= MARKED else ends},
                "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour_by_side(palette), "shape": shape_by_side()},
            },
            {
                "data": {"values": ends},
                "mark": {
                    "type": "text",
                    "align": "right",
                    "dx": -6,
                    "dy": -11,
                    "fontWeight": "bold",
                    "fontSize": font_size(width),
                },
                "encoding": {"x": x, "y": y, "color": colour_by_side(palette), "text": {"field": "label"}},
            },
            make_hover(values, x, y),
        ],
    )


def build_share(rows: Sequence[Row], palette: Palette, width: int, labels: Mapping[str, str]) -> Spec:
    """One bar a measure from zero to a hundred, its interval, its value 13 weeks ago as a hollow mark."""
    values = [
        {
            **row,
            "name": str(row["measure"]),
            "tip": f"{row['measure']}: {write(row, 'share', 'percent')}",
            "side": "open" if float(row["share"] or 0) >= 50 else "closed",
            "text": f"{float(row['share'] or 0):.1f}".removesuffix(".0"),
            "end": max(float(row["share"] or 0), float(row["high"] or 0)),
        }
        for row in rows
    ]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": [value["name"] for value in values],
        "axis": None,
        "scale": {"paddingInner": 0, "paddingOuter": 0},
    }
    x = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 100], "nice": False},
        "axis": {
            **make_axis(palette, labels["value"], width=width),
            "values": [0, 25, 50, 75, 100],
            "grid": False,
        },
    }
    layers: list[Spec] = [
        {
            "data": {"values": [{"at": 50}]},
            "mark": {"type": "rule", "color": palette.axis, "strokeDash": [3, 3]},
            "encoding": {"x": {**x, "field": "at"}},
        },
        {
            "data": {"values": values},
            "mark": {"type": "bar", "height": 13, "cornerRadiusEnd": 2, "yOffset": 9},
            "encoding": {
                "y": y,
                "x": x,
                "color": colour_by_side(palette),
                "description": {"field": "tip", "type": "nominal"},
            },
        },
        {
            "data": {"values": [value for value in values if value["low"] is not None]},
            "mark": {"type": "rule", "color": palette.ink, "strokeWidth": 1.4, "yOffset": 9},
            "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
        },
        {
            "data": {"values": [value for value in values if value["before"] is not None]},
            "mark": {"type": "tick", "color": palette.muted, "thickness": 2, "size": 21, "yOffset": 9},
            "encoding": {"y": y, "x": {**x, "field": "before"}},
        },
        {
            "data": {"values": values},
            "mark": {**make_label(width), "color": palette.ink, "yOffset": 9},
            "encoding": {"y": y, "x": {**x, "field": "end"}, "text": {"field": "text"}},
        },
        {
            "data": {"values": values},
            "mark": {
                **make_label(width),
                "fontWeight": "normal",
                "dx": 1,
                "color": palette.ink,
                "yOffset": -9,
            },
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "name"}},
        },
    ]
    return make_frame(width, palette, layers, height=46 * len(values) + 44)
