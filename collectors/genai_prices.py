"""genai-prices: prices in USD per million tokens, with the days and the hours they are valid for.

The file is a list of providers (the format called v2), or an object that holds it beside the units (v3);
both are read. A model has one set of prices or several, each from a day on or between two hours; of those
that hold the last one counts, and the first where none does.

The price of a day is the one that holds longest of its 24 hours (of two equally long ones the dearer), so
that it does not depend on when we look. What holds at other hours, what is announced for a later day, dearer
rates of long prompts and rates of other media are facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

import msgspec

from collectors.offers import (
    ITEM_ERRORS,
    RATES,
    MalformedItem,
    Prices,
    describe_problem,
    list_facts,
    list_price_observations,
    parse_name,
    write_tiers,
)
from collectors.price_file import OFFERS_PER_BATCH, ParsedList, PriceFile, PriceFileCollector
from collectors.text import clean_text
from store.errors import SourceChanged
from store.records import Kind, Record, SubjectRef

SOURCE = "genai-prices"
MINUTES = 24 * 60

_NAME_LENGTH = 200
_FIELDS = {f"{rate}_mtok": rate for rate in RATES}


class _Tier(msgspec.Struct):
    start: int
    price: Decimal


class _Tiered(msgspec.Struct):
    """A rate and what it becomes from so many tokens of prompt on."""

    base: Decimal
    tiers: list[_Tier]


_Rate = Decimal | _Tiered


class _Constraint(msgspec.Struct):
    start_date: date | None = None
    start_time: time | None = None
    end_time: time | None = None


class _Conditional(msgspec.Struct):
    prices: dict[str, msgspec.Raw]
    constraint: _Constraint | None = None


class _Named(msgspec.Struct):
    id: str


class _Model(msgspec.Struct):
    id: str
    prices: msgspec.Raw
    name: str | None = None
    context_window: int | None = None
    deprecated: bool | None = None


class _Provider(msgspec.Struct):
    id: str
    models: list[msgspec.Raw]


class _Wrapper(msgspec.Struct):
    providers: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class GenaiPricesOptions:
    """`providers`: names of providers to the ones offers bear here. `passed_on`: those that repeat somebody
    else's price; they are left out."""

    url: str
    providers: Mapping[str, str] = field(default_factory=dict)
    passed_on: frozenset[str] = frozenset()
    offers_per_batch: int = OFFERS_PER_BATCH


@dataclass(frozen=True, slots=True)
class Rates:
    """One set of prices: the standard rates, those of long prompts, and what is billed beside them (USD per
    unit in its name). `since`: the day it holds from; `window`: the minutes of a UTC day it holds, both
    None for always."""

    prices: Prices
    tiers: Mapping[str, Sequence[Mapping[str, float]]]
    other: Mapping[str, float]
    since: date | None = None
    window: tuple[int, int] | None = None

    def holds_at(self, minute: int) -> bool:
        """Whether it holds in that minute of the day; a window may go past midnight."""
        if self.window is None:
            return True
        begin, end = self.window
        return begin <= minute < end if begin <= end else minute >= begin or minute < end

    @property
    def weight(self) -> Decimal:
        return (self.prices.input or Decimal(0)) + (self.prices.output or Decimal(0))


def offer_subject(name: str) -> SubjectRef:
    """`name` is `provider/model`, the provider as the other price lists call it."""
    return SubjectRef(SOURCE, Kind.OFFER, name)


def parse_prices(body: bytes, day: date, url: str, options: GenaiPricesOptions) -> ParsedList:
    """Records of each offer on `day`. Raises SourceChanged with the path for a body of another shape, when
    more than half of its models cannot be read, or when none has a price."""
    result = ParsedList()
    left_out: Counter[str] = Counter()
    read = 0
    for number, raw in enumerate(_list_providers(body)):
        try:
            provider = msgspec.json.decode(raw, type=_Provider)
            name = parse_name(options.providers.get(provider.id, provider.id))
        except ITEM_ERRORS as error:
            result.skipped.append(describe_problem(f"[{number}]", error))
            continue
        if provider.id in options.passed_on:
            left_out["that repeat another provider's price"] += len(provider.models)
            continue
        for position, item in enumerate(provider.models):
            path = f"[{number}].models[{position}]"
            read += 1
            try:
                offer, records = _read_model(name, item, day, url, result)
            except ITEM_ERRORS as error:
                result.skipped.append(describe_problem(path, error))
                continue
            if offer in result.offers:
                left_out["listed twice"] += 1
            elif not records:
                left_out["without a price per token"] += 1
                result.listed.discard(offer)
            else:
                result.offers[offer] = records
    if not result.offers or len(result.skipped) * 2 > read:
        first = result.skipped[0] if result.skipped else "$: no model with a price per token"
        where, _, problem = first.partition(": ")
        raise SourceChanged(where, problem)
    result.notes = [f"{count:,} {what} left out" for what, count in sorted(left_out.items())]
    return result


def find_standard(several: Sequence[Rates], day: date) -> tuple[Rates, list[tuple[Rates, str]]]:
    """The rates that hold longest on `day`, and the others that hold at some hour of it, with their hours
    (UTC). `several` is not empty; where none has begun yet the first one counts, as the list says."""
    begun = [rates for rates in several if rates.since is None or rates.since <= day] or [several[0]]
    if not any(rates.window for rates in begun):
        return begun[-1], []
    holder = [
        max((at for at, rates in enumerate(begun) if rates.holds_at(minute)), default=0)
        for minute in range(MINUTES)
    ]
    minutes = Counter(holder)
    chosen = max(minutes, key=lambda at: (minutes[at], begun[at].weight))
    return begun[chosen], [(begun[at], _list_hours(holder, at)) for at in sorted(minutes) if at != chosen]


