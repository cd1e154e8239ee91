"""One read-only statement by a user, in depth: the database refuses to write, not a parser of ours.

SQLite: see `store.sandbox`. PostgreSQL: a read-only transaction, a statement timeout, the extended
protocol (one statement), rows read one by one and always a rollback; for a public dashboard give it a
role that may SELECT only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from typing import Any

from sqlalchemy.exc import DBAPIError

from store.answer import ONLY_ONE, Answer, Bounds, gather, refuse
from store.database import Database
from store.errors import LunchwatchError, NotFound, Refused
from store.sandbox import run_in_sandbox

_READING = {"select", "with", "values", "explain"}
_WORD = re.compile(r"[A-Za-z]*")
_COMMENT_MARK = re.compile(r"/\*|\*/")


def run_statement(database: Database, sql: str, *, limit: int = 1000, seconds: float = 2.0) -> Answer:
    """Run one reading statement; at most `limit` rows (0: all), `seconds` and 50 MB.

    Raises Refused (exit 2) for anything that would write, for several statements, for a statement that
    the database does not understand and for one that takes too long or says too much; StoreError when
    the database is at fault.
    """
    _refuse_broken_text(sql)
    word = find_first_word(sql, comments_nest=not database.is_sqlite)
    if word not in _READING:
        raise Refused(f"{ONLY_ONE} (it begins with {word.upper() or 'nothing'})")
    bounds = Bounds.starting_now(limit, seconds)
    if not database.is_sqlite:
        return _run_on_postgresql(database, sql, bounds)
    if database.path is None or not database.path.exists():
        raise NotFound(f"{database.label} does not exist", remedy="run: lunchwatch db upgrade")
    return run_in_sandbox(database.path, sql, bounds)


def _refuse_broken_text(sql: str) -> None:
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise Refused("the statement is no valid UTF-8 text") from error
    if "\x00" in sql:
        raise Refused("the statement holds a zero byte")


def find_first_word(sql: str, *, comments_nest: bool) -> str:
    """The first word in lower case, past white space, comments and opening brackets; empty for none.

    PostgreSQL's comments nest, SQLite's do not. Reads each character once.
    """
    place, end = 0, len(sql)
    while place < end:
        if sql[place].isspace() or sql[place] == "(":
            place += 1
        elif sql.startswith("--", place):
            line_end = sql.find("\n", place)
            place = end if line_end < 0 else line_end + 1
        elif sql.startswith("/*", place):
            place = _skip_comment(sql, place + 2, comments_nest=comments_nest)
        else:
            break
    match = _WORD.match(sql, place)
    return match[0].lower() if match else ""


def _skip_comment(sql: str, place: int, *, comments_nest: bool) -> int:
    """Where the comment ends whose inside begins at `place`; one without an end reaches to the last."""
    if not comments_nest:
        closing_mark = sql.find("*/", place)
        return len(sql) if closing_mark < 0 else closing_mark + 2
    depth = 1
    for mark in _COMMENT_MARK.finditer(sql, place):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)


def _run_on_postgresql(database: Database, sql: str, bounds: Bounds) -> Answer:
    with database.read() as connection:
        try:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(bounds.seconds * 1000)}")
            return _stream(connection.connection.cursor(), sql, bounds)
        except LunchwatchError:
            raise
        except DBAPIError as error:
            raise refuse(error.orig or error) from error
        except Exception as error:
            name = type(error).__name__
            if name == "QueryCanceled":
                raise bounds.too_slow from error
            if type(error).__module__.startswith("psycopg"):
                is_write = name in ("ReadOnlySqlTransaction", "InsufficientPrivilege")
                raise refuse(error, is_write=is_write) from error
            raise
        finally:
            connection.rollback()


def _stream(cursor: Any, sql: str, bounds: Bounds) -> Answer:
    """Read row by row, by the extended protocol. Closing the stream ends a statement that goes on."""
    with closing(cursor.stream(sql)) as rows:
        first = next(rows, None)
        if first is not None:
            return gather(_columns(cursor), chain((first,), rows), bounds)
    # a stream without rows does not tell its columns; preparing keeps to the extended protocol
    cursor.execute(sql.replace("%", "%%"), (), prepare=True)
    return gather(_columns(cursor), iter(cursor.fetchall()), bounds)


def _columns(cursor: Any) -> Iterator[str]:
    return (column[0] for column in cursor.description or ())
