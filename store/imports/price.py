"""List prices: `at,provider,model,input_usd_per_mtok,output_usd_per_mtok[,cache_read_usd_per_mtok]`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from store.imports.entry import Context, Entry, ImportKind, Settled, Statement
from store.imports.field import check_key, find_decimal, read_moment
from store.imports.row import BadField, Row, quote
from store.records import Kind, Observation, SubjectRef

_PRICES = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok")


def parse_row(row: Row, context: Context) -> Entry:
    """What a provider asks for a model from a moment on, in USD per million tokens. An empty price is not
    stated; 0 is kept as 0, which may mean free, unknown or a subscription."""
    at = read_moment(row, "at", context.now)
    provider = row.need("provider")
    if "/" in provider:
        raise BadField("provider", f"{quote(provider)} has a slash; the model's name may have one")
    name = check_key(f"{provider}/{row.need('model')}", "model")
    subject = SubjectRef("import", Kind.OFFER, name)
    prices = {column: _price(row, column) for column in _PRICES}
    stated = {column: price for column, price in prices.items() if price is not None}
    if not stated:
        raise BadField(_PRICES[0], "is missing, and so is every other price")
    records = tuple(
        Observation(subject, f"price.{column}", at.date(), price, at) for column, price in stated.items()
    )
    said = Statement("the same at, provider and model", (at, name), tuple(prices.values()))
    return Entry(row.line, at, (said,), records)


def _price(row: Row, column: str) -> float | None:
    price = find_decimal(row, column)
    if price is not None and price < 0:
        raise BadField(column, f"{quote(row.text(column))} is negative")
    return None if price is None else float(price)


def settle(entries: Sequence[Entry]) -> Settled:
    """One price a day: of several moments of a day the last that states it stands, because a change that
    is reverted within the day is a correction (methodology 6)."""
    standing: dict[tuple[SubjectRef, str, date], Observation] = {}
    replaced = 0
    for entry in entries:
        for record in entry.records:
            if isinstance(record, Observation):
                identity = (record.subject, record.metric, record.day)
                replaced += identity in standing
                standing[identity] = record
    return Settled(list(standing.values()), replaced)


KIND = ImportKind("prices", ("at", "provider", "model", *_PRICES[:2]), _PRICES[2:], parse_row, settle)
