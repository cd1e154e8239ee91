"""Progress of a collection: bars on a terminal, a line per source otherwise."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lunchwatch.cli.output import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from lunchwatch.collecting import Progress


class _BarProgress:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._new: dict[str, int] = {}

    def begin(self, collector: str, targets: int) -> None:
        self._tasks[collector] = self._bars.add_task(collector, total=targets, new=0)
        self._new[collector] = 0

    def advance(self, collector: str, written: int) -> None:
        self._new[collector] += written
        self._bars.update(self._tasks[collector], advance=1, new=self._new[collector])


class _LineProgress:
    """One line when a source begins and one when all its targets were looked at."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._new: dict[str, int] = {}
        self._lock = threading.Lock()

    def begin(self, collector: str, targets: int) -> None:
        self._open[collector], self._new[collector] = targets, 0
        say(f"{collector}: {targets} targets")

    def advance(self, collector: str, written: int) -> None:
        with self._lock:
            self._open[collector] -= 1
            self._new[collector] += written
            if self._open[collector] == 0:
                say(f"{collector}: all targets tried, {self._new[collector]} new")


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
        TextColumn("{task.fields[new]} new"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bars:
        yield _BarProgress(bars)
