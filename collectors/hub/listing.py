"""Reading one list of the Hub page by page; the place to go on from is the caller's to save.

A `next` link is followed only within the Hub and never to a page that was already read. A page that the Hub
gives up on, or that is too large, is asked for again with half the repositories; where even a small one
fails behind the first page, the list is read as far as it goes and said to be cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from collectors.contract import Context
from collectors.hub.client import HubClient, Page
from collectors.hub.errors import is_too_much
from collectors.hub.options import SMALLEST_PAGE
from collectors.hub.state import Place
from store.errors import SourceChanged, SourceError


class Listing:
    """One list, from `place` on. `parameters` without a limit; `size`: repositories per page."""

    def __init__(
        self,
        client: HubClient,
        context: Context,
        place: Place,
        host: str,
        *,
        parameters: Mapping[str, str],
        expand: Sequence[str],
        size: int,
    ) -> None:
        self._client = client
        self._context = context
        self._place = place
        self._host = host
        self._parameters = parameters
        self._expand = expand
        place.size = place.size or size
        self.etag: str | None = None

    @property
    def question(self) -> str:
        """What is asked, in short: an ETag is worth nothing for another question."""
        asked = (sorted(self._parameters.items()), sorted(self._expand), self._place.size)
        return sha256(repr(asked).encode()).hexdigest()[:16]

    def list_pages(self, etag: str | None = None) -> Iterator[Page]:
        """The pages until `place.is_listed`, which the caller sets too, before it asks for the next page.

        `etag`: of an earlier answer to the same question; an unchanged list is one page that says so.
        Raises SourceChanged for a link in a circle, and whatever the client raises."""
        place = self._place
        visited: set[str] = set()
        while not place.is_listed:
            self._context.raise_if_stopped()
            if place.next_url is not None:
                visited.add(place.next_url)
            page = self._fetch(etag)
            if page is None:
                place.is_cut = place.is_listed = True
                return
            place.pages += 1
            place.next_url = page.next_url
            place.is_listed = page.next_url is None
            self.etag = page.etag if place.pages == 1 else None
            yield page
            if not place.is_listed and page.next_url in visited:
                raise SourceChanged("Link", "names a page that was already read", host=self._host)

    def _fetch(self, etag: str | None) -> Page | None:
        place = self._place
        while True:
            try:
                if place.next_url is None:
                    asked: dict[str, str | int] = {**self._parameters, "limit": place.size}
                    return self._client.fetch_page(asked, self._expand, etag)
                return self._client.fetch_next_page(place.next_url)
            except SourceError as error:
                if not is_too_much(error):
                    raise
                if place.size <= SMALLEST_PAGE:
                    if place.pages == 0:
                        raise
                    return None
            place.size = max(SMALLEST_PAGE, place.size // 2)
            if place.next_url is not None:
                place.next_url = _with_limit(place.next_url, place.size)


def _with_limit(url: str, size: int) -> str:
    parts = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "limit"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("limit", str(size))])))
