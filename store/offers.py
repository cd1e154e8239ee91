"""Which of several price lists speaks for an offer, and what the others say of it. Pure.

An offer that several lists quote is one offer. The catalogue's `price_lists.toml` says which list is believed
first; a provider's offers are counted from one list, so that neither another spelling of a model nor an entry
that only a slower list still has makes a second market of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from store.catalogue import PriceLists
from store.catalogue.names import normalise
from store.records import Basis, Offer, PriceChange, SubjectRef

Histories: TypeAlias = Mapping[SubjectRef, Sequence[Offer]]
"""Per offer of each list: its price after each change, by day; never empty."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """What the lists ask for one offer now, the most believed first; `counted` is the one that counts, None
    where another list speaks for the provider and does not have the offer."""

    offers: tuple[Offer, ...]
    counted: Offer | None

    @property
    def spread(self) -> float | None:
        """By how much the dearest list is above the cheapest, of input and output the larger: 0.25 is 25 %.
        None with fewer than two prices to compare; a price of 0 is not compared, it may mean anything."""
        ratios = []
        for rate in ("input_usd_per_mtok", "output_usd_per_mtok"):
            prices = [price for offer in self.offers if (price := getattr(offer, rate))]
            if len(prices) > 1:
                ratios.append(max(prices) / min(prices) - 1)
        return max(ratios, default=None)


def select_counted(histories: Histories, lists: PriceLists) -> Histories:
    """The histories that count: of each provider those of one declared list, and those of undeclared lists
    beside them where they quote another offer.

    A list that was read goes before one that came bundled, then the catalogue's preference decides. Where
    a declared list was read, its word on an offer goes before an undeclared list's."""
    speakers = _find_speakers(histories, lists)
    declared = {
        ref: steps
        for ref, steps in histories.items()
        if speakers.get(steps[-1].provider) == ref.source and lists.rank(ref.source) is not None
    }
    others = {ref: steps for ref, steps in histories.items() if lists.rank(ref.source) is None}
    read = {_identity(steps[-1]) for steps in declared.values() if not _is_bundled(steps[-1])}
    others = {ref: steps for ref, steps in others.items() if _identity(steps[-1]) not in read}
    told = {_identity(steps[-1]) for steps in others.values()}
    return {
        ref: steps
        for ref, steps in histories.items()
        if ref in others or (ref in declared and _identity(steps[-1]) not in told)
    }


def list_current(histories: Histories) -> list[Offer]:
    """The current offer of each that is still listed, by provider and model.

    Where a source's list of a provider was read, what is only bundled of it is not listed any more."""
    last = _list_standing(histories)
    read = {(ref.source, offer.provider) for ref, offer in last.items() if not _is_bundled(offer)}
    offers = [
        offer
        for ref, offer in last.items()
        if not _is_bundled(offer) or (ref.source, offer.provider) not in read
    ]
    return sorted(offers, key=lambda offer: (offer.provider, offer.model))


def list_changes(histories: Histories, since: date) -> list[PriceChange]:
    """Changes of a stated input or output price on or after `since`, by day."""
    changes = [
        PriceChange(before, after)
        for steps in histories.values()
        for before, after in zip([None, *steps], steps, strict=False)
        if after.day >= since and (before is None or _price(before) != _price(after))
    ]
    return sorted(changes, key=lambda c: (c.after.day, c.after.provider, c.after.model))


def find_quotes(histories: Histories, lists: PriceLists, name: str) -> Quotes:
    """What every list asks for the offer `name` (`provider/model`)."""
    provider, _, model = name.partition("/")
    wanted = (provider, normalise(model))
    counted = {
        offer.price_list
        for offer in list_current(select_counted(histories, lists))
        if _identity(offer) == wanted
    }
    quotes = [offer for offer in list_current(histories) if _identity(offer) == wanted]
    quotes.sort(key=lambda offer: _preference(offer.price_list, lists))
    chosen = next((offer for offer in quotes if offer.price_list in counted), None)
    return Quotes(tuple(quotes), chosen)


def most_believed(refs: Iterable[SubjectRef], lists: PriceLists) -> SubjectRef:
    """Of one offer in several lists the one in the list that is believed first."""
    return min(refs, key=lambda ref: _preference(ref.source, lists))


def _find_speakers(histories: Histories, lists: PriceLists) -> dict[str, str]:
    """Per provider the declared list that speaks for it."""
    standing = _list_standing(histories)
    by_provider: dict[str, dict[str, tuple[bool, bool]]] = defaultdict(dict)
    for ref, steps in histories.items():
        if lists.rank(ref.source) is None:
            continue
        provider, is_standing = steps[-1].provider, ref in standing
        is_read = is_standing and not _is_bundled(steps[-1])
        had = by_provider[provider].get(ref.source, (False, False))
        by_provider[provider][ref.source] = (had[0] or is_standing, had[1] or is_read)
    return {
        provider: min(
            sources, key=lambda source: (not sources[source][1], not sources[source][0], lists.rank(source))
        )
        for provider, sources in by_provider.items()
    }


def _list_standing(histories: Histories) -> dict[SubjectRef, Offer]:
    return {ref: steps[-1] for ref, steps in histories.items() if not steps[-1].is_withdrawn}


def _preference(source: str, lists: PriceLists) -> tuple[int, str]:
    rank = lists.rank(source)
    return (len(lists.preference) if rank is None else rank, source)


def _identity(offer: Offer) -> tuple[str, str]:
    return offer.provider, normalise(offer.model)


def _is_bundled(offer: Offer) -> bool:
    return offer.provenance.basis is Basis.BUNDLED


def _price(offer: Offer) -> tuple[float | None, float | None]:
    return offer.input_usd_per_mtok, offer.output_usd_per_mtok
