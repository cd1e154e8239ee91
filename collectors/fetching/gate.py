"""One place that knows each host's budget and health, shared by every client that sends requests.

Our own fetcher, the Hub's httpx2 client and PyGithub's requests transport all ask `admit` before a request
and report with `note_response` or `note_failure` after it. Nothing sleeps here: a host that must not be
asked now raises, and the work is postponed by whoever asked.

A *budget* is what a host's own answers say is left, in named windows: the Hub's `RateLimit` header names its
bucket ("api", "resolvers", "pages"), GitHub names its in `X-RateLimit-Resource`. It belongs to an *account*,
the host and the credential that was sent (`account.py`): windows, waits and what was spent are kept for each,
while whether a host can be reached is the same for all. An answer without limit headers says nothing, and the
host is then bounded by our own cap per round alone.

Methods that are told a host but no account mean the one that the calling thread asked the host with last, and
the one without a credential where it did not.

A *round* is one pass over all due targets. A host found unreachable stays so until the next round: a dead
host then costs one time-out and not one per target. When the first few hosts of a round are all unreachable
and nobody has answered, the network itself is taken to be down, and the other hosts are not waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from collectors.fetching.account import Ledger, Standing, has_credential, host_in
from collectors.fetching.limits import is_ahead, parse_wait, parse_windows
from collectors.text import clean_message
from store.errors import HostUnreachable, Interrupted, RateLimited

DEFAULT_WAIT = timedelta(minutes=1)
"""How long a host is left alone that refused us with 429 and did not say for how long."""

DOWN_FOR = timedelta(minutes=15)
"""What `retry_at` says for a host that could not be reached."""


def host_of(url: str) -> str:
    """The gate's name for a URL's host: lower case, with the port where the URL names one."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return host if parts.port is None else f"{host}:{parts.port}"


_LOCK_SECONDS = 0.2
"""How long waiting for a host may go without looking at the stop event."""


@dataclass(slots=True)
class _HostState:
    """What is the same for all accounts of a host. `requests`: in this round."""

    failure: str | None = None
    failed_at: datetime | None = None
    requests: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)


class _Here(threading.local):
    """What the calling thread did: the account it asked each host with last, the requests it sent."""

    def __init__(self) -> None:
        self.accounts: dict[str, str] = {}
        self.sent = 0


