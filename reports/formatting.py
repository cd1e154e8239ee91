"""Numbers, dates, intervals and small graphics as text: one way of writing them for every renderer.

Typography: the minus sign is U+2212, ranges take an en dash, a no-break space stands between a number
and its unit, thousands are grouped by commas. A value knows its unit by name; the names are the keys of
`STYLES`. An unknown unit is not an error: the number stands with the unit's own name behind it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlsplit

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
EN_DASH: Final = "\u2013"
ELLIPSIS: Final = "\u2026"
NO_VALUE: Final = EN_DASH

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BLOCKS: Final = "▁▂▃▄▅▆▇█"
SCALES: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"))

PLACEHOLDER_UNITS: Final[Mapping[str, str]] = {
    "_pct": "percent",
    "_pp": "pp",
    "_p": "p",
    "_months": "months",
    "_days": "days",
    "_usd": "usd",
    "_on": "date",
    "_points": "points",
    "_ratio": "ratio",
    "_count": "count",
    "_score": "score",
    "_tokens": "tokens",
    "_index": "index",
    "_params": "parameters",
}
"""The unit of a template's placeholder by its suffix, where a caller brings no mapping of its own."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a unit is written: what follows the number, and how many decimals small numbers get
    (None: whole numbers, compact above a million)."""

    suffix: str
    decimals: int | None = 1
    delta_suffix: str | None = None  # where a difference has another unit than the value


STYLES: Final[Mapping[str, Style]] = {
    "": Style("", None),
    "number": Style("", None),
    "count": Style("", None),
    "index": Style("", 0),
    "score": Style("", 1),
    "percent": Style(f"{NBSP}%", 1, f"{NBSP}pp"),
    "growth": Style(f"{NBSP}%", 1, f"{NBSP}%"),
    "pp": Style(f"{NBSP}pp", 1),
    "months": Style(f"{NBSP}months", 1),
    "days": Style(f"{NBSP}days", 0),
    "weeks": Style(f"{NBSP}weeks", 0),
    "points": Style(f"{NBSP}points", 1),
    "ratio": Style(f"{NBSP}×", 1),
    "z": Style("", 1),
    "p": Style("", 2),
    "usd": Style(f"{NBSP}USD", 2),
    "usd_per_mtok": Style(f"{NBSP}USD", 2),
    "tokens": Style(f"{NBSP}tokens", None),
    "downloads": Style("", None),
    "stars": Style("", None),
    "models": Style("", None),
    "parameters": Style("", None),
    "gigabytes": Style(f"{NBSP}GB", 0),
    "text": Style("", None),
}


SMALL_MATTERS: Final = frozenset({"usd", "usd_per_mtok", "ratio"})
"""Units whose values below one keep two significant digits."""

LEAST_P: Final = 0.001
"""A p-value below this is written as the bound, which is how journals print it: no test is that exact."""


def find_unit(placeholder: str, units: Mapping[str, str] = PLACEHOLDER_UNITS) -> str:
    """The unit that a placeholder's suffix names (longest suffix first), or "" for a plain one."""
    for suffix in sorted(units, key=len, reverse=True):
        if placeholder.endswith(suffix):
            return units[suffix]
    return ""


def format_number(value: float, unit: str = "", *, is_change: bool = False) -> str:
    """The bare number as its unit is written, without the unit's name."""
    if not math.isfinite(value):
        raise ValueError(f"a report states finite numbers only, got {value}")
    size = abs(value)
    decimals = STYLES[unit].decimals if unit in STYLES else 1
    if unit == "p" and 0 <= value <= 1:
        return _write_p(value)
    if decimals is None:
        for scale, letter in SCALES:
            if size >= scale:
                return _sign(value) + _shorten(size / scale) + f"{NBSP}{letter}"
        decimals = 0 if size == int(size) or size >= 100 else 1
    elif unit in SMALL_MATTERS and 0 < size < 1 and not is_change:
        decimals = max(2, 1 - math.floor(math.log10(size)))
    elif size >= 1000 or (size >= 100 and unit != "score"):
        decimals = 0
    text = f"{size:,.{decimals}f}"
    return (_sign(value) if float(text.replace(",", "")) != 0 else "") + text


