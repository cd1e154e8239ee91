"""The week's verdict: which parts have data, the composite, its step, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzers.absence import Absent, not_enough
from analyzers.analysis import SubIndex, Verdict
from analyzers.figures import MAX_AGE_MONTHS
from analyzers.momentum.baskets import BasketRace, developer_momentum
from analyzers.momentum.moves import Z90
from analyzers.quality.lag import HorizontalLag
from analyzers.weekly.readings import Readings
from analyzers.weekly.verdict import (
    CHANNEL_WEIGHTS,
    CONCENTRATION,
    HYSTERESIS,
    WEIGHTS,
    Composite,
    Part,
    draw_adoption,
    draw_composite,
    draw_price,
    draw_quality,
    is_contested,
    replay_step,
)
from store.records import Estimate

LABELS = {
    "quality": "Quality",
    "adoption": "Adoption",
    "price": "Price",
    "momentum": "Developer momentum (leading, outside the composite)",
}


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The verdict (without its counter-evidence, which needs the findings) and the lines that say what
    was assumed and left out."""

    verdict: Verdict
    assumptions: tuple[str, ...]


def appraise(
    readings: Readings,
    evidence: Mapping[str, tuple[str, ...]],
    *,
    earlier: Sequence[float],
    draws: int,
    seed: int,
) -> Appraisal:
    """Build the verdict. `earlier` holds the composites of the weeks before, oldest first."""
    rng = np.random.default_rng(seed)
    left_out: list[str] = []
    quality = _quality(readings, draws, rng, left_out)
    adoption = draw_adoption(readings.recent_shares, draws, rng)
    ratio = readings.ratio
    price: Part | Absent = (
        ratio if isinstance(ratio, Absent) else draw_price(ratio.ratio, ratio.draws, draws, rng)
    )
    shares = tuple(f"share.{channel}" for channel in sorted(readings.recent_shares))
    names = {
        "quality": _names(evidence, *_quality_parts(readings)),
        "adoption": _names(evidence, *shares),
        "price": _names(evidence, "index", "prices"),
    }
    parts = {"quality": quality, "adoption": adoption, "price": price}
    days = _days(readings)
    subs = [_sub(key, part, WEIGHTS[key], names[key], days[key]) for key, part in parts.items()]
    subs.append(_momentum(readings, evidence))
    lacking = [
        f"{LABELS[key].casefold()}: {part.reason}" for key, part in parts.items() if isinstance(part, Absent)
    ]
    composite: Composite | None = None
    if not (isinstance(quality, Absent) or isinstance(adoption, Absent) or isinstance(price, Absent)):
        composite = draw_composite(quality, adoption, price, rng)
    weekly = [*earlier, composite.value] if composite else []
    verdict = Verdict(
        step=replay_step(weekly) if weekly else None,
        composite=_estimate(composite.value, (composite.low, composite.high), readings.as_of)
        if composite
        else None,
        reason=not_enough("; ".join(lacking)) if lacking else None,
        sub_indices=tuple(subs),
        is_provisional=len(weekly) < 2,
        is_contested=composite is not None and is_contested(composite.low, composite.high),
        strongest_counter_evidence=None,
        seed=seed,
        draws=draws,
    )
    return Appraisal(verdict, (*_conventions(readings, draws, seed), *left_out))


def _quality(readings: Readings, draws: int, rng: np.random.Generator, left_out: list[str]) -> Part | Absent:
    capability, arena = readings.capability, readings.arena
    months: list[float] = []
    lag_draws: tuple[float, ...] = ()
    if isinstance(capability.lag, HorizontalLag) and capability.end is not None:
        if capability.is_recent:
            months, lag_draws = [capability.lag.months], capability.lag.draws
        else:
            left_out.append(_too_old("capability index", capability.end.isoformat()))
    gap: tuple[float, float | None] | None = None
    if arena.latest is not None:
        point = arena.latest
        if arena.is_recent:
            has_interval = point.points_low is not None and point.points_high is not None
            spread = (
                (point.points_high - point.points_low) / (2 * Z90)
                if point.points_low is not None and point.points_high is not None
                else None
            )
            gap = (point.points, spread)
            if not has_interval:
                left_out.append(
                    "The rating board gives no interval: its gap enters quality without an error."
                )
        else:
            left_out.append(_too_old("rating board", point.board_date.isoformat()))
    return draw_quality(months, lag_draws, gap, draws, rng)


