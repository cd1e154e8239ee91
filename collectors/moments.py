"""Moments as sources write them."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_moment(text: str) -> datetime:
    """ISO 8601 as UTC; without a zone it is taken as UTC, a bare date as its midnight.

    Raises ValueError for what is no date, or no longer one in UTC (the year 1 at the edge of a zone)."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else as_utc(moment)


def as_utc(moment: datetime) -> datetime:
    """An aware moment in UTC. Raises ValueError where the calendar ends."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error
