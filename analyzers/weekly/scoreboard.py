"""The eight measures of the scoreboard: value, interval or reason, history, change, data grade."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analyzers.absence import Absent
from analyzers.figures import Share, share_history, year_before
from analyzers.momentum.baskets import BasketRace
from analyzers.openness.shares import ApprovedShare
from analyzers.prices.pricing import PriceRatio
from analyzers.quality.index_lead import index_lead
from analyzers.quality.lag import HorizontalLag
from analyzers.weekly.evidence import Ledger
from analyzers.weekly.readings import Readings
from store.records import Basis, Direction, Estimate, Measure

LIVE_DAYS = 35
CHANGE_TOLERANCE_DAYS = {1: 7, 13: 45}
"""How old a measure may be for its change over so many weeks still to be news."""

History = tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A measure's fixed parts. `opens_upward`: a rise favours open."""

    id: str
    label: str
    unit: str
    opens_upward: bool


LINES = (
    Line("lag", "Lag of the best open model", "months", opens_upward=False),
    Line("index_gap", "Lead of closed on the capability index", "points", opens_upward=False),
    Line("arena_gap", "Lead of closed on the rating board", "points", opens_upward=False),
    Line("price_ratio", "Price of closed over open at equal capability", "ratio", opens_upward=True),
    Line("router_share", "Open share of router tokens (published)", "percent", opens_upward=True),
    Line("enterprise_share", "Open share of enterprise use (survey)", "percent", opens_upward=True),
    Line(
        "developer_momentum",
        "Quarterly star growth, open stack against closed SDKs",
        "percent",
        opens_upward=True,
    ),
    Line("approved_share", "New models under approved licences", "percent", opens_upward=True),
)

Reading = tuple[Estimate | Absent, History, tuple[str, ...], bool]
"""Estimate, history, evidence parts, and whether the basis is thin (one publication, few rows)."""


def build_scoreboard(
    readings: Readings, evidence: Mapping[str, tuple[str, ...]], ledger: Ledger
) -> dict[str, Measure]:
    """All eight measures, in order; one that cannot be computed says why."""
    read = {
        "lag": _lag(readings),
        "index_gap": _index_gap(readings),
        "arena_gap": _arena_gap(readings),
        "price_ratio": _price_ratio(readings),
        "router_share": _share(readings, "tokens"),
        "enterprise_share": _share(readings, "enterprise"),
        "developer_momentum": _race(readings),
        "approved_share": _approved(readings),
    }
    measures: dict[str, Measure] = {}
    for line in LINES:
        found, history, parts, is_thin = read[line.id]
        keys = tuple(dict.fromkeys(key for part in parts for key in evidence.get(part, ())))
        if isinstance(found, Absent):
            measures[line.id] = Measure(
                line.id,
                line.label,
                line.unit,
                None,
                found.reason,
                None,
                None,
                (),
                Direction.NEITHER,
                "C",
                keys,
            )
            continue
        changes = [_change(found, history, weeks, readings.as_of) for weeks in (1, 13)]
        measures[line.id] = Measure(
            id=line.id,
            label=line.label,
            unit=line.unit,
            estimate=found,
            reason=None,
            change_1w=changes[0],
            change_13w=changes[1],
            history=history,
            moved_toward=_toward(changes[1], opens_upward=line.opens_upward),
            grade=_grade(found, keys, ledger, readings.as_of, is_thin=is_thin),
            evidence=keys,
        )
    return measures


def _grade(estimate: Estimate, keys: tuple[str, ...], ledger: Ledger, as_of: date, *, is_thin: bool) -> str:
    """A live and recent, B bundled or ageing, C older than twelve months, thin or from one publication."""
    day = estimate.as_of
    if is_thin or day is None or day < year_before(as_of):
        return "C"
    bases = [row.basis for key in keys if (row := ledger.find(key)) is not None]
    is_own = bool(bases) and all(basis is Basis.OBSERVED for basis in bases)
    return "A" if is_own and (as_of - day).days <= LIVE_DAYS else "B"


