"""Scientific reviewer: is the lead real, reproduced and comparable, and how fast does it shrink?"""

from __future__ import annotations

from statistics import fmean, median

from analyzers.absence import Absent
from analyzers.claims.checking import HIGHER, LOWER, NOT_COMPARABLE, PENDING, REPRODUCED
from analyzers.findings import Rule, Value, build, toward
from analyzers.perspectives.week import Read, Week
from analyzers.quality.gap_trend import GapTrend
from analyzers.quality.lag import HorizontalLag
from store.records import Direction, Finding, Perspective

GAP = Rule(
    "SCI-01",
    Perspective.SCIENTIFIC,
    0.8,
    (
        (
            "On the board of {board_on} the best closed model, {closed_name}, led the best open"
            " one, {open_name},"
            " by {gap_points} (90 % interval {gap_low} to {gap_high}): {gap_pct} of its rating, or {win_pct}"
            " expected wins."
        ),
        (
            "On the board of {board_on} the best closed model, {closed_name}, led the best open"
            " one, {open_name},"
            " by {gap_points}: {gap_pct} of its rating, or {win_pct} expected wins; the board"
            " gives no interval."
        ),
    ),
)
TREND = Rule(
    "SCI-02",
    Perspective.SCIENTIFIC,
    0.6,
    (
        (
            "From {first_on} to {last_on} the lead on the board shows no significant trend:"
            " {slope_points} a month"
            " (95 % interval {slope_low} to {slope_high}; Mann–Kendall p {trend_p}), over"
            " {version_count} board"
            " versions."
        ),
        (
            "From {first_on} to {last_on} the lead on the board changed by {slope_points} a month"
            " (95 % interval"
            " {slope_low} to {slope_high}; Mann–Kendall p {trend_p}), over {version_count} board versions."
        ),
    ),
)
ESTIMATORS = Rule(
    "SCI-03",
    Perspective.SCIENTIFIC,
    0.6,
    (
        (
            "Three estimators of the lag disagree: {horizontal_months} (horizontal),"
            " {catch_up_months} (mean of"
            " {catch_up_count} discrete catch-ups) and {daily_months} (day by day); {waiting_count} closed"
            " frontier entries are not caught yet, so each is a lower bound."
        ),
    ),
)
CLAIMS = Rule(
    "SCI-04",
    Perspective.SCIENTIFIC,
    0.7,
    (
        (
            "Of {compared_count} comparable pairs of a maker's claim and an independent result"
            " {reproduced_count}"
            " agree within tolerance, {lower_count} came out lower and {higher_count} higher;"
            " {pending_count} claims have no independent result."
        ),
        (
            "No maker's claim has a comparable independent result: {pending_count} have none at all, and"
            " {other_count} pairs differ in version, metric, unit or settings."
        ),
    ),
)
SHORTFALL = Rule(
    "SCI-05",
    Perspective.SCIENTIFIC,
    0.8,
    (
        (
            "The median benchmark claim stands {shortfall_points} above what others found, over"
            " {compared_count} comparable pairs."
        ),
    ),
)
WAIT = Rule(
    "SCI-06",
    Perspective.SCIENTIFIC,
    0.5,
    (
        (
            "Half of the entries of the closed frontier were matched within {median_months} (90 % interval"
            " {median_low} to {median_high}; Kaplan–Meier, {event_count} matched, {censored_count} not yet)."
        ),
        (
            "Half of the entries of the closed frontier were matched within {median_months} (Kaplan–Meier,"
            " {event_count} matched, {censored_count} not yet; too few draws reach one half for an interval)."
        ),
    ),
)
RULES = (GAP, TREND, ESTIMATORS, CLAIMS, SHORTFALL, WAIT)

SIGNIFICANT = 0.1
MIN_SHORTFALL = 2.0


def read_scientific(week: Week) -> Read:
    """The reviewer's findings; needs a rating board, an index or claims."""
    candidates = (_gap(week), _trend(week), _estimators(week), _wait(week), _claims(week), _shortfall(week))
    found = [finding for finding in candidates if finding is not None]
    return found, "no rating board, capability index or benchmark claim is known"


