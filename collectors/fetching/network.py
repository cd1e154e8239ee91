"""The way to the network: an address is resolved, checked, and that very address is connected to.

A name may resolve to a machine inside the user's own network, by accident or on purpose (a feed's redirect,
a rebinding name). So the check is made on the resolved address at the moment of connecting, and nowhere
else: checking the name first and connecting by name later would leave a gap.

Reads are sliced, so that a stop request or the request's total deadline ends them within half a second
however slowly the other side sends.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpcore2

from store.errors import AccessDenied, Interrupted, SourceUnavailable

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

POLL_SECONDS = 0.5
"""How long a blocked read may go without looking at the stop event."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address meant
_MOST_ADDRESSES = 4


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet.

    Addresses that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64) are as public as that one.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int, *, timeout: float, allow_private: bool = False) -> list[str]:
    """The addresses of `host` that may be connected to, in the resolver's order.

    The system's resolver cannot be interrupted and may take half a minute on a dead network; it runs in a
    thread of its own that is left behind after `timeout` seconds.

    Raises OSError when there is no such name or no answer in time (TimeoutError), AccessDenied when every
    address is private and that is not allowed.
    """
    found: list[str] = []
    failures: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(
                str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except UnicodeError as error:  # a label that is empty or too long for IDNA
            failures.append(socket.gaierror(socket.EAI_NONAME, f"not a host name: {error}"))
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise TimeoutError(f"no answer from the name service about {host} in {timeout:g} s")
    if failures:
        raise failures[0]
    addresses = list(dict.fromkeys(found))
    allowed = [text for text in addresses if allow_private or is_public(_parse_address(text))]
    if not allowed:
        raise AccessDenied(
            f"{host} is a private address ({', '.join(addresses)})",
            host=host,
            remedy="set network.allow_private_addresses = true if that is meant",
        )
    return allowed


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

    `watch` belongs to the calling thread: the request that it is just now waiting for.
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
            addresses = resolve(host, port, timeout=limit, allow_private=self._allow_private)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} has no address: {error.strerror or error}") from error
        failure: Exception | None = None
        for address in addresses[:_MOST_ADDRESSES]:
            left = limit - (time.monotonic() - begun)
            if left <= 0:
                break
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _WatchedStream(stream, self)
        raise failure or httpcore2.ConnectTimeout(f"no connection to {host} in {limit:g} s")


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
                return self._inner.read(max_bytes, min(left, POLL_SECONDS))
            except httpcore2.ReadTimeout:
                continue  # only this slice: a TLS read may be tried again

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _WatchedStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
