"""A writer that waits for an SQLite file which somebody else holds."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest

from store import database as module
from store.catalogue import load_catalogue
from store.database import open_database
from store.errors import Busy, Interrupted
from store.loading import load_reference
from store.migration import upgrade


@pytest.fixture
def held(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Another program's connection that writes and does not end."""
    database = open_database(sqlite_url)
    upgrade(database)
    database.close()
    other = sqlite3.connect(
        sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_stop_ends_the_waiting_of_whoever_prepares(sqlite_url: str, held: sqlite3.Connection) -> None:
    stop = threading.Event()
    stop.set()
    database = open_database(sqlite_url, stop)
    with pytest.raises(Interrupted):
        upgrade(database)
    with pytest.raises(Interrupted):
        load_reference(database, load_catalogue())
    held.rollback()
    upgrade(database)  # what can be had at once is had: the end of a round is written after the stop
    database.close()


def test_writer_that_waited_in_vain_says_that_the_database_is_in_use(
    sqlite_url: str, held: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 40)
    monkeypatch.setattr(module, "_TURN", 10)
    database = open_database(sqlite_url, threading.Event())
    with pytest.raises(Busy), database.write():
        pass
    held.rollback()
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 40
    database.close()


def test_writer_goes_on_as_soon_as_the_other_one_ends(sqlite_url: str, held: sqlite3.Connection) -> None:
    database = open_database(sqlite_url)
    waiting = threading.Timer(0.6, held.rollback)  # more than one turn
    waiting.start()
    with database.write():
        pass
    waiting.join()
    database.close()