class HostGate:
    """Admits or refuses requests to hosts. Thread-safe; reads time only through `clock`.

    `caps`: the most requests per round, by host; `default_cap` for every other host, None for no cap.
    `reserve`: how many requests of each announced window are left unspent for the user's other programs.
    `network_down_after`: so many unreachable hosts, and not one answer, mean that there is no network.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        caps: Mapping[str, int] | None = None,
        default_cap: int | None = None,
        reserve: int = 0,
        network_down_after: int = 4,
    ) -> None:
        self._clock = clock
        self._caps = {host.lower(): cap for host, cap in (caps or {}).items()}
        self._default_cap = default_cap
        self._reserve = reserve
        self._network_down_after = network_down_after
        self._answers = 0
        self._hosts: dict[str, _HostState] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._total = 0
        self._round_began_at = clock()
        self._mutex = threading.Lock()
        self._here = _Here()

    def admit(self, host: str, bucket: str | None = None, *, account: str | None = None) -> None:
        """Return when a request to `host` may be sent now.

        With `bucket` only that window is asked ("graphql" may go on while "core" is spent), else all.
        Raises SourceUnavailable when the host was found unreachable in this round, and RateLimited when
        it asked us to wait, its budget is spent or our own cap is reached; `retry_at` is None for the cap,
        which ends with the round.
        """
        now = self._clock()
        with self._mutex:
            state, ledger = self._state(host), self._ledger(host, account)
            self._check_reachable(host, state)
            if ledger.wait_until is not None and is_ahead(ledger.wait_until, now):
                raise RateLimited(f"{host} asked us to wait", host=host, retry_at=ledger.wait_until)
            refusal = ledger.find_refusal(now, self._reserve, bucket)
            if refusal is not None:
                name, window = refusal
                held = f", {self._reserve} held back" if self._reserve else ""
                raise RateLimited(
                    f"the request budget of {host} is spent ({window.remaining} left in {name[:80]!r}{held})",
                    host=host,
                    retry_at=window.resets_at,
                )
            cap = self._caps.get(host.lower(), self._default_cap)
            if cap is not None and state.requests >= cap:
                raise RateLimited(f"our own cap of {cap} requests per round to {host} is reached", host=host)

    def _check_reachable(self, host: str, state: _HostState) -> None:
        if state.failure is not None and state.failed_at is not None:
            raise HostUnreachable(
                f"{host} is unreachable: {state.failure}", host=host, retry_at=state.failed_at + DOWN_FOR
            )
        if self._answers == 0:
            failed = [other.failed_at for other in self._hosts.values() if other.failed_at is not None]
            if len(failed) >= self._network_down_after:
                raise HostUnreachable(
                    f"the network seems to be down: none of {len(failed)} hosts could be reached",
                    host=host,
                    retry_at=max(failed) + DOWN_FOR,
                )

    def note_response(
        self, host: str, status: int, headers: Mapping[str, str], *, account: str | None = None
    ) -> None:
        """Count one answered request and learn from its headers (names in any case)."""
        now = self._clock()
        with self._mutex:  # counted first: it was answered, whatever the headers hold
            ledger = self._count(host, account, now)
            self._answers += 1
        lowered = {name.lower(): value for name, value in headers.items()}
        windows = parse_windows(lowered, now)
        wait = parse_wait(status, lowered, now)
        is_spent = any(window.remaining <= 0 and window.resets_at > now for window in windows.values())
        if wait is None and status == 429 and not is_spent:
            wait = now + DEFAULT_WAIT
        with self._mutex:
            ledger.learn(windows, wait, now)
            ledger.is_changed = True

    def note_silence(self, host: str, *, account: str | None = None) -> None:
        """Count one request that was sent and not answered."""
        with self._mutex:
            self._count(host, account, self._clock())

    def note_failure(self, host: str, error: Exception, *, account: str | None = None) -> None:
        """Count one request that could not be sent (no name, no connection) and mark the host down."""
        self.note_silence(host, account=account)
        self.mark_down(host, error)

    def mark_down(self, host: str, error: Exception) -> None:
        """Take the host as unreachable for the rest of the round."""
        now = self._clock()
        with self._mutex:
            state = self._state(host)
            state.failure = clean_message(error) or type(error).__name__
            state.failed_at = now

    def retry_at(
        self, host: str, bucket: str | None = None, *, account: str | None = None
    ) -> datetime | None:
        """When the host may be asked again, as far as its own answers say; None when now. `bucket` as in
        `admit`."""
        now = self._clock()
        with self._mutex:
            return max(self._ledger(host, account).list_waits(now, self._reserve, bucket), default=None)

    @contextmanager
    def lock(self, host: str, stop: threading.Event | None = None) -> Iterator[None]:
        """One request at a time per host. The same thread may enter again. Raises Interrupted when `stop` is
        set while another thread is inside."""
        with self._mutex:
            lock = self._state(host).lock
        while not lock.acquire(timeout=_LOCK_SECONDS):
            if stop is not None and stop.is_set():
                raise Interrupted(f"stopped while waiting for {host}")
        try:
            yield
        finally:
            lock.release()

    def requests(self, host: str) -> int:
        """Requests sent to `host` in this round, failed ones included."""
        with self._mutex:
            return self._state(host).requests

    @property
    def total_requests(self) -> int:
        """Requests sent to all hosts since the gate was made."""
        with self._mutex:
            return self._total

    @property
    def requests_of_this_thread(self) -> int:
        """Requests that the calling thread has sent, failed ones included."""
        return self._here.sent

    def new_round(self) -> None:
        """Forget which hosts are down and what was spent of our own caps; keep what the hosts asked for."""
        now = self._clock()
        with self._mutex:
            self._answers = 0
            self._round_began_at = now
            for state in self._hosts.values():
                state.failure = None
                state.failed_at = None
                state.requests = 0
            for ledger in self._ledgers.values():
                ledger.in_round = 0

    def restore(self, standings: Iterable[Standing]) -> None:
        """Take over what hosts said to somebody before us: another process, or this one before it ended."""
        now = self._clock()
        with self._mutex:
            for standing in standings:
                ledger = self._ledgers.setdefault(standing.account, Ledger())
                ledger.learn(standing.windows, standing.wait_until, now)

    def take_changes(self) -> list[Standing]:
        """The accounts about which there is news since the last call, to be remembered by the caller."""
        with self._mutex:
            changed = []
            for account, ledger in self._ledgers.items():
                if ledger.is_changed:
                    changed.append(
                        Standing(
                            account,
                            dict(ledger.windows),
                            ledger.wait_until,
                            ledger.requests,
                            ledger.in_round,
                            self._round_began_at,
                            ledger.asked_at,
                        )
                    )
                    ledger.requests, ledger.is_changed = 0, False
            return changed

    def put_back(self, standings: Iterable[Standing]) -> None:
        """Take changes back that could not be remembered: they are news again."""
        with self._mutex:
            for standing in standings:
                ledger = self._ledgers[standing.account]
                ledger.requests += standing.requests
                ledger.is_changed = True

    def _state(self, host: str) -> _HostState:
        return self._hosts.setdefault(host_in(host).lower(), _HostState())

    def _ledger(self, host: str, account: str | None) -> Ledger:
        """The account's ledger; from now on the thread means this account when it names the host alone."""
        lowered = host.lower()
        if account is not None:
            self._here.accounts[lowered] = account
        elif not has_credential(lowered):
            account = self._here.accounts.get(lowered)
        return self._ledgers.setdefault(account or lowered, Ledger())

    def _count(self, host: str, account: str | None, now: datetime) -> Ledger:
        state, ledger = self._state(host), self._ledger(host, account)
        state.requests += 1
        ledger.requests += 1
        ledger.in_round += 1
        ledger.asked_at = now
        ledger.is_changed = True
        self._total += 1
        self._here.sent += 1
        return ledger
