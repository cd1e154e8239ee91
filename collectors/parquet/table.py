"""One Parquet file: columns by name, row groups, rows as plain values. Pure but for the file it reads.

pyarrow does the decoding and is imported when a file is opened, so that nobody else pays for it. It uses one
thread: a collector already works beside others, and a file read over the network knows one reader only.

What may go wrong with a file from outside ends in SourceChanged: no Parquet, cut off, other columns or types,
nested columns, or more of anything than `Caps` allows. Sizes are looked at before anything is decompressed,
as the file declares them; one that lies about them costs at most a page, which the format limits to 2 GiB.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from collectors.text import clean_text
from store.errors import LunchwatchError, SourceChanged

if TYPE_CHECKING:
    import pyarrow

Row: TypeAlias = "Mapping[str, object]"
"""Values by column: str, int, float, bool, date, datetime, Decimal or None."""


class SeekableFile(Protocol):
    """What is read from: an open file, or one like it."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


_MAGIC = b"PAR1"
_TAIL = 8  # the footer's length in four bytes, and the magic
_BATCH = 16_384


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
    """An opened file. `file` is read while the table is used and is not closed."""

    def __init__(self, file: bytes | SeekableFile, caps: Caps | None = None) -> None:
        """Raises SourceChanged for what is no Parquet file or has more of something than is allowed."""
        self.caps = caps or Caps()
        self._file: SeekableFile = io.BytesIO(file) if isinstance(file, bytes) else file
        self._check_frame()
        import pyarrow.parquet

        with _translated("file"):
            # nothing read ahead in threads, no memory for what the footer only claims to hold
            self._parquet = pyarrow.parquet.ParquetFile(
                self._file,
                pre_buffer=False,
                memory_map=False,
                thrift_string_size_limit=self.caps.footer_bytes,
                thrift_container_size_limit=1_000_000,
                arrow_extensions_enabled=False,
            )
            self._metadata = self._parquet.metadata
            self._schema = self._parquet.schema_arrow
        self._check_amounts()
        names = list(self._schema.names)
        self.columns: tuple[str, ...] = tuple(names)
        self._leaves = {self._parquet.schema.column(i).path: i for i in range(self._metadata.num_columns)}

    def _check_frame(self) -> None:
        """The magic at both ends and the footer's length, before a byte is given to the decoder."""
        size = self._file.seek(0, io.SEEK_END)
        if size > self.caps.file_bytes:
            raise SourceChanged("file", f"{size:,} bytes, more than {self.caps.file_bytes:,}")
        if size < len(_MAGIC) + _TAIL:
            raise SourceChanged("file", f"{size} bytes are no Parquet file")
        self._file.seek(size - _TAIL)
        length, magic = struct.unpack("<I4s", self._file.read(_TAIL))
        if magic != _MAGIC:
            raise SourceChanged("file", "does not end as a Parquet file does")
        if length > min(self.caps.footer_bytes, size - len(_MAGIC) - _TAIL):
            raise SourceChanged("footer", f"declares {length:,} bytes")
        self._file.seek(0)

    def _check_amounts(self) -> None:
        for name, found, most in (
            ("rows", self._metadata.num_rows, self.caps.rows),
            ("row groups", self._metadata.num_row_groups, self.caps.groups),
            ("columns", self._metadata.num_columns, self.caps.columns),
        ):
            if not 0 <= found <= most:
                raise SourceChanged(name, f"{found:,}, more than {most:,}")

    @property
    def rows(self) -> int:
        return int(self._metadata.num_rows)

    @property
    def groups(self) -> int:
        """How many row groups there are."""
        return int(self._metadata.num_row_groups)

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
        with _translated(column):
            chunk = self._metadata.row_group(group).column(self._leaf(column))
            statistics = chunk.statistics if chunk.is_stats_set else None
            if statistics is None or not statistics.has_min_max:
                return None
            return statistics.min, statistics.max

    def read(
        self, group: int, columns: Sequence[str], one_of: Mapping[str, Sequence[str]] | None = None
    ) -> Iterator[list[Row]]:
        """The rows of a row group, some at a time, in the file's order.

        `one_of`: only rows whose text in a column is one of these; they are found before anything becomes a
        Python value. Raises SourceChanged for nested columns, other types and too much data.
        """
        self._check_group(group, columns)
        kept = dict(one_of or {})
        seen, most = 0, self._metadata.row_group(group).num_rows
        batches = self._open(group, columns)
        while True:
            with _translated(f"row group {group}"):
                batch = next(batches, None)
                if batch is None:
                    return
                seen += batch.num_rows
                rows = _keep(batch, kept).to_pylist()
            if seen > most:
                raise SourceChanged(f"row group {group}", f"more rows than the {most:,} it declares")
            yield rows

    def _open(self, group: int, columns: Sequence[str]) -> Iterator[pyarrow.RecordBatch]:
        with _translated(f"row group {group}"):
            return iter(
                self._parquet.iter_batches(
                    batch_size=_BATCH, row_groups=[group], columns=list(columns), use_threads=False
                )
            )

    def _check_group(self, group: int, columns: Sequence[str]) -> None:
        from pyarrow import types

        total = 0
        with _translated(f"row group {group}"):
            declared = self._metadata.row_group(group)
            for name in columns:
                total += declared.column(self._leaf(name)).total_uncompressed_size
        for name in columns:
            of = self._schema.field(name).type
            if types.is_nested(of) or types.is_binary(of):
                raise SourceChanged(name, f"a column of type {of}")
        if not 0 <= total <= self.caps.group_bytes:
            raise SourceChanged(f"row group {group}", f"{total:,} bytes, more than {self.caps.group_bytes:,}")

    def _leaf(self, column: str) -> int:
        """The column's number in the file; only a flat column is one leaf of its own name."""
        if column not in self._leaves or self.columns.count(column) != 1:
            raise SourceChanged(column, "not a column of plain values")
        return self._leaves[column]


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


def _keep(batch: pyarrow.RecordBatch, one_of: Mapping[str, Sequence[str]]) -> pyarrow.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    for column, values in one_of.items():
        texts = batch.column(column)
        if pa.types.is_dictionary(texts.type):
            texts = texts.dictionary_decode()
        if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
            raise SourceChanged(column, f"a column of type {texts.type} where texts are expected")
        batch = batch.filter(pc.is_in(texts, value_set=pa.array(values, type=texts.type)))
    return batch


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """What pyarrow raises, as SourceChanged; what the file under it raises (a lost connection) passes."""
    import pyarrow

    try:
        yield
    except LunchwatchError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError, KeyError, IndexError) as error:
        raise SourceChanged(path, f"cannot be read as Parquet: {clean_text(str(error), 200)}") from error
    except (MemoryError, UnicodeDecodeError, NotImplementedError, TypeError) as error:
        raise SourceChanged(path, f"cannot be read as Parquet: {type(error).__name__}") from error
