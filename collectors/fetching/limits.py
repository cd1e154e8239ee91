"""How a host says how much may be asked of it, and when: every header style the sources use.

* `RateLimit: "api";r=487;t=212` with `RateLimit-Policy: "fixed window";"api";q=500;w=300` (the Hub, on every
  answer): fixed windows by bucket, `r` of `q` requests left, `t` seconds until the window ends.
* `X-RateLimit-Remaining`, `-Limit`, `-Reset` and `-Resource` (GitHub): the reset is a Unix time. Others send
  seconds from now under the same name; small numbers are read as such.
* `Retry-After` in seconds or as an HTTP date (RFC 9110, section 10.2.3).

A header that cannot be read is ignored: what is not understood limits nothing.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=7)
"""A host that asks for more is asked again after this: nobody means a year."""

LARGEST_BUDGET = 10**15
"""What a larger number of requests is read as: the other header style takes no more digits either."""

_UNIX_TIME_FROM = 100_000_000
"""Reset values from here on are moments (this one is in 1973), smaller ones are seconds from now."""

_ITEM = re.compile(r'"(?P<bucket>[^"]{0,80})"(?P<parameters>(?:\s*;\s*[a-z]+=\d{1,15})+)')
MOST_BUCKETS = 20
"""More than any host has; who invents a name with each answer does not fill our memory."""

_PARAMETER = re.compile(r"([a-z]+)=(\d{1,15})")
_WAITING_STATUSES = frozenset({403, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Window:
    """One bucket of a host's budget: requests left until `resets_at`, of `limit` in all where it says so."""

    remaining: int
    resets_at: datetime
    limit: int | None = None


def parse_windows(headers: Mapping[str, str], now: datetime) -> dict[str, Window]:
    """The budget windows an answer announces, by bucket name; header names in lower case."""
    windows: dict[str, Window] = {}
    quotas = {item["bucket"]: _parse_parameters(item) for item in _list_items(headers, "ratelimit-policy")}
    for item in _list_items(headers, "ratelimit"):
        said = _parse_parameters(item)
        if "r" in said and "t" in said:
            quota = quotas.get(item["bucket"], {}).get("q")
            windows[item["bucket"]] = Window(said["r"], _after(now, float(said["t"])), quota)
    remaining = _parse_number(headers.get("x-ratelimit-remaining"))
    reset = _parse_moment(headers.get("x-ratelimit-reset"), now)
    if remaining is not None and reset is not None:
        limit = _parse_number(headers.get("x-ratelimit-limit"))
        bucket = headers.get("x-ratelimit-resource", "core")[:80]
        windows[bucket] = Window(_cap(remaining), reset, None if limit is None else _cap(limit))
    return windows


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether what was said to end at `moment` still holds. What ends later than any wait does was read from
    a clock that was ahead and has been set back."""
    return now < moment <= now + LONGEST_WAIT


def _list_items(headers: Mapping[str, str], name: str) -> list[re.Match[str]]:
    return list(itertools.islice(_ITEM.finditer(headers.get(name, "")), MOST_BUCKETS))


def _parse_parameters(item: re.Match[str]) -> dict[str, int]:
    return {name: int(value) for name, value in _PARAMETER.findall(item["parameters"])}


def parse_wait(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when a refusing answer asks us to stay away, None when it does not say.

    `Retry-After` on a redirect or a success means something else and is not read.
    """
    if status not in _WAITING_STATUSES:
        return None
    return _parse_moment(headers.get("retry-after"), now, is_relative=True)


def _parse_moment(text: str | None, now: datetime, *, is_relative: bool = False) -> datetime | None:
    if text is None:
        return None
    number = _parse_number(text)
    if number is not None:
        if is_relative or number < _UNIX_TIME_FROM:
            return _after(now, number)
        return _after(now, number - now.timestamp())
    try:
        moment = parsedate_to_datetime(text)
    except (ArithmeticError, ValueError):  # an OverflowError for a zone or a year of twenty digits
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)  # "-0000": RFC 5322's way to say UTC, nothing known of the place
    return _after(now, (moment - now).total_seconds())


def _parse_number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _cap(number: float) -> int:
    return int(min(number, LARGEST_BUDGET))


def _after(now: datetime, seconds: float) -> datetime:
    return now + min(timedelta(seconds=max(0.0, min(seconds, LONGEST_WAIT.total_seconds()))), LONGEST_WAIT)
