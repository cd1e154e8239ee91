"""By how many months open trails closed: three published estimators and a survival curve (methodology 4).

Scores are in the units of their index or benchmark; a negative lag means that open was first. Labs hold
back models, so the true lag is probably longer than any of these. Example, scores by month of release:
closed 100 at 0, 110 at 4, 120 at 8, 130 at 12; open 100 at 3, 110 at 7, 120 at 11; the data end at 12.
* horizontal: every level from 100 to 120 is reached 3 months later: 3;
* catch-up: 100 is matched at 3, 110 at 7, 120 at 11, each after 3 months: mean 3; 130 waits;
* day by day: closed passes the best open model (100) at 4, the lag then grows to 3 months at 7, where open
  has 110, which closed passes at 8, and so on: 9 months with a mean of (3·1.5 + 3·1.5)/9 = 1;
* survival: three entries waited 3 months and one is censored: the curve falls to 1/4 at 3, the median.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from analyzers.absence import Absent
from analyzers.quality.frontier import Entry, running_maximum

DAYS_PER_MONTH = 365 / 12
ENOUGH = 0.75
"""Share of the draws that must have an answer for an interval to be given (a convention)."""
FEWEST_DRAWS = 100
KNOWN_DAYS = 0.5
"""Share of the days whose lag must be known for the daily mean to be given (a convention): the unknown days
are the long lags."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HorizontalLag:
    """Mean months between closed and open reaching a level, over the levels `level_from` to `level_to`.

    `censored`: closed frontier entries above the best open model, which nobody has caught yet.
    `draws`: bootstrap values in months, for intervals downstream; empty where there are none.
    """

    months: float
    level_from: float
    level_to: float
    low: float | None
    high: float | None
    no_interval_because: str | None
    models: int
    caught: int
    censored: int
    draws: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CatchUp:
    """A closed frontier entry and the open entry that matched it."""

    closed: Entry
    open: Entry
    months: float


@dataclass(frozen=True, slots=True)
class DailyLag:
    """Mean months over `days` days; on `unknown_days` more closed was ahead from its first model on, so
    that their lag is longer than can be known (censored)."""

    months: float
    days: int
    unknown_days: int


@dataclass(frozen=True, slots=True)
class Survival:
    """Kaplan–Meier median of the months until an entry of the closed frontier is matched; None where
    the curve never reaches one half. The interval is a 90 % bootstrap over models."""

    median_months: float | None
    low: float | None
    high: float | None
    events: int
    censored: int


