"""Lines of the data set as observations. Pure.

A zero after a positive count is a day on which nothing was counted or fetched, not a day without downloads:
it is left out. Days on which most repositories show such a zero are named (the Hub has had them; hub-docs
issue 154). A large count that repeats the day before's to the last digit is a stale copy and left out, as in
the bundled counters. Both are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from collectors.hub_history.columns import Columns
from collectors.parquet import Row, read_day
from store.records import Kind, Observation, SubjectRef

STALE_FROM = 1_000.0
"""From this size on a count does not repeat itself by chance."""

_SITE_WIDE = 0.5
_SITE_WIDE_FROM = 4
_NEXT = timedelta(days=1)


@dataclass(slots=True)
class Memory:
    """What is remembered from one portion to the next, as plain data in the state.

    `last`: by metric and repository the last day and value believed. `days`: by day how many suspect zeros
    and how many values there were. `zeros`, `stale`, `malformed`: what was left out."""

    last: dict[str, tuple[str, float]] = field(default_factory=dict)
    days: dict[str, list[int]] = field(default_factory=dict)
    zeros: int = 0
    stale: int = 0
    malformed: int = 0
    kept: int = 0

    @classmethod
    def read(cls, state: Mapping[str, object]) -> Memory:
        memory = cls()
        last, days = state.get("last"), state.get("days")
        if isinstance(last, Mapping):
            memory.last = {str(key): (str(value[0]), float(value[1])) for key, value in last.items()}
        if isinstance(days, Mapping):
            memory.days = {str(day): [int(count) for count in counts] for day, counts in days.items()}
        for name in ("zeros", "stale", "malformed", "kept"):
            count = state.get(name)
            setattr(memory, name, count if isinstance(count, int) else 0)
        return memory

    def write(self) -> dict[str, object]:
        return {
            "last": {key: [day, value] for key, (day, value) in self.last.items()},
            "days": {day: list(counts) for day, counts in self.days.items()},
            **{name: getattr(self, name) for name in ("zeros", "stale", "malformed", "kept")},
        }

    def describe(self) -> str:
        """What was left out, in words; empty when nothing was."""
        site_wide = sorted(
            day
            for day, (zeros, lines) in self.days.items()
            if zeros >= _SITE_WIDE_FROM and zeros > lines * _SITE_WIDE
        )
        told = [
            f"{self.malformed} malformed" if self.malformed else "",
            f"{self.zeros} zeros after positive counts left out" if self.zeros else "",
            f"nearly all zero on {', '.join(site_wide[:10])}" if site_wide else "",
            f"{self.stale} stale copies left out" if self.stale else "",
        ]
        return ", ".join(part for part in told if part)


@dataclass(slots=True)
class Read:
    """`steps`: by metric, pairs of values on days that follow each other."""

    observations: list[Observation] = field(default_factory=list)
    steps: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def read_rows(
    rows: Iterable[Row], columns: Columns, subjects: Mapping[str, SubjectRef], memory: Memory
) -> Read:
    """The observations of the lines about `subjects`, by what the file calls them; `memory` is moved on."""
    read = Read()
    for row in rows:
        key, day = str(row.get(columns.id)), read_day(row.get(columns.day))
        values = {metric: _read_count(row.get(column)) for metric, column in columns.counters.items()}
        if day is None or any(value is not None and value < 0 for value in values.values()):
            memory.malformed += 1
            continue
        for metric, value in values.items():
            if value is not None and _is_believed(metric, key, day, value, memory, read):
                known_at = datetime.combine(day, time(), UTC)
                read.observations.append(Observation(subjects[key], metric, day, value, known_at))
                memory.last[f"{metric} {key}"] = day.isoformat(), value
                memory.kept += 1
    return read


def _is_believed(metric: str, key: str, day: date, value: float, memory: Memory, read: Read) -> bool:
    told = memory.last.get(f"{metric} {key}")
    counts = memory.days.setdefault(day.isoformat(), [0, 0])
    counts[1] += 1
    if told is None:
        return True
    before_day, before = date.fromisoformat(told[0]), told[1]
    if value == 0 and before > 0:
        counts[0] += 1
        memory.zeros += 1
        return False
    if day - before_day == _NEXT:
        if value == before and value >= STALE_FROM:
            memory.stale += 1
            memory.last[f"{metric} {key}"] = day.isoformat(), value
            return False
        read.steps.setdefault(metric, []).append((before, value))
    return True


def _read_count(value: object) -> float | None:
    """None for a missing count; -1 for what is no count."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return -1.0
    return float(value)


def hub_subject(name: str, native_id: str | None = None) -> SubjectRef:
    return SubjectRef("hub", Kind.HUB_MODEL, name, native_id)
