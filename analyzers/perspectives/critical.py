"""Critical thinker: what speaks against the verdict, what hangs on one maker, who has an interest."""

from __future__ import annotations

from analyzers.figures import year_before
from analyzers.findings import Rule, build, toward
from analyzers.perspectives.week import Read, Week
from store.records import Direction, Finding, Openness, Perspective

CHANNELS = Rule(
    "CRT-01",
    Perspective.CRITICAL,
    0.9,
    (
        (
            "Published figures of the last 12 months put open's share anywhere from {lowest_pct}"
            " ({lowest_name})"
            " to {highest_pct} ({highest_name}): what is counted decides."
        ),
    ),
)
DEPENDENCE = Rule(
    "CRT-02",
    Perspective.CRITICAL,
    0.8,
    (
        (
            "The open frontier hangs on {maker_name}: without its models the best open score is"
            " {without_score} instead of {with_score}, and the lead of closed {without_points} instead of"
            " {with_points}."
        ),
    ),
)
STALE = Rule(
    "CRT-03",
    Perspective.CRITICAL,
    0.7,
    (
        (
            "{lacking_count} of {measure_count} measures have no number or only one that is too old for the"
            " verdict: {lacking_name}."
        ),
    ),
)
SPONSORS = Rule(
    "CRT-04",
    Perspective.CRITICAL,
    0.6,
    (
        (
            "{sponsored_count} of the {figure_count} published figures behind the adoption part"
            " come from somebody"
            " with an interest ({interest_name})."
        ),
    ),
)
COVERAGE = Rule(
    "CRT-05",
    Perspective.CRITICAL,
    0.5,
    (
        (
            "{joined_count} of {offer_count} priced offers serve a model of the capability index"
            " ({joined_pct}); {ambiguous_count} fit more than one entry and were left out."
        ),
    ),
)
UNKNOWN = Rule(
    "CRT-06",
    Perspective.CRITICAL,
    0.7,
    (
        (
            "{unknown_count} index entries of unknown openness are in neither frontier; the strongest,"
            " {top_name}, scores {top_score}, and the best classified closed model {closed_score}."
        ),
    ),
)
SUSPECT = Rule(
    "CRT-07",
    Perspective.CRITICAL,
    0.4,
    (
        (
            "{suspect_count} models on the board carry a proprietary licence text (in any spelling) while"
            " their class is open; those lines are on neither side of the gap: {suspect_name}."
        ),
    ),
)
EVENT = Rule(
    "CRT-08",
    Perspective.CRITICAL,
    0.7,
    (
        (
            "On {day_on} {jumped_count} of {series_count} series of {metric_name} jumped the same"
            " way: an event"
            " of the source, kept out of the movers."
        ),
    ),
)
RULES = (CHANNELS, DEPENDENCE, STALE, SPONSORS, COVERAGE, UNKNOWN, SUSPECT, EVENT)

DISAGREEMENT = 2.0


def read_critical(week: Week) -> Read:
    """The critic's findings; needs something to criticise."""
    candidates = (
        _channels(week),
        _dependence(week),
        _stale(week),
        _sponsors(week),
        _coverage(week),
        _unknown(week),
        _suspect(week),
        _event(week),
    )
    return [
        finding for finding in candidates if finding is not None
    ], "there is no number to speak against yet"


def _channels(week: Week) -> Finding | None:
    shares = week.readings.recent_shares
    if not shares:
        return None
    lowest_channel, lowest = min(shares.items(), key=lambda item: (item[1].low, item[0]))
    highest_channel, highest = max(shares.items(), key=lambda item: (item[1].high, item[0]))
    if highest.high < DISAGREEMENT * lowest.low:
        return None
    return build(
        CHANNELS,
        {
            "lowest_pct": 100 * lowest.low,
            "lowest_name": lowest_channel,
            "highest_pct": 100 * highest.high,
            "highest_name": highest_channel,
        },
        direction=Direction.NEITHER,
        evidence=week.keys(f"share.{lowest_channel}", f"share.{highest_channel}"),
    )