def _list_hours(holder: Sequence[int], at: int) -> str:
    """When `at` holds, as in `16:30-00:30`; several times are joined by commas."""
    begins = [minute for minute in range(MINUTES) if holder[minute] == at != holder[minute - 1]]
    spans = []
    for begin in begins:
        length = next(n for n in range(MINUTES) if holder[(begin + n) % MINUTES] != at)
        end = (begin + length) % MINUTES
        spans.append(f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return ", ".join(spans)


def _list_providers(body: bytes) -> list[msgspec.Raw]:
    try:
        if body.lstrip()[:1] == b"[":
            return msgspec.json.decode(body, type=list[msgspec.Raw])
        return msgspec.json.decode(body, type=_Wrapper).providers
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("$", f"not a list of providers: {error}") from error


def _read_model(
    provider: str, raw: msgspec.Raw, day: date, url: str, result: ParsedList
) -> tuple[str, list[Record]]:
    """The offer's name, noted as listed as soon as it is known, and its records; none where no price per
    token is stated."""
    name = parse_name(f"{provider}/{msgspec.json.decode(raw, type=_Named).id}")
    result.listed.add(name)
    model = msgspec.json.decode(raw, type=_Model)
    several = _read_prices(model.prices)
    standard, others = find_standard(several, day)
    if standard.prices.input is None and standard.prices.output is None:
        return name, []
    subject = offer_subject(name)
    cheaper = [pair for pair in others if pair[0].weight < standard.weight]
    announced = [rates for rates in several if rates.since is not None and rates.since > day]
    facts = {
        "name": clean_text(model.name or "", _NAME_LENGTH),
        "status": "deprecated" if model.deprecated else None,
        "context_tokens": str(model.context_window) if model.context_window else None,
        "price_valid_from": None if standard.since is None else standard.since.isoformat(),
        "price_tiers": write_tiers(standard.tiers),
        "price_other": write_tiers(standard.other),
        "price_off_peak": write_tiers([_describe(*pair) for pair in cheaper]),
        "price_peak": write_tiers([_describe(*pair) for pair in others if pair not in cheaper]),
        "price_announced": write_tiers([_describe(rates) for rates in announced if rates is not standard]),
    }
    result.holds_until = min(
        (day for day in (result.holds_until, *(rates.since for rates in announced)) if day is not None),
        default=None,
    )
    prices = list_price_observations(subject, standard.prices, day)
    return name, [*prices, *list_facts(subject, facts, day, url)]


def _read_prices(raw: msgspec.Raw) -> list[Rates]:
    stated = msgspec.json.decode(raw, type=list[_Conditional] | dict[str, msgspec.Raw])
    if isinstance(stated, dict):
        return [_read_rates(stated, None)]
    if not stated:
        raise MalformedItem("prices: an empty list")
    return [_read_rates(each.prices, each.constraint) for each in stated]


def _read_rates(stated: Mapping[str, msgspec.Raw], constraint: _Constraint | None) -> Rates:
    base: dict[str, Decimal] = {}
    tiers: dict[str, list[dict[str, float]]] = {}
    other: dict[str, float] = {}
    for field_name, raw in sorted(stated.items()):
        rate = msgspec.json.decode(raw, type=_Rate)
        amount = rate.base if isinstance(rate, _Tiered) else rate
        if field_name not in _FIELDS:
            other[field_name] = float(amount)
            continue
        base[_FIELDS[field_name]] = amount
        if isinstance(rate, _Tiered):
            tiers[_FIELDS[field_name]] = [{"start": t.start, "price": float(t.price)} for t in rate.tiers]
    since = constraint.start_date if constraint is not None else None
    return Rates(Prices(**base), tiers, other, since, _read_window(constraint))


def _read_window(constraint: _Constraint | None) -> tuple[int, int] | None:
    """Begin and end as minutes of a UTC day; an end that is not stated is midnight."""
    if constraint is None or (constraint.start_time is None and constraint.end_time is None):
        return None
    begin, end = constraint.start_time, constraint.end_time
    return (0 if begin is None else _find_minute(begin), 0 if end is None else _find_minute(end))


def _find_minute(moment: time) -> int:
    """Minutes since midnight UTC; a time without a zone is taken as UTC."""
    if moment.tzinfo is not None:
        moment = datetime.combine(date(2000, 1, 2), moment).astimezone(UTC).time()
    return moment.hour * 60 + moment.minute


def _describe(rates: Rates, hours: str = "") -> dict[str, object]:
    """Rates that are not the standard ones, with when they hold."""
    told: dict[str, object] = {
        rate: float(price) for rate in RATES if (price := getattr(rates.prices, rate)) is not None
    }
    if rates.since is not None:
        told["from"] = rates.since.isoformat()
    if hours:
        told["hours_utc"] = hours
    return told


class GenaiPricesCollector(PriceFileCollector):
    """The list of genai-prices."""

    def __init__(self, options: GenaiPricesOptions) -> None:
        listing = PriceFile(
            options.url,
            lambda body, day, url: parse_prices(body, day, url, options),
            offer_subject,
            options.offers_per_batch,
        )
        super().__init__(SOURCE, listing)
