"""A file at an address, read in ranges: what a Parquet reader wants of a large file is a small part of it.

The server must answer `206` with the very range that was asked for. One that answers with the whole file is
believed as long as that is small. A file that is replaced while it is read is noticed by its ETag (or its
date), which later requests also send as `If-Range`. Where the address leads elsewhere (the Hub hands its
files to another host, for an hour), later requests go there at once, and back to the beginning when that host
refuses.

RFC 9110, sections 13.1.5 (If-Range), 14.2 (Range) and 14.4 (Content-Range).
"""

from __future__ import annotations

import io
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from collectors.text import clean_text
from store.errors import AccessDenied, RateLimited, SourceChanged, SourceUnavailable

if TYPE_CHECKING:
    from collectors.fetching import Fetched, Fetcher

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
BLOCK = 1 << 18
_LARGEST_REQUEST = 64 * BLOCK
_CACHED_BLOCKS = 256
SMALL_ENOUGH = 20_000_000
"""Bytes up to which a file may come whole when a range was asked for."""


class RemoteFile(io.RawIOBase):
    """A read-only, seekable file over HTTP. `most_bytes`: how much may be fetched in all.

    Its methods raise SourceErrors: SourceUnavailable for a file that changes under us, SourceChanged for a
    server that knows no ranges or answers with another one, RateLimited when `most_bytes` is reached.
    """

    def __init__(
        self, fetcher: Fetcher, url: str, *, most_bytes: int, check: Callable[[], None] = lambda: None
    ) -> None:
        from collectors.fetching.gate import host_of  # the child that decodes needs no network library

        super().__init__()
        self._host = host_of(url)
        self._fetcher = fetcher
        self._url = url
        self._current = url
        self._most_bytes = most_bytes
        self._check = check
        self._position = 0
        self._size: int | None = None
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._whole: bytes | None = None
        self._validator = ""
        self.fetched_bytes = 0
        self._requests = 0

    @property
    def url(self) -> str:
        return self._url

    @property
    def size(self) -> int:
        """The file's length in bytes; asks for its beginning when nothing was asked yet."""
        if self._size is None:
            self._fetch_blocks(0, 0)
        return self._size or 0

    @property
    def version(self) -> str:
        """What tells this file from one that takes its place: its ETag, else its date, and its size."""
        size = self.size  # asks, where nothing was asked yet
        return f"{self._validator} {size}"

    def take_requests(self) -> int:
        """Requests sent since this was asked last."""
        taken, self._requests = self._requests, 0
        return taken

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence, self.size)
        if start + offset < 0:
            raise ValueError(f"no place before the beginning: {start + offset}")
        self._position = start + offset
        return self._position

    def readall(self) -> bytes:
        return self.read(-1)

    def read(self, size: int = -1, /) -> bytes:
        """The next `size` bytes, fewer at the end of the file; all that are left for -1."""
        left = max(self.size - self._position, 0)
        wanted = left if size < 0 else min(size, left)
        data = self._read_at(self._position, wanted)
        self._position += len(data)
        return data

    def _read_at(self, start: int, length: int) -> bytes:
        if length == 0:
            return b""
        if self._whole is not None:
            return self._whole[start : start + length]
        first, last = start // BLOCK, (start + length - 1) // BLOCK
        parts: list[bytes] = []
        at = first
        while at <= last:
            block = self._blocks.get(at)
            if block is None:
                end = at
                while end < last and end + 1 not in self._blocks and end + 1 - at < _LARGEST_REQUEST // BLOCK:
                    end += 1
                parts += self._fetch_blocks(at, end)
                at = end + 1
            else:
                self._blocks.move_to_end(at)
                parts.append(block)
                at += 1
        whole = b"".join(parts)
        return whole[start - first * BLOCK :][:length]

    def _fetch_blocks(self, first: int, last: int) -> list[bytes]:
        """Ask for the blocks `first` to `last` and keep them; the file's size and version on the way."""
        self._check()
        start, end = first * BLOCK, (last + 1) * BLOCK - 1
        if self._size is not None:
            end = min(end, self._size - 1)
        if self.fetched_bytes + end - start + 1 > self._most_bytes + BLOCK:
            raise RateLimited(
                f"our own cap of {self._most_bytes:,} bytes from {self._host} is reached", host=self._host
            )
        answer = self._ask(start, end)
        self.fetched_bytes += len(answer.body)
        self._note_version(answer)
        if answer.status != 206:
            self._whole, self._size = answer.body, len(answer.body)
            return []
        self._check_range(answer, start, end)
        blocks = [answer.body[at : at + BLOCK] for at in range(0, len(answer.body), BLOCK)]
        for number, block in enumerate(blocks, start=first):
            self._blocks[number] = block
        while len(self._blocks) > _CACHED_BLOCKS:
            self._blocks.popitem(last=False)
        return blocks

    def _ask(self, start: int, end: int) -> Fetched:
        try:
            answer = self._send(self._current, start, end)
        except (AccessDenied, SourceUnavailable):
            if self._current == self._url:
                raise
            self._current = self._url  # what it had led to was for a while only
            answer = self._send(self._url, start, end)
        self._current = answer.url
        return answer

    def _send(self, url: str, start: int, end: int) -> Fetched:
        largest = max(end - start + 1, SMALL_ENOUGH if self._size is None else 0)
        strong = "" if self._validator.startswith("W/") else self._validator
        before = self._fetcher.gate.requests_of_this_thread
        asked = {"Range": f"bytes={start}-{end}"} | ({"If-Range": strong} if strong else {})
        try:
            answer = self._fetcher.fetch(url, headers=asked, max_bytes=largest)
        except SourceChanged as error:
            if error.path != "body":
                raise
            if self._size is not None:  # it came whole where it came in parts before
                raise self._changed() from error
            raise SourceChanged("Range", f"the server does not answer with ranges: {error}") from error
        finally:
            self._requests += self._fetcher.gate.requests_of_this_thread - before
        if answer.status == 416:
            # not where it led to: that address may carry a signature
            raise SourceChanged("Range", f"{clean_text(self._url, 200)} has nothing at {start:,}")
        return answer

    def _note_version(self, answer: Fetched) -> None:
        validator = answer.etag or answer.last_modified or ""
        is_first = self._size is None
        if is_first:
            self._validator = validator
        elif answer.status != 206 or validator != self._validator:
            raise self._changed()

    def _changed(self) -> SourceUnavailable:
        return SourceUnavailable(f"{clean_text(self._url, 200)} changed while it was read", host=self._host)

    def _check_range(self, answer: Fetched, start: int, end: int) -> None:
        stated = answer.headers.get("content-range", "")
        found = _RANGE.fullmatch(stated.strip())
        if found is None:
            raise SourceChanged("Content-Range", f"{clean_text(stated, 80)!r} is no range of bytes")
        first, last, size = (int(part) for part in found.groups())
        if self._size is not None and size != self._size:
            raise self._changed()
        if first != start or last != min(end, size - 1) or len(answer.body) != last - first + 1:
            raise SourceChanged("Content-Range", f"{start}-{end} was asked for, {stated} came")
        self._size = size
