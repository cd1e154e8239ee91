"""Being asked to stop: signals set an event, and whoever works looks at it.

Commands that do not look are interrupted where they stand; what they write is written as a whole or not
at all.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from store.errors import Interrupted


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
        raise Interrupted("stopped before anything was collected")
