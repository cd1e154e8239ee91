"""Growth of single series, what moved more than usual, and days on which a whole source moved.

Methodology 3: a jump of many series on one day is one event of their source, not news about each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analyzers.absence import Absent
from analyzers.alignment import AsOf, align, typical_step_days, value_at, without_suspect_zeros
from analyzers.semantics import require_window
from analyzers.trend import robust_z, theil_sen
from store.errors import Refused
from store.records import Semantics, Series

Z90 = 1.6448536269514722
MOVER_Z = 3.5
HISTORY_WEEKS = 26
MAX_SERIES_AGE_DAYS = 7 * HISTORY_WEEKS
MAX_WINDOW_DAYS = 400
MIN_NOISE_VALUES = 6
MAX_MOVERS = 10
MIN_MOVERS = 5
ORDINARY = 2
LEVEL_WINDOW_DAYS = 28
MIN_BASE = {Semantics.ROLLING: 10_000.0, Semantics.INSTANT: 1_000.0}
"""Below these levels a growth rate is noise: downloads in 30 days, and stars."""

EVENT_JUMP = 0.4
EVENT_SHARE = 0.3
EVENT_MIN_SERIES = 10
EVENT_MAX_GAP_DAYS = 21


@dataclass(frozen=True, slots=True)
class Growth:
    """Natural-log ratio between two levels, with a 90 % interval or the reason why there is none."""

    value: float
    low: float | None
    high: float | None
    no_interval_because: str | None
    start: AsOf
    end: AsOf

    @property
    def window_days(self) -> int:
        return (self.end.day - self.start.day).days


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A day on which many series of one metric jumped the same way: a purge, an outage, a recount."""

    metric: str
    day: date
    series: int
    jumped: tuple[str, ...]
    is_upward: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A series with its growth and how unusual that is for itself."""

    series: Series
    growth: Growth
    z: float | None
    no_z_because: str | None

    @property
    def pace(self) -> float:
        """Growth per 30 days, so that windows of different length can be ranked."""
        return self.growth.value * 30 / self.growth.window_days


@dataclass(frozen=True, slots=True)
class Moves:
    """Ranked moves, and why other series are not among them."""

    moves: tuple[Move, ...]
    events: tuple[SourceEvent, ...]
    stale: int
    small: int
    short: int
    in_event: int

    @property
    def top(self) -> tuple[Move, ...]:
        """The ones a report lists: all that moved unusually or cannot be judged, up to ten; where these
        are fewer than five, the least usual of the others fill up."""
        unusual = sum(_rank(move)[0] < ORDINARY for move in self.moves)
        return self.moves[: min(MAX_MOVERS, max(MIN_MOVERS, unusual))]

    def recent_events(self, as_of: date) -> tuple[SourceEvent, ...]:
        """Source events of the last 26 weeks, by day."""
        recent = [event for event in self.events if (as_of - event.day).days <= MAX_SERIES_AGE_DAYS]
        return tuple(sorted(recent, key=lambda event: (event.day, event.metric, event.is_upward)))


def target_window(series: Series) -> int:
    """Days over which a level is compared: a rolling counter's own window, four weeks otherwise."""
    return series.metric.window_days or LEVEL_WINDOW_DAYS


def find_growth(series: Series, window_days: int) -> Growth | Absent:
    """Growth from the last level at least `window_days` before the newest one, to the newest one.

    Difference of log1p levels. The window may come out longer than asked (history with a hole), up to
    400 days; its real length is part of the answer. The interval adds the series' own noise round its
    Theil–Sen trend (both ends) to Poisson counting noise. Raises Refused for metrics whose levels are
    not comparable (flows, scores), and for a rolling counter inside its own window.
    """
    metric = series.metric
    if metric.semantics not in MIN_BASE:
        raise Refused(f"{metric.name} has no level to compare ({metric.semantics.value})")
    require_window(metric, window_days)
    if len(series.days) < 2:
        return Absent("fewer than two values")
    end = AsOf(series.days[-1], series.values[-1])
    start = value_at(series, end.day - timedelta(days=window_days), MAX_WINDOW_DAYS - window_days)
    if isinstance(start, Absent):
        return Absent(f"no value {window_days} to {MAX_WINDOW_DAYS} days before {end.day.isoformat()}")
    value = math.log1p(end.value) - math.log1p(start.value)
    noise = _own_noise(series)
    if isinstance(noise, Absent):
        return Growth(value, None, None, noise.reason, start, end)
    if metric.semantics is Semantics.ROLLING:
        counting = 1 / (start.value + 1) + 1 / (end.value + 1)
    else:
        counting = abs(end.value - start.value) / (end.value + 1) ** 2
    half = Z90 * math.sqrt(2 * noise**2 + counting)
    return Growth(value, value - half, value + half, None, start, end)


