"""Pages of the whole list as bytes, through the Hub client's session, gate and address check.

Of a page's `next` link only the cursor is taken, and the next page is asked for with our own parameters: a
link that leads elsewhere is refused, and one that forgot `limit` or `expand` does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urljoin, urlsplit

from huggingface_hub import get_session
from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined] # public, without __all__

from collectors.contract import Context
from collectors.fetching import RetryPolicy, host_of
from collectors.fetching.limits import parse_windows
from collectors.hub.client import HubClient
from collectors.hub.errors import translated_errors
from collectors.sweep.options import SweepOptions
from collectors.text import is_identifier
from store.errors import SourceChanged, SourceError

SORT = "createdAt"
"""Newest first. A repository's birthday never changes, so nothing moves while the list is walked: what is new
stands before the first page, what is deleted leaves a gap. By downloads or likes, whose values change during
the walk, a model would cross a page's border and be missed or told twice."""

EXPAND = ("createdAt", "downloads", "downloadsAllTime", "likes", "private", "tags")
"""Tags hold licence and base model in a quarter of a card's bytes; `_id` and `id` always come."""

_LONGEST_CURSOR = 4_000
_REFUSES_CURSOR = frozenset({400, 410, 422})


class CursorRefused(SourceError):
    """The Hub does not know the place we were at any more."""


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page as sent. `cursor` None: it was the last. `left`, `resets_at`: what its limit headers say of
    the tightest window, None where they say nothing."""

    body: bytes
    cursor: str | None
    left: int | None
    resets_at: datetime | None


class SweepClient(HubClient):
    """The Hub client with one question more. Close it when done."""

    def __init__(self, options: SweepOptions, context: Context, retry: RetryPolicy) -> None:
        super().__init__(options.hub, context, retry)
        self._address = f"{options.hub.origin}/api/models"
        self._gate_name = host_of(options.hub.origin)
        self._secret = options.hub.token
        self._clock = context.clock

    def fetch(self, cursor: str | None, size: int) -> RawPage:
        """The page after `cursor`, of at most `size` models. Raises CursorRefused or another SourceError."""
        parameters: dict[str, str | int | tuple[str, ...]] = {"sort": SORT, "limit": size, "expand": EXPAND}
        if cursor is not None:
            parameters["cursor"] = cursor
        with translated_errors("the list of all models", self._gate_name, self._secret), self._session():
            response = get_session().get(self._address, params=parameters, headers=self._headers)
            if cursor is not None and response.status_code in _REFUSES_CURSOR:
                raise CursorRefused(
                    f"{self._gate_name} refuses its own cursor ({response.status_code})", host=self._gate_name
                )
            hf_raise_for_status(response)
            link = response.links.get("next", {}).get("url")
            following = None if link is None else self._read_cursor(urljoin(self._address, link))
        windows = parse_windows(response.headers, self._clock()).values()
        tightest = min(windows, key=lambda window: window.remaining, default=None)
        return RawPage(
            response.content,
            following,
            None if tightest is None else tightest.remaining,
            None if tightest is None else tightest.resets_at,
        )

    def _read_cursor(self, url: str) -> str:
        self._transport.check_origin(url, "Link")
        (cursor,) = parse_qs(urlsplit(url).query).get("cursor", [""])[:1]
        if not is_identifier(cursor, _LONGEST_CURSOR):
            raise SourceChanged("Link", "names no cursor to go on from", host=self._gate_name)
        return cursor
