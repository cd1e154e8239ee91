"""What hosts said to our accounts and what we spent there, remembered from one process to the next.

A row of the checkpoint table for each account (`collector` is "network"). Spending is kept by the hour of
UTC, for a day. Nothing of a credential is kept but the few digits that tell two of them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collectors.fetching import HostGate, Standing, Window
from collectors.fetching.limits import LONGEST_WAIT
from store.checkpoint import Checkpoint, delete_checkpoints, load_checkpoints, save_checkpoint
from store.database import Database
from store.records import LIVE
from store.transaction import lock

_NAME = "network"
_DAY = timedelta(days=1)
_FORGOTTEN_AFTER = timedelta(days=30)
_HOUR = "%Y-%m-%dT%H"


@dataclass(frozen=True, slots=True)
class Account:
    """What is remembered of one account. `hours`: requests by the hour they were sent in."""

    standing: Standing
    hours: Mapping[str, int] = field(default_factory=dict)

    def spent_since_yesterday(self, now: datetime) -> int:
        """Requests of the last 24 hours, to the hour."""
        first = (now - _DAY + timedelta(hours=1)).strftime(_HOUR)
        return sum(count for hour, count in self.hours.items() if first <= hour <= now.strftime(_HOUR))


def load_accounts(database: Database) -> dict[str, Account]:
    """Every account that is remembered, by name."""
    with database.read() as connection:
        rows = load_checkpoints(connection, LIVE, _NAME)
    return {name: _read(name, row.state) for name, row in rows.items()}


def recall(database: Database, gate: HostGate, now: datetime) -> None:
    """Tell the gate what hosts said before: their windows and waits hold for us too.

    Left out is what reaches further than any wait does: it was written before the clock was set back."""
    gate.restore(_believe(account.standing, now) for account in load_accounts(database).values())


def _believe(standing: Standing, now: datetime) -> Standing:
    latest = now + LONGEST_WAIT
    wait = standing.wait_until
    return replace(
        standing,
        windows={name: window for name, window in standing.windows.items() if window.resets_at <= latest},
        wait_until=wait if wait is not None and wait <= latest else None,
    )


def remember(database: Database, gate: HostGate, now: datetime) -> None:
    """Save what is news about the gate's accounts; what cannot be saved stays news."""
    changes = gate.take_changes()
    if not changes:
        return
    try:
        with database.write() as connection:
            lock(connection, _NAME)  # another process may have asked the same hosts in the meantime
            rows = load_checkpoints(connection, LIVE, _NAME)
            for change in changes:
                known = rows.get(change.account)
                before = _read(change.account, known.state) if known else Account(Standing(change.account))
                after = _merge(before, change, now)
                row = Checkpoint(change.account, _write(after), last_attempt_at=change.asked_at)
                save_checkpoint(connection, LIVE, _NAME, row)
            delete_checkpoints(connection, LIVE, _NAME, now - _FORGOTTEN_AFTER)
    except BaseException:
        gate.put_back(changes)
        raise


def _merge(before: Account, change: Standing, now: datetime) -> Account:
    """What the host said last holds; a wait that somebody else was asked for holds as well."""
    before = replace(before, standing=_believe(before.standing, now))
    windows = {**before.standing.windows, **change.windows}
    waits = [wait for wait in (before.standing.wait_until, change.wait_until) if wait and wait > now]
    hour = now.strftime(_HOUR)
    first = (now - _DAY).strftime(_HOUR)
    hours = {known: count for known, count in before.hours.items() if first <= known <= hour}
    hours[hour] = hours.get(hour, 0) + change.requests
    standing = Standing(
        change.account,
        {name: window for name, window in windows.items() if window.resets_at > now - _DAY},
        max(waits, default=None),
        in_round=change.in_round,
        began_at=change.began_at,
        asked_at=change.asked_at,
    )
    return Account(standing, hours)


def _write(account: Account) -> dict[str, object]:
    standing = account.standing
    return {
        "windows": {
            name: {
                "remaining": window.remaining,
                "resets_at": window.resets_at.isoformat(),
                "limit": window.limit,
            }
            for name, window in standing.windows.items()
        },
        "wait_until": standing.wait_until.isoformat() if standing.wait_until else None,
        "in_round": standing.in_round,
        "began_at": standing.began_at.isoformat() if standing.began_at else None,
        "asked_at": standing.asked_at.isoformat() if standing.asked_at else None,
        "hours": dict(account.hours),
    }


def _read(name: str, state: Mapping[str, object]) -> Account:
    """What `_write` wrote; what another version wrote otherwise is left out."""
    windows: dict[str, Window] = {}
    written = state.get("windows")
    for bucket, value in (written if isinstance(written, dict) else {}).items():
        resets_at = _read_moment(value.get("resets_at")) if isinstance(value, dict) else None
        remaining = value.get("remaining") if isinstance(value, dict) else None
        if resets_at is not None and isinstance(remaining, int):
            limit = value.get("limit")
            windows[bucket] = Window(remaining, resets_at, limit if isinstance(limit, int) else None)
    hours = state.get("hours")
    in_round = state.get("in_round")
    return Account(
        Standing(
            name,
            windows,
            _read_moment(state.get("wait_until")),
            in_round=in_round if isinstance(in_round, int) else 0,
            began_at=_read_moment(state.get("began_at")),
            asked_at=_read_moment(state.get("asked_at")),
        ),
        {hour: n for hour, n in hours.items() if isinstance(n, int)} if isinstance(hours, dict) else {},
    )


def _read_moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
