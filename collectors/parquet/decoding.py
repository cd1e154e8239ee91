"""Parquet decoded; the child process that does it, since pyarrow crashes on some damaged files.

    python -P -m collectors.parquet.decoding      messages of collectors.parquet.wire on stdin and stdout

pyarrow uses one thread here and the system's allocator, and asks for bytes of the file through the parent;
nothing here opens a connection or a file. Sizes are looked at before anything is decompressed, as the file
declares them; one that lies about them meets the bound on memory.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from collectors.child import begin_child, read_message, write_message
from collectors.parquet import wire
from collectors.text import clean_text
from store.errors import SourceChanged

if TYPE_CHECKING:
    import pyarrow

MOST_MEMORY = 2_000_000_000
"""Bytes of address space; pyarrow alone takes 400 MB of it."""

_BATCH = 16_384
_PIECE = wire.MOST_MESSAGE // 8


class _ParentsFile(io.RawIOBase):
    """The file that the parent holds. `ask`: some bytes of it."""

    def __init__(self, size: int, ask: Callable[[wire.Want], bytes]) -> None:
        super().__init__()
        self._size = size
        self._ask = ask
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence, self._size)
        if start + offset < 0:
            raise ValueError(f"no place before the beginning: {start + offset}")
        self._position = start + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        left = max(self._size - self._position, 0)
        wanted = left if size < 0 else min(size, left)
        parts: list[bytes] = []
        while wanted > 0:
            part = self._ask(wire.Want(self._position, min(wanted, wire.MOST_WANTED)))
            if not part:
                break
            parts.append(part)
            self._position += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _OpenFile:
    """One file while it is read. Raises SourceChanged for whatever is wrong with it."""

    def __init__(self, file: _ParentsFile, request: wire.Open) -> None:
        import pyarrow.parquet

        self._group_bytes = request.group_bytes
        self._batches: Iterator[wire.Rows] = iter(())
        with _translated("file"):
            # nothing read ahead in threads, no memory for what the footer only claims to hold
            self._parquet = pyarrow.parquet.ParquetFile(
                file,
                pre_buffer=False,
                memory_map=False,
                thrift_string_size_limit=request.footer_bytes,
                thrift_container_size_limit=1_000_000,
                arrow_extensions_enabled=False,
            )
            self._metadata = self._parquet.metadata
            self._schema = self._parquet.schema_arrow
            names = self._schema.names
            leaves = self._metadata.num_columns
            self._leaves = {self._parquet.schema.column(i).path: i for i in range(leaves)}
            self.opened = wire.Opened(
                self._metadata.num_rows, self._metadata.num_row_groups, leaves, tuple(names)
            )

    def find_bounds(self, request: wire.Bounds) -> wire.Found:
        with _translated(request.column):
            chunk = self._metadata.row_group(request.group).column(self._leaf(request.column))
            statistics = chunk.statistics if chunk.is_stats_set else None
            if statistics is None or not statistics.has_min_max:
                return wire.Found(wire.Plain([]))
            of = self._schema.field(request.column).type
            values = [_to_plain(each) for each in (statistics.min, statistics.max)]
            return wire.Found(_pack(values, of) if _is_plain(of) else wire.Plain([]))

    def read(self, request: wire.Read) -> wire.Rows | wire.End:
        self._batches = self._read(request)
        return self.read_on()

    def read_on(self) -> wire.Rows | wire.End:
        return next(self._batches, wire.End())

    def _read(self, request: wire.Read) -> Iterator[wire.Rows]:
        self._check_group(request.group, request.columns)
        seen, path = 0, f"row group {request.group}"
        with _translated(path):
            most = self._metadata.row_group(request.group).num_rows
            batches = self._parquet.iter_batches(
                batch_size=_BATCH, row_groups=[request.group], columns=request.columns, use_threads=False
            )
        while True:
            with _translated(path):
                batch = next(batches, None)
                if batch is None:
                    return
                seen += batch.num_rows
                pieces = list(_cut(_keep(batch, request.columns, request.one_of)))
            if seen > most:
                raise SourceChanged(path, f"more rows than the {most:,} it declares")
            for piece in pieces:
                yield _to_rows(piece, path)

    def _check_group(self, group: int, columns: Sequence[str]) -> None:
        total = 0
        with _translated(f"row group {group}"):
            declared = self._metadata.row_group(group)
            for name in columns:
                total += declared.column(self._leaf(name)).total_uncompressed_size
            for name in columns:
                of = self._schema.field(name).type
                if not _is_plain(of):
                    raise SourceChanged(name, f"a column of type {of}")
        if not 0 <= total <= self._group_bytes:
            raise SourceChanged(f"row group {group}", f"{total:,} bytes, more than {self._group_bytes:,}")

    def _leaf(self, column: str) -> int:
        """The column's number in the file; only a flat column is one leaf of its own name."""
        if column not in self._leaves or self._schema.names.count(column) != 1:
            raise SourceChanged(column, "not a column of plain values")
        return self._leaves[column]


