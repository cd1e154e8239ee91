"""The only place that touches huggingface_hub: plain data out, our errors out, one request at a time.

The library shares one httpx2 client between all calls of a process. We give it ours, with the limits,
the gate and the address check of `collectors.fetching`; the library's own retries, which sleep for as long
as a header says, never see a reason to begin.

Lists are read page by page as plain data and not through `list_models`: one odd item there ends the whole
walk, and its cursor cannot be kept.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from urllib.parse import urljoin

# Read by huggingface_hub when it is imported: no telemetry (a list answered there breaks every later call),
# and no token but the one we are configured with.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"  # noqa: S105 - a switch, not a secret

import httpx2
from huggingface_hub import HfApi, close_session, get_session, set_client_factory
from huggingface_hub.utils import (  # type: ignore[attr-defined] # public, re-exported without __all__
    build_hf_headers,
    hf_raise_for_status,
)

from collectors.contract import Context
from collectors.fetching import RetryPolicy, host_of
from collectors.fetching.vendor import VendorTransport
from collectors.hub.errors import PageTimedOut, translated_errors
from collectors.hub.options import PAGE_SIZE, HubOptions
from collectors.text import clean_message
from store.errors import SourceChanged, SourceError

MOST_BYTES = 32_000_000
"""A page of 1,000 repositories with their cards is 1 to 4 MB; some cards are long."""

NOT_MODIFIED = 304
GATEWAY_TIMEOUT = 504

EXPAND = (
    "author", "baseModels", "cardData", "createdAt", "downloads", "downloadsAllTime", "gated",
    "library_name", "likes", "pipeline_tag", "private", "safetensors", "tags", "trendingScore",
)  # fmt: skip
"""What a model is known by. The Hub refuses a list altogether that is asked for a field it does not know."""

LEAN = tuple(field for field in EXPAND if field != "cardData")
"""Without the cards, which are most of an answer. A licence called `other` then stays without a name."""

CLAIMS = ("evalResults", "model-index")
"""Benchmark results of both notations."""

SINGLE = (*EXPAND, "disabled")

CHILDREN = ("childrenModelCount", "createdAt", "private")
"""How many derivatives a model has, by relation. Only single answers know it: a list refuses the field."""

DERIVATIVES = ("baseModels", "createdAt", "downloads", "downloadsAllTime", "private")

_SESSION_LOCK = threading.RLock()
_installed: HubClient | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items as sent, and the address of the next one. `is_unchanged`: what `etag`
    stands for still holds, and nothing else was sent."""

    items: Sequence[object]
    next_url: str | None
    etag: str | None = None
    is_unchanged: bool = False


