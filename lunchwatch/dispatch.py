"""Handing out work to threads: several hosts at a time, one piece of work per host, nothing waits for a lock.

A host that is slow occupies one thread, never more, however much there is to do at it. Work is handed out
only when a thread is free, so that nothing piles up. Threads are left behind, not waited for, when they do
not end in time after a stop request: a long computation cannot be interrupted from outside, and its process
is about to end.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

W = TypeVar("W")
R = TypeVar("R")

POLL_SECONDS = 0.2
GRACE_SECONDS = 2.0
"""How long threads get to end after a stop request. What they have saved is saved."""


@dataclass(frozen=True, slots=True)
class Finished(Generic[W, R]):
    """How one piece of work ended: with a result, or with what it raised."""

    work: W
    result: R | None = None
    error: BaseException | None = None


def run_by_host(
    pieces: Sequence[tuple[str, W]],
    do: Callable[[W], R],
    *,
    workers: int,
    stop: threading.Event,
    idle: Callable[[], object],
) -> Generator[Finished[W, R], None, None]:
    """Do every piece of work, named with its host, and yield how each ended, as it ends.

    Of a host one piece at a time, in order. After a stop request nothing is begun any more; closing the
    iterator has the same effect. `idle` is called again and again while nothing has ended.
    """
    lines: dict[str, deque[W]] = {}
    for host, work in pieces:
        lines.setdefault(host, deque()).append(work)
    crew = _Crew(do, min(workers, len(lines)))
    stopped_at: float | None = None
    try:
        while lines or crew.busy:
            if stop.is_set():
                lines.clear()
                stopped_at = stopped_at or time.monotonic()
                if time.monotonic() - stopped_at > GRACE_SECONDS:
                    return
            for host in [host for host in lines if host not in crew.busy][: crew.free]:
                crew.begin(host, lines[host].popleft())
                if not lines[host]:
                    del lines[host]
            ended = crew.wait(POLL_SECONDS)
            if ended is None:
                idle()
                continue
            host, finished = ended
            if host in lines:
                lines[host] = lines.pop(host)  # to the end: hosts take turns when there are more than threads
            yield finished
    finally:
        crew.dismiss()


class _Crew(Generic[W, R]):
    """Threads that wait for work. `busy`: the hosts that are worked on."""

    def __init__(self, do: Callable[[W], R], size: int) -> None:
        self._do = do
        self._size = size
        self._todo: SimpleQueue[tuple[str, W] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[str, Finished[W, R]]] = SimpleQueue()
        self.busy: set[str] = set()
        for number in range(size):
            threading.Thread(target=self._work, name=f"collect-{number}", daemon=True).start()

    @property
    def free(self) -> int:
        return self._size - len(self.busy)

    def begin(self, host: str, work: W) -> None:
        self.busy.add(host)
        self._todo.put((host, work))

    def wait(self, seconds: float) -> tuple[str, Finished[W, R]] | None:
        try:
            host, finished = self._done.get(timeout=seconds)
        except Empty:
            return None
        self.busy.discard(host)
        return host, finished

    def dismiss(self) -> None:
        for _ in range(self._size):
            self._todo.put(None)

    def _work(self) -> None:
        while (piece := self._todo.get()) is not None:
            host, work = piece
            finished: Finished[W, R]
            try:
                finished = Finished(work, self._do(work))
            except BaseException as error:  # noqa: BLE001 - handed to whoever leads, and raised there
                finished = Finished(work, error=error)
            self._done.put((host, finished))
            del piece, work, finished  # a thread that waits for work keeps nothing of the last one
