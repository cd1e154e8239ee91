"""Putting the parts together: settings to database, catalogue and collectors. Nothing here decides."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
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
    from lunchwatch.settings import Settings
    from store.catalogue import Catalogue
    from store.database import Database
    from store.query import StoreQuery
    from store.records import OpenRule

PROJECT_URL = "https://github.com/lunchwatch/lunchwatch"
_ABANDONED_AFTER = timedelta(hours=6)
"""On a shared database a run may be somebody else's; one this old is nobody's."""


@contextmanager
def prepare_database() -> Iterator[tuple[Database, Settings, tuple[str | None, str]]]:
    """Open the configured database, bring schema and reference tables up to date."""
    from lunchwatch.settings import load_settings
    from store.catalogue import load_catalogue
    from store.database import open_database
    from store.loading import load_reference
    from store.migration import upgrade

    settings = load_settings()
    database = open_database(settings.database)
    try:
        change = upgrade(database)
        load_reference(database, load_catalogue())
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


def build_collectors(settings: Settings, catalogue: Catalogue) -> list[Collector]:
    """Every enabled collector, told what to look at."""
    from collectors.feeds import FeedOptions, FeedsCollector
    from collectors.github import GitHubCollector, GitHubOptions
    from collectors.hub import HubCollector, HubOptions
    from collectors.models_dev import ModelsDevCollector, ModelsDevOptions
    from collectors.openrouter import OpenRouterCollector, OpenRouterOptions

    collectors: list[Collector] = []
    hub, github, feeds = settings.hub, settings.github, settings.feeds
    if hub.enabled:
        labs = catalogue.labs if hub.use_catalogue else ()
        collectors.append(
            HubCollector(
                HubOptions(
                    endpoint=hub.endpoint,
                    token=hub.token.get_secret_value() if hub.token else None,
                    models=_unique(catalogue.hub_models if hub.use_catalogue else (), hub.models),
                    organisations=_unique(
                        [name for lab in labs for name in lab.hub_organisations], hub.organisations
                    ),
                    trending=hub.trending,
                    new_releases=hub.new_releases,
                )
            )
        )
    if github.enabled:
        known = catalogue.repositories if github.use_catalogue else ()
        collectors.append(
            GitHubCollector(
                GitHubOptions(
                    api_url=github.api_url,
                    token=github.token.get_secret_value() if github.token else None,
                    repositories=_unique([r.name for r in known], github.repositories),
                    releases_for=_unique([r.name for r in known if r.tracks_releases], github.repositories),
                )
            )
        )
    if feeds.enabled:
        listed = [
            FeedOptions(feed.name, feed.url, feed.lab or "", feed.provenance)
            for feed in (catalogue.feeds if feeds.use_catalogue else ())
        ]
        own = [FeedOptions(feed.name, feed.url) for feed in feeds.extra]
        collectors.append(FeedsCollector([*listed, *own]))
    if settings.models_dev.enabled:
        collectors.append(
            ModelsDevCollector(
                ModelsDevOptions(settings.models_dev.url, settings.models_dev.providers), names=catalogue
            )
        )
    if settings.openrouter.enabled:
        collectors.append(OpenRouterCollector(OpenRouterOptions(settings.openrouter.url)))
    return collectors


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


def collect_round(
    database: Database,
    settings: Settings,
    names: Sequence[str],
    *,
    stop: threading.Event,
    progress: Progress | None = None,
) -> list[CollectorResult]:
    """Collect once from the named sources, or from all. Raises NotFound for a name that is none."""
    from lunchwatch.collecting import collect
    from store.catalogue import load_catalogue

    collectors = {c.name: c for c in build_collectors(settings, load_catalogue())}
    unknown = [name for name in names if name not in collectors]
    if unknown:
        raise NotFound(
            f"no source is called {', '.join(unknown)}", remedy=f"there are: {', '.join(collectors)}"
        )
    fetcher = build_fetcher(settings, stop)
    try:
        return collect(
            database,
            [collectors[name] for name in dict.fromkeys(names)] if names else list(collectors.values()),
            fetcher=fetcher,
            clock=clock.now,
            stop=stop,
            workers=settings.network.workers,
            progress=progress,
        )
    finally:
        fetcher.close()


def _unique(*lists: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))
