"""The lag by each of the three published estimators on the same models, each with its interval.

| estimator | value | n counts | censored counts |
|---|---|---|---|
| horizontal | mean months over score levels | models | closed frontier entries above the best open model |
| catchup | mean months of the matches | matches | closed frontier entries nobody has matched |
| daily | mean months over days | days | days on which closed was ahead from its first model on |

Every interval is 90 %, from a bootstrap over models: it says how much the value hangs on single models, not
how exactly their scores are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from analyzers.absence import Absent
from analyzers.quality.frontier import Entry, Sides, running_maximum
from analyzers.quality.lag import (
    DAYS_PER_MONTH,
    CatchUp,
    Resampling,
    Survival,
    catch_ups,
    daily_lag,
    horizontal,
    interval,
    survival,
)

HORIZONTAL, CATCHUP, DAILY = "horizontal", "catchup", "daily"
ESTIMATORS = (HORIZONTAL, CATCHUP, DAILY)
N_COUNTS = {HORIZONTAL: "models", CATCHUP: "catch-ups", DAILY: "days"}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lag is computed on. `levels`: both sides on the scale of the horizontal mean; `matching`: the
    same models on the scale of `tolerance` (for an accuracy: nats). `end`: the last day the data know."""

    levels: Sides
    matching: Sides
    end: date
    tolerance: float


@dataclass(frozen=True, slots=True)
class LagEstimate:
    """One estimator's row. Without a value `reason` says why; without an interval too."""

    estimator: str
    months: float | None
    low: float | None
    high: float | None
    reason: str | None
    n: int
    censored: int
    catch_ups: tuple[CatchUp, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A closed frontier entry that no open model has matched in `months` so far."""

    entry: Entry
    months: float


def estimate_lag(estimator: str, ground: Ground, *, draws: int, seed: int) -> LagEstimate:
    """The lag in months by one of ESTIMATORS."""
    if estimator == HORIZONTAL:
        return _horizontal(ground, draws, seed)
    if estimator == CATCHUP:
        return _catch_up(ground, draws, seed)
    return _daily(ground, draws, seed)


def list_waiting(ground: Ground) -> tuple[Waiting, ...]:
    """The closed frontier entries that discrete catch-up finds no match for."""
    _, waiting = catch_ups(ground.matching.open, ground.matching.closed, ground.tolerance)
    return tuple(Waiting(entry, (ground.end - entry.day).days / DAYS_PER_MONTH) for entry in waiting)


def wait_until_matched(ground: Ground, *, draws: int, seed: int) -> Survival | Absent:
    """Kaplan–Meier over the closed frontier's entries, on the scale and with the tolerance of the matches."""
    return survival(
        ground.matching.open,
        ground.matching.closed,
        ground.end,
        tolerance=ground.tolerance,
        draws=draws,
        seed=seed,
    )


def _horizontal(ground: Ground, draws: int, seed: int) -> LagEstimate:
    sides = ground.levels
    lag = horizontal(sides.open, sides.closed, draws=draws, seed=seed)
    if isinstance(lag, Absent):
        best_open = max((entry.score for entry in sides.open), default=None)
        front = running_maximum(sides.closed)
        ahead = sum(best_open is None or entry.score > best_open for entry in front)
        return LagEstimate(HORIZONTAL, None, None, None, lag.reason, sides.models, ahead)
    return LagEstimate(
        HORIZONTAL, lag.months, lag.low, lag.high, lag.no_interval_because, lag.models, lag.censored
    )


def _catch_up(ground: Ground, draws: int, seed: int) -> LagEstimate:
    sides = ground.matching
    matches, waiting = catch_ups(sides.open, sides.closed, ground.tolerance)

    def mean_of_matches(open_: Sequence[Entry], closed: Sequence[Entry]) -> float | None:
        found, _ = catch_ups(open_, closed, ground.tolerance)
        return fmean(match.months for match in found) if found else None

    if not matches:
        reason = "one side has no dated model" if not (sides.open and sides.closed) else "no match yet"
        return LagEstimate(CATCHUP, None, None, None, reason, 0, len(waiting))
    months = fmean(match.months for match in matches)
    low, high, reason_ = _bootstrap(sides, mean_of_matches, draws, seed)
    return LagEstimate(CATCHUP, months, low, high, reason_, len(matches), len(waiting), matches)


def _daily(ground: Ground, draws: int, seed: int) -> LagEstimate:
    sides = ground.matching
    lag = daily_lag(sides.open, sides.closed, ground.end, ground.tolerance)
    if isinstance(lag, Absent):
        return LagEstimate(DAILY, None, None, None, lag.reason, 0, 0)

    def months(open_: Sequence[Entry], closed: Sequence[Entry]) -> float | None:
        drawn = daily_lag(open_, closed, ground.end, ground.tolerance)
        return None if isinstance(drawn, Absent) else drawn.months

    low, high, reason = _bootstrap(sides, months, draws, seed)
    return LagEstimate(DAILY, lag.months, low, high, reason, lag.days, lag.unknown_days)


def _bootstrap(
    sides: Sides, statistic: Callable[[Sequence[Entry], Sequence[Entry]], float | None], draws: int, seed: int
) -> tuple[float | None, float | None, str | None]:
    drawn = [statistic(*drawn) for drawn in Resampling(sides.open, sides.closed).sides(draws, seed)]
    return interval([value for value in drawn if value is not None], draws)
