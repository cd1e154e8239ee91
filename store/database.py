"""Opening a database: SQLite (embedded) or PostgreSQL (psycopg 3), with the same behaviour.

SQLite: write-ahead log, foreign keys on, BEGIN IMMEDIATE for writers (a deferred transaction that
upgrades its lock fails at once instead of waiting), plain BEGIN for readers. One Database per process;
threads take their own connections.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from store.errors import Busy, ConfigurationError, Interrupted, StoreError

_READ_ONLY = "lunchwatch_read_only"
_PATIENCE, _TURN = 10_000, 250
"""Milliseconds: how long an SQLite file's lock is waited for, and in what turns."""

_LAST_TURNS = 4
"""So many more after a stop request: another thread of ours may be writing the end of its work."""


class Database:
    """An engine with two ways in: `read()` and `write()`, each one transaction."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.engine = engine
        options: dict[str, Any] = {_READ_ONLY: True}
        if engine.dialect.name == "postgresql":  # its default would show each statement another state
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = engine.execution_options(**options)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @property
    def label(self) -> str:
        """The address without its password, fit for messages."""
        url = self.engine.url.difference_update_query(["password", "passfile", "sslpassword"])
        return url.render_as_string(hide_password=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction: commits at the end, rolls back on any exception."""
        with translated(self.label), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One reading transaction that sees one state of the database throughout."""
        with translated(self.label), self._reader.connect() as connection:
            yield connection

    def refresh_statistics(self) -> None:
        """Let the planner look at the tables after a bulk load. PostgreSQL would do so only minutes later
        and until then read large tables once per row; SQLite plans well without."""
        if not self.is_sqlite:
            with self.write() as connection:
                connection.exec_driver_sql("ANALYZE")

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, stop: threading.Event | None = None) -> Database:
    """Open `url` (`sqlite:///path` or `postgresql://…`); a missing SQLite file's folder is made.

    `stop`: once it is set, a writer that waits for an SQLite file's lock raises Interrupted.

    Raises ConfigurationError for an address nobody understands or a missing driver, StoreError when the
    folder cannot be made. Does not connect to a server yet.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # ValueError: a port that is no number; its words may quote a part of the password
        raise ConfigurationError(
            "database_url is not a database address",
            remedy="use sqlite:////PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME",
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"database_url names {parsed.get_backend_name()}; SQLite and PostgreSQL are supported"
        )
    try:
        if parsed.get_backend_name() == "sqlite":
            if parsed.query:
                raise ConfigurationError("database_url: an SQLite address takes no options after ?")
            return Database(url, _sqlite_engine(url, parsed.database, stop))
        return Database(url, create_engine(parsed, pool_pre_ping=True))
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            f"the driver for {parsed.drivername} is not installed",
            remedy="pip install 'lunchwatch[postgres]'",
        ) from error


def _sqlite_engine(url: str, file: str | None, stop: threading.Event | None) -> Engine:
    if not file or file == ":memory:":
        raise ConfigurationError("an SQLite database needs a file", remedy="use sqlite:////full/path.db")
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of {file}: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": 10, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, stop))
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_PATIENCE}",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":  # setting it again would be a write
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def _begin_sqlite(connection: Connection, stop: threading.Event | None) -> None:
    if connection.get_execution_options().get(_READ_ONLY, False):
        connection.exec_driver_sql("BEGIN")
        return
    # Somebody else may be writing: wait in short turns, between which signals are handled and a stop is seen.
    turns, last_turns = _PATIENCE // _TURN, _LAST_TURNS
    connection.exec_driver_sql(f"PRAGMA busy_timeout={_TURN}")
    try:
        while not _has_begun(connection, is_last=turns <= 1):
            turns -= 1
            if stop is not None and stop.is_set():
                last_turns -= 1
                if last_turns < 0:
                    raise Interrupted("stopped while another writer held the database")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE}")


def _has_begun(connection: Connection, *, is_last: bool) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if is_last or not _is_held(_first_line(error.orig or error)):
            raise
        return False
    return True


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn the driver's errors into ours; a bug in a statement stays what it is."""
    try:
        yield
    except OperationalError as error:
        raise _operational(label, error) from error
    except DBAPIError as error:
        reason = _first_line(error.orig or error)
        if error.connection_invalidated:
            raise StoreError(f"lost the connection to {label}") from error
        if "invalid connection option" in reason or "invalid dsn" in reason:
            raise ConfigurationError(f"database_url: {reason}") from error
        if type(error) is DatabaseError:  # SQLite's word for a damaged file or one that is no database
            raise StoreError(f"{label}: {reason}", remedy="restore a backup, or name another file") from error
        raise


_SQLITE_REMEDIES = {
    "readonly": "the database file and its folder must be writable",
    "disk": "check that the disk is not full and not failing",
    "unable to open": "the folder must exist and be writable",
    "already exists": "this is not a Lunchwatch database; name another file in database_url",
}


def _operational(label: str, error: OperationalError) -> StoreError:
    reason = _first_line(error.orig or error)
    if _is_held(reason):
        return Busy(f"{label} is in use by another writer", remedy="try again in a moment")
    remedy = "check database_url and that the server runs"
    if label.startswith("sqlite"):
        remedy = next((said for word, said in _SQLITE_REMEDIES.items() if word in reason), "check the file")
    return StoreError(f"{label}: {reason}", remedy=remedy)


def _is_held(reason: str) -> bool:
    """Whether the driver says that somebody else holds an SQLite file's lock."""
    return "locked" in reason or "busy" in reason


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
