"""Re-record the cassettes from the live services: `python -m tests.record`, or `make record`.

One exchange per client and call. HF_TOKEN and GITHUB_TOKEN are used where they are set; GitHub's GraphQL
answers nobody without a token. What identifies anybody is removed before it is written (`SETTINGS`, which
the tests replay with too). A cassette that could not be recorded anew is left as it was, and said so.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import vcr  # type: ignore[import-untyped] # ships no types

from collectors.contract import Context
from collectors.fetching import Fetcher, HostGate, RetryPolicy
from collectors.github.client import GitHubClient
from collectors.github.options import GitHubOptions
from collectors.hub.client import HubClient
from collectors.hub.options import HubOptions
from store.errors import LunchwatchError

FOLDER = Path(__file__).parent / "cassettes"

HAND_MADE = "# Hand-made:"
RECORDED = "# Recorded from the live service by `make record`."

KEPT_OF_REQUESTS = frozenset({"accept", "content-type", "x-github-api-version"})
KEPT_OF_ANSWERS = frozenset(
    {
        "content-type",
        "etag",
        "link",
        "location",
        "ratelimit",
        "ratelimit-policy",
        "x-error-code",
        "x-error-message",
        "x-github-media-type",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-resource",
        "x-ratelimit-used",
    }
)


def scrub_request(request: Any) -> Any:
    """Keep only the headers an exchange is about: no credentials, cookies, versions of this machine."""
    for name in [name for name in request.headers if name.lower() not in KEPT_OF_REQUESTS]:
        del request.headers[name]
    return request


def scrub_response(response: dict[str, Any]) -> dict[str, Any]:
    """Keep only the headers we read: no cookies, dates, request ids, addresses."""
    headers: Mapping[str, object] = response["headers"]
    kept = {name: value for name, value in headers.items() if name.lower() in KEPT_OF_ANSWERS}
    return {**response, "headers": kept}


SETTINGS: dict[str, Any] = {
    "match_on": ("method", "scheme", "host", "path", "query", "body"),
    "before_record_request": scrub_request,
    "before_record_response": scrub_response,
    "decode_compressed_response": True,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one client, and where its exchange is kept."""

    cassette: str
    make: Callable[[Context], object]
    needs: str | None = None

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.cassette}.yaml"


def make_context() -> Context:
    """A context with the real clock and network, which does not try anything twice."""

    def clock() -> datetime:
        return datetime.now(UTC)

    stop = threading.Event()
    fetcher = Fetcher(HostGate(clock), clock, stop, "lunchwatch-record")
    return Context(fetcher, clock, structlog.get_logger("record"), stop)


def with_hub(call: Callable[[HubClient], object]) -> Callable[[Context], object]:
    """`call` with a client of the Hub, closed afterwards."""

    def run(context: Context) -> object:
        client = HubClient(HubOptions(token=os.environ.get("HF_TOKEN")), context, RetryPolicy(attempts=1))
        try:
            return call(client)
        finally:
            client.close()

    return run


def with_github(call: Callable[[GitHubClient], object]) -> Callable[[Context], object]:
    """`call` with a client of GitHub, closed afterwards."""

    def run(context: Context) -> object:
        options = GitHubOptions(token=os.environ.get("GITHUB_TOKEN"))
        client = GitHubClient(options, context, RetryPolicy(attempts=1))
        try:
            return call(client)
        finally:
            client.close()

    return run


CALLS = (
    Call(
        "hub_list",
        with_hub(lambda hub: hub.fetch_page({"author": "Qwen", "sort": "downloads", "limit": 2})),
    ),
    Call("hub_model_info", with_hub(lambda hub: hub.fetch_model("Qwen/Qwen3-8B"))),
    Call("hub_organisation", with_hub(lambda hub: hub.fetch_model_count("Qwen"))),
    Call("github_repository", with_github(lambda github: github.fetch_repository("vllm-project/vllm"))),
    Call("github_releases", with_github(lambda github: github.fetch_releases("PyGithub/PyGithub"))),
    Call(
        "github_graphql",
        with_github(
            lambda github: github.fetch_batch(["vllm-project/vllm", "ollama/ollama"], ["ollama/ollama"])
        ),
        needs="GITHUB_TOKEN",
    ),
)


def record(call: Call) -> str | None:
    """Record one exchange over its cassette. Returns why it could not, None when it could."""
    if call.needs is not None and not os.environ.get(call.needs):
        return f"{call.needs} is not set"
    fresh = call.path.with_suffix(".new.yaml")
    context = make_context()
    try:
        with vcr.VCR(**SETTINGS).use_cassette(str(fresh), record_mode="all"):
            call.make(context)
        fresh.write_text(f"{RECORDED}\n{fresh.read_text()}")
        fresh.replace(call.path)
    except LunchwatchError as error:
        return str(error)
    finally:
        fresh.unlink(missing_ok=True)
        context.fetcher.close()
    return None


def main() -> int:
    failures = 0
    for call in CALLS:
        problem = record(call)
        failures += problem is not None
        outcome = "recorded anew" if problem is None else f"left as it was: {problem}"
        sys.stdout.write(f"{call.cassette}: {outcome}\n")
    sys.stdout.write(f"{len(CALLS) - failures} of {len(CALLS)} cassettes recorded in {FOLDER}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
