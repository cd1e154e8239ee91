"""Collectors that others bring: entry points of the group `lunchwatch.collectors`.

An entry point is a function that is given its own settings, the table `[plugins.NAME]`, and returns a
`collectors.contract.Plugin`. It is switched off by `enabled = false` in that table. What it brings is checked
before it is used. One that cannot be used costs the others nothing: in its place stands a collector that
fails with the reason, so that it is named wherever collecting is told of; a source that is silently missing
would look like a source without news. Commands that do not collect do not load plug-ins.
"""

from __future__ import annotations

import reprlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from collectors.contract import Collector, Context, Plugin, Target
from collectors.text import clean_text, is_identifier
from lunchwatch.interruption import do_unless_stopped
from lunchwatch.reasons import name_error
from store.database import Database
from store.errors import ConfigurationError, Interrupted, StoreError
from store.limits import LONGEST_KEY, LONGEST_WORD, is_key, is_sound
from store.loading import declare_metrics, declare_sources
from store.records import Batch, DataSource, Metric, Semantics

if TYPE_CHECKING:
    from lunchwatch.settings import Settings
    from store.catalogue import Catalogue

R = TypeVar("R")

GROUP = "lunchwatch.collectors"
_NOWHERE = "no host"

_LOAD_SECONDS, _LIST_SECONDS = 60.0, 20.0
"""How long somebody else's code may take to be imported and made, and to name its targets; neither asks the
network."""

_MOST_TARGETS = 100_000
_LONGEST_WINDOW = 3_660  # days
_LONGEST_LABEL = 200
_LONGEST_HOST = 260  # a name of 253 characters and a port


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
    """A plug-in's collector whose list of targets cannot end the round of all the others, nor hold it up.

    What its `collect` does wrong is seen to where batches are read, as for every collector."""

    def __init__(self, inner: Collector, stop: threading.Event | None = None) -> None:
        self._inner = inner
        self._stop = stop
        self.name, self.source = inner.name, inner.source

    def list_targets(self) -> Sequence[Target]:
        """Raises Interrupted after a stop request, nothing else."""
        try:
            return self._list_checked()
        except ConfigurationError as error:
            return UnusableCollector(self.name, error).list_targets()

    def _list_checked(self) -> Sequence[Target]:
        def ask() -> Sequence[Target]:
            return _check_targets(list(islice(self._inner.list_targets(), _MOST_TARGETS + 1)))

        return _call(ask, self.name, "names no targets", _LIST_SECONDS, self._stop)

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        if target.key == GROUP and target.host == _NOWHERE:
            self._fail_again()
        return self._inner.collect(target, state, context)

    def _fail_again(self) -> NoReturn:
        self._list_checked()
        raise ConfigurationError(f"the collector {self.name} named no targets a moment ago")


def load_plugins(
    settings: Settings, catalogue: Catalogue, stop: threading.Event | None = None
) -> list[Plugin]:
    """What is installed and switched on, by name; what cannot be used is a Plugin with an UnusableCollector.

    Raises ConfigurationError for settings of a plug-in that is not installed, Interrupted when `stop` is set
    while one lets us wait."""
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
            plugins.append(_load(_choose(points, name), told, taken, stop))
        except ConfigurationError as error:
            plugins.append(_make_unusable(name, error, taken))
    return plugins


def declare_plugins(database: Database, plugins: Sequence[Plugin]) -> list[Plugin]:
    """Tell the database whose facts the plug-ins bring, and what their metrics count. Returns the plug-ins,
    those unusable of which it takes no declaration."""
    return [
        plugin if isinstance(plugin.collector, UnusableCollector) else _declare(database, plugin)
        for plugin in plugins
    ]


def _declare(database: Database, plugin: Plugin) -> Plugin:
    try:
        with database.write() as connection:
            declare_sources(connection, [plugin.source])
            declare_metrics(connection, plugin.metrics)
    except (StoreError, Interrupted):
        raise
    except Exception as error:  # noqa: BLE001 - a value that the database refuses; told as its failure
        name = plugin.collector.name
        return _stand_in(name, _explain(name, "cannot be declared", error))
    return plugin


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


