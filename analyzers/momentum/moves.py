"""What moved more than usual, and the growth of a single series (methodology 3).

A jump of many series on one day is one event of their source, not news about each; a series that is too
small, too old or too short to judge is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analyzers.absence import Absent, present
from analyzers.momentum.alignment import without_suspect_zeros
from analyzers.momentum.measures import MAX_SERIES_AGE_DAYS, MIN_BASE, Momentum, Trend, clean_levels, measure
from analyzers.momentum.measures import Z90 as Z90
from analyzers.momentum.measures import Growth as Growth
from analyzers.momentum.ragged import stack
from analyzers.momentum.semantics import holds_until_changed
from analyzers.momentum.source_events import EVENT_MAX_GAP_DAYS as EVENT_MAX_GAP_DAYS
from analyzers.momentum.source_events import SourceEvent, find_source_events
from analyzers.momentum.trend import false_discovery
from store.records import Series

MOVER_Z = 3.5
MAX_MOVERS = 10
MIN_MOVERS = 5
ORDINARY = 2


@dataclass(frozen=True, slots=True)
class Move:
    """A series with its growth and how unusual that is for itself. `trend` is that of the last 26 weeks,
    `q` its p-value's false-discovery rate among all series of the metric that were tested."""

    series: Series
    growth: Growth
    z: float | None
    no_z_because: str | None
    trend: Trend | None = None
    q: float | None = None

    @property
    def pace(self) -> float:
        """Growth per 30 days, so that windows of different length can be ranked."""
        return self.growth.value * 30 / self.growth.window_days

    @property
    def is_mover(self) -> bool:
        return self.z is not None and abs(self.z) > MOVER_Z


@dataclass(frozen=True, slots=True)
class Moves:
    """Ranked moves, and why other series are not among them. `unchanged`: prices that held for 26 weeks,
    which are not `stale`."""

    moves: tuple[Move, ...]
    events: tuple[SourceEvent, ...]
    stale: int
    small: int
    short: int
    in_event: int
    suspect_zeros: int = 0
    unchanged: int = 0

    @property
    def top(self) -> tuple[Move, ...]:
        """The ones a report lists: all that moved unusually or cannot be judged, up to ten; where these
        are fewer than five, the least unusual of the others fill up."""
        unusual = sum(_rank(move)[0] < ORDINARY for move in self.moves)
        return self.moves[: min(MAX_MOVERS, max(MIN_MOVERS, unusual))]

    def recent_events(self, as_of: date) -> tuple[SourceEvent, ...]:
        """Source events of the last 26 weeks, by day."""
        recent = [event for event in self.events if (as_of - event.day).days <= MAX_SERIES_AGE_DAYS]
        return tuple(sorted(recent, key=lambda event: (event.day, event.metric, event.is_upward)))


def find_growth(series: Series, window_days: int) -> Growth | Absent:
    """The growth of one series as `measure` has it; suspect zeros are the caller's to leave out."""
    return measure(series.metric, stack([series]), window_days=window_days).growth_of(0)


def find_moves(series: Sequence[Series], as_of: date) -> Moves:
    """What moved, most unusual first: |z| above 3.5, then series without a z by pace, then the rest.

    Left out and counted: series that ended more than 26 weeks before `as_of` (of prices: that are
    unchanged since), levels below the minimum base, series too short for a window, and series whose move is
    one of a source event.
    """
    by_metric: dict[str, list[Series]] = {}
    for one in series:
        by_metric.setdefault(one.metric.name, []).append(one)
    found = [_rank_metric(members, as_of) for _, members in sorted(by_metric.items())]
    return Moves(
        moves=tuple(sorted((move for part in found for move in part.moves), key=_rank)),
        events=tuple(event for part in found for event in part.events),
        stale=sum(part.stale for part in found),
        small=sum(part.small for part in found),
        short=sum(part.short for part in found),
        in_event=sum(part.in_event for part in found),
        suspect_zeros=sum(part.suspect_zeros for part in found),
        unchanged=sum(part.unchanged for part in found),
    )


def _rank_metric(series: Sequence[Series], as_of: date) -> Moves:
    metric = series[0].metric
    events = find_source_events(series)
    ragged, zeros = clean_levels(metric, stack(series))
    found = measure(metric, ragged)
    last, _ = ragged.last
    is_price = holds_until_changed(metric)
    is_stale = (last < 0) | (as_of.toordinal() - last > MAX_SERIES_AGE_DAYS)
    is_short = ~is_stale & np.isnan(found.growth)
    is_small = np.fmax(found.start_amount, found.end_amount) < MIN_BASE[metric.semantics]
    is_small &= ~is_stale & ~is_short
    is_explained = _explained(events, series, found) & ~(is_stale | is_short | is_small)
    listed = np.flatnonzero(~(is_stale | is_short | is_small | is_explained))
    q = np.full(len(series), np.nan)
    q[listed] = false_discovery(found.p[listed])
    moves = []
    for row in listed.tolist():
        growth, z, trend = found.growth_of(row), found.z_of(row), present(found.trend_of(row))
        if isinstance(growth, Absent):  # pragma: no cover - a row without growth is short
            continue
        one = without_suspect_zeros(series[row])[0] if zeros[row] else series[row]
        no_z = z.reason if isinstance(z, Absent) else None
        share = None if np.isnan(q[row]) else float(q[row])
        moves.append(Move(one, growth, present(z), no_z, trend, share))
    return Moves(
        tuple(moves),
        events,
        stale=0 if is_price else int(is_stale.sum()),
        small=int(is_small.sum()),
        short=int(is_short.sum()),
        in_event=int(is_explained.sum()),
        suspect_zeros=int(zeros.sum()),
        unchanged=int(is_stale.sum()) if is_price else 0,
    )


def _explained(events: Sequence[SourceEvent], series: Sequence[Series], found: Momentum) -> NDArray[np.bool_]:
    """Whether an event in which the series jumped lies in the window of its growth."""
    explained = np.zeros(len(series), dtype=bool)
    names = np.array([one.subject.name for one in series])
    for event in events:
        day = event.day.toordinal()
        is_inside = (found.start_day < day) & (day <= found.end_day)
        explained |= is_inside & np.isin(names, event.jumped)
    return explained


def _rank(move: Move) -> tuple[int, float, str, str]:
    names = (move.series.metric.name, move.series.subject.name)
    if move.z is None:
        return (1, -abs(move.pace), *names)
    return (0 if move.is_mover else ORDINARY, -abs(move.z), *names)
