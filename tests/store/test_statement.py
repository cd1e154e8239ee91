"""`lunchwatch sql` refuses to write, in depth, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.database import Database, open_database
from store.errors import NotFound, Refused
from store.statement import run_statement
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
