"""The httpx2 transport every httpx2 client of ours stands on: gate, address check, time and size limits.

`build_transport` is for our own fetcher and for the Hub's client alike; a client made with it needs no
limits of its own:

    httpx2.Client(transport=build_transport(gate, stop), follow_redirects=True)

The limits are set here and not on the client because huggingface_hub passes an explicit timeout of None
with each call, which undoes the client's own.
"""

from __future__ import annotations

import functools
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpcore2
import httpx2

from collectors.fetching.account import account_of
from collectors.fetching.encoding import READABLE, BrokenEncoding, Identity, find_decoder
from collectors.fetching.gate import HostGate, host_of
from collectors.fetching.network import MOST_HEAD_BYTES, POLL_SECONDS, CheckedBackend, Watch
from collectors.text import clean_message, clean_text
from store.errors import Interrupted, SourceChanged, SourceUnavailable

MEGABYTE = 1_000_000
MAX_BYTES = "max_bytes"
"""The request extension by which one request may have another byte limit than its transport."""

BUCKET = "bucket"
"""The request extension that names the window a request is counted in: the host's others do not stop it."""

_MOST_CONNECTIONS = 100
"""More than there can be workers, each of which asks for one thing at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost: bytes after decompression, seconds, redirects.

    `read_timeout`: the longest silence. `total_timeout`: from sending to the body's last byte."""

    max_bytes: int = 5 * MEGABYTE
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    total_timeout: float = 60.0
    max_redirects: int = 5


def build_transport(
    gate: HostGate,
    stop: threading.Event,
    limits: Limits | None = None,
    *,
    allow_private_addresses: bool = False,
) -> httpx2.BaseTransport:
    """A transport that asks `gate` before each request and reports to it afterwards.

    Beside httpx2's own errors (ReadTimeout, ReadError, RemoteProtocolError) it raises ours: RateLimited and
    SourceUnavailable from the gate, SourceUnavailable for a host that cannot be reached or takes too long,
    AccessDenied for a private address, SourceChanged for a body that is too large, cut short or encoded in a
    way nobody asked for, Interrupted when `stop` is set.
    """
    return _GatedTransport(gate, stop, limits or Limits(), allow_private=allow_private_addresses)


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """One for the process: reading the system's certificates takes 50 ms and more."""
    return httpx2.create_ssl_context()


class _GatedTransport(httpx2.HTTPTransport):
    def __init__(self, gate: HostGate, stop: threading.Event, limits: Limits, *, allow_private: bool) -> None:
        super().__init__(verify=_tls_context())
        self._gate = gate
        self._stop = stop
        self._limits = limits
        self._backend = CheckedBackend(allow_private=allow_private)
        # httpx2's transport has no argument for a network backend, its pool has one.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls_context(),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=10,
            keepalive_expiry=10.0,
            network_backend=self._backend,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, unless the gate refuses; the body is read through the limits."""
        limits = self._limits
        host = host_of(str(request.url))
        given = request.extensions.get("timeout") or {}
        ours = {
            "connect": limits.connect_timeout,
            "read": limits.read_timeout,
            "write": limits.read_timeout,
            "pool": POLL_SECONDS,
        }
        request.extensions = {
            **request.extensions,
            "timeout": {key: min(given.get(key) or most, most) for key, most in ours.items()},
        }
        if not _READABLE.issuperset(_list_words(request.headers.get("accept-encoding", ""))):
            request.headers["accept-encoding"] = READABLE  # a library asks for all that is installed
        account = account_of(host, request.headers)
        bucket = request.extensions.get(BUCKET)
        self._gate.admit(host, bucket, account=account)
        with self._gate.lock(host, self._stop):
            # again: whoever held the lock may have found the host down
            self._gate.admit(host, bucket, account=account)
            watch = Watch.begin(host, limits.total_timeout, self._stop)
            inner = self._send(request, watch, account)
            try:
                self._gate.note_response(host, inner.status_code, inner.headers, account=account)
                return self._hand_over(inner, request, watch)
            except BaseException:
                inner.close()  # else its connection would never come back
                raise

    def _send(self, request: httpx2.Request, watch: Watch, account: str) -> httpx2.Response:
        """The answer without its body; what went wrong is counted for the host, if it was asked at all."""
        host = watch.host
        watch.check()
        self._backend.watch = watch
        self._backend.head_left = MOST_HEAD_BYTES
        try:
            while True:
                try:
                    return super().handle_request(request)
                except httpx2.PoolTimeout as error:
                    self._wait_on(watch, error)
                except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                    self._gate.note_failure(host, error, account=account)
                    raise SourceUnavailable(
                        f"{host} is unreachable: {clean_message(error)}", host=host
                    ) from error
                except (httpx2.HTTPError, SourceUnavailable, Interrupted):
                    self._gate.note_silence(host, account=account)
                    raise
        finally:
            self._backend.watch = None
            self._backend.head_left = None

    def _wait_on(self, watch: Watch, error: httpx2.PoolTimeout) -> None:
        """All our connections are in use: that is no fault of the host's, which was sent nothing."""
        try:
            watch.check()
        except SourceUnavailable:
            problem = f"none of our connections was free for {watch.seconds:g} s"
            raise SourceUnavailable(problem, host=watch.host) from error

    def _hand_over(self, inner: httpx2.Response, request: httpx2.Request, watch: Watch) -> httpx2.Response:
        """The answer with its body behind the limits. Raises SourceChanged for one that cannot be read."""
        inner.request = request
        body = _LimitedStream(
            inner, self._backend, watch, request.extensions.get(MAX_BYTES, self._limits.max_bytes)
        )
        body.check_declared_length()
        body.check_encoding()
        # The limited stream yields decoded bytes, so that a small body cannot inflate behind the limit;
        # the headers that describe the encoded form go. Names and values stay bytes: they need not be ASCII.
        is_encoded = "content-encoding" in inner.headers
        described = {b"content-encoding", b"content-length", b"transfer-encoding"} if is_encoded else set()
        headers = [(name, value) for name, value in inner.headers.raw if name.lower() not in described]
        return httpx2.Response(
            inner.status_code, headers=headers, stream=body, extensions=inner.extensions, request=request
        )


