"""What price lists have in common: amounts, dates and which offers are gone.

Prices are US dollars per million tokens of the standard rate. They pass through Decimal, so that
0.0000015 dollars per token is 1.5 and not 1.4999999999999998. An unknown price is absent and 0 stays 0,
which may mean free, unknown or part of a subscription: the source does not say which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from store.records import Fact, Observation, Precision, SubjectRef

HIGHEST_PRICE = Decimal(10_000)
"""USD per million tokens above which a price is a mistake; the dearest known offer asks 600."""

RATES = ("input", "output", "cache_read", "cache_write")
"""The standard rates: the fields of Prices and the middle of their metrics' names."""

_NAME_LENGTH = 400
_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST_LOSS = 0.5


NOTHING = msgspec.Raw(b"null")
"""The default of a field kept raw (msgspec reads nothing but null into `Raw | None`)."""


class MalformedItem(ValueError):
    """One item of a list cannot be used; the message names its path."""


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens; None: not stated."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None

    def __post_init__(self) -> None:
        for name in RATES:
            price = getattr(self, name)
            if price is not None and not (price.is_finite() and 0 <= price <= HIGHEST_PRICE):
                raise MalformedItem(f"{name}: {price} is no price in USD per million tokens")


def list_price_observations(subject: SubjectRef, prices: Prices, day: date) -> list[Observation]:
    """One observation per stated price."""
    stated = {name: getattr(prices, name) for name in RATES}
    return [
        Observation(subject, f"price.{name}_usd_per_mtok", day, float(price))
        for name, price in stated.items()
        if price is not None
    ]


def list_facts(subject: SubjectRef, values: Mapping[str, str | None], day: date, url: str) -> list[Fact]:
    """One fact per value that is there."""
    return [
        Fact(subject, attribute, value, day, evidence_url=url) for attribute, value in values.items() if value
    ]


def parse_date(text: str) -> tuple[date, Precision]:
    """A source's `YYYY-MM-DD` or `YYYY-MM`; raises MalformedItem for anything else."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text), Precision.DAY
        if _MONTH.fullmatch(text):
            return date.fromisoformat(f"{text}-01"), Precision.MONTH
    except ValueError as error:
        raise MalformedItem(f"{text!r} is no date") from error
    raise MalformedItem(f"{text[:40]!r} is no date")


def parse_name(text: str) -> str:
    """An identifier both databases can hold; raises MalformedItem."""
    if not text or len(text) > _NAME_LENGTH or not text.isprintable():
        raise MalformedItem(f"{text[:40]!r} is no name")
    return text


def find_withdrawn(before: Sequence[str], listed: frozenset[str]) -> list[str] | None:
    """The offers of `before` that a complete answer no longer lists.

    None when more than half are missing: that is a broken answer, not a market that closed overnight.
    """
    gone = [name for name in before if name not in listed]
    if before and len(gone) > len(before) * _LARGEST_LOSS:
        return None
    return gone


def withdrawal_facts(
    subjects: Mapping[str, SubjectRef], gone: Sequence[str], returned: Sequence[str], day: date, url: str
) -> Iterator[Fact]:
    """`withdrawn` is true for what is gone and false again for what came back."""
    for names, value in ((gone, "true"), (returned, "false")):
        for name in names:
            yield Fact(subjects[name], "withdrawn", value, day, evidence_url=url)
