"""One statement on an SQLite file that nobody trusts.

A connection of its own opened read-only, query_only, an authorizer that allows reading only, no attached
databases, bounded values and results, a deadline. The statement runs in a thread of its own: a deadline
interrupts it, and one call of a function that SQLite does not interrupt keeps nobody waiting.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

from store.answer import Answer, Bounds, gather, refuse
from store.errors import Busy, LunchwatchError, Refused, StoreError

_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_PRAGMAS = {"table_info", "table_xinfo", "table_list", "index_list", "index_info"}
_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
}
_GRACE = 1.0
"""Seconds in which an interrupted statement may end by itself."""


class _Sandbox(threading.Thread):
    """Runs the statement; `answer` or `error` is set when it ends."""

    def __init__(self, path: Path, sql: str, bounds: Bounds) -> None:
        super().__init__(name="statement", daemon=True)
        self._path, self._sql, self._bounds = path, sql, bounds
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self.answer: Answer | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            connection = _open(self._path, self._bounds.seconds)
            with self._lock:
                self._connection = connection
            try:
                self.answer = _execute(connection, self._sql, self._bounds)
            finally:
                with self._lock:
                    self._connection = None
                connection.close()
        except (LunchwatchError, sqlite3.Error, sqlite3.Warning, MemoryError) as error:
            self.error = error

    def interrupt(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.interrupt()


def run_in_sandbox(path: Path, sql: str, bounds: Bounds) -> Answer:
    """The statement's answer. Raises Refused for what is the user's fault, StoreError for the file's."""
    thread = _Sandbox(path, sql, bounds)
    thread.start()
    thread.join(bounds.seconds)
    if thread.is_alive():
        thread.interrupt()
        thread.join(_GRACE)
    if thread.error is not None:
        raise _explain(thread.error, path, bounds) from thread.error
    if thread.answer is None:
        raise bounds.too_slow
    return thread.answer


def _open(path: Path, seconds: float) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    # interrupt() comes from the thread that waits
    connection = sqlite3.connect(address, uri=True, timeout=seconds, check_same_thread=False)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.set_authorizer(_authorize)
    return connection


def _execute(connection: sqlite3.Connection, sql: str, bounds: Bounds) -> Answer:
    cursor = connection.execute(sql)
    if cursor.description is None:
        raise Refused("the statement returns nothing")
    return gather((column[0] for column in cursor.description), cursor, bounds)


def _authorize(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
    if action in _ALLOWED and not (action == sqlite3.SQLITE_FUNCTION and second == "load_extension"):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _explain(error: Exception, path: Path, bounds: Bounds) -> LunchwatchError:
    """Whose fault it was, by SQLite's result code (https://sqlite.org/rescode.html)."""
    if isinstance(error, LunchwatchError):
        return error
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code == sqlite3.SQLITE_INTERRUPT:
        return bounds.too_slow
    if code == sqlite3.SQLITE_TOOBIG or isinstance(error, MemoryError):
        return Refused("a value would be longer than 1 MB", remedy="take a part of it: substr(…)")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(f"{path}: {error}", remedy="restore a backup, or name another file")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"{path} is in use by another writer", remedy="try again in a moment")
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM):
        return StoreError(f"{path}: {error}", remedy="check the file and the disk it lies on")
    is_write = code in (sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY) or "one statement" in str(error)
    return refuse(error, is_write=is_write)
