"""The way to the network: an address is resolved, checked, and that very address is connected to.

A name may resolve to a machine inside the user's own network, by accident or on purpose (a feed's redirect,
a rebinding name). So the check is made on the resolved address at the moment of connecting, and nowhere
else: checking the name first and connecting by name later would leave a gap.

Nothing here outlasts a stop request or the request's total deadline by more than half a second. Reads are
sliced, however slowly the other side sends. What the system does not let us slice (its resolver, connecting,
the handshake) is done in a thread of its own, which is left behind when it takes too long.

The environment's proxies are not used: behind one, the address that is checked would not be the one that is
connected to. Whoever must use one runs Lunchwatch where it is not needed (docs/sources.md).
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

import httpcore2

from store.errors import AccessDenied, Interrupted, SourceUnavailable

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
T = TypeVar("T")

POLL_SECONDS = 0.5
"""How long a blocked read may go without looking at the stop event."""

MOST_HEAD_BYTES = 256_000
"""Read of one answer before its headers are complete: more than twice what the parser takes for one block of
them, so that answers before the answer (100, 103) end, which it reads over without counting."""

_EMBEDDING = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "::/96",  # IPv4-compatible, deprecated by RFC 4291
        "::ffff:0:0:0/96",  # RFC 2765: translated
        "64:ff9b::/96",  # RFC 6052: NAT64
    )
)
"""Networks whose last 32 bits are the IPv4 address meant."""

_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214: before an IPv4 address in the lower half
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "64:ff9b:1::/48",  # RFC 8215: NAT64 within somebody's network
        "fec0::/10",  # RFC 3879: site-local, deprecated and still routed by some
        "192.88.99.0/24",  # RFC 7526: relays of 6to4, deprecated
        "5f00::/16",  # RFC 9602: segment routing within somebody's network
        "3fff::/20",  # RFC 9637: documentation
        "168.63.129.16/32",  # within Azure: the host's own services, at a public address
    )
)
"""Networks that are nobody's on the internet though the standard library takes them to be global."""

