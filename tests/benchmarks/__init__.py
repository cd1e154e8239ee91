"""What things cost: one module per subject, printed as one table by `python -m tests.benchmarks [NAME…]`.

A benchmark module is any module of this folder but `__main__`. It has

    def run() -> Iterable[Row]

which measures, and yields a row as soon as it is known, so that a long run shows what it has. `ours` is
the project's own way, `other` the same work done in the obvious way with another library; both are
seconds, taken one after the other in the same process (`best_of`), because a ratio of two processes or
two days compares machines. What cannot be run in full is run on a sample, extrapolated, and says so in
`note`. A benchmark checks that both ways give the same answer before it times them: it raises
AssertionError when they do not. Rows without `other` are plain durations, with `target` seconds where
the project promises one.

Nothing here runs in the test suite: a time is no test. `make bench` runs all of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ours`, `other`, `target` in seconds; `peak_mb` is the most memory that our
    way had allocated at once, `target_mb` the most it may, in megabytes."""

    name: str
    ours: float
    other: float | None = None
    note: str = ""
    target: float | None = None
    peak_mb: float | None = None
    target_mb: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is; below 1 it is slower."""
        return None if self.other is None else self.other / self.ours

    @property
    def is_late(self) -> bool:
        """Whether it took longer than promised, or more memory."""
        is_slow = self.target is not None and self.ours > self.target
        is_large = self.target_mb is not None and (self.peak_mb or 0) > self.target_mb
        return is_slow or is_large


def best_of(work: Callable[[], T], repetitions: int = 3) -> tuple[float, T]:
    """The shortest of several runs, in seconds, and what the last one returned.

    The shortest, not the mean: everything else that a machine does only ever adds time.
    """
    if repetitions < 1:
        raise ValueError("at least one repetition")
    times: list[float] = []
    for _ in range(repetitions):
        started = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - started)
    return min(times), answer
