"""Parquet files from outside: what is read, and what hostile or broken ones end in."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.parquet import Caps, Place, Row, Table, read_day, walk
from collectors.parquet.decoder import Decoder, Decoders
from store.errors import SourceChanged, SourceUnavailable
from tests.replica.arena import write_parquet

ROWS = [{"name": f"m{n}", "kind": "even" if n % 2 == 0 else "odd", "score": float(n)} for n in range(10)]


def write_columns(**columns: Any) -> bytes:
    """A file with these columns, as Arrow arrays or plain lists."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


class Frugal(Decoders):
    """Uses a child again that could not read a file, as long as it lives: starting one takes a while."""

    def give_back(self, decoder: Decoder) -> None:
        decoder.is_sound = decoder.is_alive
        super().give_back(decoder)


Opening: TypeAlias = Callable[..., Table]


@pytest.fixture(scope="module")
def children() -> Iterator[Frugal]:
    made = Frugal()
    yield made
    made.close()


@pytest.fixture
def open_table(children: Frugal) -> Iterator[Opening]:
    """Opens tables that are closed after the test."""
    with contextlib.ExitStack() as tables:
        yield lambda *given: tables.enter_context(Table(*given, children=children))


def read_all(table: Table, columns: list[str], **wanted: Any) -> list[Row]:
    return [
        row
        for group in range(table.groups)
        for batch in table.read(group, columns, **wanted)
        for row in batch
    ]


def test_rows_come_as_plain_values_in_the_files_order(open_table: Opening) -> None:
    table = open_table(write_parquet(ROWS, row_group_size=4))
    assert (table.rows, table.groups, table.columns) == (10, 3, ("name", "kind", "score"))
    assert read_all(table, ["name", "score"]) == [{"name": r["name"], "score": r["score"]} for r in ROWS]


def test_rows_are_filtered_by_their_text(open_table: Opening) -> None:
    table = open_table(write_parquet(ROWS, row_group_size=4))
    rows = read_all(table, ["name", "kind"], one_of={"kind": ["odd"]})
    assert [row["name"] for row in rows] == ["m1", "m3", "m5", "m7", "m9"]


def test_texts_kept_as_a_dictionary_are_filtered_too(open_table: Opening) -> None:
    kinds = pa.array(["odd", "even", "odd"]).dictionary_encode()
    rows = read_all(open_table(write_columns(kind=kinds)), ["kind"], one_of={"kind": ["odd"]})
    assert rows == [{"kind": "odd"}, {"kind": "odd"}]


def test_columns_are_found_under_any_of_their_names(open_table: Opening) -> None:
    table = open_table(write_parquet(ROWS))
    assert table.find("title", "name") == "name"
    assert table.find("title") is None
    assert table.need("title", "name") == "name"


def test_missing_column_is_named_with_those_there_are(open_table: Opening) -> None:
    with pytest.raises(SourceChanged, match="name, kind, score") as caught:
        open_table(write_parquet(ROWS)).need("rating", "elo")
    assert caught.value.path == "rating"


def test_bounds_of_a_row_group_are_those_of_its_values(open_table: Opening) -> None:
    table = open_table(write_parquet(ROWS, row_group_size=4))
    assert table.bounds(1, "score") == (4.0, 7.0)
    assert table.bounds(1, "name") == ("m4", "m7")
    without = open_table(write_parquet(ROWS, write_statistics=False))
    assert without.bounds(0, "score") is None


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-15", date(2026, 11, 15)),
        ("2026-11-15T10:00:00Z", date(2026, 11, 15)),
        (date(2026, 11, 15), date(2026, 11, 15)),
        (datetime(2026, 11, 15, 3, tzinfo=UTC).replace(tzinfo=None), date(2026, 11, 15)),
        (datetime(2026, 11, 15, 23, tzinfo=timezone(timedelta(hours=-5))), date(2026, 11, 16)),
        ("soon", None),
        (20261115, None),
        (None, None),
    ],
)
def test_day_is_read_however_the_file_keeps_it(value: object, day: date | None) -> None:
    assert read_day(value) == day


def test_days_of_every_column_type_come_out_as_days(open_table: Opening) -> None:
    moment = datetime(2026, 11, 15, 12, tzinfo=UTC)
    body = write_columns(
        text=["2026-11-15"],
        day=pa.array([date(2026, 11, 15)]),
        moment=pa.array([moment], pa.timestamp("us", "UTC")),
        naive=pa.array([moment.replace(tzinfo=None)], pa.timestamp("ns")),
    )
    table = open_table(body)
    (row,) = read_all(table, list(table.columns))
    assert {read_day(value) for value in row.values()} == {date(2026, 11, 15)}
    assert {read_day(bound) for name in table.columns for bound in table.bounds(0, name) or ()} == {
        date(2026, 11, 15)
    }


# --------------------------------------------------------------------------- what is refused

GOOD = write_parquet(ROWS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PAR1",
        b"PAR1PAR1PAR1",
        b"<html>" * 100,
        b"version https://git-lfs.github.com/spec/v1\n",
        GOOD[: len(GOOD) // 2],
        GOOD[:-1],
        GOOD[:-8] + struct.pack("<I", 2**31) + b"PAR1",
        GOOD[:-8] + struct.pack("<I", 0) + b"PAR1",
        GOOD[:-200] + bytes(192) + GOOD[-8:],
        b"PAR1" + bytes(range(256)) * 4 + struct.pack("<I", 512) + b"PAR1",
    ],
    ids=lambda body: repr(body[-12:]),
)
def test_what_is_no_parquet_file_is_a_named_error(open_table: Opening, body: bytes) -> None:
    with pytest.raises(SourceChanged) as caught:
        read_all(open_table(body), ["name"])
    assert caught.value.path


