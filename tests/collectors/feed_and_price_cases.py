"""Contract cases of the feeds, models.dev and OpenRouter collectors."""

from __future__ import annotations

from collectors.contract import Collector
from collectors.feeds import FeedOptions, FeedsCollector
from collectors.models_dev import ModelsDevCollector, ModelsDevOptions
from collectors.openrouter import OpenRouterCollector, OpenRouterOptions
from lunchwatch.feed_lists import make_names
from store.catalogue import load_catalogue
from tests.collectors.contract_case import Case, Drift
from tests.collectors.stand import NOW
from tests.replica.feeds import FeedSite
from tests.replica.models_dev import ModelsDevSite
from tests.replica.openrouter import OpenRouterSite


def make_feeds(url: str) -> Collector:
    return FeedsCollector(
        [
            FeedOptions("Aurora Labs", f"{url}/feeds/aurora.xml", lab="aurora"),
            FeedOptions("Meridian", f"{url}/feeds/meridian.atom", lab="meridian"),
            FeedOptions("Open Gazette", f"{url}/feeds/gazette.json", provenance="third_party"),
            FeedOptions("Harbour Letter", f"{url}/feeds/letter.xml"),
        ],
        make_names(load_catalogue()),
    )


def make_models_dev(url: str) -> Collector:
    return ModelsDevCollector(ModelsDevOptions(url=f"{url}/models.dev"))


def make_small_batches(url: str) -> Collector:
    return ModelsDevCollector(ModelsDevOptions(url=f"{url}/models.dev", offers_per_batch=2))


def make_openrouter(url: str) -> Collector:
    return OpenRouterCollector(OpenRouterOptions(url=f"{url}/openrouter"))


HTML = {"Content-Type": "text/html"}

CASES = [
    Case(
        "feeds",
        lambda: [FeedSite(now=NOW)],
        make_feeds,
        paths=["/feeds/"],
        drifts=[
            Drift("/feeds/aurora.xml", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
            Drift("/feeds/gazette.json", b'{"items": []}'),
            Drift("/feeds/gazette.json", b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}'),
        ],
    ),
    *(
        Case(
            name,
            lambda: [ModelsDevSite()],
            make,
            paths=["/models.dev/api.json", "/models.dev/models.json"],
            drifts=[
                Drift("/models.dev/api.json", b"[]"),
                Drift("/models.dev/api.json", b'{"meridian": {"offers": {}}}'),
                Drift("/models.dev/api.json", b'{"meridian": {"models": {"a": {"cost": "cheap"}}}}'),
                Drift("/models.dev/models.json", b'{"models": []}'),
                Drift("/models.dev/models.json", b"{}"),
            ],
        )
        for name, make in (
            ("models.dev", make_models_dev),
            ("models.dev in small batches", make_small_batches),
        )
    ),
    Case(
        "openrouter",
        lambda: [OpenRouterSite()],
        make_openrouter,
        paths=["/openrouter/"],
        drifts=[
            Drift("/openrouter/", b'{"models": []}'),
            Drift("/openrouter/", b'{"data": [{"id": "a/b", "price": 3}]}'),
            Drift("/openrouter/", b'{"data": [], "links": {"next": "https://other.example/page2"}}'),
        ],
    ),
]
