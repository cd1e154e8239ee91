"""Contract cases of the Hub collector."""

from __future__ import annotations

from collectors.contract import Collector
from collectors.fetching import RetryPolicy
from collectors.hub import HubCollector, HubOptions
from tests.collectors.contract_case import Case, Drift
from tests.collectors.stand import NOW
from tests.replica.hub import HubSite

HTML = {"Content-Type": "text/html"}


def make_collector(url: str) -> Collector:
    """Singles, a tracked owner over several pages, an owner with several watched models, both lists."""
    options = HubOptions(
        endpoint=url,
        models=(
            "openai-community/gpt2",
            "Qwen/Qwen3-8B",
            "mistralai/Mistral-7B-v0.1",
            "deepseek-ai/DeepSeek-V4",
            "deepseek-ai/DeepSeek-V4.1",
        ),
        organisations=("Qwen", "nvidia"),
        trending=5,
        new_releases=6,
        page_size=3,
    )
    return HubCollector(options, retry=RetryPolicy(first_wait=0))


CASES = [
    Case(
        "hub",
        lambda: [HubSite(now=NOW)],
        make_collector,
        paths=["/api/models", "/api/models/", "/api/organizations/"],
        drifts=[
            Drift("/api/models", b'{"models": []}'),
            Drift("/api/models", b'[{"name": "Qwen/Qwen3-8B", "downloads": 7}]'),
            Drift("/api/models", b'[{"id": "Qwen/Qwen3-8B", "downloads": "many"}]'),
            Drift("/api/models", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
            Drift("/api/models", b'[{"id": "Qwen/Qwen3'),
        ],
    )
]
