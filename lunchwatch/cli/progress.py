"""Progress of a collection: bars on a terminal, a line per source otherwise."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lunchwatch.cli.output import say
from lunchwatch.cli.wording import count_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from lunchwatch.collecting import Progress


class _BarProgress:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._new: dict[str, int] = {}
        self._postponed: dict[str, int] = {}

    def begin(self, collector: str, targets: int) -> None:
        if not targets:
            return
        self._tasks[collector] = self._bars.add_task(collector, total=targets, new=0, later="")
        self._new[collector] = self._postponed[collector] = 0

    def advance(self, collector: str, written: int, *, is_postponed: bool = False) -> None:
        self._new[collector] += written
        self._postponed[collector] += is_postponed
        later = f", {self._postponed[collector]} postponed" if self._postponed[collector] else ""
        self._bars.update(self._tasks[collector], advance=1, new=self._new[collector], later=later)


class _LineProgress:
    """One line when a source begins and one when all its targets were looked at; none for a source of which
    nothing is due."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._new: dict[str, int] = {}
        self._postponed: dict[str, int] = {}
        self._lock = threading.Lock()

    def begin(self, collector: str, targets: int) -> None:
        if not targets:
            return
        self._open[collector], self._new[collector], self._postponed[collector] = targets, 0, 0
        say(f"{collector}: {count_of(targets, 'target')}")

    def advance(self, collector: str, written: int, *, is_postponed: bool = False) -> None:
        with self._lock:
            self._open[collector] -= 1
            self._new[collector] += written
            self._postponed[collector] += is_postponed
            if self._open[collector] == 0:
                postponed = self._postponed[collector]
                later = f", {count_of(postponed, 'target')} postponed" if postponed else ""
                say(f"{collector}: {self._new[collector]:,} new{later}")


@contextmanager
def printing_progress() -> Iterator[Progress]:
    """Progress on stderr, fit for what stderr is."""
    if not sys.stderr.isatty():
        yield _LineProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[new]} new{task.fields[later]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bars:
        yield _BarProgress(bars)
