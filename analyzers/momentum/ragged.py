"""Many irregular series in flat arrays, and what stands in them on given days.

The same rules as `alignment` has for one series: the last value at or before a day, only when it is fresh
enough; a zero after a positive level is suspect and left out; nothing is filled in.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from analyzers.momentum.panel import Column, Counts, Matrix
from store.records import Series

_ROW = 1 << 22
"""More than any day's ordinal: row and day in one sortable number."""


@dataclass(frozen=True)
class Ragged:
    """`days` (ordinals, ascending within a row) and `values` of all rows behind each other; row k is
    `starts[k]:starts[k + 1]`."""

    days: Counts
    values: Column
    starts: Counts

    @property
    def lengths(self) -> Counts:
        return np.diff(self.starts)

    @functools.cached_property
    def row_of(self) -> Counts:
        """The row of each value."""
        return np.repeat(np.arange(len(self.starts) - 1), self.lengths)

    @property
    def last(self) -> tuple[Counts, Column]:
        """Day and value of each row's last value; -1 and NaN for a row without any."""
        day = np.full(len(self.starts) - 1, -1, dtype=np.int64)
        value = np.full(len(self.starts) - 1, np.nan)
        filled = self.lengths > 0
        day[filled] = self.days[self.starts[1:][filled] - 1]
        value[filled] = self.values[self.starts[1:][filled] - 1]
        return day, value

    def at(self, rows: Counts, when: Counts, max_age_days: int | Counts) -> tuple[Counts, Matrix]:
        """For `rows[i]` the last values at or before each of `when[i]`, not older than `max_age_days`:
        their days (-1 without one) and the values (NaN without one), both shaped like `when`."""
        if not len(self.days):
            return np.full(when.shape, -1, dtype=np.int64), np.full(when.shape, np.nan)
        position = self._position(rows, when)
        found = np.maximum(position, 0)
        is_known = position >= self.starts[rows][:, None]
        is_known &= when - self.days[found] <= max_age_days
        return np.where(is_known, self.days[found], -1), np.where(is_known, self.values[found], np.nan)

    def sums(self, rows: Counts, start: Counts, end: Counts) -> tuple[Matrix, Counts]:
        """For `rows[i]` the sum over start < day ≤ end and the number of values in it, shaped like `end`."""
        total = np.concatenate([[0.0], np.cumsum(self.values)])
        first = np.maximum(self._position(rows, start) + 1, self.starts[rows][:, None])
        behind = np.maximum(self._position(rows, end) + 1, first)
        return total[behind] - total[first], behind - first

    @functools.cached_property
    def _keys(self) -> Counts:
        return self.row_of * _ROW + self.days

    def _position(self, rows: Counts, when: Counts) -> Counts:
        """Where the last value at or before `when` stands, if the row has one."""
        wanted = rows[:, None] * _ROW + np.clip(when, 0, _ROW - 1)
        position: Counts = np.searchsorted(self._keys, wanted, side="right") - 1
        return position


def stack(series: Sequence[Series]) -> Ragged:
    """The series as rows, in the given order."""
    lengths = [len(one.days) for one in series]
    total = sum(lengths)
    days = np.fromiter(map(date.toordinal, chain.from_iterable(s.days for s in series)), np.int64, total)
    values = np.fromiter(chain.from_iterable(s.values for s in series), np.float64, total)
    return Ragged(days, values, np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]))


def find_suspect_zeros(ragged: Ragged) -> NDArray[np.bool_]:
    """Which values are zeros after a positive one of their row: a level does not vanish, a source forgets."""
    zeros = np.flatnonzero(ragged.values == 0)
    suspect = np.zeros(len(ragged.values), dtype=bool)
    if len(zeros):
        positives = np.concatenate([[0], np.cumsum(ragged.values > 0)])
        row = np.searchsorted(ragged.starts, zeros, side="right") - 1
        suspect[zeros] = positives[zeros] > positives[ragged.starts[row]]
    return suspect


def keep(ragged: Ragged, wanted: NDArray[np.bool_]) -> Ragged:
    """The rows with their `wanted` values only."""
    if wanted.all():
        return ragged
    before = np.concatenate([[0], np.cumsum(wanted)])
    return Ragged(ragged.days[wanted], ragged.values[wanted], before[ragged.starts])


def typical_steps(ragged: Ragged) -> Counts:
    """Per row the median distance of neighbouring values in days, as whole weeks and at least one; 7 with
    fewer than two values. The natural grid of the row."""
    steps: Counts = np.maximum(7, 7 * np.round(median_gaps(ragged, ignored=10) / 7).astype(np.int64))
    return steps


def median_gaps(ragged: Ragged, ignored: int = 0) -> Counts:
    """Per row the (upper) median distance of neighbouring values in days, 1 with fewer than two.

    Rows without a gap above `ignored` days get 1 without a closer look, which saves sorting them.
    """
    median = np.ones(len(ragged.starts) - 1, dtype=np.int64)
    gap = ragged.days[1:] - ragged.days[:-1]
    later = np.flatnonzero(gap > max(ignored, 1)) + 1
    row = np.searchsorted(ragged.starts, later, side="right") - 1
    is_wide = np.zeros(len(median), dtype=bool)
    is_wide[row[ragged.starts[row] < later]] = True  # the first value of a row follows none of its own
    for wide in np.flatnonzero(is_wide):
        gaps = np.sort(gap[ragged.starts[wide] : ragged.starts[wide + 1] - 1])
        median[wide] = gaps[len(gaps) // 2]
    return median
