"""The schema's history, on both databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from store.database import open_database
from store.errors import SchemaMismatch, StoreError
from store.migration import _config, current_revision, head_revision, require_current, upgrade
from store.views import VIEWS
from tests.store.worlds import rows


def test_an_empty_database_gets_every_table_and_view(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    assert upgrade(database) == (None, head_revision())
    assert current_revision(database) == head_revision()
    for view in VIEWS:
        assert rows(database, f"select count(*) from {view.name}") == [(0,)]
    database.close()


def test_upgrading_twice_changes_nothing(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    upgrade(database)
    assert upgrade(database) == (head_revision(), head_revision())
    database.close()


def test_the_history_gives_exactly_the_declared_schema(postgres_url: str) -> None:
    database = open_database(postgres_url)
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.check(config)  # raises when a new migration would have something to do
    database.close()


def test_an_old_or_empty_database_names_the_remedy(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    with pytest.raises(SchemaMismatch) as caught:
        require_current(database)
    assert caught.value.remedy == "run: lunchwatch db upgrade"
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    database = open_database(database_url)
    with database.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="newer"):
        upgrade(database)
    assert current_revision(database) == "9999"
    database.close()


def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    problems: list[Exception] = []

    def migrate() -> None:
        database = open_database(empty_database_url)
        try:
            upgrade(database)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a thread is the test's result
            problems.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_file_that_is_no_database_is_a_named_error(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("this is no database, it is a long enough line of text to be read as a header " * 20)
    with pytest.raises(StoreError, match=r"text\.db"):
        upgrade(open_database(f"sqlite:///{path}"))


def test_other_views_replace_ours_and_leave_somebody_elses(database_url: str) -> None:
    database = open_database(database_url)
    with database.write() as connection:
        connection.execute(text("create view v_mine as select 1 as one"))
        connection.execute(text("drop view v_run"))
        connection.execute(text("create view v_run as select 'stale' as world"))
        connection.execute(text("update stamp set value = 'of an older version' where name = 'views'"))
    upgrade(database)
    assert rows(database, "select one from v_mine") == [(1,)]
    assert rows(database, "select run_id from v_run") == []
    database.close()
