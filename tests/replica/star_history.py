"""Star history as GitHub's replica tells it: made-up days that add up to the present stars."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


@functools.lru_cache(maxsize=64)
def spread_stars(seed: int, stars: int, created: date, today: date) -> Mapping[date, int]:
    """`stars` over the days from `created` to `today`, unevenly, the same each time."""
    length = (today - created).days + 1
    weights = [1 + (seed + 7919 * number * number) % 13 for number in range(length)]
    total = sum(weights)
    spread: dict[date, int] = {}
    reached = 0
    for number, weight in enumerate(weights):
        before, reached = reached, reached + weight
        spread[created + number * DAY] = stars * reached // total - stars * before // total
    return spread


def list_weeks(days: Mapping[date, int], today: date) -> list[dict[str, object]]:
    """Every week from the first day's to that of `today`, newest first; days to come are 0."""
    first = _sunday(min(days))
    sunday = _sunday(today)
    weeks: list[dict[str, object]] = []
    while sunday >= first:
        dates = [sunday + number * DAY for number in range(7)]
        counts = [days.get(day, 0) if day <= today else 0 for day in dates]
        begins = int(datetime.combine(sunday, time(), UTC).timestamp())
        weeks.append({"week": begins, "total": sum(counts), "days": counts})
        sunday -= 7 * DAY
    return weeks


def _sunday(day: date) -> date:
    return day - DAY * (day.isoweekday() % 7)
