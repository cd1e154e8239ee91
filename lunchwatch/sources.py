"""Every source: how its collector is made from settings and catalogue, and which histories can be fetched.

Adding one means: a collector (`collectors.contract`), a section in `lunchwatch.source_settings`, its entry in
`store/catalogue/sources.toml` with its metrics, and one function here. The order is that of the tables people
see. A function returns None when its source is switched off. Collectors are imported inside: a command pays
for what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

from store.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    from pydantic import SecretStr

    from collectors.arena import ArenaOptions
    from collectors.contract import Collector, Span
    from collectors.github import GitHubOptions
    from collectors.pypistats import PypistatsOptions
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
    return find_history(name).build(settings, catalogue, span)


def find_history(name: str) -> History:
    """The history of that name, or the only one of that source. Raises NotFound for a name that is none."""
    for known, history in HISTORIES.items():
        if name in (known, history.source):
            return history
    raise NotFound(f"no history is called {name}", remedy=f"there are: {', '.join(HISTORIES)}")


def find_switch(name: str, settings: Settings) -> str | None:
    """The setting that switches this source off; None for one that is on, and for a name that is none."""
    if name in settings.plugins and settings.plugins[name].get("enabled") is False:
        return f"plugins.{name}.enabled"
    if name not in SOURCES:
        return None
    section = name.partition(".")[0] if name.startswith(("hub", "github")) else name
    section = section.replace(".", "_").replace("-", "_")
    for switch in ("enabled", _OWN_SWITCHES.get(name, "enabled")):
        if not getattr(getattr(settings, section), switch):
            return f"{section}.{switch}"
    return None


def _hub(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.hub import HubCollector, HubOptions

    hub = settings.hub
    if not hub.enabled:
        return None
    labs = catalogue.labs if hub.use_catalogue else ()
    watched = _unique(catalogue.hub_models if hub.use_catalogue else (), hub.models)
    return HubCollector(
        HubOptions(
            endpoint=hub.endpoint,
            token=_secret(hub.token),
            models=watched,
            organisations=_unique(
                [name for lab in labs for name in lab.hub_organisations], hub.organisations
            ),
            trending=hub.trending,
            new_releases=hub.new_releases,
            tasks=hub.tasks,
            per_task=hub.per_task,
            new_pages=hub.new_pages,
            claims=hub.claims,
            derivatives_of=watched if hub.derivatives else (),
        ),
        names=catalogue,
    )


def _hub_leaderboards(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.hub import HubOptions, LeaderboardsCollector

    hub = settings.hub
    if not (hub.enabled and hub.leaderboards):
        return None
    return LeaderboardsCollector(HubOptions(hub.endpoint, _secret(hub.token)), names=catalogue)


def _hub_sweep(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.sweep import SweepCollector, SweepOptions

    hub = settings.hub
    if not (hub.enabled and hub.sweep):
        return None
    options = SweepOptions(hub.endpoint, _secret(hub.token), hub.sweep_records_from, hub.sweep_leaves)
    return SweepCollector(options, catalogue.classify_licence)


def _github(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.github import GitHubCollector

    if not settings.github.enabled:
        return None
    return GitHubCollector(_github_options(settings, catalogue))


def _github_stars(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.github import StarHistoryCollector

    if not (settings.github.enabled and settings.github.star_history):
        return None
    return StarHistoryCollector(_github_options(settings, catalogue))


def _github_stars_history(settings: Settings, catalogue: Catalogue, span: Span) -> Collector:
    from collectors.github import StarHistoryCollector

    return StarHistoryCollector(_github_options(settings, catalogue), span)


def _github_options(settings: Settings, catalogue: Catalogue) -> GitHubOptions:
    from collectors.github import GitHubOptions

    github = settings.github
    known = catalogue.repositories if github.use_catalogue else ()
    return GitHubOptions(
        api_url=github.api_url,
        token=_secret(github.token),
        repositories=_unique([r.name for r in known], github.repositories),
        releases_for=_unique([r.name for r in known if r.tracks_releases], github.repositories),
        batch_size=github.batch_size,
        uses_graphql=github.graphql,
    )


def _feeds(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.feeds import FeedsCollector
    from lunchwatch.feed_lists import list_feeds, make_names

    if not settings.feeds.enabled:
        return None
    feeds = [feed.options for feed in list_feeds(settings, catalogue) if feed.is_read]
    return FeedsCollector(feeds, make_names(catalogue) if settings.feeds.claims else None)


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


def _litellm(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.litellm import LiteLLMCollector, LiteLLMOptions

    own = settings.litellm
    return LiteLLMCollector(LiteLLMOptions(own.url, catalogue.price_lists.providers)) if own.enabled else None


def _genai_prices(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.genai_prices import GenaiPricesCollector, GenaiPricesOptions

    own, lists = settings.genai_prices, catalogue.price_lists
    if not own.enabled:
        return None
    return GenaiPricesCollector(GenaiPricesOptions(own.url, lists.providers, lists.passed_on))


def _pypistats(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.pypistats import PypistatsCollector

    if not settings.pypistats.enabled:
        return None
    return PypistatsCollector(_package_options(settings, catalogue))


def _packages_history(settings: Settings, catalogue: Catalogue, span: Span) -> Collector:
    from collectors.pypistats import PypistatsHistory

    return PypistatsHistory(_package_options(settings, catalogue), span)


def _package_options(settings: Settings, catalogue: Catalogue) -> PypistatsOptions:
    from collectors.pypistats import PypistatsOptions

    own = settings.pypistats
    listed = [package.name for package in catalogue.packages] if own.use_catalogue else []
    return PypistatsOptions(own.url, _unique(listed, own.packages), own.recent_days)


def _arena(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.arena import ArenaCollector

    return ArenaCollector(_arena_options(settings, catalogue)) if settings.arena.enabled else None


def _arena_history(settings: Settings, catalogue: Catalogue, span: Span) -> Collector:
    from collectors.arena import ArenaHistory

    return ArenaHistory(_arena_options(settings, catalogue), span)


def _arena_options(settings: Settings, catalogue: Catalogue) -> ArenaOptions:
    from collectors.arena import ArenaOptions, check_boards

    if not settings.arena.boards:
        raise ConfigurationError(
            "arena.boards: names no board, so there is nothing to read",
            remedy="name one, such as text, or set arena.enabled = false",
        )
    check_boards(settings.arena.boards, catalogue.metrics)
    return ArenaOptions(settings.arena.url, _unique(settings.arena.boards))


def _epoch(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.epoch import EpochCollector, EpochOptions

    own = settings.epoch
    return EpochCollector(EpochOptions(own.url), catalogue) if own.enabled else None


def _hub_downloads_history(settings: Settings, catalogue: Catalogue, span: Span) -> Collector:
    from collectors.hub_history import HubDownloadHistory, HubHistoryOptions

    hub, own = settings.hub, settings.hub_history
    options = HubHistoryOptions(
        url=own.url,
        endpoint=hub.endpoint,
        token=_secret(hub.token),
        models=_unique(catalogue.hub_models if hub.use_catalogue else (), hub.models),
        downloads_are=own.downloads_are,
        most_bytes=own.max_bytes,
    )
    return HubDownloadHistory(options, span)


def _policies(settings: Settings, catalogue: Catalogue) -> Collector | None:
    from collectors.policies import PoliciesCollector, PolicyOptions

    own = settings.policies
    if not own.enabled:
        return None
    listed = [
        PolicyOptions(
            page.service, page.document, page.url, page.kind, page.lab or "", page.language, own.every
        )
        for page in (catalogue.policies if own.use_catalogue else ())
    ]
    extra = [
        PolicyOptions(
            page.service, page.document, page.url, page.kind, language=page.language, every=own.every
        )
        for page in own.extra
    ]
    return PoliciesCollector([*listed, *extra])


SOURCES: Mapping[str, Build] = {
    "hub": _hub,
    "hub.leaderboards": _hub_leaderboards,
    "hub.sweep": _hub_sweep,
    "github": _github,
    "github.stars": _github_stars,
    "feeds": _feeds,
    "models.dev": _models_dev,
    "openrouter": _openrouter,
    "litellm": _litellm,
    "genai-prices": _genai_prices,
    "arena": _arena,
    "epoch": _epoch,
    "pypistats": _pypistats,
    "policies": _policies,
}
"""What `lunchwatch collect NAME` takes, and how its collector is made."""

_OWN_SWITCHES = {"hub.leaderboards": "leaderboards", "hub.sweep": "sweep", "github.stars": "star_history"}
"""Switches beside the section's `enabled`."""


@dataclass(frozen=True, slots=True)
class History:
    """What `lunchwatch backfill` can fetch. `reach`: the first day there is, or how far back from today; None
    where each subject has its own, which the description says. `source`: the source that goes on with it."""

    build: BuildHistory
    description: str
    reach: date | timedelta | None
    source: str

    def earliest(self, today: date) -> date | None:
        """The first day there is, asked for today."""
        return today - self.reach if isinstance(self.reach, timedelta) else self.reach


HISTORIES: Mapping[str, History] = {
    "github.stars": History(
        _github_stars_history,
        "stars received on each day, since each repository was made",
        None,
        "github.stars",
    ),
    "packages": History(
        _packages_history, "downloads of packages on each day", timedelta(days=180), "pypistats"
    ),
    "arena": History(_arena_history, "every publication of the Arena's boards", date(2023, 5, 8), "arena"),
    "hub.downloads": History(
        _hub_downloads_history,
        "downloads of models on the Hub, day by day",
        date(2025, 2, 28),
        "hub.downloads",
    ),
}
"""What `lunchwatch backfill NAME` takes."""


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def _unique(*lists: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))
