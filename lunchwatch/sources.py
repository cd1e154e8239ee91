"""Every source: how its collector is made from settings and catalogue, and which histories can be fetched.

Adding one means: a collector (`collectors.contract`), a section in `lunchwatch.source_settings`, its entry in
`store/catalogue/sources.toml` with its metrics, and one function here. The order is that of the tables people
see. A function returns None when its source is switched off. Collectors are imported inside: a command pays
for what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from store.errors import NotFound

if TYPE_CHECKING:
    from pydantic import SecretStr

    from collectors.contract import Collector, Span
    from lunchwatch.settings import Settings
    from store.catalogue import Catalogue

Build: TypeAlias = "Callable[[Settings, Catalogue], Collector | None]"
BuildHistory: TypeAlias = "Callable[[Settings, Catalogue, Span], Collector]"


def build_collectors(settings: Settings, catalogue: Catalogue) -> list[Collector]:
    """Every collector that is switched on, told what to look at."""
    built = (build(settings, catalogue) for build in SOURCES.values())
    return [collector for collector in built if collector is not None]


def build_history(name: str, settings: Settings, catalogue: Catalogue, span: Span) -> Collector:
    """The collector of a history over a span of days. Raises NotFound for a name that is none."""
    if name not in HISTORIES:
        raise NotFound(f"no history is called {name}", remedy=f"there are: {', '.join(HISTORIES)}")
    return HISTORIES[name](settings, catalogue, span)


def _hub(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.hub import HubCollector, HubOptions

    hub = settings.hub
    if not hub.enabled:
        return None
    labs = catalogue.labs if hub.use_catalogue else ()
    return HubCollector(
        HubOptions(
            endpoint=hub.endpoint,
            token=_secret(hub.token),
            models=_unique(catalogue.hub_models if hub.use_catalogue else (), hub.models),
            organisations=_unique(
                [name for lab in labs for name in lab.hub_organisations], hub.organisations
            ),
            trending=hub.trending,
            new_releases=hub.new_releases,
        )
    )


def _github(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.github import GitHubCollector, GitHubOptions

    github = settings.github
    if not github.enabled:
        return None
    known = catalogue.repositories if github.use_catalogue else ()
    return GitHubCollector(
        GitHubOptions(
            api_url=github.api_url,
            token=_secret(github.token),
            repositories=_unique([r.name for r in known], github.repositories),
            releases_for=_unique([r.name for r in known if r.tracks_releases], github.repositories),
        )
    )


def _feeds(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.feeds import FeedOptions, FeedsCollector

    feeds = settings.feeds
    if not feeds.enabled:
        return None
    listed = [
        FeedOptions(feed.name, feed.url, feed.lab or "", feed.provenance)
        for feed in (catalogue.feeds if feeds.use_catalogue else ())
    ]
    return FeedsCollector([*listed, *(FeedOptions(feed.name, feed.url) for feed in feeds.extra)])


def _models_dev(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.models_dev import ModelsDevCollector, ModelsDevOptions

    own = settings.models_dev
    if not own.enabled:
        return None
    return ModelsDevCollector(ModelsDevOptions(own.url, own.providers), names=catalogue)


def _openrouter(settings: Settings, catalogue: Catalogue) -> Collector | None:  # noqa: ARG001 - one signature for all
    from collectors.openrouter import OpenRouterCollector, OpenRouterOptions

    own = settings.openrouter
    return OpenRouterCollector(OpenRouterOptions(own.url)) if own.enabled else None


SOURCES: Mapping[str, Build] = {
    "hub": _hub,
    "github": _github,
    "feeds": _feeds,
    "models.dev": _models_dev,
    "openrouter": _openrouter,
}
"""What `lunchwatch collect NAME` takes, and how its collector is made."""

HISTORIES: Mapping[str, BuildHistory] = {}
"""What `lunchwatch backfill NAME` takes, and how its collector is made."""


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def _unique(*lists: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))
