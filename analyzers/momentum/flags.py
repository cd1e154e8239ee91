"""What to distrust in a series: gaps, suspect zeros, source events, revisions, bundled values, and months
that look like a star campaign. A flag, not a verdict; flagged values stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, takewhile

import numpy as np

from analyzers.absence import Absent
from analyzers.momentum.alignment import LEVELS, align, value_at
from analyzers.momentum.semantics import FLOWS, FRESH_DAYS, holds_until_changed
from analyzers.momentum.source_events import SourceEvent
from store.records import Basis, Semantics, Series

MONTH_DAYS = 28
GIVEN_UNITS = ("stars", "likes")
"""Counters that accounts move one by one, and that can therefore be bought."""

BURST_MIN = 50.0
"""Gain of a month below which a burst is chance."""

BURST_FACTOR = 3.0
BURST_Z = 3.5
MAD_TO_SIGMA = 1.4826
YEAR_MONTHS = 13
MIN_MONTHS = 6
DECAY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Flag:
    """`name`: gap, stale, unchanged, suspect_zero, source_event, campaign_like, revised, bundled, small_base,
    small_values or total. `text` says what was found; `first` and `last` where."""

    name: str
    text: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Burst:
    """A month with a gain far above the months round it, and what came after: decay or purge."""

    start: date
    end: date
    gain: float
    usual: float
    gain_after: float

    @property
    def is_purged(self) -> bool:
        return self.gain_after < 0


def find_flags(
    raw: Series, events: Sequence[SourceEvent], *, as_of: date, since: date, step_days: int
) -> tuple[Flag, ...]:
    """Everything to distrust in the series from `since` on; `raw` still has its suspect zeros, `step_days`
    is how far apart its values usually are."""
    return tuple(
        flag
        for flag in (
            _stale(raw, as_of),
            *_gaps(raw, since, step_days),
            _zeros(raw, since),
            *(_event(event, raw) for event in events if since <= event.day <= as_of),
            *(_campaign(burst, raw) for burst in find_bursts(raw) if burst.end >= since),
            _revised(raw, since),
            _bundled(raw, since),
            _total(raw),
        )
        if flag is not None
    )


def find_bursts(series: Series) -> tuple[Burst, ...]:
    """Campaign-like months of a counter of stars or likes: 28 days whose gain is at least 50, three times
    the median and 3.5 robust deviations above the months of a year round it, and after which the gain
    falls below a quarter of the excess (decay) or below zero (purge).

    Counts alone cannot tell bought stars from a viral day: StarScout (arXiv 2412.13459) needs accounts.
    """
    if series.metric.unit not in GIVEN_UNITS or len(series.days) < 2:
        return ()
    ends, gains = _monthly_gains(series)
    bursts = []
    for k in range(len(gains) - 1):
        gain, after = gains[k], gains[k + 1]
        near = [g for g in _around(gains, k) if not np.isnan(g)]
        if np.isnan(gain) or np.isnan(after) or gain < BURST_MIN or len(near) < MIN_MONTHS:
            continue
        usual = float(np.median(near))
        spread = MAD_TO_SIGMA * float(np.median(np.abs(np.array(near) - usual)))
        is_burst = gain >= BURST_FACTOR * max(usual, 1.0) and gain - usual > BURST_Z * spread
        if is_burst and (after < 0 or after - usual <= DECAY_SHARE * (gain - usual)):
            bursts.append(Burst(ends[k] - timedelta(days=MONTH_DAYS), ends[k], gain, usual, after))
    return tuple(bursts)


def _monthly_gains(series: Series) -> tuple[list[date], list[float]]:
    """Gains of the 28-day months that end on the last day, NaN where the series does not know them."""
    count = (series.days[-1] - series.days[0]).days // MONTH_DAYS + 1
    ends = [series.days[-1] - timedelta(days=MONTH_DAYS * k) for k in range(count - 1, -1, -1)]
    if series.metric.semantics in FLOWS:
        sums = [
            [
                v
                for d, v in zip(series.days, series.values, strict=True)
                if end - timedelta(MONTH_DAYS) < d <= end
            ]
            for end in ends
        ]
        return ends, [float(np.sum(part)) if part else float("nan") for part in sums]
    levels = [float("nan") if v is None else v for v in align(series, ends, FRESH_DAYS)]
    return ends[1:], [later - earlier for earlier, later in pairwise(levels)]


def _around(gains: Sequence[float], k: int) -> list[float]:
    """The months within half a year before and after, without the month itself and the one behind it."""
    half = YEAR_MONTHS // 2
    return [*gains[max(0, k - half) : k], *gains[k + 2 : k + 2 + half]]


def _stale(series: Series, as_of: date) -> Flag | None:
    fresh = value_at(series, as_of, FRESH_DAYS)
    if not isinstance(fresh, Absent):
        return None
    last = series.days[-1]
    if holds_until_changed(series.metric):
        return _unchanged(series)
    return Flag("stale", f"the last value is {(as_of - last).days} days old", last, as_of)


def _unchanged(series: Series) -> Flag:
    """A price's flag in the place of `stale`: since when it has been what it is."""
    days = zip(series.days[::-1], series.values[::-1], strict=True)
    since = [day for day, _ in takewhile(lambda known: known[1] == series.values[-1], days)][-1]
    return Flag("unchanged", f"unchanged since {since.isoformat()}: a price holds until it changes", since)


