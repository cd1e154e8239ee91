"""One Parquet file: columns by name, row groups, rows as plain values, decoded by a child process.

pyarrow decodes, and crashes on some damaged files; so it runs in a process of its own that is bounded in time
and memory, while the bytes of the file are read here. A file read over the network knows one reader only.

What may go wrong with a file from outside ends in SourceChanged: no Parquet, cut off, other columns or types,
nested columns, more of anything than `Caps` allows, or what ends or holds up the child.
"""

from __future__ import annotations

import io
import struct
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self, TypeAlias, TypeVar

from collectors.parquet import wire
from collectors.parquet.decoder import Decoders, SeekableFile, decoders
from collectors.text import clean_text
from store.errors import SourceChanged

Row: TypeAlias = "Mapping[str, object]"
"""Values by column: str, int, float, bool, date, datetime (aware ones as UTC), Decimal or None."""

_Asked = TypeVar("_Asked", bound=wire.Answer)

_MAGIC = b"PAR1"
_TAIL = 8  # the footer's length in four bytes, and the magic


@dataclass(frozen=True, slots=True)
class Caps:
    """What one file may cost. `group_bytes`: of a row group's wanted columns, once decompressed."""

    file_bytes: int = 100_000_000
    footer_bytes: int = 32_000_000
    rows: int = 5_000_000
    groups: int = 20_000
    columns: int = 1_000
    group_bytes: int = 1_000_000_000


class Table:
    """An opened file, to be closed, best as a context manager. `file` is read while the table is used and is
    not closed with it. `stop` ends whatever it waits for with Interrupted."""

    def __init__(
        self,
        file: bytes | SeekableFile,
        caps: Caps | None = None,
        *,
        stop: threading.Event | None = None,
        children: Decoders | None = None,
    ) -> None:
        """Raises SourceChanged for what is no Parquet file or has more of something than is allowed."""
        self.caps = caps or Caps()
        self._file: SeekableFile = io.BytesIO(file) if isinstance(file, bytes) else file
        self._stop = stop or threading.Event()
        size = self._check_frame()
        self._children = children or decoders()
        self._decoder = self._children.take()
        self._abandoned = weakref.finalize(self, self._decoder.end)  # for a table that nobody closed
        self._reads = 0
        try:
            request = wire.Open(size, self.caps.footer_bytes, self.caps.group_bytes)
            opened = self._ask(request, wire.Opened) or wire.Opened(0, 0, 0, ())
            self._check_amounts(opened)
        except BaseException:
            self.close()
            raise
        self.columns: tuple[str, ...] = opened.columns
        self.rows = opened.rows
        self.groups = opened.groups

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing can be read afterwards."""
        if self._abandoned.detach() is not None:
            self._children.give_back(self._decoder)

    def _check_frame(self) -> int:
        """The file's size; the magic at its end and the footer's length, before a byte is given to the
        decoder."""
        size = self._file.seek(0, io.SEEK_END)
        if size > self.caps.file_bytes:
            raise SourceChanged("file", f"{size:,} bytes, more than {self.caps.file_bytes:,}")
        if size < len(_MAGIC) + _TAIL:
            raise SourceChanged("file", f"{size} bytes are no Parquet file")
        self._file.seek(size - _TAIL)
        tail = self._file.read(_TAIL)
        if len(tail) < _TAIL:
            raise SourceChanged("file", "ends before it should")
        length, magic = struct.unpack("<I4s", tail)
        if magic != _MAGIC:
            raise SourceChanged("file", "does not end as a Parquet file does")
        if length > min(self.caps.footer_bytes, size - len(_MAGIC) - _TAIL):
            raise SourceChanged("footer", f"declares {length:,} bytes")
        return size

    def _check_amounts(self, opened: wire.Opened) -> None:
        for name, found, most in (
            ("rows", opened.rows, self.caps.rows),
            ("row groups", opened.groups, self.caps.groups),
            ("columns", opened.leaves, self.caps.columns),
        ):
            if not 0 <= found <= most:
                raise SourceChanged(name, f"{found:,}, more than {most:,}")

    def find(self, *names: str) -> str | None:
        """The first of the names that is a column."""
        return next((name for name in names if name in self.columns), None)

    def need(self, *names: str) -> str:
        """The same; raises SourceChanged, which names the first one, when there is none of them."""
        found = self.find(*names)
        if found is None:
            there = clean_text(", ".join(self.columns), 200)
            raise SourceChanged(names[0], f"there is no such column; there are: {there or 'none'}")
        return found

    def bounds(self, group: int, column: str) -> tuple[object, object] | None:
        """The least and the greatest value of a column in a row group, as far as the file says so."""
        found = self._ask(wire.Bounds(group, column), wire.Found)
        values: Sequence[object] = found.bounds.values if found is not None else ()
        return (values[0], values[1]) if len(values) == 2 else None

    def read(
        self, group: int, columns: Sequence[str], one_of: Mapping[str, Sequence[str]] | None = None
    ) -> Iterator[list[Row]]:
        """The rows of a row group, some at a time, in the file's order; one reading at a time.

        `one_of`: only rows whose text in a column is one of these; they are found before anything becomes a
        Python value. Raises SourceChanged for nested columns, other types and too much data.
        """
        names = list(dict.fromkeys(columns))
        kept = {column: list(values) for column, values in (one_of or {}).items()}
        self._reads += 1
        this = self._reads
        request: wire.Request = wire.Read(group, names, kept)
        while (rows := self._ask(request, wire.Rows)) is not None:
            request = wire.Next()
            values = [column.values for column in rows.columns]
            if len(values) != len(names) or len({len(each) for each in values}) > 1:
                self._decoder.end()
                raise SourceChanged("file", "columns of different lengths")
            yield [dict(zip(names, row)) for row in zip(*values)]  # noqa: B905 - lengths are checked above
            if this != self._reads:
                raise RuntimeError("another reading of this table has begun")

    def _ask(self, request: wire.Request, kind: type[_Asked]) -> _Asked | None:
        if not self._abandoned.alive:
            raise RuntimeError("the table is closed")
        return self._decoder.ask(request, kind, self._file, self._stop)


def read_day(value: object) -> date | None:
    """A day, however the file keeps it: a date, a moment (as UTC) or a text that begins with one."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo is not None else value).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip()[:10])
        except ValueError:
            return None
    return None
