"""ISO weeks in UTC, as people write them: `2026-W47`, `current`, `last`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from store.errors import Refused
from store.records import utc

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_FIRST_YEAR = 2000
"""Nothing that is tracked here is older."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week. `str()` gives `2026-W47`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def before(self) -> Week:
        """The week before."""
        return Week.of(self.monday - timedelta(days=7))

    @property
    def end(self) -> datetime:
        """The first moment after the week."""
        return datetime.combine(self.sunday, datetime.min.time(), UTC) + timedelta(days=1)

    def as_of(self, now: datetime) -> date:
        """Through which day an issue of this week can know: its Sunday, or today while it lasts."""
        return min(self.sunday, utc(now).date())

    @classmethod
    def of(cls, day: date) -> Week:
        year, number, _ = day.isocalendar()
        return cls(year, number)


def parse_week(text: str, now: datetime) -> Week:
    """Read `2026-W47`, `current` or `last`; raises Refused for anything else or a week to come."""
    today = utc(now).date()
    if text == "current":
        return Week.of(today)
    if text == "last":
        return Week.of(today - timedelta(days=7))
    match = _WEEK.fullmatch(text)
    try:
        week = Week(int(match[1]), int(match[2])) if match else None
        is_future = week is not None and week.monday > today
    except ValueError:  # a year without a week 53
        week = None
    if week is None:
        raise Refused(f"{text} is no week", remedy="write 2026-W47, current or last")
    if week.year < _FIRST_YEAR:
        raise Refused(f"{text} is too long ago", remedy=f"weeks begin with {_FIRST_YEAR}-W01")
    if is_future:
        raise Refused(f"{week} has not begun")
    return week


def last_scheduled(now: datetime, day: str, hour: int) -> datetime:
    """The latest moment not after `now` that is that weekday and hour, UTC."""
    now = utc(now)
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    moment -= timedelta(days=(moment.weekday() - DAYS.index(day)) % 7)
    return moment if moment <= now else moment - timedelta(days=7)
