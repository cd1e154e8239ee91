"""Security and privacy: what leaves the building, on what terms, and can one stay inside?"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from analyzers.findings import Rule, build, toward
from analyzers.openness.shares import direction_of
from analyzers.perspectives.week import Read, Week
from analyzers.quality.lag import HorizontalLag
from store.records import Direction, Finding, Perspective

POLICIES = Rule(
    "SEC-01",
    Perspective.SECURITY,
    0.7,
    (
        (
            "In the 13 weeks to {end_on} policy documents of {service_count} providers changed on"
            " {change_count} occasions; {top_name} changed most often ({top_count} times)."
        ),
    ),
)
ACCESS = Rule(
    "SEC-02",
    Perspective.SECURITY,
    0.8,
    (
        (
            "Since {since_on} {tightened_count} tracked models or repositories moved to a more"
            " closed class or"
            " were gated, and {loosened_count} to a more open one."
        ),
    ),
)
INSIDE = Rule(
    "SEC-03",
    Perspective.SECURITY,
    0.6,
    (
        (
            "Whoever must keep data in the house can run {open_name}, whose weights are"
            " downloadable; the open"
            " frontier it leads is {lag_months} behind the closed one (90 % interval {lag_low} to"
            " {lag_high})."
        ),
    ),
)
RULES = (POLICIES, ACCESS, INSIDE)

WINDOW = timedelta(weeks=13)
GATES = {"false": 0, "auto": 1, "manual": 2, "true": 2}


def read_security(week: Week) -> Read:
    """Findings on policies, access and self-hosting; terms themselves are not read in this version."""
    candidates = (_policies(week), _access(week), _inside(week))
    found = [finding for finding in candidates if finding is not None]
    return found, "no recorded policy version, licence change or dated open model is known"


def _policies(week: Week) -> Finding | None:
    series = week.readings.policy_added
    days = [one.days[-1] for one in series if one.days]
    if not days or week.readings.as_of - max(days) > 2 * WINDOW:
        return None
    end = max(days)
    changes = Counter(
        one.subject.name.partition("/")[0] for one in series for day in one.days if end - WINDOW < day <= end
    )
    top, count = min(changes.items(), key=lambda item: (-item[1], item[0]))
    return build(
        POLICIES,
        {
            "end_on": end,
            "service_count": len(changes),
            "change_count": sum(changes.values()),
            "top_name": top,
            "top_count": count,
        },
        direction=Direction.NEITHER,
        evidence=week.keys("policy"),
    )


def _access(week: Week) -> Finding | None:
    sides: Counter[Direction] = Counter()
    for change in week.readings.fact_changes:
        if change.before is None:
            continue
        if change.attribute == "openness":
            sides[direction_of(change.before, change.after)] += 1
        elif change.attribute == "gated" and change.before in GATES and change.after in GATES:
            step = GATES[change.after] - GATES[change.before]
            sides[toward(step, favours_open_when_positive=False)] += 1
    tightened, loosened = sides[Direction.CLOSED], sides[Direction.OPEN]
    if not tightened and not loosened:
        return None
    return build(
        ACCESS,
        {
            "since_on": min(change.valid_from for change in week.readings.fact_changes),
            "tightened_count": tightened,
            "loosened_count": loosened,
        },
        direction=toward(loosened - tightened, favours_open_when_positive=True),
        evidence=week.keys("facts"),
    )


def _inside(week: Week) -> Finding | None:
    capability = week.readings.capability
    best, lag = capability.best_open, capability.lag
    if best is None or not isinstance(lag, HorizontalLag) or lag.low is None or lag.high is None:
        return None
    return build(
        INSIDE,
        {"open_name": best.name, "lag_months": lag.months, "lag_low": lag.low, "lag_high": lag.high},
        direction=Direction.OPEN,
        evidence=week.keys("index"),
        grade=week.grade("lag"),
        subjects=(best.name,),
    )
