"""Standard output and standard error that never end a command in the middle of its work.

A reader that leaves early, as `head` does, is nobody's error: what comes after is dropped. Any other
failure to write (a full disk, a closed stream) is remembered and ends the command with 1 once its work
is done. A character that the encoding does not know is written as a question mark.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Outlet(io.RawIOBase):
    """A descriptor to write to. `failure` is why it cannot be written to, where that is an error."""

    def __init__(self, descriptor: int, *, is_open: bool) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._is_open = is_open
        self._is_deaf = False
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, content: Buffer) -> int:
        size = memoryview(content).nbytes
        while not self._is_deaf:
            if not self._is_open:
                self._is_deaf = True
                self.failure = OSError(errno.EBADF, os.strerror(errno.EBADF))
                break
            try:
                return os.write(self._descriptor, content)
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except BrokenPipeError:
                self._is_deaf = True
            except OSError as error:
                self._is_deaf = True
                self.failure = error
        return size


@dataclass(frozen=True, slots=True)
class Streams:
    """The two outlets of this process."""

    out: Outlet
    err: Outlet

    def settle(self, code: int) -> int:
        """Write out what is left and return the exit code, which is 1 when a result was lost."""
        sys.stdout.flush()
        if self.out.failure is not None:
            sys.stderr.write(f"error: cannot write the result: {self.out.failure.strerror}\n")
        sys.stderr.flush()
        is_lost = self.out.failure is not None or self.err.failure is not None
        return code or int(is_lost)


def guard_streams() -> Streams:
    """Put guarded streams in the place of sys.stdout and sys.stderr, and an empty one for no stdin."""
    for number in (0, 1, 2):
        _fill(number)
    # the interpreter leaves None in the place of a stream that was closed when it started
    before: tuple[TextIO | None, ...] = (sys.stdin, sys.stdout, sys.stderr)
    if before[0] is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open as long as we run
    streams = Streams(Outlet(1, is_open=before[1] is not None), Outlet(2, is_open=before[2] is not None))
    sys.stdout = _open_text(streams.out, before[1])
    sys.stderr = _open_text(streams.err, before[2], is_by_line=True)
    return streams


def _fill(number: int) -> None:
    """Keep a closed descriptor from being given to the next file that is opened, a database even."""
    try:
        os.fstat(number)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)


def _open_text(outlet: Outlet, before: TextIO | None, *, is_by_line: bool = False) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=before.encoding if before is not None else "utf-8",
        errors="replace",
        line_buffering=is_by_line or outlet.isatty(),
    )
