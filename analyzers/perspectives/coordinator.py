"""Coordinator: the answer, how the sides move against each other, and where the parts disagree."""

from __future__ import annotations

import math

from analyzers.figures import Share, spell_day
from analyzers.findings import Rule, build, toward
from analyzers.momentum.baskets import BasketRace
from analyzers.openness.shares import ApprovedShare, count_classes
from analyzers.perspectives.week import Read, Week
from analyzers.quality.lag import HorizontalLag
from store.records import Direction, Finding, Openness, OpenRule, Perspective

LAG = Rule(
    "COO-01",
    Perspective.COORDINATOR,
    1.0,
    (
        (
            "The best open model trails the best closed one by {lag_months} (90 % interval"
            " {lag_low} to {lag_high}),"
            " as of {as_of_on}."
        ),
        (
            "The best open model is ahead of the best closed one by {lead_months} (90 % interval"
            " {lead_low} to"
            " {lead_high}), as of {as_of_on}."
        ),
    ),
)
PARTS = Rule(
    "COO-02",
    Perspective.COORDINATOR,
    0.7,
    (
        (
            "The parts of the answer disagree: {highest_name} stands at {highest_index} of 100 and"
            " {lowest_name}"
            " at {lowest_index}, where 50 is parity."
        ),
    ),
)
LABS = Rule(
    "COO-03",
    Perspective.COORDINATOR,
    0.5,
    (
        (
            "On the capability index of {as_of_on} {first_name} leads with {first_score}, before"
            " {second_name}"
            " with {second_score} and {third_name} with {third_score}; the best open model, {open_name} of"
            " {maker_name}, stands at {open_score}."
        ),
    ),
)
STACK = Rule(
    "COO-04",
    Perspective.COORDINATOR,
    0.8,
    (
        (
            "In the quarter to {end_on} the stars of the open stack grew by {open_growth_pct} and"
            " those of the"
            " closed SDKs by {closed_growth_pct} (medians of {open_count} and {closed_count} repositories)."
        ),
    ),
)
ENTERPRISE = Rule(
    "COO-05",
    Perspective.COORDINATOR,
    0.9,
    (
        (
            "Companies mostly call turnkey APIs: {share_pct} of their use goes to open models, says"
            " {source_name} for {as_of_name} (the sponsor's interest: {interest_name})."
        ),
        (
            "Companies mostly use open models: {share_pct} of their use, says {source_name} for {as_of_name}"
            " (the sponsor's interest: {interest_name})."
        ),
    ),
)
TOKENS = Rule(
    "COO-06",
    Perspective.COORDINATOR,
    0.8,
    (
        (
            "Open models take {share_pct} of the tokens on the router that {source_name} counted for"
            " {as_of_name}; one router is a selected part of the market."
        ),
        (
            "Open models take {share_pct} of the tokens on the router that {source_name} counted for"
            " {as_of_name}; the figures of the last 12 months run from {least_pct} to {most_pct},"
            " depending on which models are counted."
        ),
    ),
)
CLASSES = Rule(
    "COO-07",
    Perspective.COORDINATOR,
    0.5,
    (
        (
            "Of {model_count} models of known class released in the 26 weeks to {end_on},"
            " {approved_count} came"
            " under an approved licence, {restricted_count} with open weights under another or an unread"
            " licence, {closed_count} without weights."
        ),
    ),
)
RULES = (LAG, PARTS, LABS, STACK, ENTERPRISE, TOKENS, CLASSES)


def read_coordinator(week: Week) -> Read:
    """The coordinator's findings; needs an index, shares, or both baskets."""
    candidates = (
        _lag(week),
        _parts(week),
        _labs(week),
        _stack(week),
        _enterprise(week),
        _tokens(week),
        _classes(week),
    )
    found = [finding for finding in candidates if finding is not None]
    return found, "no capability index, published share or star history is known"


def _lag(week: Week) -> Finding | None:
    capability = week.readings.capability
    lag = capability.lag
    if not isinstance(lag, HorizontalLag) or lag.low is None or lag.high is None or capability.end is None:
        return None
    return build(
        LAG,
        {
            "lag_months": lag.months,
            "lag_low": lag.low,
            "lag_high": lag.high,
            "lead_months": -lag.months,
            "lead_low": -lag.high,
            "lead_high": -lag.low,
            "as_of_on": capability.end,
        },
        template=1 if lag.months < 0 else 0,
        direction=toward(lag.months, favours_open_when_positive=False),
        evidence=week.keys("index"),
        grade=week.grade("lag"),
    )