def _list_words(header: str) -> set[str]:
    """The words of a header like `gzip;q=1.0, identity`, in lower case."""
    return {word.partition(";")[0].strip().lower() for word in header.split(",")}


_READABLE = _list_words(READABLE) | {"", "identity"}


class _LimitedStream(httpx2.SyncByteStream):
    """A response's decoded body under a byte limit and its request's deadline."""

    def __init__(self, inner: httpx2.Response, backend: CheckedBackend, watch: Watch, max_bytes: int) -> None:
        self._inner = inner
        self._backend = backend
        self._watch = watch
        self._max_bytes = max_bytes

    def check_declared_length(self) -> None:
        """Refuse a body that announces itself as too large, before a byte of it is read."""
        declared = self._inner.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > self._max_bytes:
            raise self._too_large()

    def check_encoding(self) -> None:
        """Refuse what is encoded as we did not ask for, and a part of a thing that is encoded at all: what it
        begins with is not where its encoding begins."""
        if not self._inner.is_success:
            return  # its body says little: an error page is none the worse for being unreadable
        encoding = self._encoding
        if self._inner.status_code == 206 and encoding not in ("", "identity"):
            raise SourceChanged("Content-Encoding", "a part that is encoded", host=self._watch.host)
        if find_decoder(encoding) is None:
            shown = clean_text(encoding, 40)
            raise SourceChanged("Content-Encoding", f"not what we asked for: {shown}", host=self._watch.host)

    @property
    def _encoding(self) -> str:
        return self._inner.headers.get("content-encoding", "").strip().lower()

    def __iter__(self) -> Iterator[bytes]:
        sent = seen = 0
        decoder = find_decoder(self._encoding) or Identity()
        chunks = self._inner.iter_raw()
        while True:
            self._watch.check()
            self._backend.watch = self._watch
            try:
                chunk = next(chunks, None)
            finally:
                self._backend.watch = None
            try:
                if chunk is None:
                    decoder.check_end()
                    return
                sent += len(chunk)
                for piece in decoder.decode(chunk):
                    seen += len(piece)
                    if max(sent, seen) > self._max_bytes:
                        raise self._too_large()
                    yield piece
            except BrokenEncoding as error:
                problem = f"is not what its encoding says: {clean_message(error)}"
                raise SourceChanged("body", problem, host=self._watch.host) from error
            if sent > self._max_bytes:
                raise self._too_large()

    def close(self) -> None:
        self._inner.close()

    def _too_large(self) -> SourceChanged:
        return SourceChanged("body", f"larger than {self._max_bytes:,} bytes", host=self._watch.host)
