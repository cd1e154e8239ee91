"""Days on which a whole source moved: a jump of many series on one day is one event of their source (a
purge, an outage, a recount), not news about each of them (methodology 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzers.momentum.panel import Column, Counts
from analyzers.momentum.ragged import Ragged, stack
from store.records import Semantics, Series

EVENT_JUMP = 0.4
EVENT_SHARE = 0.3
EVENT_MIN_SERIES = 10
EVENT_MAX_GAP_DAYS = 21


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A day on which many series of one metric jumped the same way: a purge, an outage, a recount."""

    metric: str
    day: date
    series: int
    jumped: tuple[str, ...]
    is_upward: bool


def find_source_events(series: Iterable[Series]) -> tuple[SourceEvent, ...]:
    """Days on which at least 30 % of ten or more series of one metric jumped the same way by more than
    0.4 on the log scale (about half as much again) since their value before, at most 21 days earlier.

    Only levels have such days: a quiet day of a count per period is no jump of its source.
    """
    by_metric: dict[str, list[Series]] = {}
    for one in series:
        by_metric.setdefault(one.metric.name, []).append(one)
    events: list[SourceEvent] = []
    for metric, members in sorted(by_metric.items()):
        if members[0].metric.semantics in (Semantics.PER_PERIOD, Semantics.RETAINED):
            continue
        events += _find_events(metric, members, stack(members))
    return tuple(events)


def _find_events(metric: str, members: Sequence[Series], ragged: Ragged) -> list[SourceEvent]:
    day, row, change = _steps(ragged)
    days, index = np.unique(day, return_inverse=True)
    count = np.bincount(index, minlength=len(days))
    found = []
    for is_upward, jumped in ((True, change > EVENT_JUMP), (False, change < -EVENT_JUMP)):
        share = np.bincount(index[jumped], minlength=len(days))
        is_event = (count >= EVENT_MIN_SERIES) & (share >= EVENT_SHARE * count)
        for k in np.flatnonzero(is_event):
            names = sorted(members[r].subject.name for r in row[jumped & (index == k)])
            event_day = date.fromordinal(int(days[k]))
            found.append(SourceEvent(metric, event_day, int(count[k]), tuple(names), is_upward))
    return sorted(found, key=lambda event: (event.day, not event.is_upward))


def _steps(ragged: Ragged) -> tuple[Counts, Counts, Column]:
    """Each value that follows another of its row within three weeks: day, row, and change of log1p."""
    row = ragged.row_of
    later = np.flatnonzero(row[1:] == row[:-1]) + 1
    later = later[ragged.days[later] - ragged.days[later - 1] <= EVENT_MAX_GAP_DAYS]
    logs = np.log1p(np.maximum(ragged.values, 0))
    return ragged.days[later], row[later], logs[later] - logs[later - 1]
