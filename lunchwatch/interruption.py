"""Being asked to stop: signals set an event, and whoever works looks at it.

Commands that do not look are interrupted where they stand; what they write is written as a whole or not
at all.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from store.errors import Interrupted

R = TypeVar("R")

_POLL_SECONDS = 0.1
_NOTHING_YET = "stopped before anything was collected"


def end_on_sigterm() -> None:
    """From now on SIGTERM ends the command the way Ctrl-C does: by KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; a second one ends the process the ordinary way.

    Enter it before anything else, so that no moment is left in which work is broken off.
    """
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def go_on_unless(stop: threading.Event) -> None:
    """Raise Interrupted when we were asked to stop; call it between two steps of preparation."""
    if stop.is_set():
        raise Interrupted(_NOTHING_YET)


def do_unless_stopped(
    do: Callable[[], R],
    stop: threading.Event | None,
    *,
    grace: float = 0.5,
    longest: float | None = None,
    left_behind: str = _NOTHING_YET,
) -> R:
    """Do something in a thread of its own, which is left behind when it goes on for more than `grace` seconds
    after a stop request, or for more than `longest` seconds in all.

    For what waits where nothing interrupts it: for a lock inside a database's driver, for a server, for code
    that is somebody else's. Raises what `do` raises, whatever it is; Interrupted(`left_behind`) or
    TimeoutError when it was left.
    """
    results: list[R] = []
    failures: list[BaseException] = []
    is_done = threading.Event()

    def run() -> None:
        try:
            results.append(do())
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that asked
            failures.append(error)
        finally:
            is_done.set()

    began_at, stopped_at = time.monotonic(), None
    threading.Thread(target=run, name="bounded", daemon=True).start()
    while not is_done.wait(_POLL_SECONDS):
        now = time.monotonic()
        if stop is not None and stop.is_set():
            stopped_at = stopped_at or now
            if now - stopped_at > grace:
                raise Interrupted(left_behind)
        if longest is not None and now - began_at > longest:
            raise TimeoutError(f"did not end within {longest:g} seconds")
    if failures:
        raise failures[0]
    return results[0]