def _parts(week: Week) -> Finding | None:
    parts = [part for part in week.verdict.sub_indices if part.estimate is not None and part.weight > 0]
    if len(parts) < 2:
        return None
    ordered = sorted(parts, key=lambda part: (part.estimate.value if part.estimate else 0, part.id))
    lowest, highest = ordered[0], ordered[-1]
    if lowest.estimate is None or highest.estimate is None:
        return None
    if not lowest.estimate.value < 50 <= highest.estimate.value:
        return None
    return build(
        PARTS,
        {
            "highest_name": highest.label.casefold(),
            "highest_index": highest.estimate.value,
            "lowest_name": lowest.label.casefold(),
            "lowest_index": lowest.estimate.value,
        },
        direction=Direction.NEITHER,
        evidence=(*highest.evidence, *lowest.evidence),
    )


def _labs(week: Week) -> Finding | None:
    capability = week.readings.capability
    best_open = capability.best_open
    best: dict[str, float] = {}
    for entry in capability.sides.closed:
        best[entry.maker] = max(entry.score, best.get(entry.maker, -math.inf))
    ranking = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    if len(ranking) < 3 or best_open is None or capability.end is None:
        return None
    (first, first_score), (second, second_score), (third, third_score) = ranking[:3]
    return build(
        LABS,
        {
            "as_of_on": capability.end,
            "first_name": first,
            "first_score": first_score,
            "second_name": second,
            "second_score": second_score,
            "third_name": third,
            "third_score": third_score,
            "open_name": best_open.name,
            "maker_name": best_open.maker,
            "open_score": best_open.score,
        },
        direction=toward(first_score - best_open.score, favours_open_when_positive=False),
        evidence=week.keys("index"),
        grade=week.grade("index_gap"),
        subjects=(best_open.name,),
    )


def _stack(week: Week) -> Finding | None:
    race = week.readings.race
    if not isinstance(race, BasketRace):
        return None
    is_clear = race.low > 0 or race.high < 0
    return build(
        STACK,
        {
            "end_on": race.end,
            "open_growth_pct": 100 * math.expm1(race.open.growth),
            "closed_growth_pct": 100 * math.expm1(race.closed.growth),
            "open_count": len(race.open.members),
            "closed_count": len(race.closed.members),
        },
        direction=toward(race.difference, favours_open_when_positive=True) if is_clear else Direction.NEITHER,
        evidence=week.keys("race"),
        grade=week.grade("developer_momentum"),
    )


def _enterprise(week: Week) -> Finding | None:
    share = week.readings.shares.get("enterprise")
    if not isinstance(share, Share):
        return None
    variant = 1 if share.value >= 0.5 else 0
    return _share_finding(week, ENTERPRISE, share, variant)


def _tokens(week: Week) -> Finding | None:
    share = week.readings.shares.get("tokens")
    if not isinstance(share, Share):
        return None
    variant = 1 if share.high > share.low else 0
    return _share_finding(week, TOKENS, share, variant)


def _share_finding(week: Week, rule: Rule, share: Share, variant: int) -> Finding:
    """Favours a side only where all recent figures of the channel lie on it."""
    figure = share.latest.figure
    direction = Direction.NEITHER
    if share.low > 0.5 or share.high < 0.5:
        direction = toward(share.value - 0.5, favours_open_when_positive=True)
    return build(
        rule,
        {
            "share_pct": 100 * share.value,
            "least_pct": 100 * share.low,
            "most_pct": 100 * share.high,
            "source_name": figure.source,
            "as_of_name": spell_day(figure),
            "interest_name": figure.sponsor_interest or "not stated",
        },
        template=variant,
        direction=direction,
        evidence=week.keys(f"share.{share.channel}"),
        grade="C",
    )


def _classes(week: Week) -> Finding | None:
    share = week.readings.approved
    if not isinstance(share, ApprovedShare):
        return None
    counts = count_classes(share.models)
    open_weights = sum(n for openness, n in counts.items() if OpenRule.WEIGHTS.is_open(openness))
    approved = counts[Openness.UNRESTRICTED]
    return build(
        CLASSES,
        {
            "model_count": share.classified,
            "end_on": share.end,
            "approved_count": approved,
            "restricted_count": open_weights - approved,
            "closed_count": share.classified - open_weights,
        },
        direction=toward(2 * open_weights - share.classified, favours_open_when_positive=True),
        evidence=week.keys("models"),
        grade=week.grade("approved_share"),
    )
