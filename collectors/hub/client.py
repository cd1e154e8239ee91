"""The only place that touches huggingface_hub: plain data out, our errors out, one request at a time.

The library shares one httpx2 client between all calls of a process. We give it ours, with the limits,
the gate and the address check of `collectors.fetching`; the library's own retries, which sleep for as long
as a header says, never see a reason to begin.

Lists are read page by page as plain data and not through `list_models`: one odd item there ends the whole
walk, and its cursor cannot be kept. Single answers go through `HfApi`.
"""

from __future__ import annotations

import json
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
from huggingface_hub import HfApi, ModelCardData, ModelInfo, close_session, get_session, set_client_factory
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.hf_api import ExpandModelProperty_T
from huggingface_hub.utils import (  # type: ignore[attr-defined] # public, re-exported without __all__
    build_hf_headers,
    hf_raise_for_status,
)

from collectors.contract import Context
from collectors.fetching import RetryPolicy, host_of
from collectors.fetching.vendor import VendorTransport
from collectors.hub.errors import translated_errors
from collectors.hub.options import HubOptions
from store.errors import SourceChanged

MOST_BYTES = 32_000_000
"""A page of 1,000 repositories with their cards is 1 to 4 MB; some cards are long."""

EXPAND: list[ExpandModelProperty_T] = [
    "author", "baseModels", "cardData", "createdAt", "downloads", "downloadsAllTime", "gated",
    "library_name", "likes", "pipeline_tag", "private", "safetensors", "tags", "trendingScore",
]  # fmt: skip

_SESSION_LOCK = threading.RLock()
_installed: HubClient | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items as sent, and the address of the next one."""

    items: Sequence[object]
    next_url: str | None


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

    def fetch_page(self, parameters: Mapping[str, str | int]) -> Page:
        """The first page of `GET /api/models`. Raises a SourceError."""
        return self._fetch_page(f"{self._origin}/api/models", {**parameters, "expand": [*EXPAND]})

    def fetch_next_page(self, url: str) -> Page:
        """The page a `Page.next_url` names. Raises SourceChanged, sending nothing, for another host's."""
        self._transport.check_origin(url, "Link")
        return self._fetch_page(url, None)

    def fetch_model(self, name: str) -> object:
        """One repository as the Hub writes it. Raises SourceGone when it is missing or private."""
        with translated_errors(name, self._host, self._token), self._session():
            try:
                return _write_plainly(self._api.model_info(name, expand=EXPAND))
            except (HfHubHTTPError, HFValidationError, json.JSONDecodeError):
                raise
            except (KeyError, OverflowError, TypeError, ValueError):
                # The library's ModelInfo refuses what it does not expect, such as weights without a total
                # or a date without a time; we read the same answer with our own parser.
                response = get_session().get(
                    f"{self._origin}/api/models/{name}",
                    params={"expand": EXPAND},
                    headers=self._headers,
                )
                hf_raise_for_status(response)
                answer: object = response.json()
                return answer

    def fetch_model_count(self, organisation: str) -> int | None:
        """How many models an organisation says it has. Raises SourceGone when there is no such one."""
        with translated_errors(organisation, self._host, self._token), self._session():
            overview = self._api.get_organization_overview(organisation)
        return overview.num_models

    def _fetch_page(self, url: str, parameters: Mapping[str, str | int | list[str]] | None) -> Page:
        with translated_errors("the list of models", self._host, self._token), self._session():
            response = get_session().get(url, params=parameters, headers=self._headers)
            hf_raise_for_status(response)
            items = response.json()
            next_url = response.links.get("next", {}).get("url")
        if not isinstance(items, list):
            raise SourceChanged(
                "$", f"expected a list of models, got {type(items).__name__}", host=self._host
            )
        if next_url is not None:
            next_url = urljoin(url, next_url)
        return Page(items, next_url)


def _write_plainly(info: ModelInfo) -> dict[str, object]:
    """The library's object as the Hub wrote it; `_id` is kept by the library as a stray attribute."""
    card = info.card_data if isinstance(info.card_data, ModelCardData) else None
    fields: dict[str, object] = {
        "_id": getattr(info, "_id", None),
        "id": info.id,
        "author": info.author,
        "createdAt": info.created_at.isoformat() if info.created_at else None,
        "downloads": info.downloads,
        "downloadsAllTime": info.downloads_all_time,
        "likes": info.likes,
        "trendingScore": info.trending_score,
        "gated": info.gated,
        "private": info.private,
        "baseModels": info.base_models,
        "safetensors": {"total": info.safetensors.total} if info.safetensors else None,
        "pipeline_tag": info.pipeline_tag,
        "library_name": info.library_name,
        "tags": info.tags,
        "cardData": {"license": card.license, "license_name": card.license_name} if card else None,
    }
    return {name: value for name, value in fields.items() if value is not None}
