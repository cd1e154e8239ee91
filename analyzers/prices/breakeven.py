"""Own card or somebody's API: cost per million tokens and the volume that breaks even (methodology 6).

Money in USD, tokens counted as billed. Always a range over GPU price, overhead and utilisation, with
the assumptions printed: list price is not cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from analyzers.absence import Absent
from analyzers.figures import is_recent
from analyzers.prices.pricing import blend
from store.records import StoredFigure

HOURS_PER_MONTH = 730.0
CARDS_PER_NODE = 8
UTILISATION = (0.05, 0.60)
OVERHEAD = (1.3, 5.0)
"""Multiples of the bare card price: staff, power, network, idle reserve."""


@dataclass(frozen=True, slots=True)
class OwnNode:
    """A rented node of eight cards against an API price; tokens are per month.

    `reach_high`: share of the node's published load that the dearest case would need to break even.
    """

    tokens_low: float
    tokens_mid: float
    tokens_high: float
    gpu_low: float
    gpu_high: float
    api_usd: float
    api_name: str
    node_tokens_per_second: float
    cost_low: float
    cost_high: float
    reach_high: float
    figures: tuple[StoredFigure, ...]


def daily_cost(nodes: float, cards_per_node: int, usd_per_card_hour: float) -> float:
    """Cost of running nodes for 24 hours, USD. DeepSeek's published day: 226.75 × 8 × 24 × 2 = 87,072."""
    return nodes * cards_per_node * 24 * usd_per_card_hour


def cost_per_million(
    usd_per_card_hour: float, cards: int, tokens_per_second: float, utilisation: float, overhead: float
) -> float:
    """USD per million tokens of an own node.

    (price per hour × cards)/(3600 × tokens per second × utilisation) × 10⁶ × overhead; `overhead` is
    the multiple (1 + share). Raises ValueError unless throughput and utilisation are positive.
    """
    if tokens_per_second <= 0 or not 0 < utilisation <= 1:
        raise ValueError("throughput and utilisation must be positive, utilisation at most 1")
    return usd_per_card_hour * cards / (3600 * tokens_per_second * utilisation) * 1e6 * overhead


def break_even_tokens(
    fixed_usd_per_month: float, api_usd: float, variable_usd: float = 0.0
) -> float | Absent:
    """Tokens per month = fixed cost / (API price − variable cost), prices in USD per million tokens."""
    if api_usd <= variable_usd:
        return Absent("calling costs less than the variable cost alone: it never breaks even")
    return fixed_usd_per_month / (api_usd - variable_usd) * 1e6


def find_own_node(
    figures: Sequence[StoredFigure], as_of: date, api: tuple[str, float] | None
) -> OwnNode | Absent:
    """A node that serves a DeepSeek-V3/R1-class model at its makers' published load, rented at the
    published hourly prices of the last twelve months, against `api` (name, blended USD per million).

    Without an `api` price the model's own published list price is used. Absent names what is missing.
    """
    cards = [f for f in _matching(figures, "h100", unit="usd per hour") if is_recent(f.figure, as_of)]
    if not cards:
        return Absent("no published hourly GPU price of the last 12 months")
    nodes = _latest(figures, "nodes", unit="nodes")
    tokens_in = _latest(figures, "input tokens", unit="tokens per day")
    tokens_out = _latest(figures, "output tokens", unit="tokens per day")
    if nodes is None or tokens_in is None or tokens_out is None:
        return Absent("no published throughput of a serving node")
    used = [nodes, tokens_in, tokens_out, *cards]
    if api is None:
        price_in = _latest(figures, "list price input cache miss", unit="usd per million tokens")
        price_out = _latest(figures, "list price output", unit="usd per million tokens")
        if price_in is None or price_out is None:
            return Absent("no API price to compare with")
        used += [price_in, price_out]
        api = (price_out.figure.source, blend(price_in.figure.value, price_out.figure.value))
    name, api_usd = api
    per_second = (tokens_in.figure.value + tokens_out.figure.value) / nodes.figure.value / 86_400
    prices = sorted(f.figure.value for f in cards)
    middle = (OVERHEAD[0] * OVERHEAD[1]) ** 0.5
    fixed = [
        price * CARDS_PER_NODE * HOURS_PER_MONTH * overhead
        for price, overhead in ((prices[0], OVERHEAD[0]), (median(prices), middle), (prices[-1], OVERHEAD[1]))
    ]
    tokens = [break_even_tokens(cost, api_usd) for cost in fixed]
    low, mid, high = (value for value in tokens if not isinstance(value, Absent))
    return OwnNode(
        tokens_low=low,
        tokens_mid=mid,
        tokens_high=high,
        gpu_low=prices[0],
        gpu_high=prices[-1],
        api_usd=api_usd,
        api_name=name,
        node_tokens_per_second=per_second,
        cost_low=cost_per_million(prices[0], CARDS_PER_NODE, per_second, UTILISATION[1], OVERHEAD[0]),
        cost_high=cost_per_million(prices[-1], CARDS_PER_NODE, per_second, UTILISATION[0], OVERHEAD[1]),
        reach_high=high / (per_second * 3600 * HOURS_PER_MONTH),
        figures=tuple(used),
    )


def list_assumptions(node: OwnNode) -> tuple[str, ...]:
    """What the range rests on, one line each."""
    reach = f"{100 * node.reach_high:.0f} %"
    beyond = node.reach_high > UTILISATION[1]
    return (
        (
            f"One rented node of {CARDS_PER_NODE} H100-class cards at {node.gpu_low:.2f} to"
            f" {node.gpu_high:.2f}"
            " USD per card and hour, the range of the published prices of the last 12 months."
        ),
        (
            f"Overhead {OVERHEAD[0]:g} to {OVERHEAD[1]:g} times the card price; the middle case takes their"
            " geometric mean and the median card price. No variable cost beside the node."
        ),
        f"Calling costs {node.api_usd:.3g} USD per million tokens, blended 3:1 ({node.api_name}).",
        (
            f"At full load a node serves {node.node_tokens_per_second:,.0f} tokens per second,"
            " input and output"
            " together: the average of its makers' published day, with cache hits, of a DeepSeek V3/R1 class"
            " model. Other models and mixes differ."
        ),
        (
            f"At {100 * UTILISATION[1]:.0f} to {100 * UTILISATION[0]:.0f} % of that load an own"
            " million tokens costs"
            f" {node.cost_low:.3g} to {node.cost_high:.3g} USD."
        ),
        f"The dearest case breaks even at {reach} of that load"
        + (": more than one node can be expected to carry, so there it never pays." if beyond else "."),
    )


def _matching(figures: Sequence[StoredFigure], words: str, unit: str) -> list[StoredFigure]:
    """Figures whose measure holds `words` in that unit, one per price and date, in a fixed order."""
    found = {
        (f.figure.as_of, f.figure.value): f
        for f in sorted(figures, key=lambda f: (f.figure.measure, f.figure.source), reverse=True)
        if words in f.figure.measure.casefold() and f.figure.unit.casefold() == unit
    }
    return [found[key] for key in sorted(found)]


def _latest(figures: Sequence[StoredFigure], words: str, unit: str) -> StoredFigure | None:
    matches = _matching(figures, words, unit)
    return matches[-1] if matches else None