def _gap(week: Week) -> Finding | None:
    point = week.readings.arena.latest
    if point is None or point.percent is None:
        return None
    has_interval = point.points_low is not None and point.points_high is not None
    values: dict[str, Value] = {
        "board_on": point.board_date,
        "closed_name": point.closed_model,
        "open_name": point.open_model,
        "gap_points": point.points,
        "gap_pct": point.percent,
        "win_pct": 100 * point.win_rate,
    }
    if point.points_low is not None and point.points_high is not None:
        values |= {"gap_low": point.points_low, "gap_high": point.points_high}
    return build(
        GAP,
        values,
        template=0 if has_interval else 1,
        direction=toward(point.points, favours_open_when_positive=False),
        evidence=week.keys("board"),
        grade=week.grade("arena_gap"),
        subjects=(point.closed_model, point.open_model),
    )


def _trend(week: Week) -> Finding | None:
    trend = week.readings.arena.trend
    if not isinstance(trend, GapTrend) or trend.test is None:
        return None
    low, high = trend.slope.ci95_low, trend.slope.ci95_high
    if low is None or high is None:  # pragma: no cover - the test needs more months than the interval
        return None
    is_clear = trend.test.p < SIGNIFICANT
    return build(
        TREND,
        {
            "first_on": trend.first,
            "last_on": trend.last,
            "slope_points": trend.slope.value,
            "slope_low": low,
            "slope_high": high,
            "trend_p": trend.test.p,
            "version_count": trend.versions,
        },
        template=1 if is_clear else 0,
        direction=toward(trend.slope.value, favours_open_when_positive=False)
        if is_clear
        else Direction.NEITHER,
        evidence=week.keys("board"),
        grade=week.grade("arena_gap"),
    )


def _estimators(week: Week) -> Finding | None:
    capability = week.readings.capability
    lag, daily = capability.lag, capability.daily_months
    if not isinstance(lag, HorizontalLag) or isinstance(daily, Absent) or not capability.matches:
        return None
    return build(
        ESTIMATORS,
        {
            "horizontal_months": lag.months,
            "catch_up_months": fmean(match.months for match in capability.matches),
            "catch_up_count": len(capability.matches),
            "daily_months": daily,
            "waiting_count": capability.waiting,
        },
        direction=Direction.NEITHER,
        evidence=week.keys("index"),
        grade=week.grade("lag"),
    )


def _wait(week: Week) -> Finding | None:
    curve = week.readings.capability.survival
    if isinstance(curve, Absent) or curve.median_months is None:
        return None
    values: dict[str, Value] = {
        "median_months": curve.median_months,
        "event_count": curve.events,
        "censored_count": curve.censored,
    }
    if curve.low is not None and curve.high is not None:
        values |= {"median_low": curve.low, "median_high": curve.high}
    return build(
        WAIT,
        values,
        template=0 if curve.low is not None else 1,
        direction=Direction.NEITHER,
        evidence=week.keys("index"),
        grade=week.grade("lag"),
    )


def _claims(week: Week) -> Finding | None:
    checked = week.readings.checked
    counts = {
        status: checked.count(status) for status in (REPRODUCED, LOWER, HIGHER, PENDING, NOT_COMPARABLE)
    }
    compared = counts[REPRODUCED] + counts[LOWER] + counts[HIGHER]
    if not checked.lines:
        return None
    return build(
        CLAIMS,
        {
            "compared_count": compared,
            "reproduced_count": counts[REPRODUCED],
            "lower_count": counts[LOWER],
            "higher_count": counts[HIGHER],
            "pending_count": counts[PENDING],
            "other_count": counts[NOT_COMPARABLE],
        },
        template=0 if compared else 1,
        direction=Direction.NEITHER,
        evidence=week.keys("claims"),
    )


def _shortfall(week: Week) -> Finding | None:
    shortfalls = week.readings.checked.shortfalls
    if len(shortfalls) < 3 or median(shortfalls) <= MIN_SHORTFALL:
        return None
    return build(
        SHORTFALL,
        {"shortfall_points": median(shortfalls), "compared_count": len(shortfalls)},
        direction=Direction.NEITHER,
        evidence=week.keys("claims"),
    )
