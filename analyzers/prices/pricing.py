"""What a capability level costs, open and closed (methodology 6).

Prices are USD per million tokens, blended 3:1 input to output. Zero may mean free, unknown or a
subscription: such offers are left out and counted. The maker's own standard offer is a model's price
where there is one, the cheapest host's otherwise.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.absence import Absent
from analyzers.analysis import PriceLevel
from analyzers.prices.joining import Joined, join_offers
from store.records import IndexScore, Offer, Openness, OpenRule

INPUT_PARTS = 3
OUTPUT_PARTS = 1
MIN_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Priced:
    """A model of the index with its price; `offer` is the one that sets it."""

    score: IndexScore
    usd: float
    offer: Offer
    is_open: bool
    hosts: int


@dataclass(frozen=True, slots=True)
class PriceRatio:
    """Median over levels of closed price / open price. `censored`: levels without an open model."""

    ratio: float
    low: float | None
    high: float | None
    no_interval_because: str | None
    levels: tuple[PriceLevel, ...]
    compared: int
    censored: int
    draws: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PriceList:
    """Every priced model of the index, and what was left out."""

    models: tuple[Priced, ...]
    joined: Joined
    offers: int
    free: int
    withdrawn: int
    unstated: int
    unknown_openness: int


def blend(input_usd: float, output_usd: float) -> float:
    """3:1 blended price, USD per million tokens."""
    return (INPUT_PARTS * input_usd + OUTPUT_PARTS * output_usd) / (INPUT_PARTS + OUTPUT_PARTS)


def blended_price(offer: Offer) -> float | None:
    """The offer's blended price; None when a part is not stated or the offer says zero."""
    if offer.is_free or offer.input_usd_per_mtok is None or offer.output_usd_per_mtok is None:
        return None
    return blend(offer.input_usd_per_mtok, offer.output_usd_per_mtok)


def is_maker(provider: str, organisation: str) -> bool:
    """Whether a provider id is the releasing organisation's own, by name: one begins with the other
    ("moonshotai" and "Moonshot", "google" and "Google DeepMind"), or stands in brackets there."""
    left = _letters(provider)
    names = {_letters(part) for part in organisation.replace(")", "(").split("(")} | {_letters(organisation)}
    return any(
        len(min(left, name, key=len)) >= 3 and (left.startswith(name) or name.startswith(left))
        for name in names
    )


def list_prices(
    offers: Sequence[Offer],
    scores: Sequence[IndexScore],
    rule: OpenRule,
) -> PriceList:
    """Price every index model that somebody serves; openness is the index's (the maker's), never a
    reseller's. Free, withdrawn and unstated offers are left out and counted."""
    standing = [offer for offer in offers if not offer.is_withdrawn]
    priced = [offer for offer in standing if blended_price(offer) is not None]
    free = sum(offer.is_free for offer in standing)
    joined = join_offers(priced, scores)
    groups: dict[tuple[str, float, Openness], list[tuple[float, Offer, IndexScore]]] = defaultdict(list)
    for join in joined.joins:
        usd = blended_price(join.offer)
        if usd is not None:
            key = (join.score.organisation, join.score.score, join.score.openness)
            groups[key].append((usd, join.offer, join.score))
    models: list[Priced] = []
    unknown = 0
    for key in sorted(groups):
        rows = sorted(groups[key], key=lambda row: (row[0], row[1].provider, row[1].model))
        own = [row for row in rows if is_maker(row[1].provider, key[0])]
        usd, offer, score = (own or rows)[0]
        is_open = rule.is_open(score.openness, is_science_open=score.is_science_open)
        if is_open is None:
            unknown += 1
            continue
        models.append(Priced(score, usd, offer, is_open, len({row[1].provider for row in rows})))
    return PriceList(
        models=tuple(models),
        joined=joined,
        offers=len(offers),
        free=free,
        withdrawn=len(offers) - len(standing),
        unstated=len(standing) - len(priced) - free,
        unknown_openness=unknown,
    )


def price_levels(models: Iterable[Priced]) -> tuple[PriceLevel, ...]:
    """Cheapest open and closed model at or above each level, in steps of one index point, from the
    weakest level both sides serve up to the best closed model. Empty unless both sides have a price."""
    both = _sides(models)
    if not both[True] or not both[False]:
        return ()
    start = math.ceil(max(min(m.score.score for m in side) for side in both.values()))
    end = math.floor(max(m.score.score for m in both[False]))
    return tuple(_level(float(level), both) for level in range(start, end + 1))