def _dependence(week: Week) -> Finding | None:
    capability = week.readings.capability
    best_open, best_closed = capability.best_open, capability.best_closed
    if best_open is None or best_closed is None:
        return None
    rest = [entry.score for entry in capability.sides.open if entry.maker != best_open.maker]
    if not rest or max(rest) == best_open.score:
        return None
    return build(
        DEPENDENCE,
        {
            "maker_name": best_open.maker,
            "without_score": max(rest),
            "with_score": best_open.score,
            "without_points": best_closed.score - max(rest),
            "with_points": best_closed.score - best_open.score,
        },
        direction=Direction.CLOSED,
        evidence=week.keys("index"),
        grade=week.grade("index_gap"),
        subjects=(best_open.name,),
    )


def _stale(week: Week) -> Finding | None:
    limit = year_before(week.readings.as_of)
    lacking = [
        m
        for m in week.measures.values()
        if m.estimate is None or (m.estimate.as_of is not None and m.estimate.as_of < limit)
    ]
    if not lacking or len(lacking) == len(week.measures):
        return None
    named = [key for m in (*lacking, *week.measures.values()) for key in m.evidence]
    if not named:
        return None
    return build(
        STALE,
        {
            "lacking_count": len(lacking),
            "measure_count": len(week.measures),
            "lacking_name": "; ".join(m.label for m in lacking),
        },
        direction=Direction.NEITHER,
        evidence=tuple(named[:1]),
    )


def _sponsors(week: Week) -> Finding | None:
    used = [f for share in week.readings.recent_shares.values() for f in share.figures]
    # "none stated" is how the figures say that nobody declared an interest.
    interests = [
        f.figure.sponsor_interest for f in used if f.figure.sponsor_interest not in {"", "none stated"}
    ]
    if not interests:
        return None
    return build(
        SPONSORS,
        {
            "sponsored_count": len(interests),
            "figure_count": len(used),
            "interest_name": "; ".join(sorted(set(interests))),
        },
        direction=Direction.NEITHER,
        evidence=week.keys(*(f"share.{channel}" for channel in sorted(week.readings.recent_shares))),
    )


def _coverage(week: Week) -> Finding | None:
    joined = week.readings.prices.joined
    offers = len(joined.joins) + joined.unmatched + joined.ambiguous
    if not joined.joins:
        return None
    return build(
        COVERAGE,
        {
            "joined_count": len(joined.joins),
            "offer_count": offers,
            "joined_pct": 100 * len(joined.joins) / offers,
            "ambiguous_count": joined.ambiguous,
        },
        direction=Direction.NEITHER,
        evidence=week.keys("prices"),
        grade=week.grade("price_ratio"),
    )


def _unknown(week: Week) -> Finding | None:
    capability = week.readings.capability
    unknown = [row for row in capability.scores if row.openness is Openness.UNKNOWN]
    best_closed = capability.best_closed
    if not unknown or best_closed is None:
        return None
    top = max(unknown, key=lambda row: (row.score, row.model))
    return build(
        UNKNOWN,
        {
            "unknown_count": len(unknown),
            "top_name": top.model,
            "top_score": top.score,
            "closed_score": best_closed.score,
        },
        direction=toward(max(0.0, top.score - best_closed.score), favours_open_when_positive=False),
        evidence=week.keys("index"),
        grade=week.grade("lag"),
    )


def _suspect(week: Week) -> Finding | None:
    suspect = week.readings.arena.board.suspect
    if not suspect:
        return None
    return build(
        SUSPECT,
        {"suspect_count": len(suspect), "suspect_name": ", ".join(suspect)},
        direction=Direction.NEITHER,
        evidence=week.keys("board"),
        subjects=suspect,
    )


def _event(week: Week) -> Finding | None:
    """The latest event of the last 26 weeks."""
    recent = week.readings.moves.recent_events(week.readings.as_of)
    if not recent:
        return None
    event = recent[-1]
    return build(
        EVENT,
        {
            "day_on": event.day,
            "jumped_count": len(event.jumped),
            "series_count": event.series,
            "metric_name": event.metric,
        },
        direction=Direction.NEITHER,
        evidence=week.keys("event"),
        subjects=event.jumped,
    )
