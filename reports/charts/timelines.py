"""Charts over time: the frontier, the lag, the lead on a rating board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from reports.charts.axes import (
    NARROW,
    Row,
    Spec,
    colour_by_side,
    cut_text,
    font_size,
    make_axis,
    make_frame,
    make_hover,
    make_label,
    make_rule,
    make_time_axis,
    pad_domain,
    shape_by_side,
    write,
    write_day,
)
from reports.charts.palettes import Palette


def build_frontier(rows: Sequence[Row], palette: Palette, width: int, labels: Mapping[str, str]) -> Spec:
    """Two step lines of the running best, each labelled at its end with model and score."""
    until, room = labels["until"], 0.34 if width >= NARROW else 0.66
    letters = int((width - 60) * room / (1.03 + room) / (font_size(width) * 0.53))
    lines: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for side in ("open", "closed"):
        own = [dict(row) for row in rows if row["side"] == side]
        last = own[-1]
        lines += own
        if str(last["day"]) < until:
            lines.append({**last, "day": until})
        score = f"{float(last['score'] or 0):.1f}"
        ends.append(
            {
                **last,
                "day": until,
                "label": f"{labels[side]} {score}\n{cut_text(str(last['model']), letters)}",
            }
        )
    scores = [float(row["score"] or 0) for row in rows]
    domain = pad_domain(min(scores), max(scores))
    ends.sort(key=lambda end: -float(end["score"] or 0))
    distance = (
        (float(ends[0]["score"] or 0) - float(ends[1]["score"] or 0)) / (domain[1] - domain[0]) * width * 0.5
    )
    nudge = max(0.0, (2.6 * font_size(width) - distance) / 2)
    x = make_time_axis([str(row["day"]) for row in rows] + [until], width, palette, room=room)
    y = {
        "field": "score",
        "type": "quantitative",
        "scale": {"domain": domain, "zero": False, "nice": False},
        "axis": make_axis(palette, labels["value"], width=width),
    }
    return make_frame(
        width,
        palette,
        [
            {
                "data": {"values": lines},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.2},
                "encoding": {"x": x, "y": y, "color": colour_by_side(palette)},
            },
            {
                "data": {"values": [dict(row) for row in rows]},
                "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour_by_side(palette), "shape": shape_by_side()},
            },
            *(
                {
                    "data": {"values": [end]},
                    "mark": {
                        **make_label(width),
                        "lineBreak": "\n",
                        "dy": round(sign * nudge) - font_size(width) // 2,
                    },
                    "encoding": {
                        "x": x,
                        "y": y,
                        "color": colour_by_side(palette),
                        "text": {"field": "label"},
                    },
                }
                for end, sign in zip(ends, (-1, 1), strict=True)
            ),
            make_hover(
                [
                    {**row, "tip": f"{row['model']}: {write(row, 'score', 'score')}, {write_day(row)}"}
                    for row in rows
                ],
                x,
                y,
            ),
        ],
    )


def build_gap(rows: Sequence[Row], palette: Palette, width: int, labels: Mapping[str, str]) -> Spec:
    """The lead by board date with intervals; the line breaks where the board was rescaled."""
    values = [dict(row) | {"side": "open" if float(row["points"] or 0) < 0 else "closed"} for row in rows]
    numbers = [
        float(row[key] or 0) for row in rows for key in ("points", "low", "high") if row[key] is not None
    ]
    breaks = [
        {"day": after["day"], "label": labels["break"]}
        for before, after in pairwise(rows)
        if before["version"] != after["version"]
    ]
    x = make_time_axis(
        [str(row["day"]) for row in rows], width, palette, room=0.12 if width >= NARROW else 0.2
    )
    scale = {"domain": pad_domain(min(0.0, *numbers), max(0.0, *numbers)), "nice": False}
    y = {
        "field": "points",
        "type": "quantitative",
        "scale": scale,
        "axis": make_axis(palette, labels["value"], width=width),
    }
    last = values[-1]
    layers: list[Spec] = [
        make_rule(0, palette, scale),
        {
            "data": {"values": [value for value in values if value["low"] is not None]},
            "mark": {"type": "rule", "strokeWidth": 1.4, "opacity": 0.55, "color": palette.closed},
            "encoding": {
                "x": x,
                "y": {**y, "field": "low"},
                "y2": {"field": "high"},
            },
        },
        {
            "data": {"values": values},
            "mark": {"type": "line", "strokeWidth": 2.2, "color": palette.closed},
            "encoding": {"x": x, "y": y, "detail": {"field": "version", "type": "nominal"}},
        },
        {
            "data": {"values": values},
            "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour_by_side(palette), "shape": shape_by_side()},
        },
        {
            "data": {"values": [last]},
            "mark": make_label(width),
            "encoding": {
                "x": x,
                "y": y,
                "color": colour_by_side(palette),
                "text": {"field": "points", "format": ".1f"},
            },
        },
    ]
    layers.append(
        make_hover(
            [
                {
                    **row,
                    "tip": f"{write(row, 'points', 'points')} on {write_day(row)}: "
                    f"{row['closed']} over {row['open']}",
                }
                for row in rows
            ],
            x,
            y,
        )
    )
    if breaks:
        layers += [
            {
                "data": {"values": breaks},
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": palette.axis},
                "encoding": {"x": x},
            },
            {
                "data": {"values": breaks},
                "mark": {
                    "type": "text",
                    "align": "right",
                    "baseline": "top",
                    "dx": -5,
                    "dy": 2,
                    "color": palette.muted,
                    "fontSize": font_size(width),
                },
                "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "label"}},
            },
        ]
    return make_frame(width, palette, layers)


def build_lag(rows: Sequence[Row], palette: Palette, width: int, labels: Mapping[str, str]) -> Spec:
    """The lag over time from zero, its band where one is known, the last value labelled."""
    values = [dict(row) for row in rows]
    banded = [value for value in values if value["low"] is not None]
    numbers = [float(row[key] or 0) for row in rows for key in ("lag", "low", "high") if row[key] is not None]
    x = make_time_axis(
        [str(row["day"]) for row in rows], width, palette, room=0.12 if width >= NARROW else 0.2
    )
    scale = {"domain": pad_domain(min(0.0, *numbers), max(0.0, *numbers)), "nice": False}
    y = {
        "field": "lag",
        "type": "quantitative",
        "scale": scale,
        "axis": make_axis(palette, labels["value"], width=width),
    }
    band = "area" if len(banded) > 1 else "rule"
    return make_frame(
        width,
        palette,
        [
            {
                "data": {"values": banded},
                "mark": {"type": band, "color": palette.open, "opacity": 0.18 if band == "area" else 0.6},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": values},
                "mark": {"type": "line", "strokeWidth": 2.2, "color": palette.open},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": values[-1:]},
                "mark": {
                    "type": "point",
                    "shape": "square",
                    "filled": True,
                    "size": 60,
                    "opacity": 1,
                    "color": palette.open,
                },
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": values[-1:]},
                "mark": {**make_label(width), "color": palette.open},
                "encoding": {"x": x, "y": y, "text": {"field": "lag", "format": ".1f"}},
            },
            make_hover(
                [{**row, "tip": f"{write(row, 'lag', 'months')} on {write_day(row)}"} for row in rows], x, y
            ),
        ],
    )
