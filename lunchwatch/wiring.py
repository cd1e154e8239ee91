"""Putting the parts together: settings to database, catalogue and collectors. Nothing here decides."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from lunchwatch import clock
from store.errors import NotFound

if TYPE_CHECKING:
    from collectors.contract import Collector
    from collectors.fetching import Fetcher
    from lunchwatch.collecting import CollectorResult, Progress
    from lunchwatch.due import Choice
    from lunchwatch.settings import Settings
    from store.database import Database
    from store.query import StoreQuery
    from store.records import Basis, OpenRule

PROJECT_URL = "https://github.com/lunchwatch/lunchwatch"
_ABANDONED_AFTER = timedelta(hours=6)
"""On a shared database a run may be somebody else's; one this old is nobody's."""


@contextmanager
def prepare_database(
    stop: threading.Event | None = None,
) -> Iterator[tuple[Database, Settings, tuple[str | None, str]]]:
    """Open the configured database, bring schema and reference tables up to date.

    Raises Interrupted when `stop` is set while a server or another writer lets us wait, then and later."""
    from lunchwatch.interruption import do_unless_stopped
    from lunchwatch.settings import load_settings
    from store.catalogue import load_catalogue
    from store.database import open_database
    from store.loading import load_reference
    from store.migration import upgrade

    settings = load_settings()
    database = open_database(settings.database, stop)

    def prepare() -> tuple[str | None, str]:
        change = upgrade(database)
        load_reference(database, load_catalogue())
        return change

    try:
        change = do_unless_stopped(prepare, stop)
        yield database, settings, change
    finally:
        database.close()


def close_killed_runs(database: Database) -> None:
    """Mark what a killed process left open. Call it while holding the lock: on SQLite, where the lock is
    the only writer's, every open run is a dead one's."""
    from store.recorder import close_abandoned_runs

    age = timedelta(0) if database.is_sqlite else _ABANDONED_AFTER
    close_abandoned_runs(database, clock.now(), age)


@contextmanager
def ready_database() -> Iterator[tuple[Database, Settings]]:
    """Open the configured database as it is; raises SchemaMismatch when it wants an upgrade."""
    from lunchwatch.settings import load_settings
    from store.database import open_database
    from store.migration import require_current

    settings = load_settings()
    database = open_database(settings.database)
    try:
        path = database.path
        if path is not None and not path.exists():
            raise NotFound(f"there is no database at {path} yet", remedy="run: lunchwatch run --once")
        require_current(database)
        yield database, settings
    finally:
        database.close()


@contextmanager
def open_query(
    world: str | None = None, as_of: date | None = None, open_rule: OpenRule | None = None
) -> Iterator[StoreQuery]:
    """Questions to one world as it was known at the end of `as_of`; default: the live one, today.

    Raises NotFound for a world that nobody made, Refused for a name that no world can have, the empty one
    too.
    """
    from store.catalogue import load_catalogue
    from store.query import StoreQuery
    from store.records import LIVE, OpenRule
    from store.worlds import require_world

    with ready_database() as (database, _settings), database.read() as connection:
        yield StoreQuery(
            connection,
            load_catalogue(),
            require_world(connection, LIVE if world is None else world),
            as_of or clock.now().date(),
            open_rule or OpenRule.WEIGHTS,
        )


def build_fetcher(settings: Settings, stop: threading.Event) -> Fetcher:
    """The fetcher all collectors share: limits, address check and one budget per host."""
    from collectors.fetching import Fetcher, HostGate, Limits

    network = settings.network
    contact = f"; {network.contact}" if network.contact else ""
    return Fetcher(
        HostGate(clock.now, default_cap=network.requests_per_host, reserve=network.reserve),
        clock.now,
        stop,
        f"lunchwatch/{version('lunchwatch')} (+{PROJECT_URL}{contact})",
        limits=Limits(
            max_bytes=network.max_bytes,
            connect_timeout=network.connect_timeout,
            read_timeout=network.read_timeout,
            total_timeout=network.total_timeout,
        ),
        allow_private_addresses=network.allow_private_addresses,
    )


def list_collectors(
    database: Database, settings: Settings, names: Sequence[str], stop: threading.Event | None = None
) -> list[Collector]:
    """The named collectors, or all that are switched on, plug-ins among them. Raises NotFound for a name
    that is none, Interrupted when `stop` is set while a plug-in lets us wait."""
    from lunchwatch.plugins import declare_plugins, load_plugins
    from store.catalogue import load_catalogue

    plugins = declare_plugins(database, load_plugins(settings, load_catalogue(), stop))
    return name_collectors(settings, names, [plugin.collector for plugin in plugins])


def name_collectors(
    settings: Settings, names: Sequence[str], of_plugins: Sequence[Collector]
) -> list[Collector]:
    """The same without a database, for who only wants to know what there is to do."""
    from lunchwatch.sources import build_collectors, find_switch
    from store.catalogue import load_catalogue

    built = [*build_collectors(settings, load_catalogue()), *of_plugins]
    collectors = {collector.name: collector for collector in built}
    unknown = [name for name in names if name not in collectors]
    for name in unknown:
        switch = find_switch(name, settings)
        if switch is not None:
            raise NotFound(f"{name} is switched off: {switch} is false", remedy=f"set {switch} = true")
    if unknown:
        raise NotFound(
            f"no source is called {', '.join(unknown)}",
            remedy=f"there are: {', '.join(collectors)}",
        )
    return [collectors[name] for name in dict.fromkeys(names)] if names else built


def list_credentials(settings: Settings) -> dict[str, tuple[str, str | None]]:
    """Where a credential of ours is sent, by the setting that holds it: the host, and the credential."""
    from collectors.fetching import host_of

    return {
        setting: (host_of(address), token.get_secret_value() if token is not None else None)
        for setting, address, token in (
            ("hub.token", settings.hub.endpoint, settings.hub.token),
            ("github.token", settings.github.api_url, settings.github.token),
        )
    }


def collect_round(
    database: Database,
    settings: Settings,
    names: Sequence[str],
    *,
    stop: threading.Event,
    progress: Progress | None = None,
    choice: Choice | None = None,
) -> list[CollectorResult]:
    """Collect once from the named sources, or from all. Raises NotFound for a name that is none.

    What is named is looked at even when it succeeded lately. `choice` says otherwise."""
    from lunchwatch.due import Choice

    collectors = list_collectors(database, settings, names, stop)
    chosen = choice or Choice(is_named=bool(names))
    return run_collectors(database, settings, collectors, stop=stop, progress=progress, choice=chosen)


def continue_round(
    database: Database,
    settings: Settings,
    only: Mapping[str, Collection[str]],
    *,
    stop: threading.Event,
    progress: Progress | None = None,
) -> list[CollectorResult]:
    """Go on with these targets, by collector. What is not there any more, since the settings were changed or
    a history was asked for by hand, is left out; without anything left nothing is run."""
    from lunchwatch.due import Choice

    collectors = []
    for collector in list_collectors(database, settings, (), stop):
        wanted = only.get(collector.name, ())
        if wanted and any(target.key in wanted for target in collector.list_targets()):
            collectors.append(collector)
    if not collectors:
        return []
    choice = Choice(is_named=True, only=only)
    return run_collectors(database, settings, collectors, stop=stop, progress=progress, choice=choice)


def run_collectors(
    database: Database,
    settings: Settings,
    collectors: Sequence[Collector],
    *,
    stop: threading.Event,
    progress: Progress | None = None,
    basis: Basis | None = None,
    choice: Choice | None = None,
) -> list[CollectorResult]:
    """One round of these collectors with the configured network. `basis`: observed unless told otherwise."""
    from lunchwatch.collecting import collect
    from store.records import Basis

    fetcher = build_fetcher(settings, stop)
    try:
        return collect(
            database,
            collectors,
            fetcher=fetcher,
            clock=clock.now,
            stop=stop,
            workers=settings.network.workers,
            progress=progress,
            basis=basis or Basis.OBSERVED,
            choice=choice,
        )
    finally:
        fetcher.close()
