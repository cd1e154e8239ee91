"""What a vendor's client library gets as its network: one origin, our errors, our retries.

Libraries retry with `time.sleep` for as long as a header says, follow links to any host with the user's
token, and turn refusals into half-empty objects. So they never see what leads there:

    another origin (a redirect, a `Link`)   SourceChanged, before anything is sent
    429, and what `judge` calls a refusal   RateLimited, at once
    408, 5xx, silence, a broken body        tried again as the RetryPolicy says, then SourceUnavailable
    anything else, and what `handed_on` has handed to the library, its body read within the limits
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import httpx2

from collectors.fetching.gate import HostGate, host_of
from collectors.fetching.retry import RetryPolicy
from collectors.fetching.transport import BUCKET
from collectors.text import clean_message, clean_text
from store.errors import Interrupted, RateLimited, SourceChanged, SourceError, SourceUnavailable

TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
_NETWORK_ERRORS = (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError)


class VendorTransport(httpx2.BaseTransport):
    """Wraps a gated transport (`Fetcher.build_transport`). `requests` counts what was sent, retries included.

    `judge` may name the error an answer stands for; it sees the whole answer. `handed_on`: statuses by
    method that are not tried again, since the same question would fail again. `find_bucket`: the window that
    the origin counts a request in; without it every window of the origin stops every request. Every request
    must be safe to repeat.
    """

    def __init__(
        self,
        inner: httpx2.BaseTransport,
        origin: str,
        gate: HostGate,
        clock: Callable[[], datetime],
        stop: threading.Event,
        *,
        retry: RetryPolicy,
        judge: Callable[[httpx2.Response], SourceError | None] | None = None,
        handed_on: Mapping[str, frozenset[int]] | None = None,
        find_bucket: Callable[[httpx2.Request], str | None] = lambda _request: None,
    ) -> None:
        self._inner = inner
        self._origin = _origin_of(origin)
        self._host = host_of(origin)
        self._gate = gate
        self._clock = clock
        self._stop = stop
        self._retry = retry
        self._judge = judge
        self._handed_on = handed_on or {}
        self._find_bucket = find_bucket
        self.requests = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and read its answer. Raises a SourceError or Interrupted."""
        self.check_origin(str(request.url), "Location")
        waits = self._retry.waits()
        while True:
            response, failure = self._send(request)
            if failure is None and response is not None:
                return response
            self._pause(failure or SourceUnavailable(f"no answer from {self._host}", host=self._host), waits)

    def check_origin(self, url: str, path: str) -> None:
        """Raise SourceChanged, naming the header `path`, for an address anywhere but at our origin."""
        try:
            origin = _origin_of(url)
        except ValueError as error:
            raise SourceChanged(path, f"not an address: {clean_message(error)}", host=self._host) from error
        if origin != self._origin:
            shown = clean_text(origin[1], 80) or clean_message(url)
            raise SourceChanged(path, f"leads to another host: {shown}", host=self._host)

    def close(self) -> None:
        self._inner.close()

    def _send(self, request: httpx2.Request) -> tuple[httpx2.Response | None, SourceError | None]:
        before = self._gate.requests_of_this_thread
        bucket = self._find_bucket(request)
        request.extensions = {**request.extensions, BUCKET: bucket}
        try:
            response = self._inner.handle_request(request)
            try:
                body = response.read()
            finally:
                response.close()
        except _NETWORK_ERRORS as error:
            failure = SourceUnavailable(
                f"{self._host} does not answer: {clean_message(error)}", host=self._host
            )
            failure.__cause__ = error
            return None, failure
        finally:
            self.requests += self._gate.requests_of_this_thread - before
        answer = httpx2.Response(
            response.status_code, headers=response.headers, content=body, request=request
        )
        return answer, self._find_failure(answer, request.method, bucket)

    def _find_failure(self, answer: httpx2.Response, method: str, bucket: str | None) -> SourceError | None:
        status = answer.status_code
        refusal = self._judge(answer) if self._judge is not None else None
        if refusal is not None:
            return refusal
        retry_at = self._gate.retry_at(self._host, bucket)
        if status == 429:
            return RateLimited(f"{self._host} asked us to wait (429)", host=self._host, retry_at=retry_at)
        if status in TRANSIENT and status not in self._handed_on.get(method, frozenset()):
            return SourceUnavailable(f"{self._host} answered {status}", host=self._host, retry_at=retry_at)
        return None

    def _pause(self, failure: SourceError, waits: Iterator[float]) -> None:
        """Wait before the next attempt; raise `failure` when there is none to make now."""
        planned = next(waits, None) if isinstance(failure, SourceUnavailable) else None
        if planned is None:
            if isinstance(failure.__cause__, (httpx2.TimeoutException, httpx2.NetworkError)):
                self._gate.mark_down(self._host, failure)
            raise failure
        if failure.retry_at is not None:
            asked = (failure.retry_at - self._clock()).total_seconds()
            if asked > self._retry.longest_wait:
                raise failure
            planned = max(planned, asked)
        if self._stop.wait(planned):
            raise Interrupted(f"stopped while waiting for {self._host}")


def _origin_of(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default
