"""Collectors that others bring: entry points of the group `lunchwatch.collectors`.

An entry point is a function that is given its own settings, the table `[plugins.NAME]`, and returns a
`collectors.contract.Plugin`. It is switched off by `enabled = false` in that table. What it brings is checked
before it is used. One that cannot be used costs the others nothing: in its place stands a collector that
fails with the reason, so that it is named wherever collecting is told of; a source that is silently missing
would look like a source without news. Commands that do not collect do not load plug-ins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NoReturn

from collectors.contract import Collector, Context, Plugin, Target
from lunchwatch.redaction import redact_text
from store.database import Database
from store.errors import ConfigurationError
from store.limits import LONGEST_WORD, is_key
from store.loading import declare_metrics, declare_sources
from store.records import Batch, DataSource, Metric, Semantics

if TYPE_CHECKING:
    from lunchwatch.settings import Settings
    from store.catalogue import Catalogue

GROUP = "lunchwatch.collectors"
_NOWHERE = "no host"


class UnusableCollector:
    """Stands for a plug-in that cannot be used: its one target fails with the reason."""

    def __init__(self, name: str, error: ConfigurationError) -> None:
        self.name = self.source = name
        self.error = error

    def list_targets(self) -> Sequence[Target]:
        return [Target(GROUP, "the plug-in itself", _NOWHERE, requests=0)]

    def collect(self, _target: Target, _state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        raise ConfigurationError(str(self.error), remedy=self.error.remedy)


class GuardedCollector:
    """A plug-in's collector whose list of targets cannot end the round of all the others."""

    def __init__(self, inner: Collector) -> None:
        self._inner = inner
        self.name, self.source = inner.name, inner.source

    def list_targets(self) -> Sequence[Target]:
        try:
            targets = list(self._inner.list_targets())
            _check_targets(targets)
        except Exception as error:  # noqa: BLE001 - somebody else's code; told as the failure of its target
            return UnusableCollector(self.name, _explain(self.name, "names no targets", error)).list_targets()
        return targets

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        if target.key == GROUP and target.host == _NOWHERE:
            self._fail_again()
        return self._inner.collect(target, state, context)

    def _fail_again(self) -> NoReturn:
        try:
            _check_targets(list(self._inner.list_targets()))
        except Exception as error:
            raise _explain(self.name, "names no targets", error) from error
        raise ConfigurationError(f"the collector {self.name} named no targets a moment ago")


def load_plugins(settings: Settings, catalogue: Catalogue) -> list[Plugin]:
    """What is installed and switched on, by name; what cannot be used is a Plugin with an UnusableCollector.

    Raises ConfigurationError for settings of a plug-in that is not installed."""
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    found = Counter(point.name for point in points)
    unknown = sorted(set(settings.plugins) - set(found))
    if unknown:
        raise ConfigurationError(
            f"plugins.{unknown[0]}: no such collector is installed",
            remedy=f"there are: {', '.join(sorted(found))}" if found else "install it beside lunchwatch",
        )
    taken = _Taken(catalogue)
    plugins: list[Plugin] = []
    for name in sorted(found):
        told = dict(settings.plugins.get(name, {}))
        if told.pop("enabled", True) is False:
            continue
        try:
            plugins.append(_load(_choose(points, name), told, taken))
        except ConfigurationError as error:
            plugins.append(_make_unusable(name, error, taken))
    return plugins


def declare_plugins(database: Database, plugins: Sequence[Plugin]) -> None:
    """Tell the database whose facts the plug-ins bring, and what their metrics count."""
    usable = [plugin for plugin in plugins if not isinstance(plugin.collector, UnusableCollector)]
    if usable:
        with database.write() as connection:
            declare_sources(connection, [plugin.source for plugin in usable])
            declare_metrics(connection, [metric for plugin in usable for metric in plugin.metrics])


