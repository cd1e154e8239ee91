"""Our own fetcher: one address in, one answer within limits out, every failure a named error.

    200                      Fetched                 404                   SourceMissing
    206, 416 to a Range      Fetched                 5xx, silence          SourceUnavailable
    304 to our validators    Fetched, is_unchanged   410                   SourceGone
    301, 302, 303, 307, 308  followed, checked       401, 403, 407, 451    AccessDenied
    429, budget spent        RateLimited             too large, cut short, no target  SourceChanged

Transient failures are tried again by a RetryPolicy whose pauses are waits on the stop event. A longer wait
than the policy's is never slept through: it raises with `retry_at`, and the work is postponed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from collectors.fetching.encoding import READABLE
from collectors.fetching.gate import HostGate, host_of
from collectors.fetching.retry import RetryPolicy
from collectors.fetching.transport import MAX_BYTES, Limits, build_transport
from collectors.text import clean_message
from store.errors import (
    AccessDenied,
    Interrupted,
    RateLimited,
    SourceChanged,
    SourceError,
    SourceGone,
    SourceMissing,
    SourceUnavailable,
)

_CHUNK = 65_536
_MARGIN = 0.05  # seconds by which the wait's clock and the gate's may differ
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_DENIED = frozenset({401, 403, 407, 451})
_TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
_IMPERSONAL = frozenset({"range", "if-range", "accept-language"})
"""Of the caller's headers those that say nothing about who asks: they go with a redirect to another host."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. `url` is where it finally came from, without credentials; header names in lower case.

    `permanent_url`: where the source says it has moved for good (301, 308), None when it has not.
    `requests`: what it cost, redirects and repeated attempts included.
    """

    status: int
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    etag: str | None
    last_modified: str | None
    is_unchanged: bool
    permanent_url: str | None
    requests: int

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def without_credentials(url: str) -> str:
    """The address without `user:password@`, for messages and state."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class Fetcher:
    """Fetches addresses, one request at a time per host. Thread-safe; close it when done."""

    def __init__(
        self,
        gate: HostGate,
        clock: Callable[[], datetime],
        stop: threading.Event,
        user_agent: str,
        *,
        limits: Limits | None = None,
        retry: RetryPolicy | None = None,
        allow_private_addresses: bool = False,
    ) -> None:
        self.gate = gate
        self.limits = limits or Limits()
        self.user_agent = user_agent
        self._clock = clock
        self._stop = stop
        self._retry = retry or RetryPolicy()
        self._allow_private = allow_private_addresses
        self._transport = self.build_transport()

    def build_transport(self, limits: Limits | None = None) -> httpx2.BaseTransport:
        """A transport with this fetcher's gate, stop event and address check, for another httpx2 client."""
        return build_transport(
            self.gate, self._stop, limits or self.limits, allow_private_addresses=self._allow_private
        )

    def close(self) -> None:
        self._transport.close()

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        accept_encoding: str | None = None,
    ) -> Fetched:
        """GET `url`, with `etag` and `last_modified` (verbatim, as received) as validators.

        `max_bytes`: for a source whose answers are known to be larger than the usual limit. `headers`
        (for instance an authorisation) go to the first host alone, never across a redirect to another; only
        a `Range` goes along. `accept_encoding`: gzip or deflate, and "identity" when a part is asked for,
        since bytes are counted in what is sent: a compressed answer to a `Range` is refused.

        A part of a thing comes with status 206 and `content-range` among the headers; a server that knows no
        parts answers 200 with all of it; a range beyond the end is status 416 without a body, and its
        `content-range` says the size (`bytes */SIZE`).

        Raises a SourceError as in the module's table, or Interrupted.
        """
        private = dict(headers or {})
        is_part = any(name.lower() == "range" for name in private)
        general = {
            "User-Agent": self.user_agent,
            "Accept": accept or "*/*",
            "Accept-Encoding": accept_encoding or ("identity" if is_part else READABLE),
        }
        if etag:
            general["If-None-Match"] = etag
        if last_modified:
            general["If-Modified-Since"] = last_modified
        current = url
        permanent: str | None = None
        has_only_permanent = True
        requests = 0
        for _ in range(self.limits.max_redirects + 1):
            answer, attempts = self._send(current, {**general, **private}, max_bytes or self.limits.max_bytes)
            requests += attempts
            if answer.status not in _REDIRECTS:
                _check_part(answer, current, is_part=is_part)
                return self._conclude(
                    answer, current, permanent, requests, is_conditional=bool(etag or last_modified)
                )
            following = _parse_location(answer, current)
            has_only_permanent = has_only_permanent and answer.status in _PERMANENT
            if has_only_permanent:
                permanent = without_credentials(following)
            if _origin(following) != _origin(current):
                private = {name: value for name, value in private.items() if name.lower() in _IMPERSONAL}
                following = without_credentials(following)
            current = following
        raise SourceUnavailable(
            f"{without_credentials(url)} redirects more than {self.limits.max_redirects} times",
            host=host_of(url),
        )

    def _send(self, url: str, headers: Mapping[str, str], max_bytes: int) -> tuple[_Answer, int]:
        """One hop, with retries. Returns the answer and the number of attempts."""
        host = _check_address(url)
        attempts = 0
        waits = self._retry.waits()
        while True:
            attempts += 1
            wait = next(waits, None)
            try:
                answer = self._send_once(url, headers, host, max_bytes)
            except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
                if wait is None:
                    self.gate.mark_down(host, error)
                    raise SourceUnavailable(
                        f"{host} does not answer: {clean_message(error)}", host=host
                    ) from error
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise SourceUnavailable(f"{host}: {clean_message(error)}", host=host) from error
            else:
                failure = self._judge(answer, url, host, headers)
                if failure is None:
                    return answer, attempts
                wait = self._find_pause(answer.status, failure, wait)
                if wait is None:
                    raise failure
            if self._stop.wait(wait):
                raise Interrupted(f"stopped while waiting for {host}")

    def _send_once(self, url: str, headers: Mapping[str, str], host: str, max_bytes: int) -> _Answer:
        extensions = {MAX_BYTES: max_bytes}
        request = httpx2.Request("GET", url, headers=dict(headers), extensions=extensions)
        if request.url.userinfo:
            request = next(httpx2.BasicAuth(request.url.username, request.url.password).auth_flow(request))
        with self.gate.lock(host, self._stop):
            response = self._transport.handle_request(request)
            try:
                # The body of a redirect or a refusal says nothing to us and is not waited for.
                body = b"".join(response.iter_bytes(_CHUNK)) if response.status_code < 300 else b""
            finally:
                response.close()
        return _Answer(response.status_code, dict(response.headers.items()), body)

    def _judge(self, answer: _Answer, url: str, host: str, headers: Mapping[str, str]) -> SourceError | None:
        """The error an answer stands for, None when it is one to go on with."""
        status = answer.status
        shown = without_credentials(url)
        if 200 <= status < 300 or status == 304 or status in _REDIRECTS:
            return None
        if status == 416 and any(name.lower() == "range" for name in headers):
            return None
        retry_at = self.gate.retry_at(host)
        if status == 429 or (status == 403 and retry_at is not None):
            return RateLimited(f"{host} asked us to wait ({status})", host=host, retry_at=retry_at)
        if status == 410:
            return SourceGone(f"{shown} is gone for good", host=host)
        if status == 404:
            return SourceMissing(f"{shown} answered {status}", host=host, retry_at=retry_at)
        if status in _DENIED:
            return AccessDenied(f"{shown} refuses us ({status})", host=host)
        return SourceUnavailable(f"{shown} answered {status}", host=host, retry_at=retry_at)

    def _find_pause(self, status: int, failure: SourceError, planned: float | None) -> float | None:
        """Seconds to wait before trying again, None when trying again now makes no sense."""
        if planned is None or not (status in _TRANSIENT or isinstance(failure, RateLimited)):
            return None
        if failure.retry_at is None:
            return planned
        asked = (failure.retry_at - self._clock()).total_seconds()
        return max(asked, planned) + _MARGIN if asked <= self._retry.longest_wait else None

    def _conclude(
        self, answer: _Answer, url: str, permanent: str | None, requests: int, *, is_conditional: bool
    ) -> Fetched:
        is_unchanged = answer.status == 304
        if is_unchanged and not is_conditional:
            raise SourceUnavailable(
                f"{without_credentials(url)} answered 304 to an unconditional request", host=host_of(url)
            )
        return Fetched(
            status=answer.status,
            url=without_credentials(url),
            headers=answer.headers,
            body=answer.body,
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
            is_unchanged=is_unchanged,
            permanent_url=permanent,
            requests=requests,
        )


