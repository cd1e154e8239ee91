"""Contract cases of the GitHub collector, without a token (REST) and with one (GraphQL)."""

from __future__ import annotations

from functools import partial

from collectors.contract import Collector
from collectors.fetching import RetryPolicy
from collectors.github import GitHubCollector, GitHubOptions
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


def make_collector(url: str, token: str | None) -> Collector:
    options = GitHubOptions(
        api_url=f"{url}/api/v3",
        token=token,
        repositories=REPOSITORIES,
        releases_for=("vllm-project/vllm", "ggml-org/llama.cpp"),
        batch_size=2,
    )
    return GitHubCollector(options, retry=RetryPolicy(first_wait=0))


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
]
