"""A statement on the views answers again as it did when a report was frozen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from store.database import Database
from store.recall import recall
from store.records import Basis, Fact
from store.statement import run_statement
from store.views import VIEWS
from tests.store.worlds import DAY, downloads, hub_model, tell

SERIES = "select subject, day, value from v_observation where world = 'live' order by day"


def last_run(database: Database) -> int:
    return int(run_statement(database, "select max(run_id) from v_run").rows[0][0])


def read(database: Database, sql: str, last_run_id: int, as_of: date = DAY) -> list[tuple[Any, ...]]:
    then = recall(sql, last_run_id=last_run_id, as_of=as_of, is_sqlite=database.is_sqlite)
    return [(row[0], str(row[1])[:10], *row[2:]) for row in run_statement(database, then).rows]


def test_a_later_correction_and_a_later_value_are_not_there(database: Database) -> None:
    tell(database, downloads(10, DAY - timedelta(days=1)))
    frozen = last_run(database)
    tell(database, downloads(99, DAY - timedelta(days=1)), downloads(12, DAY))
    yesterday = (DAY - timedelta(days=1)).isoformat()
    assert read(database, SERIES, frozen) == [("lab/model", yesterday, 10)]
    now = run_statement(database, SERIES).rows
    assert [row[2] for row in now] == [99, 12]


def test_a_bundled_value_that_was_overtaken_since_is_there_again(database: Database) -> None:
    tell(database, downloads(10, DAY), basis=Basis.BUNDLED)
    frozen = last_run(database)
    tell(database, downloads(20, DAY))
    assert read(database, SERIES, frozen) == [("lab/model", DAY.isoformat(), 10)]


def test_what_nobody_could_know_by_the_as_of_is_not_there(database: Database) -> None:
    tell(database, downloads(10, DAY - timedelta(days=9)), on=DAY)
    frozen = last_run(database)
    assert read(database, SERIES, frozen, DAY) != []
    assert read(database, SERIES, frozen, DAY - timedelta(days=1)) == []


def test_a_subject_bears_the_name_it_had(database: Database) -> None:
    tell(database, downloads(10, subject=hub_model("lab/model", "1")))
    frozen = last_run(database)
    tell(database, downloads(11, DAY + timedelta(days=1), hub_model("lab/renamed", "1")))
    named = "select subject, day, value from v_observation where subject = 'lab/model'"
    assert read(database, named, frozen) == [("lab/model", DAY.isoformat(), 10)]
    assert run_statement(database, named).rows == []


def test_a_statement_that_names_a_view_twice_or_joins_two_is_recalled_whole(database: Database) -> None:
    model = hub_model()
    tell(database, downloads(10), Fact(model, "licence", "mit", DAY))
    frozen = last_run(database)
    tell(database, downloads(11), Fact(model, "licence", "apache-2.0", DAY))
    twice = f"{SERIES.partition(' order')[0]} and subject_id in (select subject_id from v_observation)"
    assert [row[2] for row in read(database, twice, frozen)] == [10]
    joined = (
        "select subject, day, f.value from v_observation join v_fact f using (world, subject_id, subject)"
    )
    assert [row[2] for row in read(database, joined, frozen)] == ["mit"]


def test_every_view_of_dated_knowledge_can_be_recalled_and_gives_the_same_columns(
    database: Database,
) -> None:
    tell(database, downloads(10))
    for view in VIEWS:
        sql = f"select * from {view.name}"
        then = recall(sql, last_run_id=1, as_of=DAY, is_sqlite=database.is_sqlite)
        assert run_statement(database, then).columns == run_statement(database, sql).columns, view.name
        # without a second clock of their own: they are read as they are
        is_plain = " AS rank" not in view.sql
        assert (then == sql) is is_plain, view.name


def test_only_a_select_is_recalled() -> None:
    with pytest.raises(ValueError, match="only a SELECT"):
        recall("with x as (select 1) select * from x", last_run_id=1, as_of=DAY, is_sqlite=True)