class HubClient:
    """Asks one endpoint. Close it when done: the library's shared client is ours until then."""

    def __init__(self, options: HubOptions, context: Context, retry: RetryPolicy) -> None:
        self._origin = options.origin
        self._host = host_of(options.origin)
        self._token = options.token
        agent = {"user-agent": f"{context.fetcher.user_agent} hf_hub/{version('huggingface_hub')}"}
        self._api = HfApi(endpoint=options.origin, token=options.token or False, headers=agent)
        self._headers = build_hf_headers(token=options.token or False, headers=agent)
        self._transport = VendorTransport(
            context.fetcher.build_transport(replace(context.fetcher.limits, max_bytes=MOST_BYTES)),
            options.origin,
            context.fetcher.gate,
            context.clock,
            context.stop,
            retry=retry,
            judge=_judge,
        )

    @property
    def requests(self) -> int:
        """Requests sent so far, retries and redirects included."""
        return self._transport.requests

    def close(self) -> None:
        global _installed
        with _SESSION_LOCK:
            if _installed is self:
                close_session()
                _installed = None
        self._transport.close()

    @contextmanager
    def _session(self) -> Iterator[None]:
        """Make the library use our client for the length of one call."""
        global _installed
        with _SESSION_LOCK:
            if _installed is not self:
                set_client_factory(lambda: httpx2.Client(transport=self._transport, follow_redirects=True))
                _installed = self
            yield

    def fetch_page(
        self,
        parameters: Mapping[str, str | int],
        expand: Sequence[str] = EXPAND,
        etag: str | None = None,
    ) -> Page:
        """The first page of `GET /api/models` with the fields `expand`; `etag` as an earlier answer gave it.
        Raises a SourceError."""
        return self._fetch_page(f"{self._origin}/api/models", {**parameters, "expand": [*expand]}, etag)

    def fetch_next_page(self, url: str) -> Page:
        """The page a `Page.next_url` names. Raises SourceChanged, sending nothing, for another host's."""
        self._transport.check_origin(url, "Link")
        return self._fetch_page(url, None)

    def fetch_benchmark_page(self) -> Page:
        """The first page of the data sets that the Hub keeps leaderboards of. Raises a SourceError."""
        wanted: dict[str, str | int | list[str]] = {"filter": "benchmark:official", "limit": PAGE_SIZE}
        return self._fetch_page(f"{self._origin}/api/datasets", wanted, what="a list of data sets")

    def fetch_leaderboard(self, dataset: str, etag: str | None = None) -> Page:
        """The rows of a data set's leaderboard, of models without a base model. Raises SourceGone for a data
        set that is missing or private, or has no leaderboard."""
        url = f"{self._origin}/api/datasets/{_check_path(dataset)}/leaderboard"
        return self._fetch_page(url, None, etag, what=f"the leaderboard of {dataset}")

    def fetch_model(self, name: str, expand: Sequence[str] = EXPAND) -> object:
        """One repository as the Hub writes it. Raises SourceGone when it is missing or private.

        As plain data: the library's `model_info` takes fields and types for granted, and one odd result in a
        card would cost the model."""
        url = f"{self._origin}/api/models/{_check_path(name)}"
        with translated_errors(name, self._host, self._token), self._session():
            response = get_session().get(url, params={"expand": [*expand]}, headers=self._headers)
            hf_raise_for_status(response)
            answer: object = response.json()
            return answer

    def fetch_model_count(self, organisation: str) -> int | None:
        """How many models an organisation says it has. Raises SourceGone when there is no such one."""
        with translated_errors(organisation, self._host, self._token), self._session():
            overview = self._api.get_organization_overview(organisation)
        return overview.num_models

    def _fetch_page(
        self,
        url: str,
        parameters: Mapping[str, str | int | list[str]] | None,
        etag: str | None = None,
        *,
        what: str = "the list of models",
    ) -> Page:
        headers = {**self._headers, "if-none-match": etag} if etag else self._headers
        with translated_errors(what, self._host, self._token), self._session():
            response = get_session().get(url, params=parameters, headers=headers)
            if response.status_code == NOT_MODIFIED and etag:
                return Page((), None, etag, is_unchanged=True)
            hf_raise_for_status(response)
            items = response.json()
            next_url = response.links.get("next", {}).get("url")
        if not isinstance(items, list):
            raise SourceChanged("$", f"expected {what}, got {type(items).__name__}", host=self._host)
        if next_url is not None:
            try:
                next_url = urljoin(url, next_url)
            except ValueError as error:
                problem = f"not an address: {clean_message(error)}"
                raise SourceChanged("Link", problem, host=self._host) from error
        return Page(items, next_url, response.headers.get("etag"))


def _check_path(name: str) -> str:
    """A name that can stand in an address: a `..` between its slashes would ask for something else."""
    if any(not part.strip(".") for part in name.split("/")):
        raise SourceChanged("id", f"no name of a repository: {name[:80]!r}")
    return name


def _judge(response: httpx2.Response) -> SourceError | None:
    """A page that the Hub gave up on may be had smaller, unless it asks for a pause."""
    if response.status_code != GATEWAY_TIMEOUT or "retry-after" in response.headers:
        return None
    return PageTimedOut(f"{response.request.url.host} answered {GATEWAY_TIMEOUT}")
