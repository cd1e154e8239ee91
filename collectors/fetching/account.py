"""Who a host counts our requests for: the host itself, and the credential that is sent along, if any.

A host gives each credential a budget of its own, and another one to requests without any. An account's name
is `host` or `host#fingerprint`: enough to tell two credentials apart, too little to find one out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collectors.fetching.limits import MOST_BUCKETS, Window, is_ahead

_HEADERS = ("authorization", "x-api-key")
_FINGERPRINT_BYTES = 4


def account_of(host: str, headers: Mapping[str, str]) -> str:
    """The account that a request to `host` with these headers (names in any case) is counted for."""
    sent = {name.lower(): value for name, value in headers.items()}
    for name in _HEADERS:
        if sent.get(name):
            return account_with(host, sent[name])
    return host.lower()


def account_with(host: str, credential: str | None) -> str:
    """The account of a credential, given with the scheme it is sent by (`Bearer …`) or without."""
    secret = (credential or "").strip().rpartition(" ")[2]
    if not secret:
        return host.lower()
    digest = hashlib.blake2s(
        secret.encode("utf-8", "surrogateescape"), digest_size=_FINGERPRINT_BYTES, person=b"account"
    )
    return f"{host.lower()}#{digest.hexdigest()}"


def host_in(account: str) -> str:
    """The host of an account's name."""
    return account.partition("#")[0]


def has_credential(account: str) -> bool:
    return "#" in account


@dataclass(frozen=True, slots=True)
class Standing:
    """What a host has said to an account, and what was asked of it, at one moment.

    `requests` were sent since the standing before was taken. `began_at`: when the round began in which
    `in_round` requests were sent, and `asked_at` when the last of them was.
    """

    account: str
    windows: Mapping[str, Window] = field(default_factory=dict)
    wait_until: datetime | None = None
    requests: int = 0
    in_round: int = 0
    began_at: datetime | None = None
    asked_at: datetime | None = None


@dataclass(slots=True)
class Ledger:
    """What the gate keeps of one account. `requests` are those since the last standing was taken."""

    windows: dict[str, Window] = field(default_factory=dict)
    wait_until: datetime | None = None
    requests: int = 0
    in_round: int = 0
    asked_at: datetime | None = None
    is_changed: bool = False

    def learn(self, windows: Mapping[str, Window], wait_until: datetime | None, now: datetime) -> None:
        """Take over what an answer said."""
        self.windows.update(windows)
        while len(self.windows) > MOST_BUCKETS:
            del self.windows[min(self.windows, key=lambda name: self.windows[name].resets_at)]
        if self.wait_until is not None and not is_ahead(self.wait_until, now):
            self.wait_until = None
        if wait_until is not None and (self.wait_until is None or wait_until > self.wait_until):
            self.wait_until = wait_until

    def find_refusal(self, now: datetime, reserve: int, bucket: str | None) -> tuple[str, Window] | None:
        """The first window that is spent up to the reserve, of `bucket` alone where one is named."""
        for name, window in self.windows.items():
            if bucket in (None, name) and window.remaining <= reserve and is_ahead(window.resets_at, now):
                return name, window
        return None

    def list_waits(self, now: datetime, reserve: int, bucket: str | None) -> Sequence[datetime]:
        """Until when the host does not want to be asked."""
        moments = [
            window.resets_at
            for name, window in self.windows.items()
            if bucket in (None, name) and window.remaining <= reserve
        ]
        if self.wait_until is not None:
            moments.append(self.wait_until)
        return [moment for moment in moments if is_ahead(moment, now)]