def _change(estimate: Estimate, history: History, weeks: int, as_of: date) -> float | None:
    """The value less the history's value so many weeks before it; None where the measure is too old for
    that to be news, or the history does not reach back."""
    day = estimate.as_of
    if day is None or (as_of - day).days > CHANGE_TOLERANCE_DAYS[weeks]:
        return None
    target = day - timedelta(weeks=weeks)
    before = [
        (then, value) for then, value in history if then <= target and (target - then).days <= 7 * weeks
    ]
    return estimate.value - before[-1][1] if before else None


def _toward(change: float | None, *, opens_upward: bool) -> Direction:
    if change is None or abs(change) < 1e-9:
        return Direction.NEITHER
    return Direction.OPEN if (change > 0) == opens_upward else Direction.CLOSED


def _lag(readings: Readings) -> Reading:
    capability = readings.capability
    lag = capability.lag
    if not isinstance(lag, HorizontalLag):
        return lag, (), ("index",), False
    estimate = Estimate(
        lag.months,
        "months",
        lag.low,
        lag.high,
        None if lag.low is not None else lag.no_interval_because,
        n=lag.models,
        as_of=capability.end,
    )
    return estimate, capability.lag_points, ("index",), False


def _index_gap(readings: Readings) -> Reading:
    capability = readings.capability
    best_open, best_closed = capability.best_open, capability.best_closed
    if best_open is None or best_closed is None:
        return Absent("the capability index does not hold a model of each side"), (), ("index",), False
    lead = index_lead(best_closed, best_open, capability.scores)
    estimate = Estimate(
        lead.points,
        "points",
        lead.low,
        lead.high,
        lead.no_interval_because,
        n=capability.sides.models,
        as_of=capability.end,
    )
    return estimate, capability.gap_points, ("index",), False


def _arena_gap(readings: Readings) -> Reading:
    arena = readings.arena
    point = arena.latest
    if point is None:
        return Absent("no publication of the rating board has a model of each side"), (), ("board",), False
    estimate = Estimate(
        point.points,
        "points",
        point.points_low,
        point.points_high,
        None if point.points_low is not None else "the board gives no interval for both models",
        as_of=point.board_date,
    )
    history = tuple((p.board_date, p.points) for p in arena.board.points)
    return estimate, history, ("board",), False


def _price_ratio(readings: Readings) -> Reading:
    ratio = readings.ratio
    if not isinstance(ratio, PriceRatio):
        return ratio, (), ("index", "prices"), False
    estimate = Estimate(
        ratio.ratio,
        "ratio",
        ratio.low,
        ratio.high,
        None if ratio.low is not None else ratio.no_interval_because,
        n=ratio.compared,
        as_of=max(model.offer.day for model in readings.prices.models),
    )
    # No history: which offers were withdrawn is known for today only, so past levels would be wrong.
    return estimate, (), ("index", "prices"), False


def _share(readings: Readings, channel: str) -> Reading:
    share = readings.shares[channel]
    if not isinstance(share, Share):
        return share, (), (f"share.{channel}",), True
    figure = share.latest.figure
    interest = figure.sponsor_interest or "not stated"
    because = f"published figure ({figure.source}; interest: {interest})"
    if share.high > share.low:
        because += f"; recent figures run from {100 * share.low:.0f} to {100 * share.high:.0f} %"
    estimate = Estimate(
        100 * share.value,
        "percent",
        no_interval_because=because,
        n=len(share.figures),
        as_of=figure.as_of,
    )
    return estimate, share_history(readings.figures, share), (f"share.{channel}",), True


def _race(readings: Readings) -> Reading:
    race = readings.race
    if not isinstance(race, BasketRace):
        return race, (), ("race",), False
    low, value, high = (100 * math.expm1(x) for x in (race.low, race.difference, race.high))
    estimate = Estimate(value, "percent", low, high, n=len(race.series), as_of=race.end)
    history = tuple((day, 100 * math.expm1(x)) for day, x in readings.race_points)
    return estimate, history, ("race",), False


def _approved(readings: Readings) -> Reading:
    share = readings.approved
    if not isinstance(share, ApprovedShare):
        return share, (), ("models",), False
    estimate = Estimate(
        100 * share.share, "percent", 100 * share.low, 100 * share.high, n=share.classified, as_of=share.end
    )
    return (
        estimate,
        readings.approved_points,
        ("models",),
        share.classified < share.unknown or share.approved < share.unlicensed,
    )
