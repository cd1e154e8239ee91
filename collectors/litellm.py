"""LiteLLM's price list: one flat object from model names to what they cost, in USD per token.

A name holds provider, region and model in several spellings; `litellm_provider` says whose price it is.
What is kept is the standard price of a model that is billed per token of text:

* `sample_spec` explains the fields and is no model;
* only the modes of text are read (`MODES`); images, speech, embeddings and the like are billed otherwise;
* a price for one region (`azure/eu/…`, `bedrock/us-east-1/…`, `us.anthropic.…`) is a fact, `price_regions`,
  of the offer without a region. Where there is none, the worldwide one is the standard; a price that
  exists for single regions only has no standard and is left out;
* fine-tuned copies (`ft:…`) and classes of size (`together-ai-4.1b-8b`) are no models and are left out;
* batch, flex, priority, long-context and longer-lived cache rates are facts, never the price.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec

from collectors.offers import (
    ITEM_ERRORS,
    RATES,
    Prices,
    describe_problem,
    list_facts,
    list_price_observations,
    parse_date,
    parse_name,
    write_tiers,
)
from collectors.price_file import OFFERS_PER_BATCH, ParsedList, PriceFile, PriceFileCollector
from collectors.text import parse_link
from store.errors import SourceChanged
from store.records import Kind, Record, SubjectRef

SOURCE = "litellm"
EXPLANATION = "sample_spec"
MODES = frozenset({"chat", "completion", "responses"})

_PER_TOKEN = Decimal(1_000_000)
_FIELDS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
}
_CONDITIONAL = re.compile(rf"({'|'.join(_FIELDS)})_(\w+)")
"""A rate under a condition: `input_cost_per_token_above_200k_tokens`, `output_cost_per_token_batches`."""

_REGION = re.compile(
    r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-[a-z]+)+-\d+"
    r"|us-gov|eu|us|apac|au|jp|ca|global|global-standard|data-zone"
)
_BEDROCK_PROFILE = re.compile(r"(us-gov|us|eu|apac|au|jp|ca|global)\.(.+)")
"""Amazon's profiles: the same model, routed within a part of the world."""

WORLDWIDE = ("global", "global-standard")
_ROUTES = frozenset({"invoke", "converse"})
"""Ways to call the same model at the same price."""


class _Entry(msgspec.Struct):
    litellm_provider: str | None = None
    mode: str | None = None
    max_input_tokens: int | str | None = None
    deprecation_date: str | None = None
    source: str | None = None


class _Owner(msgspec.Struct):
    litellm_provider: str


@dataclass(frozen=True, slots=True)
class LiteLLMOptions:
    """`providers`: names of providers to the ones offers bear here."""

    url: str
    providers: Mapping[str, str] = field(default_factory=dict)
    offers_per_batch: int = OFFERS_PER_BATCH


