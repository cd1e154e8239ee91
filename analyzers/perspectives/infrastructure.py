"""Infrastructure and compute: what it takes to run an open model, who serves it, what a card costs."""

from __future__ import annotations

import math

from analyzers.figures import is_recent, list_card_prices, spell_day
from analyzers.findings import Rule, build, toward
from analyzers.perspectives.week import Read, Week
from store.records import Direction, Finding, Model, Perspective
from store.resolution.spelling import PLAIN

MEMORY = Rule(
    "INF-01",
    Perspective.INFRASTRUCTURE,
    0.8,
    (
        (
            "{model_name}, the strongest open model of known size, has {model_params} parameters: about"
            " {half_gb} of memory at 16 bit, {byte_gb} at 8 and {nibble_gb} at 4, hence {card_count} cards of"
            " 80 GB at 4 bit, before the context cache."
        ),
    ),
)
HOSTS = Rule(
    "INF-02",
    Perspective.INFRASTRUCTURE,
    0.6,
    (
        (
            "{model_name}, the strongest open model with a list price, is sold by {host_count} hosts; the"
            " strongest priced closed one, {closed_name}, by {closed_count}."
        ),
    ),
)
CARDS = Rule(
    "INF-03",
    Perspective.INFRASTRUCTURE,
    0.7,
    (
        (
            "An H100 on a one-year contract cost {first_usd} an hour in {first_name} and {last_usd}"
            " in {last_name}"
            " ({source_name})."
        ),
    ),
)
RULES = (MEMORY, HOSTS, CARDS)

OVERHEAD = 1.2
"""Memory to serve ≈ total parameters × bytes per weight × 1.2, plus the context cache (methodology 6)."""

CARD_GB = 80


def memory_gb(parameters: float, bits: int) -> float:
    """Gigabytes to hold the weights at `bits` per weight with 20 % on top, without the context cache."""
    return parameters * bits / 8 * OVERHEAD / 1e9


def read_infrastructure(week: Week) -> Read:
    """Findings on memory, hosts and card prices."""
    candidates = (_memory(week), _hosts(week), _cards(week))
    found = [finding for finding in candidates if finding is not None]
    return found, "no size of an index model, no host and no GPU price is known"


def _memory(week: Week) -> Finding | None:
    sizes: dict[str, Model] = {}
    for model in week.readings.models:
        if model.parameters:
            for name in (model.key, model.hub_name, model.name):
                if name:
                    sizes.setdefault(PLAIN.read(name).stem, model)
    strongest = sorted(week.readings.capability.sides.open, key=lambda entry: (-entry.score, entry.name))
    for entry in strongest:
        found = sizes.get(PLAIN.read(entry.name).stem)
        if found is not None and found.parameters:
            nibble = memory_gb(found.parameters, 4)
            return build(
                MEMORY,
                {
                    "model_name": entry.name,
                    "model_params": found.parameters,
                    "half_gb": memory_gb(found.parameters, 16),
                    "byte_gb": memory_gb(found.parameters, 8),
                    "nibble_gb": nibble,
                    "card_count": math.ceil(nibble / CARD_GB),
                },
                direction=Direction.OPEN if nibble <= CARD_GB else Direction.NEITHER,
                evidence=week.keys("index", "model_list"),
                subjects=(found.key,),
            )
    return None


def _hosts(week: Week) -> Finding | None:
    best = {
        is_open: max(
            (model for model in week.readings.prices.models if model.is_open is is_open),
            key=lambda model: (model.score.score, model.score.model),
            default=None,
        )
        for is_open in (True, False)
    }
    open_, closed = best[True], best[False]
    if open_ is None or closed is None:
        return None
    return build(
        HOSTS,
        {
            "model_name": open_.score.model,
            "host_count": open_.hosts,
            "closed_name": closed.score.model,
            "closed_count": closed.hosts,
        },
        direction=toward(open_.hosts - closed.hosts, favours_open_when_positive=True),
        evidence=week.keys("prices"),
        grade=week.grade("price_ratio"),
        subjects=(open_.score.model, closed.score.model),
    )


def _cards(week: Week) -> Finding | None:
    rows = list_card_prices(week.readings.figures)
    if len(rows) < 2 or not is_recent(rows[-1].figure, week.readings.as_of):
        return None
    first, last = rows[0].figure, rows[-1].figure
    if first.as_of == last.as_of:
        return None
    return build(
        CARDS,
        {
            "first_usd": first.value,
            "first_name": spell_day(first),
            "last_usd": last.value,
            "last_name": spell_day(last),
            "source_name": last.source,
        },
        direction=toward(last.value - first.value, favours_open_when_positive=False),
        evidence=week.keys("cards"),
        grade="C",
    )
