"""Undoing a body's `Content-Encoding`, in pieces, and knowing whether it came to its end.

httpx2's own decoders take a stream that ends in the middle for a whole one, read the first gzip member
alone and hand on as it is what they do not know.

    gzip, x-gzip   RFC 1952: any number of members; bytes after them that begin no other one are left out
    deflate        RFC 1950; and RFC 1951 without its wrapping, which old servers send under that name
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

READABLE = "gzip, deflate"
"""As a request's `Accept-Encoding` says it."""

_LARGEST_PIECE = 1_000_000
_MOST_MEMBERS = 10_000
"""Of gzip: whoever packs in blocks makes them of 64 kB; without an end, empty ones cost and fill nothing."""

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_GZIP_BEGINS = 0x1F
_DEFLATED = 8  # the compression method in the lower half of zlib's first byte


class BrokenEncoding(ValueError):
    """The bytes are not what their encoding says."""


class Decoder(Protocol):
    def decode(self, data: bytes) -> Iterator[bytes]:
        """What `data` adds, in pieces of a megabyte at most. Raises BrokenEncoding."""
        ...

    def check_end(self) -> None:
        """Raise BrokenEncoding unless all was said. Nothing at all is whole: an empty body has no coding."""
        ...


def find_decoder(encoding: str) -> Decoder | None:
    """The decoder for a `Content-Encoding`, None for one we never ask for, or several on each other."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return Identity()
    if name in ("gzip", "x-gzip"):
        return _Gzip()
    return _Deflate() if name == "deflate" else None


class Identity:
    """No encoding."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        yield data

    def check_end(self) -> None:
        return


class _Gzip:
    def __init__(self) -> None:
        self._members = 0
        self._member: zlib._Decompress | None = None
        self._is_over = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data and not self._is_over:
            if self._member is None:
                data = data.lstrip(b"\0") if self._members else data  # padding, as on tapes
                if not data:
                    return
                if self._members and data[0] != _GZIP_BEGINS:
                    self._is_over = True
                    return
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise BrokenEncoding(f"more than {_MOST_MEMBERS:,} gzip members")
                self._member = zlib.decompressobj(_GZIP)
            yield from _inflate(self._member, data)
            data = self._member.unused_data
            if self._member.eof:
                self._member = None

    def check_end(self) -> None:
        if self._member is not None:
            raise BrokenEncoding("ends in the middle")


class _Deflate:
    def __init__(self) -> None:
        self._begins = b""
        self._stream: zlib._Decompress | None = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._begins += data
            if len(self._begins) < 2:
                return
            data = self._begins
            # RFC 1950, 2.2: the method, and two bytes that as a number are a multiple of 31
            has_wrapping = data[0] & 0x0F == _DEFLATED and (data[0] << 8 | data[1]) % 31 == 0
            self._stream = zlib.decompressobj(_ZLIB if has_wrapping else -_ZLIB)
        if not self._stream.eof:
            yield from _inflate(self._stream, data)

    def check_end(self) -> None:
        if self._begins and (self._stream is None or not self._stream.eof):
            raise BrokenEncoding("ends in the middle")


def _inflate(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """All that `data` gives until the stream ends; a small input may give very much, piece by piece."""
    while True:
        try:
            piece = stream.decompress(data, _LARGEST_PIECE)
        except zlib.error as error:
            raise BrokenEncoding(str(error)) from error
        if piece:
            yield piece
        data = stream.unconsumed_tail
        if stream.eof or (not data and len(piece) < _LARGEST_PIECE):
            return
