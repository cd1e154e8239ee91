"""What may be done with a metric, dispatched on its declared semantics (methodology 2).

A meaningless question is refused loudly; it never returns a plausible number. "There are too few rows"
is not meaningless: that is an `Absent` with its reason.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

from analyzers.absence import Absent
from analyzers.momentum.alignment import usual_gap_days, value_at
from store.errors import Refused
from store.records import Metric, Rating, Semantics, Series

FRESH_DAYS = 21
"""How old an as-of value may be when two levels are compared; star histories are fortnightly."""

MIN_CUMULATIVE_DAYS = 7
"""Revisable cumulative counters are differenced at least this far apart (methodology 2)."""

FLOWS = (Semantics.PER_PERIOD, Semantics.RETAINED)

PRICE_UNIT = "USD per million tokens"


def holds_until_changed(metric: Metric) -> bool:
    """Whether the metric is a stated price: a level that is recorded when it changes and holds until then.
    A level that is counted (stars, likes) changes all the time: without a new value it was not looked at."""
    return metric.semantics is Semantics.INSTANT and metric.unit == PRICE_UNIT


def total(series: Series, start: date, end: date) -> float | Absent:
    """Sum over `start` < day ≤ `end`, in the metric's unit; only for counters per period.

    Raises Refused for every other semantics: levels and rolling sums do not add up over time.
    """
    _require_order(start, end)
    metric = series.metric
    if metric.semantics not in FLOWS:
        raise Refused(
            f"{metric.name} is {_describe(metric)}: its values do not add up over time",
            remedy="compare two of its levels instead",
        )
    picked = [v for day, v in zip(series.days, series.values, strict=True) if start < day <= end]
    if not picked:
        return Absent(f"no value between {start.isoformat()} and {end.isoformat()}")
    return math.fsum(picked)


def flow(series: Series, start: date, end: date, max_age_days: int = FRESH_DAYS) -> float | Absent:
    """What arrived between two days, in the metric's unit.

    Per period and retained: the sum. Instant: the net change. Cumulative: the difference, at least
    7 days apart; it may be negative (the counter is revisable) and is never clamped.
    Raises Refused for a rolling sum (its difference is day t minus day t−30) and for scores.
    """
    _require_order(start, end)
    metric = series.metric
    if metric.semantics in FLOWS:
        return total(series, start, end)
    if metric.semantics is Semantics.ROLLING:
        raise Refused(
            f"{metric.name} is {_describe(metric)}: a difference of two days is not a flow",
            remedy=f"compare its levels at least {_window(metric)} days apart",
        )
    if metric.semantics is Semantics.SCORE:
        raise Refused(f"{metric.name} is {_describe(metric)}: a difference over time is not a flow")
    if metric.semantics is Semantics.CUMULATIVE and (end - start).days < MIN_CUMULATIVE_DAYS:
        raise Refused(
            f"{metric.name} is {_describe(metric)}: differences need {MIN_CUMULATIVE_DAYS} days or more"
        )
    before = value_at(series, start, max_age_days)
    after = value_at(series, end, max_age_days)
    if isinstance(before, Absent):
        return before
    if isinstance(after, Absent):
        return after
    if after.day <= before.day:
        return Absent(f"no value after {before.day.isoformat()}")
    return after.value - before.value


def log_growth(series: Series, window_days: int, end: date, max_age_days: int = FRESH_DAYS) -> float | Absent:
    """Growth over the window that ends on `end`, as a natural-log ratio (methodology 3).

    Instant and rolling: difference of log1p levels; a rolling window must be at least as long as the
    counter's own. Cumulative and per period: difference of log1p *flows* of two windows side by side;
    a window with fewer values than the series usually has in one is absent, because a day without a
    count is missing and not zero. Raises Refused for scores, and for a rolling counter over too short a
    window.
    """
    metric = series.metric
    if window_days <= 0:
        raise Refused(f"a window of {window_days} days has no length")
    if metric.semantics is Semantics.SCORE:
        raise Refused(f"{metric.name} is {_describe(metric)}: it has no growth rate")
    start = end - timedelta(days=window_days)
    if metric.semantics in (Semantics.INSTANT, Semantics.ROLLING):
        require_window(metric, window_days)
        before = value_at(series, start, max_age_days)
        after = value_at(series, end, max_age_days)
        if isinstance(before, Absent):
            return before
        if isinstance(after, Absent):
            return after
        if after.day <= before.day:
            return Absent(f"no value after {before.day.isoformat()}")
        return math.log1p(after.value) - math.log1p(before.value)
    if metric.semantics in FLOWS:
        needed = max(1, window_days // usual_gap_days(series))
        for first in (start - timedelta(days=window_days), start):
            last = first + timedelta(days=window_days)
            known = sum(first < day <= last for day in series.days)
            if known < needed:
                return Absent(
                    f"{known} of {needed} values between {first.isoformat()} and {last.isoformat()}"
                )
    now = flow(series, start, end, max_age_days)
    then = flow(series, start - timedelta(days=window_days), start, max_age_days)
    if isinstance(now, Absent):
        return now
    if isinstance(then, Absent):
        return then
    if now < 0 or then < 0:
        return Absent("a flow is negative: the counter was revised")
    return math.log1p(now) - math.log1p(then)


def require_comparable(metric: Metric) -> None:
    """Raise Refused for scores: their levels belong to one publication and are not compared over time."""
    if metric.semantics is Semantics.SCORE:
        raise Refused(
            f"{metric.name} is {_describe(metric)}: levels of two publications cannot be compared over time",
            remedy="compare two models within one publication",
        )


def require_window(metric: Metric, window_days: int) -> None:
    """Raise Refused when levels of a rolling counter would be compared inside its own window."""
    if metric.semantics is Semantics.ROLLING and window_days < _window(metric):
        raise Refused(
            f"{metric.name} is {_describe(metric)}: levels {window_days} days apart share most of their days",
            remedy=f"use a window of at least {_window(metric)} days",
        )


def rating_lead(leader: Rating, follower: Rating) -> float:
    """`leader` minus `follower` in points. Raises Refused unless board and publication date are equal:
    levels are never compared across boards, dates or board versions (methodology 4)."""
    if leader.board != follower.board:
        raise Refused(f"ratings of the boards {leader.board} and {follower.board} cannot be compared")
    if leader.board_date != follower.board_date:
        raise Refused(
            f"ratings published on {leader.board_date} and {follower.board_date} cannot be compared",
            remedy="compare two models on one publication date",
        )
    return leader.rating - follower.rating


def _require_order(start: date, end: date) -> None:
    if end <= start:
        raise Refused(f"the period {start.isoformat()} to {end.isoformat()} has no length")


def _window(metric: Metric) -> int:
    return metric.window_days or 30


def _describe(metric: Metric) -> str:
    names = {
        Semantics.INSTANT: "a level",
        Semantics.ROLLING: f"a rolling sum over {_window(metric)} days",
        Semantics.CUMULATIVE: "a cumulative, revisable counter",
        Semantics.RETAINED: "a retained count per period",
        Semantics.PER_PERIOD: "a count per period",
        Semantics.SCORE: "a score",
    }
    return names[metric.semantics]
