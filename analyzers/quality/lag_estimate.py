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

import numpy as np

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
    list_daily_lags,
    name_missing_side,
    survival,
)
from store.records import OpenRule

HORIZONTAL, CATCHUP, DAILY = "horizontal", "catchup", "daily"
ESTIMATORS = (HORIZONTAL, CATCHUP, DAILY)
N_COUNTS = {HORIZONTAL: "models", CATCHUP: "catch-ups", DAILY: "days"}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lag is computed on. `levels`: both sides on the scale of the horizontal mean; `matching`: the
    same models on the scale of `tolerance` (for an accuracy: nats). `end`: the last day the data know.
    `rule`: what divided the sides, for the reason why one is empty."""

    levels: Sides
    matching: Sides
    end: date
    tolerance: float
    rule: OpenRule = OpenRule.WEIGHTS

    @property
    def missing_side(self) -> str | None:
        """Which side has no model under the rule, None where both have one."""
        missing = name_missing_side(self.levels.open, self.levels.closed)
        return None if missing is None else f"{missing} under the rule {self.rule}"

    @property
    def span(self) -> float | None:
        """How far the scores that are matched lie apart, in units of `tolerance`; None where a side is
        empty."""
        if not self.matching.open or not self.matching.closed:
            return None
        scores = [entry.score for entry in (*self.matching.open, *self.matching.closed)]
        return max(scores) - min(scores)

    @property
    def no_lag_because(self) -> str | None:
        """Why no estimator can say anything: scores that are all the same tell nobody ahead."""
        if self.span != 0:
            return None
        return f"every model scored the same, {self.levels.open[0].score:g}"


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
    if ground.no_lag_because is not None:
        return LagEstimate(estimator, None, None, None, ground.no_lag_because, 0, 0)
    if estimator == HORIZONTAL:
        return _horizontal(ground, draws, seed)
    if estimator == CATCHUP:
        return _catch_up(ground, draws, seed)
    return _daily(ground, draws, seed)


def list_waiting(ground: Ground) -> tuple[Waiting, ...]:
    """The closed frontier entries that discrete catch-up finds no match for; none where no model is ahead."""
    if ground.no_lag_because is not None:
        return ()
    _, waiting = catch_ups(ground.matching.open, ground.matching.closed, ground.tolerance)
    return tuple(Waiting(entry, (ground.end - entry.day).days / DAYS_PER_MONTH) for entry in waiting)


def wait_until_matched(ground: Ground, *, draws: int, seed: int) -> Survival | Absent:
    """Kaplan–Meier over the closed frontier's entries, on the scale and with the tolerance of the matches."""
    if ground.no_lag_because is not None:
        return Absent(ground.no_lag_because)
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
        reason = ground.missing_side or lag.reason
        return LagEstimate(HORIZONTAL, None, None, None, reason, sides.models, ahead)
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
        reason = ground.missing_side or "no match yet"
        return LagEstimate(CATCHUP, None, None, None, reason, 0, len(waiting))
    months = fmean(match.months for match in matches)
    low, high, reason_ = _bootstrap(sides, mean_of_matches, draws, seed)
    return LagEstimate(CATCHUP, months, low, high, reason_, len(matches), len(waiting), matches)


def _daily(ground: Ground, draws: int, seed: int) -> LagEstimate:
    sides = ground.matching
    lag = daily_lag(sides.open, sides.closed, ground.end, ground.tolerance)
    if isinstance(lag, Absent):
        lags = list_daily_lags(sides.open, sides.closed, ground.end, ground.tolerance)
        unknown = 0 if isinstance(lags, Absent) else int(np.isnan(lags).sum())
        return LagEstimate(DAILY, None, None, None, ground.missing_side or lag.reason, 0, unknown)

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