def _is_plain(of: pyarrow.DataType) -> bool:
    from pyarrow import types

    if types.is_dictionary(of):
        of = of.value_type
    return any(
        is_one(of)
        for is_one in (
            *(types.is_string, types.is_large_string, types.is_string_view),
            *(types.is_boolean, types.is_integer, types.is_floating, types.is_decimal),
            *(types.is_date, types.is_timestamp, types.is_null),
        )
    )


def _keep(
    batch: pyarrow.RecordBatch, columns: Sequence[str], one_of: Mapping[str, Sequence[str]]
) -> pyarrow.RecordBatch:
    """The wanted rows, columns in the order they were asked for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = [_simplify(batch.column(name)) for name in columns]
    batch = pa.RecordBatch.from_arrays(plain, names=list(columns))
    for column, values in one_of.items():
        texts = batch.column(column)
        if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
            raise SourceChanged(column, f"a column of type {texts.type} where texts are expected")
        batch = batch.filter(pc.is_in(texts, value_set=pa.array(values, type=texts.type)))
    return batch


def _pack(values: list[Any], of: pyarrow.DataType) -> wire.Column:
    """Values of a plain type as what they are sent as."""
    from pyarrow import types

    if types.is_timestamp(of):
        return wire.Moments(values)
    if types.is_date(of):
        return wire.Days(values)
    return wire.Decimals(values) if types.is_decimal(of) else wire.Plain(values)


def _to_plain(bound: object) -> object:
    """Of nanoseconds pyarrow makes another library's kind of datetime where that is installed."""
    if isinstance(bound, datetime):
        return datetime.combine(bound.date(), bound.timetz())
    return bound


def _simplify(array: pyarrow.Array) -> pyarrow.Array:
    """Without a dictionary, and moments to the microsecond as Python has them."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    return array


def _cut(batch: pyarrow.RecordBatch) -> Iterator[pyarrow.RecordBatch]:
    """In pieces that can be sent, as far as lines can be told apart."""
    if batch.nbytes <= _PIECE or batch.num_rows <= 1:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _cut(batch.slice(0, half))
    yield from _cut(batch.slice(half))


def _to_rows(batch: pyarrow.RecordBatch, path: str) -> wire.Rows:
    with _translated(path):
        return wire.Rows([_pack(array.to_pylist(), array.type) for array in batch.columns])


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """What pyarrow raises, as SourceChanged."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError, KeyError, IndexError) as error:
        raise SourceChanged(path, f"cannot be read as Parquet: {clean_text(str(error), 200)}") from error
    except (MemoryError, UnicodeDecodeError, NotImplementedError, TypeError) as error:
        raise SourceChanged(path, f"cannot be read as Parquet: {type(error).__name__}") from error


class _Server:
    """Answers requests, one file at a time."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._file: _OpenFile | None = None

    def serve(self) -> None:
        """Until there are no more requests."""
        while (message := read_message(self._source)) is not None:
            request = wire.decode_request(message)
            try:
                answer = self._encode(self._answer(request))
            except SourceChanged as error:
                answer = wire.encode(wire.Failed(error.path, str(error).removeprefix(f"{error.path}: ")))
            write_message(self._sink, answer)

    def _answer(self, request: wire.Request) -> wire.Answer:
        if isinstance(request, wire.Open):
            self._file = None
            self._file = _OpenFile(_ParentsFile(request.size, self._ask), request)
            return self._file.opened
        if isinstance(request, wire.Close):
            self._file = None
            return wire.End()
        if self._file is None:
            raise RuntimeError("no file is open")
        if isinstance(request, wire.Bounds):
            return self._file.find_bounds(request)
        return self._file.read(request) if isinstance(request, wire.Read) else self._file.read_on()

    def _encode(self, answer: wire.Answer) -> bytes:
        """Raises SourceChanged for what cannot be sent: half a character, a line without end."""
        try:
            encoded = wire.encode(answer)
        except (msgspec.MsgspecError, ValueError, OverflowError, TypeError, MemoryError) as error:
            raise SourceChanged("file", f"holds what is no plain value: {type(error).__name__}") from error
        if len(encoded) > wire.MOST_MESSAGE:
            raise SourceChanged("file", f"{len(encoded):,} bytes in one line")
        return encoded

    def _ask(self, want: wire.Want) -> bytes:
        write_message(self._sink, wire.encode(want))
        answer = read_message(self._source)
        if answer is None:
            raise EOFError("the parent is gone")
        return answer


def _main() -> None:
    source, sink = begin_child(MOST_MEMORY)
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the usual one reserves a gigabyte of addresses
    import pyarrow

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    _Server(source, sink).serve()


if __name__ == "__main__":
    _main()
