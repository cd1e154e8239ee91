"""A child process that does what input from outside may make crash, hang or swell: parsing HTML, Parquet.

Parent and child exchange messages over the child's stdin and stdout: four bytes of length, most significant
first, and that many bytes. A child is not trusted: its messages are bounded, and whoever decodes them must
take them as data, never as code. It ends by itself as soon as its parent is gone, however that ended.

    parent   Child, Patience
    child    begin_child first of all, then read_message and write_message until there is no more
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from typing import BinaryIO

from store.errors import Interrupted

_LOOK = 0.1  # seconds between two looks at the stop event
_CHUNK = 1 << 20
_LENGTH = struct.Struct(">I")
_END_SECONDS = 1.0


class ChildLost(Exception):
    """The child has ended, or does not keep to what was agreed. Says how, in words."""


class TooSlow(Exception):
    """The child takes longer than we are ready to wait."""


class Patience:
    """How long a child may still take, in seconds, and the event that ends any wait for it. Only waiting is
    counted, not what we do between two messages."""

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        self.left = seconds
        self.stop = stop


class Child:
    """A running child. `reading`: what it does that for, as in "stopped while reading a page".

    Used by one thread at a time, but for `kill`. After any exception it is of no more use: `end` it."""

    def __init__(self, module: str, reading: str) -> None:
        self._reading = reading
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the child process has no pipes")
        self._to, self._from = self._process.stdin, self._process.stdout
        for pipe in (self._to, self._from):
            os.set_blocking(pipe.fileno(), False)
            if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux: fewer changes between the two
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _CHUNK)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, message: bytes, patience: Patience) -> None:
        """Raises ChildLost, TooSlow, Interrupted."""
        self._check(patience)
        for part in (_LENGTH.pack(len(message)), message):
            left = memoryview(part)
            while left:
                try:
                    left = left[os.write(self._to.fileno(), left[:_CHUNK]) :]
                except BlockingIOError:
                    self._wait(self._to.fileno(), selectors.EVENT_WRITE, patience)
                except BrokenPipeError:
                    raise self._lost(patience) from None

    def receive(self, most_bytes: int, patience: Patience) -> bytes:
        """The child's next message. Raises ChildLost, also for one of more than `most_bytes`, TooSlow,
        Interrupted."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, patience))
        if length > most_bytes:
            raise ChildLost(f"a message of {length:,} bytes")
        return self._read(length, patience)

    def kill(self) -> None:
        """From any thread: whoever waits for it finds it lost."""
        self._process.kill()

    def end(self) -> None:
        """Whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._to.close()
        self._from.close()

    def _read(self, length: int, patience: Patience) -> bytes:
        self._check(patience)
        read = bytearray()
        while len(read) < length:
            try:
                part = os.read(self._from.fileno(), min(length - len(read), _CHUNK))
            except BlockingIOError:
                self._wait(self._from.fileno(), selectors.EVENT_READ, patience)
                continue
            if not part:
                raise self._lost(patience)
            read += part
        return bytes(read)

    def _wait(self, descriptor: int, event: int, patience: Patience) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            while True:
                self._check(patience)
                began = time.monotonic()
                is_ready = selector.select(min(_LOOK, patience.left))
                patience.left -= time.monotonic() - began
                if is_ready:
                    return

    def _check(self, patience: Patience) -> None:
        if patience.stop.is_set():
            raise Interrupted(f"stopped while reading {self._reading}")
        if patience.left <= 0:
            raise TooSlow

    def _lost(self, patience: Patience) -> ChildLost | Interrupted:
        if patience.stop.is_set():  # what stops us may have ended the child too
            return Interrupted(f"stopped while reading {self._reading}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        code = self._process.returncode
        if code is None:
            return ChildLost("it says no more")
        return ChildLost(signal.Signals(-code).name if code < 0 else f"exit code {code}")


def begin_child(most_memory: int) -> tuple[BinaryIO, BinaryIO]:
    """To be called by a child before all else: where messages come from and where answers go.

    `most_memory`: bytes of address space. Signals that end a whole group of processes are left to the parent,
    with which the child ends; crashing leaves no core file."""
    import resource

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    return sys.stdin.buffer, sys.stdout.buffer


def read_message(source: BinaryIO) -> bytes | None:
    """None when there are no more."""
    header = source.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    message = source.read(length)
    return message if len(message) == length else None


def write_message(sink: BinaryIO, message: bytes) -> None:
    sink.write(_LENGTH.pack(len(message)))
    sink.write(message)
    sink.flush()


def _end_with_parent() -> None:
    """A parent that is gone has let go of our stdin; we may be in the middle of something endless."""
    import select

    poll = select.poll()
    poll.register(sys.stdin.fileno(), 0)  # tells of its end only
    poll.poll()
    os._exit(0)
