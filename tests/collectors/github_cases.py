"""Contract cases of the GitHub collector, without a token (REST) and with one (GraphQL)."""

from __future__ import annotations

from datetime import date
from functools import partial

from collectors.contract import Collector, Span
from collectors.fetching import RetryPolicy
from collectors.github import GitHubCollector, GitHubOptions, StarHistoryCollector
from tests.collectors.contract_case import Case, Drift
from tests.collectors.stand import NOW
from tests.replica.github import GitHubSite

TOKEN = "replica-token"
REPOSITORIES = (
    "vllm-project/vllm",
    "ggml-org/llama.cpp",
    "ollama/ollama",
    "huggingface/transformers",
    "openai/openai-python",
)
HTML = {"Content-Type": "text/html"}


def make_collector(url: str, token: str | None, *, uses_graphql: bool = True) -> Collector:
    options = GitHubOptions(
        api_url=f"{url}/api/v3",
        token=token,
        repositories=REPOSITORIES,
        releases_for=("vllm-project/vllm", "ggml-org/llama.cpp"),
        batch_size=2,
        uses_graphql=uses_graphql,
    )
    return GitHubCollector(options, retry=RetryPolicy(first_wait=0))


def make_star_collector(url: str, span: Span | None) -> Collector:
    options = GitHubOptions(f"{url}/api/v3", TOKEN, ("vllm-project/vllm", "ggml-org/llama.cpp"))
    return StarHistoryCollector(options, span, retry=RetryPolicy(first_wait=0))


CASES = [
    Case(
        "github without a token",
        lambda: [GitHubSite(now=NOW)],
        partial(make_collector, token=None),
        paths=["/api/v3/repos/", "/api/v3/repos/vllm-project/vllm/releases"],
        drifts=[
            Drift("/api/v3/repos/", b"[]"),
            Drift("/api/v3/repos/", b'{"full_name": "vllm-project/vllm", "stars": 7}'),
            Drift("/api/v3/repos/", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
            Drift("/api/v3/repos/", b'{"id": 599547518, "full_na'),
        ],
    ),
    Case(
        "github with a token",
        lambda: [GitHubSite(now=NOW)],
        partial(make_collector, token=TOKEN),
        paths=["/api/graphql", "/api/v3/repos/"],
        drifts=[
            Drift("/api/graphql", b"[]"),
            Drift("/api/graphql", b'{"data": {"r0": {"name": 7}, "r1": {"name": 8}}}'),
            Drift("/api/graphql", b'{"errors": [{"message": "Field \'url\' doesn\'t exist"}]}'),
            Drift("/api/graphql", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
            Drift("/api/graphql", b'{"data": {"r0": {"datab'),
        ],
    ),
    Case(
        "github with a token over REST",
        lambda: [GitHubSite(now=NOW)],
        partial(make_collector, token=TOKEN, uses_graphql=False),
        paths=["/api/v3/repos/"],
        drifts=[Drift("/api/v3/repos/", b"[]")],
    ),
    *(
        Case(
            name,
            lambda: [GitHubSite(now=NOW)],
            partial(make_star_collector, span=span),
            paths=["/api/v3/repos/", "/api/v3/repos/vllm-project/vllm/stargazers"],
            drifts=[
                Drift("/api/v3/repos/", b"{}"),
                Drift("/api/v3/repos/", b"[]"),
                Drift("/api/v3/repos/", b"<!DOCTYPE html><html><body>Moved</body></html>", HTML),
            ],
        )
        for name, span in (
            ("star history", None),
            ("star history over a span", Span(date(2024, 6, 1), date(2026, 11, 21))),
        )
    ),
]
