"""Published single figures: which are recent enough, and what they say of open's share (methodology 5).

A survey or share older than twelve months is not used. The share of one channel is its latest figure;
what the channel's other recent figures say is its range, because their disagreement is the result.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analyzers.absence import Absent
from store.records import Figure, Precision, StoredFigure

MAX_AGE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Said:
    """How a published measure states open's share of a channel."""

    measure: str
    is_closed_share: bool = False


CHANNELS: dict[str, tuple[Said, ...]] = {
    "tokens": (
        Said("open-weight share of router tokens"),
        Said("open-weight share of named router tokens"),
        Said("closed share of router tokens", is_closed_share=True),
    ),
    "requests": (Said("open-weight share of router requests"),),
    "spend": (
        Said("closed share of router revenue", is_closed_share=True),
        Said("open share of router spend"),
    ),
    "enterprise": (
        Said("open share of enterprise llm api use"),
        Said("open share of enterprise llm workloads"),
    ),
    "downloads": (Said("open share of developer downloads"),),
}
"""Channels of the adoption sub-index and the published measures that speak of them. Measures of users
("developers using open models") are not shares of a whole and stand outside."""


CARD_CONTRACT = "h100 one-year contract"
"""The published series of the price of a card, USD per hour."""


QUALITY_PRICE = "price of gpt-3.5-level quality"
"""The published price of a fixed level of quality over time, USD per million tokens."""


@dataclass(frozen=True, slots=True)
class Share:
    """Open's share of a channel, 0 to 1: the latest figure and the range of all recent ones."""

    channel: str
    value: float
    low: float
    high: float
    latest: StoredFigure
    figures: tuple[StoredFigure, ...]


def last_day(figure: Figure) -> date:
    """The last day a figure may be about: a month stands for its whole length."""
    day = figure.as_of
    if figure.precision is Precision.DAY:
        return day
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def spell_day(figure: Figure) -> str:
    """The figure's date as exact as it is known: `2026-05` for a month, else `2026-05-17`."""
    return f"{figure.as_of:%Y-%m}" if figure.precision is Precision.MONTH else figure.as_of.isoformat()


def year_before(day: date) -> date:
    """The same day of the year before (28 February for a leap day)."""
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def is_recent(figure: Figure, as_of: date) -> bool:
    """Whether a figure is at most twelve months old on `as_of`."""
    return last_day(figure) >= year_before(as_of)


def open_share(figure: Figure, said: Said) -> float | None:
    """Open's share, 0 to 1; None when the figure is no percentage (never guessed from another unit)."""
    if figure.unit.casefold() not in {"percent", "%"} or not 0 <= figure.value <= 100:
        return None
    share = figure.value / 100
    return 1 - share if said.is_closed_share else share


def find_share(figures: Sequence[StoredFigure], channel: str, as_of: date) -> Share | Absent:
    """The channel's share from published figures at most twelve months old on `as_of`."""
    said = {one.measure: one for one in CHANNELS[channel]}
    known = [f for f in figures if f.figure.measure.casefold() in said]
    if not known:
        return Absent("no published figure is known")
    recent: list[tuple[StoredFigure, float]] = []
    for stored in known:
        share = open_share(stored.figure, said[stored.figure.measure.casefold()])
        if share is not None and is_recent(stored.figure, as_of):
            recent.append((stored, share))
    if not recent:
        newest = max(last_day(f.figure) for f in known)
        return Absent(f"the latest published figure is of {newest.isoformat()}, older than 12 months")
    recent.sort(key=lambda pair: (pair[0].figure.as_of, pair[0].figure.measure, pair[0].figure.source))
    values = [share for _, share in recent]
    return Share(
        channel, values[-1], min(values), max(values), recent[-1][0], tuple(stored for stored, _ in recent)
    )


def share_history(figures: Sequence[StoredFigure], share: Share) -> tuple[tuple[date, float], ...]:
    """Open's share in percent as the latest figure's own measure stated it over time: other measures of
    the channel count something else and are never joined to it."""
    measure = share.latest.figure.measure.casefold()
    said = next(one for one in CHANNELS[share.channel] if one.measure == measure)
    points: dict[date, float] = {}
    for stored in figures:
        if stored.figure.measure.casefold() == measure:
            value = open_share(stored.figure, said)
            if value is not None:
                points[stored.figure.as_of] = 100 * value
    return tuple(sorted(points.items()))


def list_card_prices(figures: Sequence[StoredFigure]) -> tuple[StoredFigure, ...]:
    """The published prices of a card under a one-year contract, by date."""
    rows = [
        f
        for f in figures
        if f.figure.measure.casefold() == CARD_CONTRACT and f.figure.unit.casefold() == "usd per hour"
    ]
    return tuple(sorted(rows, key=lambda f: (f.figure.as_of, f.figure.value)))
