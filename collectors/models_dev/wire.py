"""The shape of models.dev's two answers, as far as we read them; unknown fields are ignored.

`api.json`: `{provider: {name, models: {id: offer}}}`, prices in USD per million tokens.
`models.json`: `{"lab/name": model}` with weights and benchmark entries.
Source: models.dev (MIT), repository anomalyco/models.dev.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from collectors.offers import NOTHING

Catalogue = dict[str, msgspec.Raw]


class Provider(msgspec.Struct):
    models: dict[str, msgspec.Raw]


class Cost(msgspec.Struct):
    """USD per million tokens at the standard rate; the rest of the object is tiers and other media."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None


class Limit(msgspec.Struct):
    context: int | float | None = None
    output: int | float | None = None


class Offer(msgspec.Struct):
    name: str | None = None
    family: str | None = None
    open_weights: bool | None = None
    release_date: str | None = None
    status: str | None = None
    cost: msgspec.Raw = NOTHING


class Weights(msgspec.Struct):
    url: str
    label: str | None = None


class Benchmark(msgspec.Struct):
    name: str
    score: Decimal
    source: str
    metric: str | None = None
    date: str | None = None
    version: str | None = None
    dataset: str | None = None
    harness: str | None = None
    variant: str | None = None


class Model(msgspec.Struct):
    name: str
    family: str | None = None
    open_weights: bool | None = None
    release_date: str | None = None
    license: str | None = None
    limit: Limit | None = None
    weights: list[msgspec.Raw] | None = None
    benchmarks: list[msgspec.Raw] | None = None
