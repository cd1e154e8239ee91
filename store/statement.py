"""One read-only statement by a user, in depth: the database refuses to write, not a parser of ours.

SQLite: a connection of its own opened read-only, query_only, an authorizer that allows reading only, no
attached databases, a bounded result, a deadline. PostgreSQL: a read-only transaction, a statement
timeout, the extended protocol (one statement) and always a rollback; for a public dashboard give it a
role that may SELECT only.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError

from store.database import Database
from store.errors import NotFound, Refused

_FIRST_WORD = re.compile(r"^(?:\s|--[^\n]*\n|/\*.*?\*/|\()*([a-z]+)", re.IGNORECASE | re.DOTALL)
_READING = {"select", "with", "values", "explain"}
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_PRAGMAS = {"table_info", "table_xinfo", "table_list", "index_list", "index_info"}
_ONLY_ONE = "only one SELECT statement is allowed"
_STEPS_BETWEEN_CHECKS = 10_000
_LONGEST_VALUE = 10_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows. `is_cut`: there were more rows than asked for."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    is_cut: bool


def run_statement(database: Database, sql: str, *, limit: int = 1000, seconds: float = 2.0) -> Answer:
    """Run one reading statement; at most `limit` rows (0: all) and `seconds`.

    Raises Refused (exit 2) for anything that would write, for several statements, for a statement that
    the database does not understand and for one that takes too long.
    """
    match = _FIRST_WORD.match(sql)
    if match is None or match[1].lower() not in _READING:
        raise Refused(f"{_ONLY_ONE} (it begins with {match[1].upper() if match else 'nothing'})")
    if database.is_sqlite:
        return _run_on_sqlite(database, sql, limit, seconds)
    return _run_on_postgresql(database, sql, limit, seconds)


def _run_on_sqlite(database: Database, sql: str, limit: int, seconds: float) -> Answer:
    path = database.path
    if path is None or not path.exists():
        raise NotFound(f"{database.label} does not exist", remedy="run: lunchwatch db upgrade")
    deadline = time.monotonic() + seconds
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=seconds)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_CHECKS)
        cursor = connection.execute(sql)
        return _fetch(cursor, limit)
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise _too_slow(seconds) from error
        raise Refused(f"the statement failed: {error}") from error
    except (sqlite3.DatabaseError, sqlite3.ProgrammingError, sqlite3.Warning) as error:
        raise Refused(f"{_ONLY_ONE} ({error})") from error
    finally:
        connection.close()


def _authorize(action: int, first: str | None, _second: str | None, _db: str | None, _by: str | None) -> int:
    if action in _ALLOWED and not (action == sqlite3.SQLITE_FUNCTION and _second == "load_extension"):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _run_on_postgresql(database: Database, sql: str, limit: int, seconds: float) -> Answer:
    with database.read() as connection:
        try:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            cursor = connection.connection.cursor()
            # preparing makes the driver use the extended protocol, which takes one statement only
            cursor.execute(sql.replace("%", "%%"), (), prepare=True)  # type: ignore[call-arg] # psycopg's own
            return _fetch(cursor, limit)
        except DBAPIError as error:
            raise Refused(f"the statement failed: {error.orig}") from error
        except Exception as error:
            name = type(error).__name__
            if name == "QueryCanceled":
                raise _too_slow(seconds) from error
            if type(error).__module__.startswith("psycopg"):
                reason = str(error).splitlines()[0]
                is_write = name in ("ReadOnlySqlTransaction", "InsufficientPrivilege")
                raise Refused(
                    f"{_ONLY_ONE} ({reason})" if is_write else f"the statement failed: {reason}"
                ) from error
            raise
        finally:
            connection.rollback()


def _fetch(cursor: Any, limit: int) -> Answer:
    if cursor.description is None:
        raise Refused(f"{_ONLY_ONE} (it returns nothing)")
    rows = cursor.fetchmany(limit + 1) if limit else cursor.fetchall()
    columns = tuple(column[0] for column in cursor.description)
    is_cut = bool(limit) and len(rows) > limit
    return Answer(columns, [tuple(row) for row in rows[: limit or None]], is_cut)


def _too_slow(seconds: float) -> Refused:
    return Refused(f"the statement took longer than {seconds:g} s", remedy="narrow it, or raise --seconds")
