"""The child process that reads pages: parsing somebody's HTML is bounded in time and memory, and waiting for
it ends when we are asked to stop.

One child serves a whole process, one page at a time, and is started when the first page has changed. A page
that takes too long costs the child its life; the next page gets a new one.
"""

from __future__ import annotations

import atexit
import functools
import json
import threading

from collectors.child import Child, ChildLost, Patience, TooSlow
from collectors.policies.reading import Page
from collectors.text import clean_message
from store.errors import Interrupted, SourceChanged

MOST_SECONDS = 30.0
"""For one page. A usual one takes some hundredths; 3 MB of nothing but short paragraphs took 14."""

_MOST_ANSWER = 64_000_000
"""Bytes: a page of 3 MB of nothing but characters that JSON writes in six, with room to spare."""


class PageReader:
    """Reads pages in a child process. Thread-safe; `close` ends the child."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self.most_seconds = most_seconds
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._is_closing = False

    def read(self, body: bytes, content_type: str, stop: threading.Event) -> Page:
        """The page's title and text. Raises SourceChanged for one that cannot be read within bounds,
        Interrupted when asked to stop."""
        with self._lock:
            for is_last in (False, True):
                answer = self._ask(body, content_type, stop)
                if answer is not None:
                    break
                if self._is_closing:
                    raise Interrupted("stopped while reading a page")
                if is_last:
                    raise SourceChanged("body", "ends whoever reads it: too large or too deep")
        said: dict[str, str] = json.loads(answer or b"{}")
        if "error" in said:
            raise SourceChanged("body", f"cannot be read: {clean_message(said['error'])}")
        return Page(said["title"], said["text"])

    @property
    def pid(self) -> int | None:
        """The child's process id; None when there is none."""
        child = self._child
        return child.pid if child is not None else None

    def close(self) -> None:
        """End the child, whatever it is doing: a process that ends waits for no page."""
        self._is_closing = True
        child = self._child
        if child is not None:
            child.kill()
        with self._lock:
            self._end()
            self._is_closing = False

    def _ask(self, body: bytes, content_type: str, stop: threading.Event) -> bytes | None:
        """What the child says; None when it died."""
        if self._child is None or not self._child.is_alive:
            self._end()
            self._child = Child("collectors.policies.reading", "a page")
        child, patience = self._child, Patience(self.most_seconds, stop)
        answer: bytes | None = None
        try:
            child.send(json.dumps({"content_type": content_type}).encode(), patience)
            child.send(body, patience)
            answer = child.receive(_MOST_ANSWER, patience)
        except ChildLost:
            return None
        except TooSlow:
            raise SourceChanged("body", f"takes longer than {self.most_seconds:.0f} s to read") from None
        finally:
            if answer is None:
                self._end()
        return answer

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


@functools.cache
def page_reader() -> PageReader:
    """The reader of this process."""
    reader = PageReader()
    atexit.register(reader.close)
    return reader
