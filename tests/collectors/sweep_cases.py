"""Contract cases of the sweep of the whole Hub."""

from __future__ import annotations

from collectors.contract import Collector
from collectors.fetching import RetryPolicy
from collectors.sweep import SweepCollector, SweepOptions
from store.records import Openness
from tests.collectors.contract_case import Case, Drift
from tests.collectors.stand import NOW
from tests.replica.hub import HubSite

HTML = {"Content-Type": "text/html"}
LICENCES = {
    "apache-2.0": Openness.UNRESTRICTED,
    "mit": Openness.UNRESTRICTED,
    "llama3.1": Openness.RESTRICTED,
    "cc-by-nc-4.0": Openness.NONCOMMERCIAL,
}


def classify(licence: str) -> Openness:
    return LICENCES.get(licence, Openness.UNKNOWN)


def make_collector(url: str) -> Collector:
    """A Hub of several pages, every other model of which is recorded."""
    options = SweepOptions(url, records_from=300_000, page_size=3)
    return SweepCollector(options, classify, RetryPolicy(first_wait=0))


CASES = [
    Case(
        "hub.sweep",
        lambda: [HubSite(now=NOW)],
        make_collector,
        paths=["/api/models"],
        drifts=[
            Drift("/api/models", b'{"models": []}'),
            Drift("/api/models", b'[{"name": "Qwen/Qwen3-8B", "downloads": 7}]'),
            Drift("/api/models", b'[{"_id": "a", "id": "Qwen/Qwen3-8B", "downloads": "many"}]'),
            Drift("/api/models", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
            Drift("/api/models", b'[{"id": "Qwen/Qwen3'),
        ],
    )
]
