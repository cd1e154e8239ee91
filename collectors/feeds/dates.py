"""When an entry says it was published, as far as that can be believed.

feedparser turns what it cannot read into some date: `2026年11月03日` into the first of November, 30 February
into 2 March. Where a date is written with year, month and day in figures, what was read must be that day,
give or take a zone.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime, timedelta

_FIGURES = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_ZONE = timedelta(hours=15)
"""The farthest zones are 14 hours from UTC."""


def parse_time(parsed: time.struct_time | None, text: str = "") -> datetime | None:
    """feedparser's UTC time tuple as a moment; None when there is none, it is outside the calendar or it is
    another day than `text` says. A day that `text` gives in Chinese or Japanese is its midnight in UTC."""
    if parsed is None:
        return None
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
        written = _FIGURES.search(text)
        if written is None:
            return moment
        year, month, number = map(int, written.groups())
        day = datetime(year, month, number, tzinfo=UTC)
        if day - _ZONE <= moment <= day + timedelta(days=1) + _ZONE:
            return moment
    except (ValueError, OverflowError, OSError):
        return None
    return day if "年" in written[0] else None
