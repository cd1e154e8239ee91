"""Contract cases of the Hub collector."""

from __future__ import annotations

from collectors.contract import Collector
from collectors.fetching import RetryPolicy
from collectors.hub import HubCollector, HubOptions, LeaderboardsCollector
from store.catalogue import load_catalogue
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


def make_wide_collector(url: str) -> Collector:
    """Most downloaded by task, results of a tracked owner and of watched models, derivatives."""
    options = HubOptions(
        endpoint=url,
        models=("Qwen/Qwen3-8B", "deepseek-ai/DeepSeek-V4", "deepseek-ai/DeepSeek-V4.1"),
        organisations=("Qwen",),
        trending=0,
        new_releases=0,
        page_size=3,
        tasks=("text-generation",),
        per_task=5,
        claims=True,
        derivatives_of=("Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B-Instruct"),
    )
    return HubCollector(options, retry=RetryPolicy(first_wait=0), names=load_catalogue())


def make_leaderboards(url: str) -> Collector:
    return LeaderboardsCollector(HubOptions(url), retry=RetryPolicy(first_wait=0), names=load_catalogue())


DRIFTS = [
    Drift("/api/models", b'{"models": []}'),
    Drift("/api/models", b'[{"name": "Qwen/Qwen3-8B", "downloads": 7}]'),
    Drift("/api/models", b'[{"id": "Qwen/Qwen3-8B", "downloads": "many"}]'),
    Drift("/api/models", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
    Drift("/api/models", b'[{"id": "Qwen/Qwen3'),
]

CASES = [
    Case(
        "hub",
        lambda: [HubSite(now=NOW)],
        make_collector,
        paths=["/api/models", "/api/models/", "/api/organizations/"],
        drifts=DRIFTS,
    ),
    Case(
        "hub, wide",
        lambda: [HubSite(now=NOW)],
        make_wide_collector,
        paths=["/api/models", "/api/models/"],
        drifts=DRIFTS,
    ),
    Case(
        "hub.leaderboards",
        lambda: [HubSite(now=NOW)],
        make_leaderboards,
        paths=["/api/datasets", "/api/datasets/"],
        drifts=[
            Drift("/api/datasets", b'{"datasets": []}'),
            Drift("/api/datasets", b'[{"name": "cais/hle"}]'),
            Drift("/api/datasets/", b'{"error": "moved"}'),
            Drift("/api/datasets/", b'[{"rank": 1, "model": "Qwen/Qwen3-8B", "score": 20.9}]'),
            Drift("/api/datasets", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
        ],
    ),
]