def _check_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return host_of(url)
    except ValueError as error:  # a port that is none, an unclosed bracket
        raise AccessDenied(f"{clean_message(url)!r} is not an address: {clean_message(error)}") from error
    raise AccessDenied(f"only http and https addresses are fetched, not {without_credentials(url)!r}")


def _check_part(answer: _Answer, url: str, *, is_part: bool) -> None:
    """Raise SourceChanged for a part that cannot be placed: nobody asked for it, or it does not say which."""
    if answer.status != 206:
        return
    if not is_part:
        raise SourceChanged("status", "206 to a request for the whole", host=host_of(url))
    if "content-range" not in answer.headers:
        raise SourceChanged("Content-Range", "missing in a 206 answer", host=host_of(url))


def _parse_location(answer: _Answer, url: str) -> str:
    location = answer.headers.get("location", "").strip()
    if not location:
        raise SourceChanged("Location", f"missing in a {answer.status} answer", host=host_of(url))
    if not location.isprintable():
        raise SourceChanged("Location", "holds characters that no address has", host=host_of(url))
    try:
        following = urljoin(url, location).partition("#")[0]
        _origin(following)
    except ValueError as error:
        raise SourceChanged(
            "Location", f"not an address: {clean_message(error)}", host=host_of(url)
        ) from error
    return following


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port
