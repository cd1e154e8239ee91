"""GitHub's star history as it is written, and as days. Pure.

    GET /repos/{owner}/{name}/stargazers/history?per_page=30&page=n
    [{"week": 1795305600, "total": 12, "days": [1, 0, 4, 2, 5, 0, 0]}, …]     newest week first

`week` is a Sunday, 00:00 UTC; `days` are seven counts and `total` their sum; past the end comes `[]`. The
days are calendar days of Los Angeles under that UTC label (seen by several clients, not promised), and the
days to come of the current week are 0. Every week since the repository was made is there, quiet ones too.
What is counted are the stars that are still given: an unstar takes its star out of the past.
https://github.blog/changelog/ (4 September 2026)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec

from collectors.shapes import convert_item
from store.errors import SourceChanged
from store.records import Observation, Record, SubjectRef

METRIC = "github.stars_received.daily"
WEEK = timedelta(days=7)

WEEKS_PER_PAGE = 30
"""GitHub's default and maximum."""

_BEHIND_UTC = timedelta(hours=8)
"""Pacific standard time. In summer a day ends an hour sooner; it is then taken an hour later than need be."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Moment = Annotated[int, msgspec.Meta(ge=0, le=2**35)]


class _Week(msgspec.Struct):
    week: _Moment
    total: _Count
    days: Annotated[list[_Count], msgspec.Meta(min_length=7, max_length=7)]


@dataclass(frozen=True, slots=True)
class StarWeek:
    """Stars received on each of the seven days from `first_day` on."""

    first_day: date
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.days)


def parse_star_week(item: object, path: str = "$") -> StarWeek:
    """Read one week. Raises SourceChanged, also for a total that is not the sum of its days."""
    row = convert_item(item, _Week, path)
    if row.total != sum(row.days):
        raise SourceChanged(f"{path}.total", f"{row.total} is not the sum of the days, {sum(row.days)}")
    begins = datetime.fromtimestamp(row.week, UTC)
    if begins.timetuple()[3:6] != (0, 0, 0):
        raise SourceChanged(f"{path}.week", f"begins at {begins:%H:%M:%S} UTC, not at midnight")
    return StarWeek(begins.date(), tuple(row.days))


def last_finished_day(now: datetime) -> date:
    """The newest day that is over where GitHub counts, and whose number is therefore one."""
    return (now - _BEHIND_UTC).date() - timedelta(days=1)


def list_star_records(
    subject: SubjectRef, weeks: Iterable[StarWeek], since: date, until: date
) -> list[Record]:
    """One observation per day from `since` to `until`, both included, oldest first."""
    days = {
        week.first_day + timedelta(days=offset): count
        for week in weeks
        for offset, count in enumerate(week.days)
    }
    return [
        Observation(subject, METRIC, day, float(days[day])) for day in sorted(days) if since <= day <= until
    ]


def find_implausible(read: int, stars: int, *, is_whole: bool) -> str:
    """Why the stars a history adds up to (`read`) do not fit the repository's `stars`, empty when they do.

    The sum is at or below the count, but for what was given between two requests. `is_whole`: it was read
    from the first week to the last.
    """
    if read > stars + max(10, stars // 100):
        return f"its history adds up to {read:,} stars, but it has {stars:,}"
    if is_whole and read < stars // 2:
        return f"its whole history adds up to {read:,} of its {stars:,} stars"
    return ""
