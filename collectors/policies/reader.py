"""The child process that reads pages: parsing somebody's HTML is bounded in time and memory, and waiting for
it ends when we are asked to stop.

One child serves a whole process, one page at a time, and is started when the first page has changed. A page
that takes too long costs the child its life; the next page gets a new one. It ends by itself when its parent
is gone, however that ended.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import selectors
import subprocess
import sys
import threading
import time

from collectors.policies.reading import Page
from collectors.text import clean_message
from store.errors import Interrupted, SourceChanged

MOST_SECONDS = 30.0
"""For one page. A usual one takes some hundredths; 3 MB of nothing but short paragraphs took 14."""

_LOOK = 0.1  # seconds between two looks at the stop event
_CHUNK = 1 << 20


class PageReader:
    """Reads pages in a child process. Thread-safe; `close` ends the child."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self.most_seconds = most_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_closing = False

    def read(self, body: bytes, content_type: str, stop: threading.Event) -> Page:
        """The page's title and text. Raises SourceChanged for one that cannot be read within bounds,
        Interrupted when asked to stop."""
        with self._lock:
            for is_last in (False, True):
                answer = self._ask(body, content_type, stop)
                if answer is not None:
                    break
                self._end()
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
        return self._child.pid if self._child is not None else None

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
        """One line of the child; None when it died."""
        child = self._child if self._child is not None and self._child.poll() is None else self._start()
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the reading process has no pipes")
        header = json.dumps({"content_type": content_type, "length": len(body)}).encode()
        try:
            child.stdin.write(header + b"\n" + body)
            child.stdin.flush()
        except BrokenPipeError:
            return None
        return self._await(child.stdout.fileno(), stop)

    def _await(self, descriptor: int, stop: threading.Event) -> bytes | None:
        said = bytearray()
        deadline = time.monotonic() + self.most_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not said.endswith(b"\n"):
                if stop.is_set():
                    self._end()
                    raise Interrupted("stopped while reading a page")
                if time.monotonic() > deadline:
                    self._end()
                    raise SourceChanged("body", f"takes longer than {self.most_seconds:.0f} s to read")
                if selector.select(_LOOK):
                    part = os.read(descriptor, _CHUNK)
                    if not part:
                        return None
                    said += part
        return bytes(said)

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "collectors.policies.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was not sent yet belongs to a page that is given up
                    continue


@functools.cache
def page_reader() -> PageReader:
    """The reader of this process."""
    reader = PageReader()
    atexit.register(reader.close)
    return reader
