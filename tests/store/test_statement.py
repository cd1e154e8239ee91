"""`lunchwatch sql` refuses to write, in depth, on both databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from store.database import Database, open_database
from store.errors import NotFound, Refused, StoreError
from store.statement import find_first_word, run_statement
from tests.store.worlds import downloads, hub_model, rows, tell

WRITES = [
    "delete from observation",
    "insert into lab values ('a', 'a', 'a', 'a')",
    "update run set world = 'x' returning run_id",
    "drop table lab",
    "create table x (y int)",
    "with gone as (select 1) delete from run",
    "select 1; delete from run",
    "/* select */ delete from run",
    "-- select\ndelete from run",
    "vacuum",
    "begin",
    "",
    "nonsense",
]
SQLITE_WRITES = [
    "attach database '/nowhere/x.db' as x",
    "vacuum into '/nowhere/x.db'",
    "pragma journal_mode = delete",
    "pragma writable_schema = 1",
    "select load_extension('x')",
    "select writefile('/nowhere/x', 'x')",
    "explain delete from nothing_there",
]
POSTGRES_WRITES = [
    "set transaction read write",
    "copy (select 1) to program 'true'",
    "do $$ begin delete from run; end $$",
    "with gone as (delete from run returning 1) select * from gone",
    "select nextval('run_run_id_seq')",
    "select set_config('transaction_read_only', 'off', false), (select 1 from run for update)",
    "explain analyze delete from run",
]


@pytest.fixture
def told(database: Database) -> Database:
    tell(database, *[downloads(n, subject=hub_model(f"lab/m{n}")) for n in range(1, 6)])
    return database


def test_a_reading_statement_answers_with_names_and_rows(told: Database) -> None:
    answer = run_statement(told, "select subject, value from v_observation where value > 3 order by value")
    assert answer.columns == ("subject", "value")
    assert answer.rows == [("lab/m4", 4.0), ("lab/m5", 5.0)]
    assert not answer.is_cut


def test_a_percent_sign_is_only_a_percent_sign(told: Database) -> None:
    assert run_statement(told, "select count(*) from v_observation where subject like 'lab/%'").rows == [(5,)]


@pytest.mark.parametrize("statement", WRITES)
def test_a_statement_that_would_write_is_refused(told: Database, statement: str) -> None:
    with pytest.raises(Refused):
        run_statement(told, statement)
    assert rows(told, "select count(*) from observation") == [(5,)]
    assert rows(told, "select world from v_run") == [("live",)]


@pytest.mark.parametrize("statement", SQLITE_WRITES)
def test_sqlite_refuses_its_own_ways_to_write(sqlite_url: str, statement: str) -> None:
    database = open_database(sqlite_url)
    with pytest.raises(Refused):
        run_statement(database, statement)
    assert rows(database, "pragma journal_mode") == [("wal",)]
    database.close()


@pytest.mark.parametrize("statement", POSTGRES_WRITES)
def test_postgresql_refuses_its_own_ways_to_write(postgres_url: str, statement: str) -> None:
    database = open_database(postgres_url)
    tell(database, downloads(1))
    with pytest.raises(Refused):
        run_statement(database, statement)
    assert rows(database, "select count(*) from run") == [(1,)]
    database.close()


def test_a_statement_without_end_is_stopped(told: Database) -> None:
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    with pytest.raises(Refused, match=r"longer than 0\.2 s"):
        run_statement(told, endless, seconds=0.2)


def test_rows_past_the_limit_are_cut_and_said_so(told: Database) -> None:
    answer = run_statement(told, "select subject from v_observation order by 1", limit=2)
    assert len(answer.rows) == 2
    assert answer.is_cut
    assert len(run_statement(told, "select subject from v_observation", limit=0).rows) == 5


def test_a_misspelt_statement_says_what_the_database_says(told: Database) -> None:
    with pytest.raises(Refused, match="v_nothing"):
        run_statement(told, "select * from v_nothing")


def test_a_missing_sqlite_file_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(NotFound):
        run_statement(open_database(f"sqlite:///{path}"), "select 1")
    assert not path.exists()


@pytest.mark.parametrize(
    ("sql", "on_sqlite", "on_postgresql"),
    [
        ("select 1", "select", "select"),
        (" \n\t( ( SELECT", "select", "select"),
        ("-- a\n--b\n/* c */with", "with", "with"),
        ("/* /* */ select */ delete", "select", "delete"),
        ("/*/ select */ delete", "delete", "delete"),
        ("/* select", "", ""),
        ("-- select", "", ""),
        ("/**/" * 100_000 + "1", "", ""),
        ("/*" * 100_000, "", ""),
        ("(" * 100_000 + "1", "", ""),
    ],
)
def test_the_first_word_is_found_past_comments_and_brackets(
    sql: str, on_sqlite: str, on_postgresql: str
) -> None:
    assert find_first_word(sql, comments_nest=False) == on_sqlite
    assert find_first_word(sql, comments_nest=True) == on_postgresql


def test_one_call_that_sqlite_cannot_interrupt_keeps_nobody_waiting(sqlite_url: str) -> None:
    sql = "select instr(printf('%.990000c', 'a'), printf('%.490000c', 'a') || 'b')"
    with pytest.raises(Refused, match=r"longer than 0\.1 s"):
        run_statement(open_database(sqlite_url), sql, seconds=0.1)


def test_rows_that_never_end_are_stopped_while_they_are_read(told: Database) -> None:
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n"
    assert run_statement(told, endless, limit=3, seconds=5).rows == [(1,), (2,), (3,)]
    with pytest.raises(Refused):
        run_statement(told, endless, limit=0, seconds=0.2)


def test_a_result_that_nobody_can_use_is_refused(told: Database) -> None:
    text = "hex(zeroblob(400000))" if told.is_sqlite else "repeat('ab', 400000)"
    many = f"with recursive n(x) as (select 1 union all select x + 1 from n) select {text} from n"
    with pytest.raises(Refused, match="larger than 50 MB"):
        run_statement(told, many, limit=0, seconds=60)


def test_a_reader_goes_on_after_each_kind_of_end(told: Database) -> None:
    for sql, limit in (("select 1 where 1 = 0", 5), ("select subject from v_observation", 1)):
        run_statement(told, sql, limit=limit)
    with pytest.raises(Refused):
        run_statement(told, "select 1 / 0 from v_nothing")
    assert run_statement(told, "select count(*) from v_observation").rows == [(5,)]


def test_an_answer_without_rows_has_its_columns(told: Database) -> None:
    answer = run_statement(told, "select subject, value from v_observation where subject like 'no%'")
    assert (answer.columns, answer.rows, answer.is_cut) == (("subject", "value"), [], False)


@pytest.mark.parametrize(
    "sql", ["select \udcff", "select 'a\x00b'", "select 1; select 2", "select * from v_nothing\nwhere\n1"]
)
def test_a_refusal_is_one_line_in_plain_words(told: Database, sql: str) -> None:
    with pytest.raises(Refused) as caught:
        run_statement(told, sql)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_value_too_long_for_sqlite_is_said_so(sqlite_url: str) -> None:
    with pytest.raises(Refused, match="longer than 1 MB"):
        run_statement(open_database(sqlite_url), "select hex(zeroblob(4000000))")
    with pytest.raises(Refused, match="too complex"):
        run_statement(open_database(sqlite_url), f"select 'a' like '{'%a' * 400}'")


def test_text_that_is_none_is_shown_as_far_as_it_is(sqlite_url: str) -> None:
    assert run_statement(open_database(sqlite_url), "select cast(x'61ff' as text)").rows == [("a\ufffd",)]


def test_a_damaged_file_is_the_operators_affair(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    foreign.write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError, match="not a database"):
        run_statement(open_database(f"sqlite:///{foreign}"), "select * from t")
    damaged = tmp_path / "damaged.db"
    connection = sqlite3.connect(damaged)
    connection.execute("create table t as select hex(zeroblob(9000)) as x")
    connection.commit()
    connection.close()
    damaged.write_bytes(damaged.read_bytes()[:4096] + b"\x77" * 20_000)
    with pytest.raises(StoreError, match="malformed"):
        run_statement(open_database(f"sqlite:///{damaged}"), "select * from t")
