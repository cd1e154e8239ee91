"""What price lists have in common: amounts, dates and which offers are gone.

Prices are US dollars per million tokens of the standard rate. They pass through Decimal, so that
0.0000015 dollars per token is 1.5 and not 1.4999999999999998. An unknown price is absent and 0 stays 0,
which may mean free, unknown or part of a subscription: the source does not say which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from collectors.states import read_names
from collectors.text import clean_text, is_identifier
from store.records import CoverageStatus, Fact, Observation, Precision, SubjectRef

HIGHEST_PRICE = Decimal(10_000)
"""USD per million tokens above which a price is a mistake; the dearest known offer asks 600."""

RATES = ("input", "output", "cache_read", "cache_write")
"""The standard rates: the fields of Prices and the middle of their metrics' names."""

_NAME_LENGTH = 400
_TIERS_LENGTH = 20_000
_PROBLEM_LENGTH = 300
_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST_LOSS = 0.5


NOTHING = msgspec.Raw(b"null")
"""The default of a field kept raw (msgspec reads nothing but null into `Raw | None`)."""


class MalformedItem(ValueError):
    """One item of a list cannot be used; the message names its path."""


ITEM_ERRORS = (msgspec.MsgspecError, MalformedItem, ArithmeticError, UnicodeError, RecursionError)
"""What reading one item may raise. ArithmeticError is Decimal's, for 1e999999 and signalling NaN;
UnicodeError is for half a surrogate pair, which JSON can write and UTF-8 cannot."""


def describe_problem(path: str, error: Exception) -> str:
    """One skipped item in words. `path` may hold names the source chose."""
    problem = "a number beyond reckoning" if isinstance(error, ArithmeticError) else error
    return clean_text(f"{clean_text(path, 160)}: {problem}", _PROBLEM_LENGTH)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a list that was read to its end says. `state` None: keep the old one, the list is not believed."""

    status: CoverageStatus
    reason: str
    facts: Sequence[Fact] = ()
    state: Mapping[str, object] | None = None


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
    """One fact per value that is there and can be shown."""
    shown = {attribute: clean_text(value, _TIERS_LENGTH) for attribute, value in values.items() if value}
    return [
        Fact(subject, attribute, value, day, evidence_url=url) for attribute, value in shown.items() if value
    ]


def write_tiers(tiers: object) -> str | None:
    """Prices beside the standard rate as compact JSON with sorted keys; raises MalformedItem."""
    if not tiers:
        return None
    written = msgspec.json.encode(tiers, order="deterministic").decode()
    if not is_identifier(written, _TIERS_LENGTH):
        raise MalformedItem("its price tiers cannot be shown")
    return written


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
    if not is_identifier(text, _NAME_LENGTH):
        raise MalformedItem(f"{text[:40]!r} is no name")
    return text


def conclude_offers(
    known: Mapping[str, object],
    listed: frozenset[str],
    find_subject: Callable[[str], SubjectRef],
    day: date,
    url: str,
    malformed: int,
) -> Conclusion:
    """What became of the offers once all were listed, unreadable ones too (they are not gone).

    `known` and the state concluded hold `offers`, all that were ever listed, and `withdrawn`, those of them
    that are gone. The fact `withdrawn` is true for what is gone and false again for what came back. When
    more than half are missing, that is a broken answer, not a market that closed overnight.
    """
    before, withdrawn_before = read_names(known.get("offers")), read_names(known.get("withdrawn"))
    offered = [name for name in before if name not in {*withdrawn_before}]
    gone = [name for name in offered if name not in listed]
    problems = [describe_malformed(malformed)] if malformed else []
    if len(gone) > len(offered) * _LARGEST_LOSS:
        problems.insert(0, f"only {len(listed)} offers listed where there were {len(before)}")
        return Conclusion(CoverageStatus.PARTIAL, ", ".join(problems))
    returned = [name for name in withdrawn_before if name in listed]
    facts = [
        Fact(find_subject(name), "withdrawn", value, day, evidence_url=url)
        for names, value in ((gone, "true"), (returned, "false"))
        for name in names
    ]
    state = {
        "offers": sorted({*before} | listed),
        "withdrawn": sorted(({*withdrawn_before} - {*returned}) | {*gone}),
    }
    status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
    return Conclusion(status, ", ".join(problems), facts, state)


def describe_malformed(count: int) -> str:
    """The reason of a coverage that is partial for it, in the words all collectors use."""
    return f"{count} malformed"
