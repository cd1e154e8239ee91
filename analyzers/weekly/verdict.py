"""The Lunch Index: sub-indices in (0, 100) with 50 = parity, composite, interval and step (methodology 10).

Weights, half-life and reading bands are stated conventions. The vector stands before the composite, and
a part with too little data is "not enough data", never a neutral 50.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.absence import Absent
from analyzers.analysis import Step
from analyzers.figures import Share

HALF_LIFE_MONTHS = 6.0
WEIGHTS: Mapping[str, float] = {"quality": 0.35, "adoption": 0.40, "price": 0.25}
CHANNEL_WEIGHTS: Mapping[str, float] = {
    "tokens": 0.20,
    "requests": 0.10,
    "spend": 0.20,
    "enterprise": 0.30,
    "downloads": 0.20,
}
MIN_CHANNEL_WEIGHT = 0.5
SHARE_LIMITS = (0.005, 0.995)
CONCENTRATION = 40.0
"""Of the Dirichlet draws over the composite's weights: the quality weight then has a standard deviation
of 0.075. A convention like the weights themselves."""

STEPS = (Step.NOT_YET, Step.NIBBLING, Step.SHARING, Step.EATING, Step.GONE)
BORDERS = (20.0, 40.0, 60.0, 80.0)
HYSTERESIS = 2.0

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-index: its value and its draws (one per draw of the whole index)."""

    value: float
    draws: Numbers

    @property
    def interval(self) -> tuple[float, float]:
        return interval_of(self.value, self.draws)


@dataclass(frozen=True, slots=True)
class Composite:
    value: float
    low: float
    high: float
    draws: Numbers


def quality_of_lag(months: float) -> float:
    """Q_L = 50·2^(−L/6) for a lag of L months; 100 − 50·2^(L/6) when open is ahead (L < 0)."""
    if months < 0:
        return 100 - 50 * math.pow(2, months / HALF_LIFE_MONTHS)
    return 50 * math.pow(2, -months / HALF_LIFE_MONTHS)


def quality_of_gap(points: float) -> float:
    """Q_E = 100/(1 + 10^(Δ/400)) for a rating lead Δ of the best closed model."""
    return 100 / (1 + math.pow(10, points / 400))


def combine(parts: Sequence[float]) -> float:
    """100·σ(mean of the logits) of values in (0, 100)."""
    return 100 * _sigmoid(sum(_logit(part / 100) for part in parts) / len(parts))


def adoption(shares: Mapping[str, float]) -> float | Absent:
    """A = 100·σ(Σ w·logit(share)/Σ w) over the channels present, shares clipped to [0.005, 0.995].

    Absent below half of the weight. Raises KeyError for a channel without a weight.
    """
    weight = sum(CHANNEL_WEIGHTS[channel] for channel in shares)
    if weight < MIN_CHANNEL_WEIGHT - 1e-9:
        return Absent(
            f"only {100 * weight:.0f} % of the adoption weight has a recent figure"
            f" ({', '.join(sorted(shares)) or 'none'}); {100 * MIN_CHANNEL_WEIGHT:.0f} % needed"
        )
    total = sum(CHANNEL_WEIGHTS[channel] * _logit(_clip(share)) for channel, share in shares.items())
    return 100 * _sigmoid(total / weight)


def price_index(ratio: float) -> float:
    """P = 100·r/(1 + r) for the median price ratio r closed/open."""
    return 100 * ratio / (1 + ratio)


def composite(quality: float, adoption_value: float, price: float) -> float:
    """LI = exp(.35 ln Q + .40 ln A + .25 ln P)."""
    return math.exp(
        WEIGHTS["quality"] * math.log(quality)
        + WEIGHTS["adoption"] * math.log(adoption_value)
        + WEIGHTS["price"] * math.log(price)
    )


def draw_quality(
    lag_months: Sequence[float],
    lag_draws: Sequence[float],
    gap: tuple[float, float | None] | None,
    draws: int,
    rng: np.random.Generator,
) -> Part | Absent:
    """Q with its draws: the lag's bootstrap is resampled, the gap (points, standard error) is normal.
    `lag_months` holds the point estimate, or nothing when there is no lag."""
    logits: list[Numbers] = []
    points: list[float] = []
    if lag_months:
        points.append(quality_of_lag(lag_months[0]))
        pool = np.asarray(lag_draws if len(lag_draws) else lag_months, dtype=float)
        picked = rng.choice(pool, draws)
        upper = 50 * np.power(2, -np.abs(picked) / HALF_LIFE_MONTHS)
        logits.append(_logits(np.where(picked < 0, 100 - upper, upper) / 100))
    if gap is not None:
        lead, error = gap
        points.append(quality_of_gap(lead))
        leads = rng.normal(lead, error or 0.0, draws)
        logits.append(_logits(1 / (1 + np.power(10, leads / 400))))
    if not points:
        return Absent("neither a lag nor a rating gap of the last 12 months")
    return Part(combine(points), 100 * _sigmoids(np.mean(logits, axis=0)))


