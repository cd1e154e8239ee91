"""The parent's end of the process that decodes Parquet: requests, and the bytes it asks for in between.

A table has a child to itself while it is open. One that has read its file without complaint serves the next
table; one that has not, whatever the reason, is ended: a file that could not be read may have left traces.
"""

from __future__ import annotations

import atexit
import functools
import io
import threading
from typing import Protocol, TypeVar

import msgspec

from collectors.child import Child, ChildLost, Patience, TooSlow
from collectors.parquet import wire
from collectors.text import clean_text
from store.errors import SourceChanged

MOST_SECONDS = 60.0
"""For one answer, without the time that fetching the file's bytes takes. A usual one takes hundredths."""

_IDLE_SECONDS = 2.0
_MODULE = "collectors.parquet.decoding"

Asked = TypeVar("Asked", bound=wire.Answer)


class SeekableFile(Protocol):
    """What is read from: an open file, or one like it."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


class Decoder:
    """One child. `is_sound`: it may be given another file."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self.most_seconds = most_seconds
        self.is_sound = True
        self._is_lost = False
        self._child = Child(_MODULE, "a file")

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        return not self._is_lost and self._child.is_alive

    def ask(
        self, request: wire.Request, kind: type[Asked], file: SeekableFile, stop: threading.Event
    ) -> Asked | None:
        """The answer; None for End. Raises SourceChanged for what is wrong with the file, also when it ends
        or holds up the child, Interrupted when asked to stop, and what reading `file` raises."""
        if self._is_lost:
            raise SourceChanged("file", "ended whoever read it")
        try:
            answer = self._exchange(request, kind, file, Patience(self.most_seconds, stop))
        except (ChildLost, msgspec.MsgspecError) as error:
            self.end()
            how = clean_text(str(error), 100)
            raise SourceChanged("file", f"ends whoever reads it: damaged or too large ({how})") from None
        except TooSlow:
            self.end()
            raise SourceChanged("file", f"takes longer than {self.most_seconds:.0f} s to read") from None
        except BaseException:  # the child still waits for bytes that will not come
            self.end()
            raise
        if isinstance(answer, wire.Failed):
            self.is_sound = False
            raise SourceChanged(clean_text(answer.path, 200), clean_text(answer.problem, 300))
        return answer if isinstance(answer, kind) else None

    def let_go(self) -> None:
        """Of the file, if there is one. A child that does not answer is ended."""
        patience = Patience(_IDLE_SECONDS, threading.Event())
        try:
            self._exchange(wire.Close(), wire.End, io.BytesIO(), patience)
        except (ChildLost, TooSlow, msgspec.MsgspecError):
            self.end()

    def end(self) -> None:
        self.is_sound = False
        if not self._is_lost:
            self._is_lost = True
            self._child.end()

    def _exchange(
        self, request: wire.Request, kind: type[Asked], file: SeekableFile, patience: Patience
    ) -> Asked | wire.End | wire.Failed:
        self._child.send(wire.encode(request), patience)
        while True:
            answer = wire.decode_answer(self._child.receive(wire.MOST_MESSAGE, patience))
            if isinstance(answer, kind | wire.End | wire.Failed):
                return answer
            if not isinstance(answer, wire.Want):
                raise ChildLost(f"an answer of type {type(answer).__name__}")
            file.seek(answer.start)
            self._child.send(file.read(answer.length), patience)


class Decoders:
    """Who has children for tables. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: Decoder | None = None

    def take(self) -> Decoder:
        with self._lock:
            decoder, self._idle = self._idle, None
        if decoder is not None:
            decoder.let_go()  # to see whether it is still there
            if decoder.is_sound:
                return decoder
        return Decoder()

    def give_back(self, decoder: Decoder) -> None:
        """One is kept for the next table."""
        if decoder.is_sound:
            decoder.let_go()
        if decoder.is_sound:
            with self._lock:
                if self._idle is None:
                    self._idle = decoder
                    return
        decoder.end()

    def close(self) -> None:
        with self._lock:
            decoder, self._idle = self._idle, None
        if decoder is not None:
            decoder.end()


@functools.cache
def decoders() -> Decoders:
    """Those of this process."""
    made = Decoders()
    atexit.register(made.close)
    return made
