"""Which feeds are read, and who says so: the catalogue, the settings, and the imported list.

The imported list is an OPML file of ours, `feeds.opml` in the data folder; it is always read beside the
settings, can be looked at and edited with any feed reader, and goes with the folder when that is moved.

A feed's name is its identity. Where an imported one has a name that catalogue or settings took meanwhile, it
goes by that name with a number; one whose page they read themselves is read once, under their name.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.feeds import CatalogueNames, FeedOptions
from collectors.feeds.opml import ListedFeed, add_feeds, parse_opml, write_opml
from collectors.fetching import without_credentials
from lunchwatch.redaction import redact_text
from store.canonical import canonical_address
from store.errors import ConfigurationError, LunchwatchError, Unreadable

if TYPE_CHECKING:
    from lunchwatch.settings import Settings
    from store.catalogue import Catalogue

TITLE = "Lunchwatch"


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed and who names it: `origin` is catalogue, settings or the imported file. `kind`: lab, platform,
    news, or empty where nobody says."""

    options: FeedOptions
    origin: str
    kind: str = ""
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import added, and why the rest was left out, each with its line in the file and no secret."""

    added: tuple[ListedFeed, ...]
    left_out: tuple[str, ...]


def list_path(settings: Settings) -> Path:
    """Where the imported list is."""
    return settings.data_folder / "feeds.opml"


def list_feeds(settings: Settings, catalogue: Catalogue) -> list[KnownFeed]:
    """Every feed that is known, in the order catalogue, settings, imported; which are read says each.

    Raises ConfigurationError for a name in `feeds.also` or `feeds.without` that no feed has, for a name given
    twice, and for an imported list that cannot be read."""
    own = settings.feeds
    listed = [
        KnownFeed(
            FeedOptions(
                feed.name,
                feed.url,
                feed.lab or "",
                feed.provenance,
                None if feed.every_hours is None else timedelta(hours=feed.every_hours),
                feed.quiet_days,
            ),
            "catalogue",
            feed.kind,
            (own.use_catalogue and feed.is_default) or feed.name in own.also,
        )
        for feed in catalogue.feeds
    ]
    _require({feed.options.name for feed in listed}, own.also, "feeds.also")
    catalogued = {feed.options.name.casefold(): feed for feed in listed}
    for extra in own.extra:
        known = catalogued.get(extra.name.casefold())
        if known is not None and known.is_read and extra.name not in own.without:
            raise ConfigurationError(
                f"feeds.extra: the catalogue has a feed called {extra.name}",
                remedy="give yours another name, or leave the other out with feeds.without",
            )
    named = {extra.name.casefold() for extra in own.extra}
    listed = [feed for feed in listed if feed.options.name.casefold() not in named]
    listed += [
        KnownFeed(FeedOptions(extra.name, extra.url, extra.lab, extra.provenance), "settings")
        for extra in own.extra
    ]
    read = [_as_listed(feed) for feed in listed if feed.is_read]
    idle = [_as_listed(feed) for feed in listed if not feed.is_read]
    imported, _ = add_feeds([], read, _rename(_read_list(settings), idle))
    listed_idle = {canonical_address(f.options.url): f for f in listed if not f.is_read}
    pages = {canonical_address(feed.url) for feed in imported}
    listed = [feed for feed in listed if feed.is_read or canonical_address(feed.options.url) not in pages]
    listed += [_as_imported(feed, listed_idle.get(canonical_address(feed.url))) for feed in imported]
    _require(
        {feed.options.name for feed in listed} | {e.name for e in own.extra}, own.without, "feeds.without"
    )
    return [_leave_out(feed, own.without) for feed in listed]


def import_feeds(settings: Settings, catalogue: Catalogue, body: bytes, *, is_dry: bool = False) -> Imported:
    """Add the feeds of an OPML file to the imported list; those that are read already are left out.

    Raises Unreadable for a file that is no OPML; nothing is written then."""
    given = parse_opml(body)
    elsewhere = [
        _as_listed(feed)
        for feed in list_feeds(settings, catalogue)
        if feed.origin != "imported" and feed.is_read
    ]
    known = _read_list(settings)
    idle = [
        _as_listed(f) for f in list_feeds(settings, catalogue) if f.origin == "catalogue" and not f.is_read
    ]
    added, left = add_feeds(known, elsewhere, _rename(given.feeds, idle))
    if added and not is_dry:
        _write_list(settings, [*known, *added])
    return Imported(tuple(added), tuple(map(redact_text, sorted((*given.problems, *left), key=_line_of))))


def remove_feeds(settings: Settings, names: Sequence[str]) -> list[ListedFeed]:
    """Take feeds out of the imported list. Raises NotFound for a name that is not in it."""
    from store.errors import NotFound

    known = _read_list(settings)
    wanted = {name.casefold() for name in names}
    missing = [name for name in names if name.casefold() not in {feed.name.casefold() for feed in known}]
    if missing:
        own = {extra.name.casefold() for extra in settings.feeds.extra}
        if missing[0].casefold() in own:
            remedy = f"{missing[0]} comes from the settings: take it out of feeds.extra"
        else:
            remedy = "feeds of the catalogue are left out with the setting feeds.without"
        raise NotFound(f"no imported feed is called {', '.join(missing)}", remedy=remedy)
    _write_list(settings, [feed for feed in known if feed.name.casefold() not in wanted])
    return [feed for feed in known if feed.name.casefold() in wanted]


def export_feeds(feeds: Sequence[KnownFeed], *, with_secrets: bool = False) -> str:
    """The feeds as OPML, for any reader; importing it elsewhere keeps lab and provenance. Passwords and keys
    in addresses are left out unless `with_secrets`."""
    listed = [_as_listed(feed) for feed in feeds]
    if not with_secrets:
        listed = [replace(feed, url=_without_secrets(feed.url)) for feed in listed]
    return write_opml(TITLE, listed)


def holds_secret(url: str) -> bool:
    """Whether an address holds a password or a key."""
    return redact_text(url) != url


def make_names(catalogue: Catalogue) -> CatalogueNames:
    """What the catalogue calls models and benchmarks, for the collector that reads texts."""
    models = {
        model.key: (model.lab, (*known.names, *known.hub_names))
        for model, known in ((each, catalogue.known_model(each)) for each in catalogue.models)
    }
    benchmarks = dict(catalogue.spellings.benchmarks)
    for benchmark in catalogue.benchmarks.values():
        meaning = catalogue.find_benchmark(benchmark.name)
        if meaning is not None:
            benchmarks[benchmark.name] = meaning
    units = {key: benchmark.unit for key, benchmark in catalogue.benchmarks.items()}
    return CatalogueNames(models, benchmarks, units, catalogue.words.lines)


def _read_list(settings: Settings) -> list[ListedFeed]:
    path = list_path(settings)
    try:
        return list(parse_opml(path.read_bytes()).feeds)
    except FileNotFoundError:
        return []
    except (OSError, Unreadable) as error:
        raise ConfigurationError(f"{path}: {error}", remedy="correct the file or move it away") from error


def _write_list(settings: Settings, feeds: Sequence[ListedFeed]) -> None:
    """Whole or not at all: a list that is half written would be no OPML."""
    path = list_path(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
            file.write(write_opml(TITLE, feeds))
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise LunchwatchError(f"cannot write {path}: {error.strerror}") from error


def _rename(feeds: Sequence[ListedFeed], idle: Sequence[ListedFeed]) -> list[ListedFeed]:
    """An imported feed must not take the name of another page in the catalogue that is only not read now."""
    from collectors.feeds.opml import make_unique

    pages = {feed.name.casefold(): canonical_address(feed.url) for feed in idle}
    renamed = []
    for feed in feeds:
        page = pages.get(feed.name.casefold())
        is_other = page is not None and page != canonical_address(feed.url)
        name = make_unique(feed.name, pages) if is_other else feed.name
        renamed.append(ListedFeed(name, feed.url, feed.line, feed.lab, feed.provenance))
    return renamed


def _as_imported(feed: ListedFeed, catalogued: KnownFeed | None) -> KnownFeed:
    """An imported feed; of one that the catalogue has too, what the catalogue says of it."""
    if catalogued is None:
        return KnownFeed(FeedOptions(feed.name, feed.url, feed.lab, feed.provenance), "imported")
    return KnownFeed(replace(catalogued.options, name=feed.name, url=feed.url), "imported", catalogued.kind)


def _as_listed(feed: KnownFeed) -> ListedFeed:
    own = feed.options
    return ListedFeed(own.name, own.url, 0, own.lab, own.provenance)


def _leave_out(feed: KnownFeed, without: Sequence[str]) -> KnownFeed:
    if feed.options.name not in without:
        return feed
    return KnownFeed(feed.options, feed.origin, feed.kind, is_read=False)


def _require(known: set[str], names: Sequence[str], setting: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigurationError(
            f"{setting}: no feed is called {', '.join(unknown)}",
            remedy="lunchwatch feeds list --all names them",
        )


def _without_secrets(url: str) -> str:
    return redact_text(without_credentials(url)) if holds_secret(url) else url


def _line_of(problem: str) -> int:
    return int(problem.split(":", 1)[0].removeprefix("line "))
