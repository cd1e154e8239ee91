"""What a collection costs before it runs: by host and credential, beside what the host says is left.

Pure: targets, checkpoints, what is remembered of the accounts, and the time in; lines out. What a target
costs is what its collector expects of a usual pass (`Target.requests`); retries come on top.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collectors.contract import Collector
from collectors.fetching import Standing, account_with, has_credential, host_in
from lunchwatch.accounts import Account
from lunchwatch.due import Choice, Turn, find_turn
from store.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests a host allows in a span of time, as its documentation says."""

    requests: int
    span: timedelta


_HOUR, _FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)

DOCUMENTED: Mapping[tuple[str, bool], Allowance] = {
    ("api.github.com", False): Allowance(60, _HOUR),
    ("api.github.com", True): Allowance(5_000, _HOUR),
    ("huggingface.co", False): Allowance(500, _FIVE_MINUTES),
    ("huggingface.co", True): Allowance(1_000, _FIVE_MINUTES),
}
"""By host and whether a token is sent (for the Hub: a free user's), for as long as the host has not answered.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://huggingface.co/docs/hub/rate-limits"""

MORE_WITH_TOKEN: Mapping[str, str] = {
    "github.token": "5,000 requests an hour instead of 60",
    "hub.token": "1,000 requests in five minutes instead of 500",
}
"""What a token is worth, by the setting that takes it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A target that is postponed, until when and why. `requests`: a whole pass; what was read is left out
    then."""

    source: str
    target: str
    until: datetime
    reason: str
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one source asks of one account: `requests` for `targets`, of which it sends `most` in one window
    (None: all). `not_due` ones succeeded lately."""

    source: str
    targets: int = 0
    requests: int = 0
    not_due: int = 0
    most: int | None = None
    waiting: tuple[Waiting, ...] = ()

    @property
    def first(self) -> int:
        """Requests of the first window."""
        return self.requests if self.most is None else min(self.requests, self.most)


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """One account: what is to be asked there, what may be, and what was.

    `left` requests until `until`, of `limit` in a window, as the host said last; before it has said anything,
    or when that is over, `left` is what its window holds, and None where nobody knows of a limit.
    `reserve` of them are not spent; `cap` is our own limit per round. `short_by`: what does not fit.
    `remedy`: what to do about that. `span` of a window where it is known.
    """

    account: str
    costs: tuple[Cost, ...]
    left: int | None
    until: datetime | None
    limit: int | None
    span: timedelta | None
    reserve: int
    cap: int | None
    wait_until: datetime | None
    spent_last: int
    asked_at: datetime | None
    spent_day: int
    remedy: str = ""

    @property
    def host(self) -> str:
        return host_in(self.account)

    @property
    def has_credential(self) -> bool:
        return has_credential(self.account)

    @property
    def requests(self) -> int:
        return sum(cost.requests for cost in self.costs)

    @property
    def room(self) -> int | None:
        """How many requests a run may send now before it has to wait; None: as many as it wants."""
        if self.wait_until is not None:
            return 0
        bounds = [max(0, self.left - self.reserve)] if self.left is not None else []
        return min([*bounds, *([self.cap] if self.cap is not None else [])], default=None)

    @property
    def short_by(self) -> int:
        wanted = sum(cost.first for cost in self.costs)
        return self.requests - (wanted if self.room is None else min(wanted, self.room))

    @property
    def done_after(self) -> timedelta | None:
        """How much longer a run takes because it has to wait for windows; None where nobody knows."""
        usable = (self.limit or 0) - self.reserve
        if not self.short_by or self.span is None or usable <= 0:
            return None
        shares = [math.ceil(cost.requests / cost.most) - 1 for cost in self.costs if cost.most]
        return max(math.ceil(self.short_by / usable), *shares, 0) * self.span


def plan_budget(
    collectors: Sequence[Collector],
    checkpoints: Mapping[str, Mapping[str, Checkpoint]],
    accounts: Mapping[str, Account],
    credentials: Mapping[str, tuple[str, str | None]],
    now: datetime,
    *,
    reserve: int,
    cap: int | None,
    is_named: bool,
) -> list[AccountPlan]:
    """One plan for each account that is asked, the dearest first; without names also for those that were
    asked in the last day though no target stands for them (files are handed out by other hosts, a token was
    changed): a cost of no source and no requests.

    `checkpoints`: by collector and target. `credentials`: by setting, the host and what is sent there; a
    source uses the one whose setting is named after it."""
    costs: dict[str, dict[str, Cost]] = {}
    settings: dict[str, str] = {}
    choice = Choice(is_named=is_named)
    for collector in collectors:
        known = checkpoints.get(collector.name, {})
        for target in collector.list_targets():
            account, setting = _find_account(collector, target.host, credentials)
            if setting:
                settings[account] = setting
            by_source = costs.setdefault(account, {})
            cost = by_source.get(collector.name, Cost(collector.name))
            checkpoint = known.get(target.key, Checkpoint(target.key))
            turn, until = find_turn(target, checkpoint, now, choice)
            if turn is Turn.DUE:
                cost = replace(
                    cost,
                    targets=cost.targets + 1,
                    requests=cost.requests + target.requests,
                    most=cost.most if target.most is None else (cost.most or 0) + target.most,
                )
            elif turn is Turn.NOT_DUE:
                cost = replace(cost, not_due=cost.not_due + 1)
            elif until is not None:
                waiting = Waiting(collector.name, target.label, until, checkpoint.problem, target.requests)
                cost = replace(cost, waiting=(*cost.waiting, waiting))
            by_source[collector.name] = cost
    if not is_named:
        for name, account_known in accounts.items():
            if name not in costs and account_known.spent_since_yesterday(now):
                costs[name] = {"": Cost("")}
    plans = [
        _plan_account(
            account,
            tuple(costs.get(account, {}).values()),
            accounts.get(account, Account(Standing(account))),
            now,
            reserve=reserve,
            cap=cap,
            setting=settings.get(account, ""),
        )
        for account in costs
    ]
    return sorted(plans, key=lambda plan: (-plan.requests, plan.account))


def _find_account(
    collector: Collector, host: str, credentials: Mapping[str, tuple[str, str | None]]
) -> tuple[str, str]:
    """The account a collector asks a host with, and the setting that takes a token for it."""
    for setting, (own_host, credential) in credentials.items():
        section = setting.partition(".")[0]
        if host == own_host and collector.name.partition(".")[0] == section:
            return account_with(host, credential), "" if credential else setting
    return host, ""


def _plan_account(
    account: str,
    costs: tuple[Cost, ...],
    known: Account,
    now: datetime,
    *,
    reserve: int,
    cap: int | None,
    setting: str,
) -> AccountPlan:
    standing = known.standing
    documented = DOCUMENTED.get((host_in(account), has_credential(account)))
    open_windows = [window for window in standing.windows.values() if window.resets_at > now]
    window = min(open_windows, key=lambda each: each.remaining, default=None)
    limits = [each.limit for each in standing.windows.values() if each.limit is not None]
    limit = window.limit if window else min(limits, default=None)
    if limit is None and documented is not None:
        limit = documented.requests
    wait = standing.wait_until if standing.wait_until and standing.wait_until > now else None
    plan = AccountPlan(
        account,
        costs,
        left=window.remaining if window else limit,
        until=window.resets_at if window else None,
        limit=limit,
        span=documented.span if documented else None,
        reserve=reserve if limit is not None or window else 0,
        cap=cap,
        wait_until=wait,
        spent_last=standing.in_round,
        asked_at=standing.asked_at,
        spent_day=known.spent_since_yesterday(now),
    )
    return replace(plan, remedy=_find_remedy(plan, setting))


def _find_remedy(plan: AccountPlan, setting: str) -> str:
    """What to do about a run that does not fit."""
    if not plan.short_by:
        return ""
    is_ours = plan.cap is not None and plan.room == plan.cap
    if is_ours:
        return "our own cap: raise network.requests_per_host, or leave the rest to the next round"
    if setting in MORE_WITH_TOKEN:
        return f"set {setting}: {MORE_WITH_TOKEN[setting]}"
    return "nothing to do: the daemon, or collect --wait, goes on when the host allows"