def draw_adoption(shares: Mapping[str, Share], draws: int, rng: np.random.Generator) -> Part | Absent:
    """A with its draws: every present share is uniform (in logits) over what its recent figures say; a
    missing share takes the whole range of the present ones, so a thin basis shows as a wide interval."""
    point = adoption({channel: share.value for channel, share in shares.items()})
    if isinstance(point, Absent):
        return point
    lowest = min(_logit(_clip(share.low)) for share in shares.values())
    highest = max(_logit(_clip(share.high)) for share in shares.values())
    total = np.zeros(draws)
    for channel in sorted(CHANNEL_WEIGHTS):
        share = shares.get(channel)
        low, high = (_logit(_clip(share.low)), _logit(_clip(share.high))) if share else (lowest, highest)
        total += CHANNEL_WEIGHTS[channel] * rng.uniform(low, high, draws)
    return Part(point, 100 * _sigmoids(total))


def draw_price(ratio: float, ratio_draws: Sequence[float], draws: int, rng: np.random.Generator) -> Part:
    """P with its draws, resampled from the ratio's bootstrap."""
    picked = rng.choice(np.asarray(ratio_draws if len(ratio_draws) else [ratio], dtype=float), draws)
    return Part(price_index(ratio), 100 * picked / (1 + picked))


def draw_composite(quality: Part, adoption_part: Part, price: Part, rng: np.random.Generator) -> Composite:
    """LI with the 90 % interval over the inputs' draws and Dirichlet draws of the weights."""
    draws = len(quality.draws)
    weights = rng.dirichlet([CONCENTRATION * WEIGHTS[key] for key in ("quality", "adoption", "price")], draws)
    logs = np.log(np.stack([quality.draws, adoption_part.draws, price.draws], axis=1))
    values = np.exp((weights * logs).sum(axis=1))
    value = composite(quality.value, adoption_part.value, price.value)
    low, high = interval_of(value, values)
    return Composite(value, low, high, values)


def interval_of(value: float, draws: Numbers) -> tuple[float, float]:
    """The 5 % and 95 % quantiles, widened where needed so that the value itself lies inside."""
    low, high = (float(q) for q in np.quantile(draws, [0.05, 0.95]))
    return min(low, value), max(high, value)


def raw_step(value: float) -> Step:
    """The step of a composite: < 20, 20–40, 40–60, 60–80, ≥ 80."""
    return STEPS[sum(value >= border for border in BORDERS)]


def replay_step(weekly: Sequence[float]) -> Step:
    """The step after replaying weekly composites, oldest first.

    A new step is entered after two consecutive values at least 2 points beyond the border between the
    present step and theirs. Raises ValueError for no value.
    """
    if not weekly:
        raise ValueError("a step needs at least one weekly value")
    current = STEPS.index(raw_step(weekly[0]))
    for before, now in itertools.pairwise(weekly):
        targets = [_beyond(value, current) for value in (before, now)]
        if min(targets) > current:
            current = min(targets)
        elif max(targets) < current:
            current = max(targets)
    return STEPS[current]


def _beyond(value: float, current: int) -> int:
    """The farthest step that `value` reaches with 2 points to spare, seen from `current`."""
    up = sum(value >= border + HYSTERESIS for border in BORDERS)
    down = sum(value > border - HYSTERESIS for border in BORDERS)
    return up if up > current else min(down, current)


def is_contested(low: float, high: float) -> bool:
    """Whether a 90 % interval crosses two borders or more."""
    return sum(low < border <= high for border in BORDERS) >= 2


def _clip(share: float) -> float:
    return min(max(share, SHARE_LIMITS[0]), SHARE_LIMITS[1])


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _logits(shares: Numbers) -> Numbers:
    return np.asarray(np.log(shares / (1 - shares)))


def _sigmoids(x: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-x)))