def _quality_parts(readings: Readings) -> tuple[str, ...]:
    parts = ["index"] if readings.capability.is_recent else []
    return (*parts, "board") if readings.arena.is_recent else tuple(parts)


def _sub(
    key: str, part: Part | Absent, weight: float, evidence: tuple[str, ...], as_of: date | None
) -> SubIndex:
    if isinstance(part, Absent):
        return SubIndex(key, LABELS[key], None, not_enough(part.reason), weight, evidence)
    return SubIndex(key, LABELS[key], _estimate(part.value, part.interval, as_of), None, weight, evidence)


def _momentum(readings: Readings, evidence: Mapping[str, tuple[str, ...]]) -> SubIndex:
    race = readings.race
    label = LABELS["momentum"]
    if not isinstance(race, BasketRace):
        return SubIndex("momentum", label, None, not_enough(race.reason), 0.0, ())
    low, high = (developer_momentum(difference, 0.0) for difference in (race.low, race.high))
    estimate = Estimate(race.score, "index", low, high, as_of=race.end, n=len(race.series))
    return SubIndex("momentum", label, estimate, None, 0.0, _names(evidence, "race"))


def _estimate(value: float, interval: tuple[float, float], as_of: date | None) -> Estimate:
    return Estimate(value, "index", *interval, as_of=as_of)


def _days(readings: Readings) -> dict[str, date | None]:
    """The day each part's newest input is about."""
    quality: list[date] = []
    if readings.capability.is_recent and readings.capability.end is not None:
        quality.append(readings.capability.end)
    if readings.arena.is_recent and readings.arena.latest is not None:
        quality.append(readings.arena.latest.board_date)
    return {
        "quality": max(quality, default=None),
        "adoption": max((s.latest.figure.as_of for s in readings.recent_shares.values()), default=None),
        "price": max((model.offer.day for model in readings.prices.models), default=None),
    }


def _names(evidence: Mapping[str, tuple[str, ...]], *parts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for part in parts for key in evidence.get(part, ())))


def _too_old(what: str, day: str) -> str:
    return (
        f"The last publication of the {what} is of {day}, more than {MAX_AGE_MONTHS} months ago:"
        " it is left out of the quality part."
    )


def _conventions(readings: Readings, draws: int, seed: int) -> tuple[str, ...]:
    present = sum(CHANNEL_WEIGHTS[channel] for channel in readings.recent_shares)
    sides = readings.capability.sides
    return (
        (
            "Weights of the composite (quality 35 %, adoption 40 %, price 25 %), the 6-month"
            " half-life of the lag"
            " and the borders of the steps are conventions."
        ),
        (
            f"Intervals are 90 %: {draws} draws, seed {seed}; bootstrap over models for lag and"
            " price, the published"
            " interval for the rating gap, the range of recent published figures for each share,"
            " Dirichlet draws"
            f" (concentration {CONCENTRATION:g}) for the weights. The choice between estimators is"
            " not in them yet."
        ),
        (
            f"Adoption rests on {100 * present:.0f} % of its weight; a missing channel takes the"
            " whole range of the"
            " present ones in the interval."
        ),
        (
            f"{sides.unknown} index entries of unknown openness are in neither frontier,"
            f" {sides.unreleased} were never"
            " released; names that share maker and score are one model."
        ),
        (
            "The history of the lag is a retrospective by release date on today's scores, not what was"
            " known then."
        ),
        (
            "A new step is entered after two consecutive weekly values at least"
            f" {HYSTERESIS:g} points beyond its border."
        ),
    )