class Resampling:
    """Draws of models with replacement from both sides. The two entries of a model that was opened after its
    release are drawn together. Only which models occur matters: a frontier does not count twice."""

    def __init__(self, open_: Sequence[Entry], closed: Sequence[Entry]) -> None:
        self.open, self.closed = tuple(open_), tuple(closed)
        places: dict[tuple[str, float], int] = {}
        everyone = (*self.open, *self.closed)
        self._model = np.array([places.setdefault((e.name, e.score), len(places)) for e in everyone], int)
        self.models = len(places)

    def masks(self, draws: int, seed: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Per draw which open and which closed entries are in it."""
        rng = np.random.default_rng(seed)
        for _ in range(draws):
            chosen = np.zeros(self.models, dtype=bool)
            chosen[rng.integers(0, self.models, self.models)] = True
            of_entry = chosen[self._model]
            yield of_entry[: len(self.open)], of_entry[len(self.open) :]

    def sides(self, draws: int, seed: int) -> Iterator[tuple[list[Entry], list[Entry]]]:
        """Per draw the open and the closed entries in it."""
        for is_open, is_closed in self.masks(draws, seed):
            yield list(compress(self.open, is_open)), list(compress(self.closed, is_closed))


def name_missing_side(open_: Sequence[Entry], closed: Sequence[Entry]) -> str | None:
    """Which side has no model, None where both have one."""
    if open_ and closed:
        return None
    return (
        "no model is open or closed"
        if not (open_ or closed)
        else f"no model is {'closed' if open_ else 'open'}"
    )


def interval(values: Sequence[float], asked: int) -> tuple[float | None, float | None, str | None]:
    """The 5 % and 95 % quantiles of the draws that have an answer, or None twice and the reason."""
    if not asked:
        return None, None, "no bootstrap was drawn"
    if len(values) < ENOUGH * asked:
        return None, None, f"only {len(values)} of {asked} bootstrap draws have an answer"
    if len(values) < FEWEST_DRAWS:
        return None, None, f"{len(values)} bootstrap draws are too few"
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high), None


def horizontal(
    open_: Sequence[Entry], closed: Sequence[Entry], *, draws: int = 0, seed: int = 0
) -> HorizontalLag | Absent:
    """Horizontal lag (Epoch AI 2025): mean over levels of the time between the closed and the open
    frontier reaching the level, from the higher of the two starts to the lower of the two ends.

    Exact, not on a grid: both frontiers are step functions, so the mean is an integral over the scores
    that occur. The 90 % interval is a bootstrap over models (`draws`, fixed `seed`).
    """
    missing = name_missing_side(open_, closed)
    if missing is not None:
        return Absent(missing)
    frame = _Frame(open_, closed)
    everyone = np.ones(len(open_), dtype=bool), np.ones(len(closed), dtype=bool)
    point = frame.lag(*everyone)
    if point is None:
        return Absent("the two frontiers share no level")
    resampling = Resampling(open_, closed)
    drawn = [frame.lag(*masks) for masks in resampling.masks(draws, seed)]
    values = [months for months in drawn if months is not None]
    low, high, reason = interval(values, draws)
    front = running_maximum(closed)
    best_open = max(entry.score for entry in open_)
    start, end = frame.range_of(*everyone)
    return HorizontalLag(
        months=point,
        level_from=start,
        level_to=end,
        low=low,
        high=high,
        no_interval_because=reason,
        models=resampling.models,
        caught=sum(entry.score <= best_open for entry in front),
        censored=sum(entry.score > best_open for entry in front),
        draws=tuple(values),
    )


class _Frame:
    """Levels and dates of both sides, prepared once so that a bootstrap draw is two minima."""

    def __init__(self, open_: Sequence[Entry], closed: Sequence[Entry]) -> None:
        self.open_scores = np.array([entry.score for entry in open_])
        self.closed_scores = np.array([entry.score for entry in closed])
        self.levels = np.unique(np.concatenate([self.open_scores, self.closed_scores]))
        # Between two neighbouring scores a frontier's date is constant; the upper score names the step.
        self.open_dates = _dates_at(open_, self.levels)
        self.closed_dates = _dates_at(closed, self.levels)
        self.open_days = np.array([entry.day.toordinal() for entry in open_], dtype=float)
        self.closed_days = np.array([entry.day.toordinal() for entry in closed], dtype=float)

    def range_of(self, is_open: NDArray[np.bool_], is_closed: NDArray[np.bool_]) -> tuple[float, float]:
        """From the higher start (a frontier's first value) to the lower end (its best)."""
        starts = [
            float(scores[days == days.min()].max())
            for scores, days in (
                (self.open_scores[is_open], self.open_days[is_open]),
                (self.closed_scores[is_closed], self.closed_days[is_closed]),
            )
        ]
        ends = (float(self.open_scores[is_open].max()), float(self.closed_scores[is_closed].max()))
        return max(starts), min(ends)

    def lag(self, is_open: NDArray[np.bool_], is_closed: NDArray[np.bool_]) -> float | None:
        """Months, or None where a side is empty or the two share no level."""
        if not is_open.any() or not is_closed.any():
            return None
        start, end = self.range_of(is_open, is_closed)
        if end < start:
            return None
        begin, stop = np.searchsorted(self.levels, [start, end])
        # Both sides reach every level up to the lower end, so no infinity is left in this slice.
        shared = slice(begin, stop + 1)
        days = self.open_dates[is_open, shared].min(axis=0) - self.closed_dates[is_closed, shared].min(axis=0)
        if begin == stop:
            return float(days[0]) / DAYS_PER_MONTH
        widths = np.diff(self.levels[shared])
        return float((days[1:] * widths).sum() / widths.sum()) / DAYS_PER_MONTH


def _dates_at(entries: Sequence[Entry], levels: Numbers) -> Numbers:
    """Entry × level: the entry's release as an ordinal where it reaches the level, else infinity."""
    scores = np.array([entry.score for entry in entries])
    days = np.array([entry.day.toordinal() for entry in entries], dtype=float)
    return np.where(scores[:, None] >= levels[None, :], days[:, None], np.inf)


def catch_ups(
    open_: Sequence[Entry], closed: Sequence[Entry], epsilon: float
) -> tuple[tuple[CatchUp, ...], tuple[Entry, ...]]:
    """Discrete catch-up (Epoch AI 2024): the matches, and the closed frontier entries not caught yet.

    Walks the closed frontier in time, skips entries already matched (score ≤ best open match + ε); the
    first open frontier entry with a score above s − ε matches. For accuracies pass `nats` of them and
    ε = 0.02. An entry that open had reached before it came was never ahead: it is matched without a
    catch-up. So no lag is negative, and what open leads in drops out: the mean is biased upwards.
    """
    front = running_maximum(open_)
    matches: list[CatchUp] = []
    waiting: list[Entry] = []
    best_match = -math.inf
    for entry in running_maximum(closed):
        if entry.score <= best_match + epsilon:
            continue
        found = next((o for o in front if o.score > entry.score - epsilon), None)
        if found is None:
            waiting.append(entry)
            continue
        best_match = max(best_match, found.score)
        if found.day >= entry.day:
            matches.append(CatchUp(entry, found, (found.day - entry.day).days / DAYS_PER_MONTH))
    return tuple(matches), tuple(waiting)


def nats(accuracy: float) -> float:
    """−ln(1 − accuracy) for an accuracy in [0, 1): the scale of discrete catch-up, in nats."""
    if not 0 <= accuracy < 1:
        raise ValueError(f"an accuracy lies in [0, 1), got {accuracy}")
    return -math.log(1 - accuracy)


def day_by_day(
    open_: Sequence[Entry], closed: Sequence[Entry], end: date, tolerance: float
) -> float | Absent:
    """The months of `daily_lag` alone."""
    lag = daily_lag(open_, closed, end, tolerance)
    return lag if isinstance(lag, Absent) else lag.months


def daily_lag(
    open_: Sequence[Entry], closed: Sequence[Entry], end: date, tolerance: float
) -> DailyLag | Absent:
    """Mean months since the best closed model was last no better than today's best open one (Epoch AI
    2026), over all days from the first with both sides to `end`.

    "No better" means by at most `tolerance` points, whatever the errors of the single models.
    Days on which closed was ahead from its first model on are left out, since their lag is unknown; where
    they are more than half of the days, there is no mean.
    """
    lags = list_daily_lags(open_, closed, end, tolerance)
    if isinstance(lags, Absent):
        return lags
    known = lags[~np.isnan(lags)]
    if not len(known):
        return Absent("closed was ahead from its first model on")
    if len(known) < KNOWN_DAYS * len(lags):
        return Absent(f"the lag is known on {len(known)} of {len(lags)} days")
    return DailyLag(float(known.mean()) / DAYS_PER_MONTH, len(known), len(lags) - len(known))


def list_daily_lags(
    open_: Sequence[Entry], closed: Sequence[Entry], end: date, tolerance: float
) -> Numbers | Absent:
    """Per day, from the first with both sides to `end`, the lag in days; not a number where it is unknown."""
    opens, closeds = running_maximum(open_), running_maximum(closed)
    missing = name_missing_side(opens, closeds)
    if missing is not None:
        return Absent(missing)
    start = max(opens[0].day, closeds[0].day)
    days = np.arange(start.toordinal(), end.toordinal() + 1)
    if not len(days):
        return Absent("the index ends before both sides have a model")
    open_days = np.array([entry.day.toordinal() for entry in opens])
    best = np.array([entry.score for entry in opens])[np.searchsorted(open_days, days, side="right") - 1]
    closed_days = np.array([entry.day.toordinal() for entry in closeds])
    closed_scores = np.array([entry.score for entry in closeds])
    overtaken = np.searchsorted(closed_scores, best + tolerance, side="right")
    overtaken_on = np.append(closed_days, days[-1] + 1)[overtaken]
    return np.where(overtaken > 0, np.maximum(days - overtaken_on + 1, 0), np.nan)


def survival(
    open_: Sequence[Entry],
    closed: Sequence[Entry],
    end: date,
    *,
    tolerance: float = 0.0,
    draws: int = 0,
    seed: int = 0,
) -> Survival | Absent:
    """Kaplan–Meier (1958) over the closed frontier's *entries*: months until an open model reaches the
    entry's score less `tolerance`; an entry nobody reached by `end` is right-censored there. Matched before
    its release: 0.

    No interval where more than a quarter of the bootstrap draws never reach one half.
    """
    missing = name_missing_side(open_, closed)
    if missing is not None:
        return Absent(missing)
    median, events, entries = _median_time(open_, closed, end, tolerance)
    drawn = [
        _median_time(*sides, end, tolerance)[0] for sides in Resampling(open_, closed).sides(draws, seed)
    ]
    medians = [months for months in drawn if months is not None]
    low: float | None = None
    high: float | None = None
    if median is not None and draws and len(medians) >= ENOUGH * draws:
        low, high = (float(v) for v in np.quantile(medians, [0.05, 0.95]))
    return Survival(median, low, high, events, entries - events)


def _median_time(
    open_: Sequence[Entry], closed: Sequence[Entry], end: date, tolerance: float
) -> tuple[float | None, int, int]:
    """The curve's median in months, the number of matched entries and of all."""
    front = running_maximum(open_)
    times: list[tuple[float, bool]] = []
    for entry in running_maximum(closed):
        reached = next((o.day for o in front if o.score >= entry.score - tolerance), None)
        waited = ((reached or end) - entry.day).days / DAYS_PER_MONTH
        times.append((max(0.0, waited), reached is not None))
    survivors, alive = 1.0, len(times)
    for moment in sorted({time for time, _ in times}):
        here = [is_event for time, is_event in times if time == moment]
        survivors *= 1 - sum(here) / alive
        if survivors <= 0.5 and any(here):
            return moment, sum(is_event for _, is_event in times), len(times)
        alive -= len(here)
    return None, sum(is_event for _, is_event in times), len(times)


def lag_history(
    open_: Sequence[Entry], closed: Sequence[Entry], days: Sequence[date]
) -> tuple[tuple[date, float], ...]:
    """The horizontal lag as of each day, from the models *released* by then.

    A retrospective by release date: it uses today's scores, not what was published on that day. Days
    without an answer are left out.
    """
    history: list[tuple[date, float]] = []
    for day in days:
        lag = horizontal(
            [entry for entry in open_ if entry.day <= day], [entry for entry in closed if entry.day <= day]
        )
        if not isinstance(lag, Absent):
            history.append((day, lag.months))
    return tuple(history)
