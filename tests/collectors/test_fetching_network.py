from __future__ import annotations

import ipaddress
import socket
import threading

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
    ],
)
def test_addresses_inside_somebodys_network_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "185.199.108.133", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


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