def format_unit(unit: str) -> str:
    """The unit as it follows a number, without the space before it: `%`, `months`, `×`, or ""."""
    if unit in STYLES:
        return STYLES[unit].suffix.strip(NBSP)
    return unit.replace("_", " ")


def format_value(value: float | str | date, unit: str = "") -> str:
    """A value with its unit, as it stands in a sentence. Text passes through; a date is written out."""
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, str):
        return format_date(date.fromisoformat(value)) if unit == "date" else value
    name = format_unit(unit)
    return format_number(value, unit) + (NBSP + name if name else "")


def format_change(value: float, unit: str = "") -> str:
    """A difference with its sign: `+0.9 pp` between two percentages, `−0.3` between two lags."""
    number = format_number(value, unit, is_change=unit == "ratio")
    sign = "" if number.startswith(MINUS) or not re.search("[1-9]", number) else "+"
    style = STYLES.get(unit)
    return sign + number + ((style.delta_suffix or "") if style else "")


def format_range(low: float, high: float, unit: str = "") -> str:
    """`3.9–6.8`; with a negative end the dash would read as a sign, so it says `−1.2 to 3.4`."""
    joint = " to " if low < 0 or high < 0 else EN_DASH
    return format_number(low, unit) + joint + format_number(high, unit)


def format_date(day: date) -> str:
    """`22 Nov 2026`, with spaces that do not break."""
    return f"{day.day}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def format_month(day: date) -> str:
    return f"{MONTHS[day.month - 1]}{NBSP}{day.year}"


def format_period(start: date, end: date) -> str:
    """`16–22 Nov 2026`, naming month and year once where both ends share them."""
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}{EN_DASH}{format_date(end)}"
    if start.year == end.year:
        return f"{start.day}{NBSP}{MONTHS[start.month - 1]} {EN_DASH} {format_date(end)}"
    return f"{format_date(start)} {EN_DASH} {format_date(end)}"


def format_moment(moment: datetime) -> str:
    """`22 Nov 2026, 06:00 UTC`."""
    at = moment.astimezone(UTC)
    return f"{format_date(at.date())}, {at:%H:%M}{NBSP}UTC"


def draw_blocks(values: Sequence[float], width: int = 13) -> str:
    """The last `width` values as block characters, scaled from their minimum to their maximum."""
    shown = values[-width:]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    if high == low:
        return BLOCKS[3] * len(shown)
    return "".join(BLOCKS[round((value - low) / (high - low) * (len(BLOCKS) - 1))] for value in shown)


def trace_line(
    values: Sequence[float], *, width: float = 84, height: float = 22, inset: float = 4
) -> tuple[str, float, float] | None:
    """An SVG path through `values` in a box, and its last point; None below two values."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    step = (width - 2 * inset) / (len(values) - 1)
    points = [
        (
            inset + index * step,
            height / 2
            if high == low
            else height - inset - (value - low) / (high - low) * (height - 2 * inset),
        )
        for index, value in enumerate(values)
    ]
    last_x, last_y = points[-1]
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points), round(last_x, 1), round(last_y, 1)


def clean_text(text: str, limit: int = 160) -> str:
    """A foreign text made safe to print on one line: no control, format or direction characters,
    single spaces, NFC, at most `limit` characters."""
    kept = "".join(
        " " if char in "\t\n\r\v\f\u2028\u2029" else char
        for char in unicodedata.normalize("NFC", text[: limit * 8])
        if char in "\t\n\r\v\f" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def clean_url(url: str | None) -> str | None:
    """`url` if it is a plain absolute web address that may stand in a link, else None."""
    if url is None or len(url) > 2000 or any(ord(char) <= 32 or char in "<>\"'`\\" for char in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return None
    return url


def cell_width(text: str) -> int:
    """How many terminal columns `text` takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _write_p(value: float) -> str:
    """A p-value with two significant digits: `0.62`, `0.030`, `0.0042`; a bound for anything smaller."""
    if value < LEAST_P:
        return f"<{NBSP}{LEAST_P:g}"
    exponent = int(f"{value:.1e}".partition("e")[2])  # of the rounded value: 0.0996 is 0.10
    return f"{value:.{max(2, 1 - exponent)}f}"


def _sign(value: float) -> str:
    return MINUS if value < 0 else ""


def _shorten(size: float) -> str:
    return f"{size:.0f}" if size >= 100 else f"{size:.1f}".removesuffix(".0")