def price_ratio(models: Sequence[Priced], *, draws: int = 0, seed: int = 0) -> PriceRatio | Absent:
    """Median over levels of the closed over the open price (methodology 6 and 10); 1 = equally dear.

    Needs five levels that both sides reach. The 90 % interval is a bootstrap over models; draws that
    leave fewer than five levels are dropped, and without three quarters of them there is no interval.
    """
    levels = price_levels(models)
    ratios = [level.ratio for level in levels if level.ratio is not None]
    if len(ratios) < MIN_LEVELS:
        return Absent(f"{len(ratios)} capability levels have a price on both sides; {MIN_LEVELS} needed")
    values = _ratio_draws(models, draws, seed) if draws else []
    low: float | None = None
    high: float | None = None
    because: str | None = "no bootstrap was drawn"
    if draws and len(values) * 4 >= draws * 3:
        low, high = (float(v) for v in np.quantile(values, [0.05, 0.95]))
        because = None
    elif draws:
        because = f"{draws - len(values)} of {draws} bootstrap draws had too few levels"
    return PriceRatio(
        ratio=float(np.median(ratios)),
        low=low,
        high=high,
        no_interval_because=because,
        levels=levels,
        compared=len(ratios),
        censored=sum(level.open_usd is None for level in levels),
        draws=tuple(values),
    )


def annual_rate(ratio: float, months: float) -> float:
    """A price ratio over `months`, as a ratio per year: ratio^(12/months)."""
    if months <= 0 or ratio <= 0:
        raise ValueError("a rate needs a positive ratio and a positive time")
    return math.pow(ratio, 12 / months)


def _sides(models: Iterable[Priced]) -> dict[bool, list[Priced]]:
    both: dict[bool, list[Priced]] = {True: [], False: []}
    for model in models:
        both[model.is_open].append(model)
    return both


def _level(level: float, both: Mapping[bool, Sequence[Priced]]) -> PriceLevel:
    best: dict[bool, Priced | None] = {}
    for is_open, side in both.items():
        reaching = [model for model in side if model.score.score >= level]
        best[is_open] = min(reaching, key=lambda m: (m.usd, m.score.model)) if reaching else None
    open_, closed = best[True], best[False]
    return PriceLevel(
        level=level,
        open_model=open_.score.model if open_ else None,
        open_usd=open_.usd if open_ else None,
        closed_model=closed.score.model if closed else None,
        closed_usd=closed.usd if closed else None,
        ratio=closed.usd / open_.usd if open_ and closed else None,
    )


def _ratio_draws(models: Sequence[Priced], draws: int, seed: int) -> list[float]:
    ordered = sorted(models, key=lambda m: (m.score.score, m.score.model))
    scores = np.array([m.score.score for m in ordered])
    is_open = np.array([m.is_open for m in ordered])
    grid = np.arange(math.ceil(scores.min()), math.floor(scores.max()) + 1, dtype=float)
    usd = np.array([m.usd for m in ordered])
    at_level = np.where(scores[:, None] >= grid[None, :], usd[:, None], np.inf)
    rng = np.random.default_rng(seed)
    values: list[float] = []
    for _ in range(draws):
        chosen = np.unique(rng.integers(0, len(ordered), len(ordered)))
        ratio = _ratio_of(chosen, scores, is_open, at_level, grid)
        if ratio is not None:
            values.append(ratio)
    return values


def _ratio_of(
    chosen: NDArray[np.int64],
    scores: NDArray[np.float64],
    is_open: NDArray[np.bool_],
    at_level: NDArray[np.float64],
    grid: NDArray[np.float64],
) -> float | None:
    opens, closeds = chosen[is_open[chosen]], chosen[~is_open[chosen]]
    if not len(opens) or not len(closeds):
        return None
    start = math.ceil(max(scores[opens].min(), scores[closeds].min()))
    end = math.floor(min(scores[opens].max(), scores[closeds].max()))
    inside = (grid >= start) & (grid <= end)
    if inside.sum() < MIN_LEVELS:
        return None
    ratio = at_level[closeds][:, inside].min(axis=0) / at_level[opens][:, inside].min(axis=0)
    return float(np.median(ratio))


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
