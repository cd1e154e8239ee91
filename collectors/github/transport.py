"""PyGithub's way to the network: requests' adapter interface over our own httpx2 transport.

PyGithub builds its own requests session. Its documented hook is a pair of connection classes; ours differ
from the library's in the adapter mounted. With it every request passes the gate, the address check and the
limits like any other of ours, and the library never sees what it would sleep on: a limit, a 5xx, a 202.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urljoin

import httpx2
import requests
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from collectors.fetching.vendor import VendorTransport
from collectors.text import clean_message
from store.errors import RateLimited, SourceChanged, SourceError, SourceUnavailable

MOST_REDIRECTS = 5
CORE, GRAPHQL = "core", "graphql"
"""GitHub's names for the windows it counts our requests in: one that is spent does not stop the other.
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api"""


class TransportAdapter(HTTPAdapter):
    """Sends prepared requests through a VendorTransport."""

    def __init__(self, transport: VendorTransport) -> None:
        super().__init__(max_retries=0)
        self._transport = transport
        self._redirects = 0

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 - the base class's signature
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,  # noqa: ARG002 - as above
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002 - as above
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002 - as above
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - as above
    ) -> requests.Response:
        """One request. Raises our errors, which requests and PyGithub pass on untouched."""
        answer = self._transport.handle_request(
            httpx2.Request(
                request.method or "GET",
                request.url or "",
                headers={**dict(request.headers), "Accept-Encoding": "gzip, deflate"},
                content=request.body or None,
            )
        )
        self._check_redirect(answer)
        raw = HTTPResponse(
            body=io.BytesIO(answer.content),
            headers=HTTPHeaderDict(answer.headers.multi_items()),
            status=answer.status_code,
            reason=answer.reason_phrase,
            preload_content=False,
        )
        return self.build_response(request, raw)

    def _check_redirect(self, answer: httpx2.Response) -> None:
        """PyGithub follows a 301 however often, by its path alone, whatever the port it names."""
        if answer.status_code != 301:
            self._redirects = 0
            return
        self._redirects += 1
        try:
            location = urljoin(str(answer.request.url), answer.headers.get("location", ""))
        except ValueError as error:
            raise SourceChanged("Location", f"not an address: {clean_message(error)}") from error
        self._transport.check_origin(location, "Location")
        if self._redirects > MOST_REDIRECTS:
            raise SourceChanged("Location", f"redirected more than {MOST_REDIRECTS} times")


def build_connection_classes(
    transport: VendorTransport,
) -> tuple[type[HTTPRequestsConnectionClass], type[HTTPSRequestsConnectionClass]]:
    """The connection classes for `Requester.injectConnectionClasses`, bound to `transport`."""

    class Http(HTTPRequestsConnectionClass):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[arg-type] # handed on as received
            _mount(self.session, transport)

    class Https(HTTPSRequestsConnectionClass):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[arg-type] # handed on as received
            _mount(self.session, transport)

    return Http, Https


def bucket_of(request: httpx2.Request) -> str:
    """The window GitHub counts a request in."""
    return GRAPHQL if request.url.path.endswith("/graphql") else CORE


def judge_limits(
    host: str, token: str | None, find_retry_at: Callable[[str], datetime]
) -> Callable[[httpx2.Response], SourceError | None]:
    """What PyGithub would sleep on, for the VendorTransport: limits in all their forms, and 202.

    A limit is a 429, or a 403 that has no requests left, names a wait or says so in its message; the
    secondary limit's has no header at all. `find_retry_at` of a window is asked after the gate has seen the
    headers."""

    def judge(answer: httpx2.Response) -> SourceError | None:
        status = answer.status_code
        if status == 202:
            return SourceUnavailable(f"{host} is still computing its answer", host=host)
        if status not in (403, 429):
            return None
        message = find_message(answer.text)
        is_limit = (
            status == 429
            or answer.headers.get("x-ratelimit-remaining") == "0"
            or "retry-after" in answer.headers
            or Requester.isRateLimitError(message)
        )
        if not is_limit:
            return None
        # Without a token a limit's message goes on with advice in brackets, which is not about us.
        said = clean_message(message.partition(" (But here's")[0] or status, token)
        retry_at = find_retry_at(bucket_of(answer.request))
        return RateLimited(f"{host}: {said}", host=host, retry_at=retry_at)

    return judge


def find_message(body: str) -> str:
    """The `message` of GitHub's error bodies; empty for any other body."""
    try:
        parsed = json.loads(body)
    except (RecursionError, ValueError):
        return ""
    message = parsed.get("message") if isinstance(parsed, dict) else None
    return message if isinstance(message, str) else ""


def _mount(session: requests.Session, transport: VendorTransport) -> None:
    session.trust_env = False
    session.mount("http://", TransportAdapter(transport))
    session.mount("https://", TransportAdapter(transport))
