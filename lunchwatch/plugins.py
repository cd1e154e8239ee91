"""Collectors that others bring: entry points of the group `lunchwatch.collectors`.

An entry point is a function that is given its own settings, the table `[plugins.NAME]`, and returns a
`collectors.contract.Plugin`. It is switched off by `enabled = false` in that table. What it brings is checked
before it is used; one that cannot be loaded is a configuration error that names it, since a source that is
silently missing would look like a source without news.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from collectors.contract import Plugin
from lunchwatch.redaction import redact_text
from store.database import Database
from store.errors import ConfigurationError
from store.loading import declare_metrics, declare_sources

if TYPE_CHECKING:
    from lunchwatch.settings import Settings
    from store.catalogue import Catalogue

GROUP = "lunchwatch.collectors"


def load_plugins(settings: Settings, catalogue: Catalogue) -> list[Plugin]:
    """What is installed and switched on, by name.

    Raises ConfigurationError for one that fails, brings something else, or takes a name that is in use; and
    for settings of a plug-in that is not installed."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    unknown = sorted(set(settings.plugins) - set(found))
    if unknown:
        raise ConfigurationError(
            f"plugins.{unknown[0]}: no such collector is installed",
            remedy=f"there are: {', '.join(sorted(found))}" if found else "install it beside lunchwatch",
        )
    plugins: list[Plugin] = []
    for name, point in sorted(found.items()):
        told = dict(settings.plugins.get(name, {}))
        if told.pop("enabled", True) is not False:
            plugins.append(_load(point, told))
    _check_names(plugins, catalogue)
    return plugins


def declare_plugins(database: Database, plugins: Sequence[Plugin]) -> None:
    """Tell the database whose facts the plug-ins bring, and what their metrics count."""
    if plugins:
        with database.write() as connection:
            declare_sources(connection, [plugin.source for plugin in plugins])
            declare_metrics(connection, [metric for plugin in plugins for metric in plugin.metrics])


def _load(point: EntryPoint, told: dict[str, object]) -> Plugin:
    try:
        plugin = point.load()(told)
    except Exception as error:
        reason = redact_text(f"{type(error).__name__}: {error}")
        raise ConfigurationError(
            f"the collector {point.name} ({point.value}) cannot be loaded: {reason}",
            remedy=f"correct it, or set enabled = false in [plugins.{point.name}]",
        ) from error
    if not isinstance(plugin, Plugin):
        raise ConfigurationError(
            f"the collector {point.name} ({point.value}) gives {type(plugin).__name__}, not a Plugin"
        )
    return plugin


def _check_names(plugins: Iterable[Plugin], catalogue: Catalogue) -> None:
    from lunchwatch.sources import SOURCES

    sources, metrics, names = {*catalogue.sources}, {*catalogue.metrics}, {*SOURCES}
    for plugin in plugins:
        name = plugin.collector.name
        if plugin.collector.source != plugin.source.key:
            raise ConfigurationError(
                f"the collector {name} brings facts of {plugin.collector.source!r} and declares the source"
                f" {plugin.source.key!r}"
            )
        for what, used, taken in (
            ("collector", name, names),
            ("source", plugin.source.key, sources),
            *(("metric", metric.name, metrics) for metric in plugin.metrics),
        ):
            if used in taken:
                raise ConfigurationError(f"a plug-in brings a {what} called {used}, which there is already")
            taken.add(used)
