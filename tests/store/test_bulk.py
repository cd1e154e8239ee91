"""Inserting and looking up many rows at once, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from store import schema as t
from store.bulk import insert_rows, integer_pairs, is_one_of, new_ids
from store.database import Database
from store.recorder import Recorder
from store.records import LIVE, Basis, Kind
from store.transaction import RunSpec

HOSTILE = ["plain", "tab\there", "line\nbreak", "back\\slash", "\\N", "quote'\"", "ünï – 漢字 🙂", ""]


@pytest.fixture
def run_id(database: Database, now: datetime) -> int:
    return Recorder(database, RunSpec(LIVE, "hub", "hub", Basis.OBSERVED), lambda: now).run_id


def insert_subjects(database: Database, run_id: int, names: list[str]) -> list[int]:
    with database.write() as connection:
        ids = new_ids(connection, t.subject.c.subject_id, len(names))
        insert_rows(
            connection,
            t.subject,
            [
                {
                    "subject_id": subject_id,
                    "world": LIVE,
                    "source": "hub",
                    "kind": Kind.HUB_MODEL,
                    "native_id": None,
                    "name": name,
                    "run_id": run_id,
                }
                for subject_id, name in zip(ids, names, strict=True)
            ],
        )
    return ids


def test_texts_come_back_as_they_went_in_whatever_they_hold(database: Database, run_id: int) -> None:
    ids = insert_subjects(database, run_id, HOSTILE)
    with database.read() as connection:
        rows = connection.execute(select(t.subject.c.subject_id, t.subject.c.name, t.subject.c.kind)).all()
    assert {row.subject_id: row.name for row in rows} == dict(zip(ids, HOSTILE, strict=True))
    assert {row.kind for row in rows} == {"hub_model"}


def test_ids_are_new_each_time(database: Database, run_id: int) -> None:
    first = insert_subjects(database, run_id, ["a", "b"])
    second = insert_subjects(database, run_id, ["c"])
    assert len({*first, *second}) == 3


def test_days_and_moments_pass_the_types_of_their_columns(database: Database, run_id: int) -> None:
    (subject_id,) = insert_subjects(database, run_id, ["a"])
    moment = datetime(2026, 11, 1, 23, 59, 59, 123456, tzinfo=UTC)
    with database.write() as connection:
        metric_id = connection.execute(select(t.metric.c.metric_id).limit(1)).scalar_one()
        insert_rows(
            connection,
            t.observation,
            [
                {
                    "day": date(2026, 11, day),
                    "metric_id": metric_id,
                    "subject_id": subject_id,
                    "run_id": run_id,
                    "value": 0.1 + day,
                    "known_at": known_at,
                }
                for day, known_at in ((1, moment), (2, None))
            ],
        )
    o = t.observation
    with database.read() as connection:
        rows = connection.execute(select(o.c.day, o.c.value, o.c.known_at).order_by(o.c.day)).all()
    assert [tuple(row) for row in rows] == [
        (date(2026, 11, 1), 1.1, moment),
        (date(2026, 11, 2), 2.1, None),
    ]


def test_naive_moment_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 1)  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="time zone"), database.write() as connection:
        insert_rows(connection, t.run, [{"started_at": naive}])


def test_row_that_breaks_a_rule_is_an_error_of_the_store_and_leaves_nothing(
    database: Database, run_id: int
) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key|unique|constraint"), database.write() as connection:
        insert_rows(
            connection,
            t.subject_name,
            [{"subject_id": 999_999, "run_id": run_id, "name": "nobody"}],
        )
    with database.read() as connection:
        assert connection.execute(select(t.subject_name)).all() == []


def test_keys_are_looked_up_by_value_not_by_pattern(database: Database, run_id: int) -> None:
    insert_subjects(database, run_id, HOSTILE)
    wanted = ["back\\slash", "quote'\"", "nobody"]
    with database.read() as connection:
        names = connection.execute(
            select(t.subject.c.name).where(is_one_of(connection, t.subject.c.name, wanted))
        ).scalars()
        assert sorted(names) == ["back\\slash", "quote'\""]
        pairs = integer_pairs(connection, [(1, 2), (3, 4)], ("left", "right"))
        found = connection.execute(select(pairs.c.left, pairs.c.right).select_from(pairs)).all()
    assert [tuple(row) for row in found] == [(1, 2), (3, 4)]


def test_no_rows_and_no_keys_are_no_trouble(database: Database) -> None:
    with database.write() as connection:
        insert_rows(connection, t.subject, [])
        none = is_one_of(connection, t.subject.c.name, [])
        assert connection.execute(select(t.subject.c.name).where(none)).all() == []
        assert new_ids(connection, t.subject.c.subject_id, 0) == []
