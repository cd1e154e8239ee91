"""The process that decodes Parquet: whatever happens to it costs a file, never the process that asked."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.parquet import Row, Table, wire
from collectors.parquet.decoder import Decoder, Decoders
from store.errors import Interrupted, SourceChanged, SourceUnavailable
from tests.collectors.processes import await_end
from tests.replica.arena import write_parquet

ROWS = [{"name": f"m{n}", "kind": "even" if n % 2 == 0 else "odd", "score": float(n)} for n in range(10)]
GOOD = write_parquet(ROWS)
LONG = write_parquet([{"n": n} for n in range(60_000)], row_group_size=60_000)


class Watched(Decoders):
    """Shows the child that was taken last. `keeps`: it is used again whatever it met, as long as it lives."""

    def __init__(self, *, keeps: bool = False) -> None:
        super().__init__()
        self.keeps = keeps
        self.taken: list[Decoder] = []

    @property
    def last(self) -> Decoder:
        return self.taken[-1]

    def take(self) -> Decoder:
        self.taken.append(super().take())
        return self.last

    def give_back(self, decoder: Decoder) -> None:
        decoder.is_sound |= self.keeps and decoder.is_alive
        super().give_back(decoder)


@pytest.fixture
def children() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept() -> Iterator[Watched]:
    made = Watched(keeps=True)
    yield made
    made.close()


def read_names(children: Decoders, body: bytes = GOOD) -> list[object]:
    with Table(body, children=children) as table:
        return [row["name"] for batch in table.read(0, ["name"]) for row in batch]


# --------------------------------------------------------------------------- damage


def read_damaged(data: st.DataObject, children: Decoders) -> None:
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    with (
        contextlib.suppress(SourceChanged),  # nothing else may come out of it
        Table(bytes(damaged), children=children) as table,
    ):
        for group in range(table.groups):
            table.bounds(group, "score")
            for batch in table.read(group, table.columns):
                assert all(len(row) == len(table.columns) for row in batch)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_file_with_damage_anywhere_is_read_or_refused_by_name(kept: Watched, data: st.DataObject) -> None:
    read_damaged(data, kept)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None)
@given(data=st.data())
def test_no_damage_of_many_ends_anything_but_a_child(kept: Watched, data: st.DataObject) -> None:
    read_damaged(data, kept)


def test_child_that_could_not_read_a_file_is_not_given_another_one(children: Watched) -> None:
    assert read_names(children) == read_names(children) == [row["name"] for row in ROWS]
    first = children.last
    assert children.taken == [first, first]
    with pytest.raises(SourceChanged):
        read_names(children, GOOD[:-200] + bytes(192) + GOOD[-8:])
    assert children.last is first
    assert read_names(children) == [row["name"] for row in ROWS]
    assert children.last is not first
    assert not first.is_alive


# --------------------------------------------------------------------------- a child in trouble


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_child_that_dies_in_mid_read_costs_the_file_only(children: Watched, number: signal.Signals) -> None:
    with Table(LONG, children=children) as table:
        batches = table.read(0, ["n"])
        assert next(batches)[0] == {"n": 0}
        os.kill(children.last.pid, number)
        with pytest.raises(SourceChanged, match=f"ends whoever reads it.*{number.name}") as caught:
            list(batches)
        assert caught.value.path == "file"
        with pytest.raises(SourceChanged, match="ended whoever read it"):
            table.bounds(0, "n")
    assert read_names(children) == [row["name"] for row in ROWS]


def test_child_that_died_while_idle_is_replaced(children: Watched) -> None:
    read_names(children)
    os.kill(children.last.pid, signal.SIGKILL)
    await_end(children.last.pid)
    assert read_names(children) == [row["name"] for row in ROWS]


def test_child_that_hangs_is_given_up(children: Watched) -> None:
    with Table(LONG, children=children) as table:
        next(table.read(0, ["n"]))
        children.last.most_seconds = 0.3
        os.kill(children.last.pid, signal.SIGSTOP)
        with pytest.raises(SourceChanged, match="takes longer than"):
            table.bounds(0, "n")
        assert not children.last.is_alive
    assert read_names(children) == [row["name"] for row in ROWS]


def test_time_that_fetching_takes_is_not_the_childs(children: Watched) -> None:
    class Slow(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads == 2:  # the first one is ours, before the child has the file
                time.sleep(1.1)
            return super().read(size)

    read_names(children)
    children.last.most_seconds = 1.0
    with Table(Slow(GOOD), children=children) as table:
        assert table.rows == 10
    assert children.last is children.taken[0]


def test_stop_request_ends_waiting_for_the_child(children: Watched) -> None:
    stop = threading.Event()
    with Table(LONG, children=children, stop=stop) as table:
        batches = table.read(0, ["n"])
        next(batches)
        os.kill(children.last.pid, signal.SIGSTOP)
        threading.Timer(0.2, stop.set).start()
        began = time.monotonic()
        with pytest.raises(Interrupted):
            next(batches)
        assert time.monotonic() - began < 2
    await_end(children.last.pid)


@pytest.mark.slow
def test_large_values_end_in_a_refusal_and_not_in_memory(children: Watched) -> None:
    texts = pa.array(["\0" * 70_000_000])
    file = io.BytesIO()
    pq.write_table(pa.table({"name": texts}), file, compression="zstd")
    with pytest.raises(SourceChanged, match="in one line"):
        read_names(children, file.getvalue())


@pytest.mark.slow
def test_repeated_value_that_swells_costs_the_child_no_more_than_its_memory(children: Watched) -> None:
    file = io.BytesIO()
    texts = pa.array(["\0" * 1_000_000]).take(pa.array([0] * 1_000)).dictionary_encode()
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 16_000), texts.dictionary)
    pq.write_table(pa.table({"name": many}), file, compression="zstd", store_schema=False)
    assert len(file.getvalue()) < 100_000
    with pytest.raises(SourceChanged):
        read_names(children, file.getvalue())
    assert read_names(children) == [row["name"] for row in ROWS]


HOLDER = """
import sys, time
from collectors.parquet import Table
with Table(open(sys.argv[1], "rb")) as table:
    print(table._decoder.pid, flush=True)
    time.sleep(600)