def _own_noise(series: Series) -> float | Absent:
    """Robust standard deviation of log1p levels round their own trend over the last 26 weeks."""
    since = series.days[-1] - timedelta(weeks=HISTORY_WEEKS)
    recent = [(d, math.log1p(v)) for d, v in zip(series.days, series.values, strict=True) if d >= since]
    if len(recent) < MIN_NOISE_VALUES:
        return Absent(f"{len(recent)} values in 26 weeks; the interval needs {MIN_NOISE_VALUES}")
    slope = theil_sen([d for d, _ in recent], [v for _, v in recent])
    if isinstance(slope, Absent):
        return slope
    days = np.array([d.toordinal() for d, _ in recent], dtype=float)
    rest = np.array([v for _, v in recent]) - slope.value * (days - days[0]) / slope.per_days
    return 1.4826 * float(np.median(np.abs(rest - np.median(rest))))


def find_z(series: Series, growth: Growth, window_days: int) -> float | Absent:
    """Robust z of the growth against the series' own growths over the last 26 weeks, on its own grid."""
    if growth.window_days > 1.5 * window_days:
        return Absent(f"the window is {growth.window_days} days long, not {window_days}")
    step = typical_step_days(series)
    count = HISTORY_WEEKS * 7 // step
    ends = [growth.end.day - timedelta(days=step * k) for k in range(count, 0, -1)]
    starts = [day - timedelta(days=window_days) for day in ends]
    max_age = step
    pairs = zip(align(series, starts, max_age), align(series, ends, max_age), strict=True)
    history = [math.log1p(b) - math.log1p(a) for a, b in pairs if a is not None and b is not None]
    return robust_z(growth.value, history)


def find_source_events(series: Iterable[Series]) -> tuple[SourceEvent, ...]:
    """Days on which at least 30 % of ten or more series of one metric jumped the same way by more than
    0.4 on the log scale (about half as much again) since their value before."""
    steps: dict[tuple[str, date], list[tuple[str, float]]] = {}
    for one in series:
        for k in range(1, len(one.days)):
            if (one.days[k] - one.days[k - 1]).days <= EVENT_MAX_GAP_DAYS:
                change = math.log1p(max(one.values[k], 0)) - math.log1p(max(one.values[k - 1], 0))
                steps.setdefault((one.metric.name, one.days[k]), []).append((one.subject.name, change))
    events: list[SourceEvent] = []
    for (metric, day), changes in sorted(steps.items()):
        for is_upward in (True, False):
            jumped = sorted(n for n, c in changes if abs(c) > EVENT_JUMP and (c > 0) == is_upward)
            if len(changes) >= EVENT_MIN_SERIES and len(jumped) >= EVENT_SHARE * len(changes):
                events.append(SourceEvent(metric, day, len(changes), tuple(jumped), is_upward))
    return tuple(events)


def find_moves(series: Sequence[Series], as_of: date) -> Moves:
    """What moved, most unusual first: |z| above 3.5, then series without a z by pace, then the rest.

    Left out and counted: series that ended more than 26 weeks before `as_of`, levels below the minimum
    base, series too short for a window, and series whose move is one of a source event.
    """
    events = find_source_events(series)
    moves: list[Move] = []
    stale = small = short = in_event = 0
    for raw in series:
        one, _ = without_suspect_zeros(raw)
        if not one.days or (as_of - one.days[-1]).days > MAX_SERIES_AGE_DAYS:
            stale += 1
            continue
        window = target_window(one)
        growth = find_growth(one, window)
        if isinstance(growth, Absent):
            short += 1
            continue
        if max(growth.start.value, growth.end.value) < MIN_BASE[one.metric.semantics]:
            small += 1
            continue
        if any(_explains(event, one, growth) for event in events):
            in_event += 1
            continue
        z = find_z(one, growth, window)
        moves.append(
            Move(one, growth, None, z.reason) if isinstance(z, Absent) else Move(one, growth, z, None)
        )
    moves.sort(key=_rank)
    return Moves(tuple(moves), events, stale, small, short, in_event)


def _explains(event: SourceEvent, series: Series, growth: Growth) -> bool:
    return (
        event.metric == series.metric.name
        and growth.start.day < event.day <= growth.end.day
        and series.subject.name in event.jumped
    )


def _rank(move: Move) -> tuple[int, float, str, str]:
    names = (move.series.metric.name, move.series.subject.name)
    if move.z is None:
        return (1, -abs(move.pace), *names)
    return (0 if abs(move.z) > MOVER_Z else ORDINARY, -abs(move.z), *names)