def _load(point: EntryPoint, told: dict[str, object], taken: _Taken, stop: threading.Event | None) -> Plugin:
    def make() -> object:
        return point.load()(told)

    plugin = _call(make, point.name, f"({point.value}) cannot be loaded", _LOAD_SECONDS, stop)
    if not isinstance(plugin, Plugin):
        raise ConfigurationError(
            f"the collector {point.name} ({point.value}) gives {type(plugin).__name__}, not a Plugin"
        )
    try:
        _check_plugin(plugin)
    except (AttributeError, TypeError, ValueError) as error:
        raise _explain(point.name, f"({point.value}) is not as a collector must be", error) from error
    taken.take(plugin)
    return Plugin(GuardedCollector(plugin.collector, stop), plugin.source, tuple(plugin.metrics))


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
    _check_texts(source)
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
    _check_texts(metric)
    if metric.source != source:
        raise ConfigurationError(
            f"the metric {metric.name} belongs to {metric.source!r}, not to the plug-in's source {source!r}"
        )
    if not is_key(metric.name, LONGEST_WORD):
        raise ConfigurationError(f"a metric's name has 1 to {LONGEST_WORD} characters")
    if (Semantics(metric.semantics) is Semantics.ROLLING) != (metric.window_days is not None):
        raise ConfigurationError(f"{metric.name}: window_days belongs to rolling metrics, and they need it")


def _check_texts(declared: DataSource | Metric) -> None:
    """Raises TypeError or ValueError for words that no database holds."""
    for each in fields(declared):
        value = getattr(declared, each.name)
        if each.name == "window_days":
            if value is not None and (type(value) is not int or not 0 < value <= _LONGEST_WINDOW):
                raise ValueError(f"window_days: {value!r} is no number of days")
        elif not isinstance(value, str):
            raise TypeError(f"{each.name}: {type(value).__name__} in the place of a text")
        elif not is_sound(value):
            raise ValueError(f"{each.name}: {value!r} cannot be stored")


def _check_targets(targets: Sequence[object]) -> list[Target]:
    """The targets with labels that can be shown. Raises TypeError or ValueError for what is none, for two of
    one key, and for more than anybody can mean."""
    if len(targets) > _MOST_TARGETS:
        raise ValueError(f"more than {_MOST_TARGETS} targets")
    checked = [_check_target(target) for target in targets]
    twice = [key for key, count in Counter(target.key for target in checked).items() if count > 1]
    if twice:
        raise ValueError(f"the target {twice[0]} twice")
    return checked


def _check_target(target: object) -> Target:
    """A key and a host are what they are; a label is only shown, and therefore cleaned."""
    if not isinstance(target, Target):
        raise TypeError("something that is no Target")
    told: Any = target  # nothing has made sure of what its fields hold
    is_right = {
        "key": isinstance(told.key, str) and is_identifier(told.key, LONGEST_KEY),
        "label": isinstance(told.label, str),
        "host": isinstance(told.host, str) and is_identifier(told.host, _LONGEST_HOST),
        "options": isinstance(told.options, Mapping),
        "requests": type(told.requests) is int and told.requests >= 1,
        "every": told.every is None or (isinstance(told.every, timedelta) and told.every > timedelta(0)),
    }
    wrong = [name for name, is_so in is_right.items() if not is_so]
    if wrong:
        raise ValueError(f"a target with {wrong[0]} = {reprlib.repr(getattr(told, wrong[0]))}")
    return replace(target, label=clean_text(target.label, _LONGEST_LABEL) or target.key)


def _make_unusable(name: str, error: ConfigurationError, taken: _Taken) -> Plugin:
    """The stand-in; a name that is taken already is told apart."""
    shown = clean_text(name, LONGEST_WORD) or "plug-in"
    if shown in taken.collectors:
        shown = clean_text(f"plug-in {name}", LONGEST_WORD)
    taken.collectors.add(shown)
    return _stand_in(shown, error)


def _stand_in(name: str, error: ConfigurationError) -> Plugin:
    return Plugin(UnusableCollector(name, error), DataSource(name, name, "", ""))


def _call(do: Callable[[], R], name: str, problem: str, longest: float, stop: threading.Event | None) -> R:
    """Let somebody else's code do something: however it ends, and whether it does, is its own failure.

    Raises ConfigurationError, or Interrupted after a stop request. In another thread, where an exit or an
    interrupt that it raises ends nothing of ours."""

    def guarded() -> R | ConfigurationError:
        try:
            return do()
        except BaseException as error:  # noqa: BLE001 - told as the failure of the plug-in
            return _explain(name, problem, error)

    try:
        done = do_unless_stopped(guarded, stop, longest=longest)
    except TimeoutError as error:
        raise _explain(name, problem, error) from error
    if isinstance(done, ConfigurationError):
        raise done
    return done


def _explain(name: str, problem: str, error: BaseException) -> ConfigurationError:
    return ConfigurationError(
        f"the collector {name} {problem}: {name_error(error)}",
        remedy=f"correct it, or set enabled = false in [plugins.{name}]",
    )