class _Taken:
    """Names that are in use: of collectors, of sources, of metrics."""

    def __init__(self, catalogue: Catalogue) -> None:
        from lunchwatch.sources import SOURCES

        self.collectors = {*SOURCES}
        self._sources, self._metrics = {*catalogue.sources}, {*catalogue.metrics}

    def take(self, plugin: Plugin) -> None:
        """Reserve what a plug-in brings, all of it or none. Raises ConfigurationError for a taken name."""
        wanted = (
            ("collector", {plugin.collector.name}, self.collectors),
            ("source", {plugin.source.key}, self._sources),
            ("metric", {metric.name for metric in plugin.metrics}, self._metrics),
        )
        for what, names, taken in wanted:
            if used := sorted(names & taken):
                raise ConfigurationError(
                    f"a plug-in brings a {what} called {used[0]}, which there is already",
                    remedy="give it another name",
                )
        for _, names, taken in wanted:
            taken |= names


def _choose(points: Sequence[EntryPoint], name: str) -> EntryPoint:
    called_so = [point for point in points if point.name == name]
    if len(called_so) > 1:
        raise ConfigurationError(
            f"{len(called_so)} plug-ins are called {name}", remedy="uninstall all but one of them"
        )
    return called_so[0]


def _load(point: EntryPoint, told: dict[str, object], taken: _Taken) -> Plugin:
    try:
        plugin = point.load()(told)
    except Exception as error:
        raise _explain(point.name, f"({point.value}) cannot be loaded", error) from error
    if not isinstance(plugin, Plugin):
        raise ConfigurationError(
            f"the collector {point.name} ({point.value}) gives {type(plugin).__name__}, not a Plugin"
        )
    try:
        _check_plugin(plugin)
    except (AttributeError, TypeError) as error:
        raise _explain(point.name, f"({point.value}) is not as a collector must be", error) from error
    taken.take(plugin)
    return Plugin(GuardedCollector(plugin.collector), plugin.source, tuple(plugin.metrics))


def _check_plugin(plugin: Plugin) -> None:
    """Raises ConfigurationError for what contradicts itself or cannot be stored."""
    collector, source = plugin.collector, plugin.source
    name = collector.name
    if not (is_key(name, LONGEST_WORD) and name.isprintable() and is_key(source.key, LONGEST_WORD)):
        raise ConfigurationError(f"a collector's name and source have 1 to {LONGEST_WORD} characters")
    if not isinstance(source, DataSource) or not (
        callable(collector.list_targets) and callable(collector.collect)
    ):
        raise TypeError("needs a DataSource, list_targets and collect")
    if collector.source != source.key:
        raise ConfigurationError(
            f"the collector {name} brings facts of {collector.source!r}"
            f" and declares the source {source.key!r}"
        )
    names = Counter(metric.name for metric in plugin.metrics)
    for metric in plugin.metrics:
        _check_metric(metric, source.key)
        if names[metric.name] > 1:
            raise ConfigurationError(f"the collector {name} declares the metric {metric.name} twice")


def _check_metric(metric: Metric, source: str) -> None:
    if metric.source != source:
        raise ConfigurationError(
            f"the metric {metric.name} belongs to {metric.source!r}, not to the plug-in's source {source!r}"
        )
    if not is_key(metric.name, LONGEST_WORD):
        raise ConfigurationError(f"a metric's name has 1 to {LONGEST_WORD} characters")
    if (Semantics(metric.semantics) is Semantics.ROLLING) != (metric.window_days is not None):
        raise ConfigurationError(f"{metric.name}: window_days belongs to rolling metrics, and they need it")


def _check_targets(targets: Sequence[object]) -> None:
    keys = Counter(target.key for target in targets if isinstance(target, Target))
    if keys.total() != len(targets):
        raise TypeError("something that is no Target")
    twice = [key for key, count in keys.items() if count > 1]
    if twice:
        raise ValueError(f"the target {twice[0]} twice")


def _make_unusable(name: str, error: ConfigurationError, taken: _Taken) -> Plugin:
    """The stand-in; a name that is taken already is told apart."""
    shown = f"plug-in {name}" if name in taken.collectors else name
    taken.collectors.add(shown)
    return Plugin(UnusableCollector(shown, error), DataSource(shown, shown, "", ""))


def _explain(name: str, problem: str, error: Exception) -> ConfigurationError:
    reason = redact_text(f"{type(error).__name__}: {error}")
    return ConfigurationError(
        f"the collector {name} {problem}: {reason}",
        remedy=f"correct it, or set enabled = false in [plugins.{name}]",
    )