@pytest.mark.parametrize(
    ("caps", "path"),
    [
        (Caps(file_bytes=100), "file"),
        (Caps(footer_bytes=100), "footer"),
        (Caps(rows=9), "rows"),
        (Caps(groups=2), "row groups"),
        (Caps(columns=2), "columns"),
    ],
)
def test_more_than_is_allowed_is_refused_before_a_row_is_read(
    open_table: Opening, caps: Caps, path: str
) -> None:
    with pytest.raises(SourceChanged) as caught:
        open_table(write_parquet(ROWS, row_group_size=4), caps)
    assert caught.value.path == path


def test_bomb_is_refused_by_the_size_it_declares(open_table: Opening) -> None:
    zeros = write_columns(name=["\0" * 1_000_000 for _ in range(30)])
    bomb = write_parquet([{"name": "\0" * 1_000_000 + str(n)} for n in range(30)], compression="zstd")
    assert len(bomb) < 100_000
    with pytest.raises(SourceChanged, match="row group 0"):
        read_all(open_table(bomb, Caps(group_bytes=10_000_000)), ["name"])
    assert len(read_all(open_table(zeros), ["name"])) == 30


@pytest.mark.parametrize(
    "column",
    [
        pa.array([["a"]]),
        pa.array([{"a": 1}]),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([b"bytes"]),
    ],
    ids=["list", "struct", "map", "binary"],
)
def test_column_of_no_plain_values_is_refused_by_name(open_table: Opening, column: pa.Array) -> None:
    table = open_table(write_columns(name=column))
    with pytest.raises(SourceChanged) as caught:
        read_all(table, ["name"])
    assert caught.value.path == "name"


def test_column_that_stands_twice_is_refused(open_table: Opening) -> None:
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["name", "name"])
    file = io.BytesIO()
    pq.write_table(twice, file)
    with pytest.raises(SourceChanged, match="name"):
        read_all(open_table(file.getvalue()), ["name"])


def test_filter_on_a_column_without_texts_is_refused_by_name(open_table: Opening) -> None:
    with pytest.raises(SourceChanged, match="where texts are expected") as caught:
        read_all(open_table(GOOD), ["score"], one_of={"score": ["1"]})
    assert caught.value.path == "score"


def test_column_that_is_not_there_is_refused_by_name(open_table: Opening) -> None:
    with pytest.raises(SourceChanged) as caught:
        read_all(open_table(GOOD), ["rating"])
    assert caught.value.path == "rating"


def test_decimals_and_missing_values_come_out_as_they_are(open_table: Opening) -> None:
    (row,) = read_all(
        open_table(write_columns(a=pa.array([Decimal("1.50")]), b=pa.array([None], pa.int32()))), ["a", "b"]
    )
    assert row == {"a": Decimal("1.50"), "b": None}


def test_error_of_the_file_below_passes_through(open_table: Opening) -> None:
    class Lost:
        closed = False

        def __init__(self) -> None:
            self.reads = 0
            self.at = 0

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def tell(self) -> int:
            return self.at

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.at = offset if whence == 0 else len(GOOD) + offset
            return self.at

        def read(self, size: int = -1, /) -> bytes:
            self.reads += 1
            if self.reads > 1:
                raise SourceUnavailable("the line is dead")
            data = GOOD[self.at :][: size if size >= 0 else None]
            self.at += len(data)
            return data

    with pytest.raises(SourceUnavailable, match="the line is dead"):
        read_all(open_table(Lost()), ["name"])


# --------------------------------------------------------------------------- walking


def walk_names(
    children: Frugal,
    place: Place,
    *,
    is_wanted_group: Callable[[int], bool] = lambda _group: True,
    is_wanted: Callable[[Mapping[str, object]], bool] = lambda _row: True,
) -> list[tuple[list[object], Place]]:
    with Table(write_parquet(ROWS, row_group_size=4), children=children) as table:
        portions = walk(
            table, ["name", "kind"], place, is_wanted_group=is_wanted_group, is_wanted=is_wanted, portion=2
        )
        return [([row["name"] for row in each.rows], each.after) for each in portions]


def test_walk_goes_on_from_any_place_it_gave(children: Frugal) -> None:
    whole = walk_names(children, Place())
    assert [name for names, _ in whole for name in names] == [row["name"] for row in ROWS]
    for number, (_, after) in enumerate(whole):
        assert walk_names(children, after) == whole[number + 1 :]


def test_walk_passes_over_groups_and_rows_that_are_not_wanted(children: Frugal) -> None:
    found = walk_names(
        children,
        Place(),
        is_wanted_group=lambda group: group != 1,
        is_wanted=lambda row: row["kind"] == "even",
    )
    assert [name for names, _ in found for name in names] == ["m0", "m2", "m8"]


@pytest.mark.parametrize("state", [{}, {"group": "1", "taken": 0}, {"group": -1, "taken": 0}, {"group": 2}])
def test_state_without_a_place_is_the_beginning(state: dict[str, object]) -> None:
    assert Place.read(state) == Place()
    assert Place.read(Place(3, 7).write()) == Place(3, 7)
