"""Bringing a database to the schema this version needs.

Forward only, in one transaction, with foreign keys off on SQLite (a batch rebuild of a parent table
would otherwise delete its children) and checked before the commit. PostgreSQL holds an advisory lock,
SQLite its write lock, so that two processes that start together migrate once. The views are dropped
before and made anew after, and also when this version merely has others.
"""

from __future__ import annotations

import functools
import hashlib
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select, text

from store.database import Database, translated
from store.errors import SchemaMismatch, StoreError
from store.schema import stamp
from store.views import VIEWS

_LOCK_KEY = 7_310_620_231
_VIEWS = hashlib.sha256(repr(VIEWS).encode()).hexdigest()
"""The views of this version: a database that has others gets these."""


@functools.cache
def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return config


@functools.cache
def head_revision() -> str:
    """The revision this version of Lunchwatch needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise StoreError("the migration history is empty: the installation is broken")
    return head


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the database to the newest schema; return the revisions before and after.

    Raises SchemaMismatch for a database made by a newer version.
    """
    with translated(database.label):
        return _upgrade(database)


def _upgrade(database: Database) -> tuple[str | None, str]:
    raw = database.engine.connect()
    try:
        if database.is_sqlite:
            # the pragma is ignored inside a transaction, so it goes to the driver's connection
            raw.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with raw.begin():
            if not database.is_sqlite:
                raw.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            before = MigrationContext.configure(raw).get_current_revision()
            _refuse_newer(before)
            if before != head_revision():
                _migrate(raw, database)
            elif _read_stamp(raw, "views") != _VIEWS:
                _drop_views(raw)
                _make_views(raw)
    finally:
        if database.is_sqlite:
            raw.connection.cursor().execute("PRAGMA foreign_keys=ON")
        raw.close()
    return before, head_revision()


def require_current(database: Database) -> None:
    """Raise SchemaMismatch unless the database has exactly this version's schema."""
    revision = current_revision(database)
    if revision != head_revision():
        raise SchemaMismatch(
            f"{database.label} has schema {revision or 'none'}, this version needs {head_revision()}",
            remedy="run: lunchwatch db upgrade",
        )


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaMismatch(
            f"the database has schema {revision}, which is newer than this version of Lunchwatch",
            remedy="upgrade Lunchwatch",
        )


def _migrate(connection: Connection, database: Database) -> None:
    _drop_views(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _make_views(connection)
    if database.is_sqlite:
        orphans = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if orphans:
            raise StoreError(f"the migration would leave {len(orphans)} orphaned rows; nothing was changed")


def _read_stamp(connection: Connection, name: str) -> str:
    found: str | None = connection.execute(
        select(stamp.c.value).where(stamp.c.name == name)
    ).scalar_one_or_none()
    return found or ""


def _drop_views(connection: Connection) -> None:
    """Drop the views we made; somebody's own views stay."""
    if not inspect(connection).has_table(stamp.name):
        return
    existing = set(inspect(connection).get_view_names())
    for name in _read_stamp(connection, "view_names").split():
        if name in existing:
            connection.execute(text(f"DROP VIEW {name}"))


def _make_views(connection: Connection) -> None:
    for view in VIEWS:
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {view.sql}".replace("%", "%%"))
    connection.execute(delete(stamp).where(stamp.c.name.in_(("views", "view_names"))))
    names = " ".join(view.name for view in VIEWS)
    connection.execute(
        insert(stamp), [{"name": "views", "value": _VIEWS}, {"name": "view_names", "value": names}]
    )