@dataclass(frozen=True, slots=True)
class Place:
    """What a name of the list means. `region` None: the price for all who do not choose one."""

    provider: str
    model: str
    region: str | None

    @property
    def offer(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class _Quote:
    """One readable entry: the standard rates, and those under a condition by condition and rate."""

    key: str
    place: Place
    entry: _Entry
    prices: Prices
    conditional: Mapping[str, Mapping[str, Decimal]]


def offer_subject(name: str) -> SubjectRef:
    """`name` is `provider/model`, the provider as the other price lists call it."""
    return SubjectRef(SOURCE, Kind.OFFER, name)


def parse_prices(body: bytes, day: date, url: str, providers: Mapping[str, str] | None = None) -> ParsedList:
    """Records of each offer. Raises SourceChanged with the path for a body of another shape, when more
    than half of its text models cannot be read, or when none has a price."""
    try:
        catalogue = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("$", f"not an object of models: {error}") from error
    result = ParsedList()
    left_out: Counter[str] = Counter()
    quotes: dict[str, list[_Quote]] = defaultdict(list)
    names = providers or {}
    read = 0
    for key, raw in catalogue.items():
        if key == EXPLANATION:
            continue
        try:
            quote = _read_quote(key, raw, names, left_out)
        except ITEM_ERRORS as error:
            result.skipped.append(describe_problem(f"[{key[:80]!r}]", error))
            result.listed |= _find_offer(key, raw, names)
            continue
        read += 1
        if quote is not None:
            quotes[quote.place.offer].append(quote)
    if not quotes or len(result.skipped) > read:
        first = result.skipped[0] if result.skipped else "$: no model with a price per token of text"
        where, _, problem = first.partition(": ")
        raise SourceChanged(where, problem)
    for name, several in quotes.items():
        standard = _find_standard(several)
        if standard is None:
            left_out["for single regions only"] += len(several)
            continue
        result.listed.add(name)
        result.offers[name] = list(_list_records(name, standard, several, day, url))
    result.notes = [f"{count:,} {what} left out" for what, count in sorted(left_out.items())]
    return result


def parse_place(key: str, provider: str, providers: Mapping[str, str]) -> Place:
    """Provider, model and region of a name. The first part of a path may repeat the provider."""
    # "vertex_ai-anthropic_models": whose models they are stands behind the provider.
    own = provider.partition("-")[0] if "_" in provider.partition("-")[0] else provider
    known = providers.get(provider) or providers.get(own) or own
    parts = key.split("/")
    if len(parts) > 1 and (parts[0] == own or known in (parts[0], providers.get(parts[0]))):
        del parts[0]
    region: str | None = None
    while len(parts) > 1 and (parts[0] in _ROUTES or _REGION.fullmatch(parts[0])):
        region = parts[0] if parts[0] not in _ROUTES else region
        del parts[0]
    profile = _BEDROCK_PROFILE.fullmatch(parts[0]) if own.startswith("bedrock") else None
    if profile is not None:
        region, parts[0] = profile[1], profile[2]
    return Place(parse_name(known), parse_name("/".join(parts)), region)


def _read_quote(
    key: str, raw: msgspec.Raw, providers: Mapping[str, str], left_out: Counter[str]
) -> _Quote | None:
    """The entry's prices; None when it is none of a text model, noted in `left_out`."""
    parse_name(key)
    entry = msgspec.json.decode(raw, type=_Entry)
    if entry.mode not in MODES:
        left_out["of other modes"] += 1
        return None
    if not entry.litellm_provider or _is_no_model(key, entry.litellm_provider):
        left_out["that are no single model"] += 1
        return None
    values = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    rates = {rate: _read_price(values[name]) for name, rate in _FIELDS.items() if name in values}
    prices = Prices(**rates)
    if prices.input is None and prices.output is None:
        left_out["without a price per token"] += 1
        return None
    conditional: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for name in sorted(values):
        found = _CONDITIONAL.fullmatch(name)
        price = _find_price(values[name]) if found is not None else None
        if found is not None and price is not None:
            conditional[found[2]][_FIELDS[found[1]]] = price
    place = parse_place(key, entry.litellm_provider, providers)
    return _Quote(key, place, entry, prices, conditional)


def _read_price(raw: msgspec.Raw) -> Decimal | None:
    """USD per million tokens of a number or text in USD per token; None: not stated."""
    value = msgspec.json.decode(raw, type=Decimal | None)
    return None if value is None else value * _PER_TOKEN


def _find_price(raw: msgspec.Raw) -> Decimal | None:
    """The same of a rate under a condition, which may be written in any shape: None for what is no price."""
    try:
        price = _read_price(raw)
        return Prices(price).input
    except ITEM_ERRORS:
        return None


def _is_no_model(key: str, provider: str) -> bool:
    is_size_class = "_" in provider and "/" not in key and key.startswith(f"{provider.replace('_', '-')}-")
    return key.startswith("ft:") or "-commitment/" in key or is_size_class


def _find_standard(quotes: Sequence[_Quote]) -> _Quote | None:
    """The quote that sets the price: the one without a region, else the worldwide one; of several spellings
    of one offer the shortest."""
    for wanted in (None, *WORLDWIDE):
        fitting = [quote for quote in quotes if quote.place.region == wanted]
        if fitting:
            return min(fitting, key=lambda quote: (len(quote.key), quote.key))
    return None


def _list_records(
    name: str, standard: _Quote, quotes: Sequence[_Quote], day: date, url: str
) -> Iterator[Record]:
    subject = offer_subject(name)
    yield from list_price_observations(subject, standard.prices, day)
    conditional = {
        condition: _plain(rates) for condition, rates in standard.conditional.items() if any(rates.values())
    }
    batch = {each: rates for each, rates in conditional.items() if "batches" in each}
    service = {each: rates for each, rates in conditional.items() if each.endswith(("flex", "priority"))}
    tiers = {each: rates for each, rates in conditional.items() if each not in batch and each not in service}
    regions = {
        quote.place.region: _plain({rate: getattr(quote.prices, rate) for rate in RATES})
        for quote in sorted(quotes, key=lambda quote: quote.key)
        if quote.place.region is not None and quote.prices != standard.prices
    }
    context = standard.entry.max_input_tokens
    yield from list_facts(
        subject,
        {
            "listed_as": standard.key,
            "context_tokens": str(context) if isinstance(context, int) and context > 0 else None,
            "expires_on": _find_day(standard.entry.deprecation_date),
            "price_source": parse_link(standard.entry.source or ""),
            "price_tiers": write_tiers(tiers),
            "price_batch": write_tiers(batch),
            "price_service_tiers": write_tiers(service),
            "price_regions": write_tiers(regions),
        },
        day,
        url,
    )


def _plain(rates: Mapping[str, Decimal | None]) -> dict[str, float]:
    return {rate: float(price) for rate, price in sorted(rates.items()) if price is not None}


def _find_day(text: str | None) -> str | None:
    """A day as stated; None where the field explains itself in words."""
    try:
        return parse_date(text)[0].isoformat() if text else None
    except ValueError:
        return None


def _find_offer(key: str, raw: msgspec.Raw, providers: Mapping[str, str]) -> set[str]:
    """The offer an unreadable entry may be, as far as it says whose it is."""
    try:
        provider = msgspec.json.decode(raw, type=_Owner).litellm_provider
        return {parse_place(key, provider, providers).offer}
    except ITEM_ERRORS:
        return set()


class LiteLLMCollector(PriceFileCollector):
    """LiteLLM's list."""

    def __init__(self, options: LiteLLMOptions) -> None:
        listing = PriceFile(
            options.url,
            lambda body, day, url: parse_prices(body, day, url, options.providers),
            offer_subject,
            options.offers_per_batch,
        )
        super().__init__(SOURCE, listing)