_MOST_ADDRESSES = 4
_WRITE_SECONDS = 3.0
"""A request is small and fits the system's buffer: who does not take it within this time does not listen."""


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet.

    Addresses that carry an IPv4 address inside (mapped, compatible, translated, 6to4, Teredo, NAT64, ISATAP)
    are as public as that one.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = _find_inner(address)
        if inner is not None:
            return is_public(inner)
    if any(address in network for network in _INSIDE if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def _find_inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    number = int(address)
    is_embedding = any(address in network for network in _EMBEDDING)
    if inner is None and (is_embedding or number >> 32 & 0xFFFF_FFFF in _ISATAP):
        inner = ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    return inner


class _Aside(Generic[T]):
    """Work that the system does not let us interrupt, in a thread that may be left behind.

    `discard` is given a result that comes too late."""

    def __init__(self, name: str, work: Callable[[], T], discard: Callable[[T], object]) -> None:
        self._work = work
        self._discard = discard
        self._done = threading.Event()
        self._mutex = threading.Lock()
        self._is_left = False
        self._results: list[T] = []
        self._failures: list[BaseException] = []
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits, and raised there
            self._failures.append(error)
        else:
            with self._mutex:
                if not self._is_left:
                    self._results.append(result)
                    self._done.set()
                    return
            self._discard(result)
        self._done.set()

    def wait(self, seconds: float, watch: Watch | None) -> T:
        """The result, or what the work raised. Raises TimeoutError when it takes longer than `seconds`, and
        what `watch` raises."""
        deadline = time.monotonic() + seconds
        while not self._done.wait(min(POLL_SECONDS, max(0.0, deadline - time.monotonic()))):
            try:
                if watch is not None:
                    watch.check()
            except (Interrupted, SourceUnavailable):
                self._leave()
                raise
            if time.monotonic() >= deadline:
                self._leave()
                raise TimeoutError(f"nothing in {seconds:g} s")
        if self._failures:
            raise self._failures[0]
        return self._results[0]

    def _leave(self) -> None:
        with self._mutex:
            self._is_left = True
            late = self._results.copy()
        for result in late:
            self._discard(result)


def resolve(
    host: str, port: int, *, timeout: float, allow_private: bool = False, watch: Watch | None = None
) -> list[str]:
    """The addresses of `host` that may be connected to, in the resolver's order.

    The system's resolver may take half a minute on a dead network; it is left behind after `timeout` seconds.

    Raises OSError when there is no such name or no answer in time (TimeoutError), AccessDenied when every
    address is private and that is not allowed, and what `watch` raises.
    """
    asked = _Aside(f"resolve {host}", partial(_ask_resolver, host, port), len)
    try:
        addresses = asked.wait(timeout, watch)
    except TimeoutError as error:
        raise TimeoutError(f"no answer from the name service about {host} in {timeout:g} s") from error
    allowed = [text for text in addresses if allow_private or is_public(_parse_address(text))]
    if not allowed:
        raise AccessDenied(
            f"{host} is a private address ({', '.join(addresses)})",
            host=host,
            remedy="set network.allow_private_addresses = true if that is meant",
        )
    return allowed


def _ask_resolver(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long for IDNA
        raise socket.gaierror(socket.EAI_NONAME, f"not a host name: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _parse_address(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])  # without the zone of a link-local address


@dataclass(frozen=True, slots=True)
class Watch:
    """When one request has to end: at `deadline` (on the monotonic clock), or when `stop` is set."""

    host: str
    seconds: float
    deadline: float
    stop: threading.Event

    @classmethod
    def begin(cls, host: str, seconds: float, stop: threading.Event) -> Watch:
        return cls(host, seconds, time.monotonic() + seconds, stop)

    def check(self) -> float:
        """Seconds left; raises Interrupted or SourceUnavailable when there are none."""
        if self.stop.is_set():
            raise Interrupted("stopped while reading an answer")
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise SourceUnavailable(f"{self.host} took longer than {self.seconds:g} s", host=self.host)
        return left


class CheckedBackend(httpcore2.SyncBackend):
    """Connects to checked addresses only, and watches every read. One per transport.

    `watch` belongs to the calling thread: the request that it is just now waiting for. So does `head_left`,
    the bytes that may still come before the answer's headers are complete; None when they are.
    """

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._local = threading.local()

    @property
    def watch(self) -> Watch | None:
        return getattr(self._local, "watch", None)

    @watch.setter
    def watch(self, watch: Watch | None) -> None:
        self._local.watch = watch

    @property
    def head_left(self) -> int | None:
        return getattr(self._local, "head_left", None)

    @head_left.setter
    def head_left(self, count: int | None) -> None:
        self._local.head_left = count

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, check and connect, all within `timeout` seconds together."""
        begun = time.monotonic()
        limit = 5.0 if timeout is None else timeout
        try:
            addresses = resolve(
                host, port, timeout=limit, allow_private=self._allow_private, watch=self.watch
            )
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} has no address: {error.strerror or error}") from error
        failure: Exception | None = None
        for address in addresses[:_MOST_ADDRESSES]:
            left = limit - (time.monotonic() - begun)
            if left <= 0:
                break
            connect = partial(super().connect_tcp, address, port, left, local_address, socket_options)
            try:
                stream = _Aside(f"connect {host}", connect, _close).wait(left, self.watch)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            except TimeoutError as error:
                failure = httpcore2.ConnectTimeout(f"no connection to {host} in {limit:g} s")
                failure.__cause__ = error
            else:
                return _WatchedStream(stream, self)
        raise failure or httpcore2.ConnectTimeout(f"no connection to {host} in {limit:g} s")


def _close(stream: httpcore2.NetworkStream) -> None:
    stream.close()


class _WatchedStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, backend: CheckedBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        watch = self._backend.watch
        if watch is None:
            return self._inner.read(max_bytes, timeout)
        begun = time.monotonic()
        while True:
            left = watch.check()
            if timeout is not None:
                silence = begun + timeout - time.monotonic()
                if silence <= 0:
                    raise httpcore2.ReadTimeout(f"nothing from {watch.host} for {timeout:g} s")
                left = min(left, silence)
            try:
                data = self._inner.read(max_bytes, min(left, POLL_SECONDS))
            except httpcore2.ReadTimeout:
                continue  # only this slice: a TLS read may be tried again
            if self._backend.head_left is not None:
                self._backend.head_left -= len(data)
                if self._backend.head_left < 0:
                    raise httpcore2.RemoteProtocolError(f"no end of {watch.host}'s headers")
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, min(timeout or _WRITE_SECONDS, _WRITE_SECONDS))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """The handshake, all of it within `timeout` seconds: the library's own limit is one for each read."""
        limit = 5.0 if timeout is None else timeout
        shake = partial(self._inner.start_tls, ssl_context, server_hostname, limit)
        try:
            stream = _Aside(f"handshake {server_hostname}", shake, _close).wait(limit, self._backend.watch)
        except TimeoutError as error:
            self._inner.close()
            raise httpcore2.ConnectTimeout(f"no handshake in {limit:g} s") from error
        except (Interrupted, SourceUnavailable):
            self._inner.close()
            raise
        return _WatchedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