def _gaps(series: Series, since: date, step_days: int) -> list[Flag]:
    """Holes more than half as long again as the series' usual step, and longer than a week and a half. A
    price is known between its changes, but its trend stands on the weeks of its changes."""
    what = "unchanged" if holds_until_changed(series.metric) else "no value"
    return [
        Flag("gap", f"{what} for {(later - earlier).days} days; the weeks between stay empty", earlier, later)
        for earlier, later in pairwise(series.days)
        if later > since and (later - earlier).days > 1.5 * step_days
    ]


def _zeros(series: Series, since: date) -> Flag | None:
    if series.metric.semantics not in LEVELS:
        return None
    seen_positive, zeros = False, []
    for day, value in zip(series.days, series.values, strict=True):
        if value == 0 and seen_positive and day >= since:
            zeros.append(day)
        seen_positive = seen_positive or value > 0
    if not zeros:
        return None
    some = "a zero" if len(zeros) == 1 else f"{len(zeros)} zeros"
    return Flag("suspect_zero", f"{some} after a positive value, taken for no value", zeros[0], zeros[-1])


def _event(event: SourceEvent, series: Series) -> Flag | None:
    if event.metric != series.metric.name:
        return None
    way = "up" if event.is_upward else "down"
    among = "this one among them" if series.subject.name in event.jumped else "not this one"
    text = f"{len(event.jumped)} of {event.series} series jumped {way} on one day, {among}"
    return Flag("source_event", text, event.day, event.day)


def _campaign(burst: Burst, series: Series) -> Flag:
    after = "and some were taken away after" if burst.is_purged else "and it fell back after"
    text = (
        f"{burst.gain:,.0f} {series.metric.unit} in 28 days where {burst.usual:,.0f} are usual, {after}:"
        " looks like a campaign or a viral day (a flag, not a verdict)"
    )
    return Flag("campaign_like", text, burst.start, burst.end)


def _revised(series: Series, since: date) -> Flag | None:
    if series.metric.semantics is not Semantics.CUMULATIVE:
        return None
    falls = [
        day
        for day, before, after in zip(series.days[1:], series.values, series.values[1:], strict=False)
        if 0 < after < before and day >= since
    ]
    if not falls:
        return None
    return Flag(
        "revised",
        f"the total was revised downward {len(falls)} time{'s' * (len(falls) > 1)}",
        falls[0],
        falls[-1],
    )


def _bundled(series: Series, since: date) -> Flag | None:
    told = [t for day, t in zip(series.days, series.told, strict=True) if day >= since]
    bundled = sum(t.basis is Basis.BUNDLED for t in told)
    if not bundled:
        return None
    whole = "all" if bundled == len(told) else f"{bundled} of {len(told)}"
    return Flag("bundled", f"{whole} values came bundled, not observed here")


def _total(series: Series) -> Flag | None:
    if series.metric.semantics is not Semantics.CUMULATIVE:
        return None
    return Flag("total", "a total rises by itself: read its growth, which compares flows, not its slope")