"""


def test_child_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "good.parquet"
    path.write_bytes(GOOD)
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, signal.SIGTERM)  # left to the parent
        assert parent.poll() is None
        parent.kill()
    await_end(pid)


# --------------------------------------------------------------------------- tables


def test_two_open_tables_have_a_child_each(children: Watched) -> None:
    with Table(GOOD, children=children) as one, Table(LONG, children=children) as other:
        assert (one.rows, other.rows) == (10, 60_000)
        assert [row["n"] for row in next(other.read(0, ["n"]))][:2] == [0, 1]
        assert next(one.read(0, ["name"]))[0] == {"name": "m0"}
    assert len({id(each) for each in children.taken}) == 2
    assert sum(each.is_alive for each in children.taken) == 1


def test_table_that_nobody_closed_leaves_no_child(children: Watched) -> None:
    table = Table(GOOD, children=children)
    pid = children.last.pid
    del table
    await_end(pid)


def test_closed_table_is_not_read(children: Watched) -> None:
    with Table(GOOD, children=children) as table:
        pass
    table.close()
    with pytest.raises(RuntimeError, match="closed"):
        table.bounds(0, "name")


def test_reading_that_another_one_has_replaced_says_so(children: Watched) -> None:
    with Table(LONG, children=children) as table:
        first = table.read(0, ["n"])
        next(first)
        assert next(table.read(0, ["n"]))[0] == {"n": 0}
        with pytest.raises(RuntimeError, match="another reading"):
            next(first)


def test_error_of_the_file_ends_the_child_that_waits_for_bytes(children: Watched) -> None:
    class Lost(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if children.taken:
                raise SourceUnavailable("the line is dead")
            return super().read(size)

    with pytest.raises(SourceUnavailable, match="the line is dead"):
        Table(Lost(GOOD), children=children)
    assert not children.last.is_alive


# --------------------------------------------------------------------------- what is said


def test_values_keep_their_types_on_the_way(kept: Watched) -> None:
    moment = datetime(2026, 11, 15, 23, tzinfo=timezone(timedelta(hours=-5)))
    row: Row = {
        "text": "ä\0😀",
        "day": date(2026, 11, 15),
        "moment": moment,
        "naive": datetime(2026, 11, 15, 1, 2, 3, 4, UTC).replace(tzinfo=None),
        "decimal": Decimal("1.50"),
        "whole": 2**63 - 1,
        "float": 0.1,
        "truth": True,
        "nothing": None,
    }
    with Table(write_parquet([row, dict.fromkeys(row)]), children=kept) as table:
        (full, empty) = next(table.read(0, list(reversed(table.columns))))
    assert full == row
    assert {name: type(value) for name, value in full.items()} == {n: type(v) for n, v in row.items()}
    assert isinstance(full["moment"], datetime)
    assert full["moment"].tzinfo is UTC
    assert empty == dict.fromkeys(row)


@pytest.mark.parametrize(
    "spoken",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode(["nonsense"]),
        msgspec.msgpack.encode(["want", -1, 5]),
        msgspec.msgpack.encode(["want", 0, 2**40]),
        msgspec.msgpack.encode(["rows", [["plain", [{"a": 1}]]]]),
        msgspec.msgpack.encode(["opened", 1, 1, 1, [b"bytes"]]),
        msgspec.msgpack.encode(["days", [msgspec.msgpack.Ext(4, b"code")]]),
    ],
)
def test_what_no_child_should_say_is_refused(spoken: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        wire.decode_answer(spoken)


def test_rows_of_a_group_come_in_pieces(kept: Watched) -> None:
    rows = [{"name": "x" * 1_000_000 + str(n)} for n in range(40)]

    with Table(write_parquet(rows), children=kept) as table:
        batches = list(table.read(0, ["name"]))
    assert len(batches) > 4
    assert [str(row["name"])[1_000_000:] for batch in batches for row in batch] == [str(n) for n in range(40)]
