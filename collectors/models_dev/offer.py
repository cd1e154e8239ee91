"""models.dev's `api.json`: what each provider offers and asks for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from collectors.models_dev import wire
from collectors.offers import (
    ITEM_ERRORS,
    RATES,
    MalformedItem,
    Prices,
    describe_problem,
    list_facts,
    list_price_observations,
    parse_date,
    parse_name,
    write_tiers,
)
from collectors.text import clean_text
from store.errors import SourceChanged
from store.records import Fact, Kind, Record, SubjectRef

SOURCE = "models.dev"


@dataclass(slots=True)
class ParsedOffers:
    """`offers`: records by `provider/model`. `listed`: every name the answer has, malformed ones included,
    so that an offer we could not read is not taken for withdrawn. `unknown_providers`: asked for, and not
    there."""

    offers: dict[str, list[Record]] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)
    unknown_providers: list[str] = field(default_factory=list)


def offer_subject(name: str) -> SubjectRef:
    """`name` is `provider/model` as models.dev spells both."""
    return SubjectRef(SOURCE, Kind.OFFER, name)


def parse_offers(body: bytes, day: date, url: str, providers: Collection[str] = ()) -> ParsedOffers:
    """Records of each offer of the wanted providers (all when empty).

    Raises SourceChanged with the path when the body is not an object of providers with `models`, or when
    more than half of the offers cannot be read: then the shape changed, not an item.
    """
    catalogue = _decode_top(body)
    result = ParsedOffers()
    broken: list[str] = []
    for provider, raw in catalogue.items():
        if providers and provider not in providers:
            continue
        try:
            models = msgspec.json.decode(raw, type=wire.Provider).models
        except ITEM_ERRORS as error:
            shown = clean_text(provider, 80)
            result.skipped.append(describe_problem(shown, error))
            broken.append(f"{shown}.models")
            continue
        _parse_provider(provider, models, day, url, result)
    if len(broken) * 2 > len(catalogue):
        raise SourceChanged(broken[0], result.skipped[0].partition(": ")[2])
    _check_shape(result)
    result.unknown_providers.extend(sorted(set(providers) - set(catalogue)))
    return result


def _decode_top(body: bytes) -> wire.Catalogue:
    try:
        catalogue = msgspec.json.decode(body, type=wire.Catalogue)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("$", f"not an object of providers: {error}") from error
    if not catalogue:
        raise SourceChanged("$", "an empty object where providers are expected")
    return catalogue


def _parse_provider(
    provider: str, models: Mapping[str, msgspec.Raw], day: date, url: str, result: ParsedOffers
) -> None:
    for model, raw in models.items():
        path = f"{clean_text(provider, 80)}.models[{model[:80]!r}]"
        name = f"{provider}/{model}"
        result.listed.add(name)
        try:
            parse_name(name)
            offer = msgspec.json.decode(raw, type=wire.Offer)
            result.offers[name] = list(
                _list_records(offer_subject(name), offer, day, url, path, result.skipped)
            )
        except ITEM_ERRORS as error:
            result.skipped.append(describe_problem(path, error))


def _list_records(
    subject: SubjectRef, offer: wire.Offer, day: date, url: str, path: str, skipped: list[str]
) -> Iterator[Record]:
    cost = msgspec.json.decode(offer.cost, type=wire.Cost | None)
    if cost is not None:
        prices = Prices(cost.input, cost.output, cost.cache_read, cost.cache_write)
        yield from list_price_observations(subject, prices, day)
    yield from list_facts(
        subject,
        {
            "name": offer.name,
            "family": offer.family,
            "open_weights": None if offer.open_weights is None else str(offer.open_weights).lower(),
            "status": offer.status,
            "price_tiers": None if cost is None else _parse_tiers(offer.cost),
        },
        day,
        url,
    )
    if offer.release_date:
        try:
            released, precision = parse_date(offer.release_date)
        except MalformedItem as error:  # the price is good all the same
            skipped.append(describe_problem(f"{path}.release_date", error))
        else:
            yield Fact(subject, "released_on", released.isoformat(), day, precision, url)


def _parse_tiers(cost: msgspec.Raw) -> str | None:
    """Everything the price depends on beside the standard rate, as compact JSON with sorted keys."""
    return write_tiers(
        {name: value for name, value in msgspec.json.decode(cost).items() if name not in RATES}
    )


def _check_shape(result: ParsedOffers) -> None:
    unread = len(result.listed) - len(result.offers)
    if result.listed and unread * 2 > len(result.listed):
        path, _, problem = result.skipped[0].partition(": ")
        raise SourceChanged(path, f"{problem} (and {unread} of {len(result.listed)} offers like it)")
