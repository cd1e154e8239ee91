from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from typing import NoReturn

import httpcore2
import pytest

from collectors.fetching import is_public, resolve
from collectors.fetching.network import CheckedBackend, Watch
from store.errors import AccessDenied, Interrupted, SourceUnavailable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, nothing is bound to it
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "2001:db8::1",
        "::127.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b:1::808:808",
        "2001:0:808:808:0:0:80ff:fffe",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:127.0.0.1",
        "fec0::1",
        "240.0.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "5f00::1",
        "3fff::1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
    ],
)
def test_addresses_inside_somebodys_network_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "185.199.108.133", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]"])
def test_private_address_in_other_words_is_refused(host: str) -> None:
    with pytest.raises(AccessDenied, match="private address"):
        resolve(host.strip("[]"), 80, timeout=5)


def answer_with(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let the name service answer so; returns the list of names it was asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_name_with_public_and_private_addresses_keeps_the_public_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer_with(monkeypatch, "10.0.0.1", "8.8.8.8", "127.0.0.1")
    assert resolve("mixed.example", 443, timeout=5) == ["8.8.8.8"]


def test_name_with_private_addresses_only_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "169.254.169.254")
    with pytest.raises(AccessDenied, match=r"169\.254\.169\.254") as refusal:
        resolve("metadata.example", 80, timeout=5)
    assert "allow_private_addresses" in (refusal.value.remedy or "")
    assert resolve("metadata.example", 80, timeout=5, allow_private=True) == ["169.254.169.254"]


def test_silent_name_service_is_left_behind_after_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    may_answer = threading.Event()

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        may_answer.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(TimeoutError, match="silent"):
        resolve("silent.example", 80, timeout=0.01)
    may_answer.set()


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "..", ""])
def test_text_that_is_no_host_name_has_no_address(host: str) -> None:
    with pytest.raises((OSError, AccessDenied)):
        resolve(host, 80, timeout=5)


def test_connection_goes_to_the_very_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_with(monkeypatch, "8.8.4.4")
    connected: list[str] = []

    def connect_tcp(_: object, host: str, *__: object, **___: object) -> httpcore2.NetworkStream:
        connected.append(host)
        return httpcore2.NetworkStream()

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect_tcp)
    CheckedBackend().connect_tcp("rebinding.example", 80, timeout=5)
    assert asked == ["rebinding.example"]
    assert connected == ["8.8.4.4"]


def test_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "8.8.4.4", "8.8.8.8")

    def connect_tcp(_: object, host: str, *__: object, **___: object) -> httpcore2.NetworkStream:
        if host == "8.8.4.4":
            raise httpcore2.ConnectError("refused")
        return httpcore2.NetworkStream()

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect_tcp)
    CheckedBackend().connect_tcp("two.example", 80, timeout=5)


def test_watch_ends_a_request_at_its_deadline_and_on_a_stop_request() -> None:
    stop = threading.Event()
    assert 0 < Watch.begin("a.example", 60, stop).check() <= 60
    with pytest.raises(SourceUnavailable, match="longer than 0 s"):
        Watch.begin("a.example", 0, stop).check()
    stop.set()
    with pytest.raises(Interrupted):
        Watch.begin("a.example", 60, stop).check()


def wait_for_stop(*_: object, **__: object) -> NoReturn:
    """A call into the system that does not come back, and fails when nobody waits any more."""
    threading.Event().wait(30)
    raise OSError("nobody answered")


@pytest.fixture
def stopped_watch() -> Watch:
    """A request whose process was asked to stop while it waits."""
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    return Watch.begin("slow.example", 60, stop)


def test_stop_request_ends_waiting_for_the_name_service(
    monkeypatch: pytest.MonkeyPatch, stopped_watch: Watch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", wait_for_stop)
    with pytest.raises(Interrupted):
        resolve("slow.example", 80, timeout=60, watch=stopped_watch)


def test_stop_request_ends_connecting(monkeypatch: pytest.MonkeyPatch, stopped_watch: Watch) -> None:
    answer_with(monkeypatch, "8.8.4.4")
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", wait_for_stop)
    backend = CheckedBackend()
    backend.watch = stopped_watch
    with pytest.raises(Interrupted):
        backend.connect_tcp("slow.example", 443, timeout=60)


class SlowHandshake(httpcore2.NetworkStream):
    def __init__(self) -> None:
        self.is_closed = threading.Event()

    def start_tls(self, *_: object, **__: object) -> httpcore2.NetworkStream:
        self.is_closed.wait(30)
        return self

    def close(self) -> None:
        self.is_closed.set()


def connect_to(stream: httpcore2.NetworkStream, monkeypatch: pytest.MonkeyPatch) -> CheckedBackend:
    answer_with(monkeypatch, "8.8.4.4")
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", lambda *_, **__: stream)
    return CheckedBackend()


def test_handshake_as_a_whole_has_its_time_and_is_closed_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = SlowHandshake()
    stream = connect_to(inner, monkeypatch).connect_tcp("slow.example", 443, timeout=5)
    with pytest.raises(httpcore2.ConnectTimeout, match="handshake"):
        stream.start_tls(ssl.create_default_context(), "slow.example", 0.05)
    assert inner.is_closed.is_set()


def test_stop_request_ends_the_handshake(monkeypatch: pytest.MonkeyPatch, stopped_watch: Watch) -> None:
    inner = SlowHandshake()
    backend = connect_to(inner, monkeypatch)
    stream = backend.connect_tcp("slow.example", 443, timeout=5)
    backend.watch = stopped_watch
    with pytest.raises(Interrupted):
        stream.start_tls(ssl.create_default_context(), "slow.example", 60)
    assert inner.is_closed.is_set()


def test_connection_that_comes_too_late_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    late, may_connect = SlowHandshake(), threading.Event()
    answer_with(monkeypatch, "8.8.4.4")

    def connect(*_: object, **__: object) -> httpcore2.NetworkStream:
        may_connect.wait(30)
        return late

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    with pytest.raises(httpcore2.ConnectTimeout):
        CheckedBackend().connect_tcp("late.example", 443, timeout=0.05)
    may_connect.set()
    assert late.is_closed.wait(10)


def test_body_that_nobody_takes_is_not_written_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[float | None] = []

    class Deaf(httpcore2.NetworkStream):
        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            allowed.append(timeout)

    connect_to(Deaf(), monkeypatch).connect_tcp("deaf.example", 80, timeout=5).write(b"x", 60)
    assert allowed == [3.0]
