"""One week's analysis, whole: from the query to everything a weekly issue states.

The same inputs give an equal `Analysis`; every number is rounded to six significant digits on leaving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from analyzers.absence import Absent, not_enough
from analyzers.analysis import Analysis, BreakEven, ClaimLine, Mover, PriceMove
from analyzers.perspectives import Week, read_perspectives
from analyzers.port import Query
from analyzers.prices.breakeven import OwnNode, list_assumptions
from analyzers.prices.pricing import PriceRatio
from analyzers.quality.frontier import frontier_points
from analyzers.rounding import freeze
from analyzers.stories import Outlet
from analyzers.weekly.appraisal import appraise
from analyzers.weekly.changes import list_changes
from analyzers.weekly.evidence import Ledger, number_evidence
from analyzers.weekly.judgement import find_counter_evidence, judge, weigh_hypotheses
from analyzers.weekly.readings import Readings, read_week
from analyzers.weekly.releases import list_releases
from analyzers.weekly.scoreboard import build_scoreboard
from analyzers.weekly.sourcing import mover_key, record_evidence
from store.records import Basis, utc

SEED = 20230504
"""The day of the memo that asked the question."""

DRAWS = 1000
MAX_CLAIMS = 12
MAX_PRICE_MOVES = 12
MIN_PRICE_CHANGE = 0.05
SPARK_VALUES = 26


def analyse_week(
    query: Query,
    *,
    roles: Mapping[str, str],
    now: datetime,
    earlier: Sequence[float] = (),
    draws: int = DRAWS,
    seed: int = SEED,
    outlets: Mapping[str, Outlet] | None = None,
) -> Analysis:
    """Analyse one world as the query knows it.

    `roles`: GitHub repository → open_stack or closed_sdk. `outlets`: whose each feed is, by name.
    `now`: aware; only used to refuse an as-of in the future.
    `earlier`: the composites of the weeks before, oldest first, for the step's hysteresis.
    Raises ValueError for a naive `now` or an as-of after it; never for want of data: what is missing is said
    in `empty` and in reasons.
    """
    if query.as_of > utc(now).date():
        raise ValueError(f"the analysis is as of {query.as_of.isoformat()}, which is after now")
    readings = read_week(query, roles, draws=draws, seed=seed)
    ledger = Ledger(query.world)
    evidence = record_evidence(readings, ledger)
    measures = build_scoreboard(readings, evidence, ledger)
    appraisal = appraise(readings, evidence, earlier=earlier, draws=draws, seed=seed)
    findings, empty = read_perspectives(Week(readings, appraisal.verdict, measures, evidence))
    grades = {key: measure.grade for key, measure in measures.items()}
    judgements = judge(findings, grades, ledger, readings.sources)
    verdict = replace(
        appraisal.verdict, strongest_counter_evidence=find_counter_evidence(appraisal.verdict, findings)
    )
    listed = list_releases(
        readings.models,
        readings.releases,
        readings.as_of,
        model_evidence=evidence["model_list"],
        release_evidence=evidence["releases"],
        documents=readings.documents,
        outlets=outlets,
    )
    analysis = Analysis(
        world=query.world,
        as_of=query.as_of,
        open_rule=query.open_rule,
        verdict=verdict,
        measures=tuple(measures.values()),
        judgements=judgements,
        findings=findings,
        hypotheses=weigh_hypotheses(findings),
        frontier=frontier_points(readings.capability.sides),
        gaps=readings.arena.board.points,
        price_levels=readings.ratio.levels if isinstance(readings.ratio, PriceRatio) else (),
        movers=_movers(readings, evidence),
        releases=listed.lines,
        releases_seen=listed.seen,
        claims=_claims(readings, evidence),
        price_moves=_price_moves(readings, evidence),
        break_even=_break_even(readings, evidence),
        changes=list_changes(
            readings.fact_changes,
            readings.policy_added,
            readings.policy_removed,
            readings.as_of,
            fact_evidence=evidence["facts"],
            policy_evidence=evidence["policy"],
        ),
        evidence=(),
        sources=readings.sources,
        through=_through(readings),
        empty={},
        assumptions=appraisal.assumptions,
    )
    complete = replace(analysis, empty={**empty, **_explain_empty(analysis, readings, listed.days)})
    return freeze(number_evidence(complete, ledger))


def _movers(readings: Readings, evidence: Mapping[str, tuple[str, ...]]) -> tuple[Mover, ...]:
    return tuple(
        Mover(
            subject=move.series.subject.name,
            metric=move.series.metric.name,
            value=move.growth.end.value,
            growth=move.growth.value,
            growth_low=move.growth.low,
            growth_high=move.growth.high,
            window_days=move.growth.window_days,
            z=move.z,
            no_z_because=move.no_z_because,
            through=move.growth.end.day,
            spark=move.series.values[-SPARK_VALUES:],
            is_bundled=move.series.provenance.basis is Basis.BUNDLED,
            evidence=evidence[mover_key(move)],
        )
        for move in readings.moves.top
    )


def _claims(readings: Readings, evidence: Mapping[str, tuple[str, ...]]) -> tuple[ClaimLine, ...]:
    return tuple(replace(line, evidence=evidence["claims"]) for line in readings.checked.lines[:MAX_CLAIMS])


def _price_moves(readings: Readings, evidence: Mapping[str, tuple[str, ...]]) -> tuple[PriceMove, ...]:
    """The newest move of 5 % or more of each offer, corrections after the others and marked as such; the
    correction of an offer that also moved is not shown in its place."""
    newest: dict[tuple[str, str], PriceMove] = {}
    for move in sorted(readings.price_moves, key=lambda move: move.is_correction):
        if move.change is not None and abs(move.change) >= MIN_PRICE_CHANGE:
            newest.setdefault((move.provider, move.model), move)
    moves = tuple(newest.values())[:MAX_PRICE_MOVES]
    return tuple(replace(move, evidence=evidence["price_moves"]) for move in moves)


def _break_even(readings: Readings, evidence: Mapping[str, tuple[str, ...]]) -> BreakEven | None:
    node = readings.own_node
    if not isinstance(node, OwnNode):
        return None
    return BreakEven(
        tokens_low=node.tokens_low,
        tokens_mid=node.tokens_mid,
        tokens_high=node.tokens_high,
        assumptions=list_assumptions(node),
        evidence=(*evidence["own_node"], *evidence["prices"]),
    )


def _through(readings: Readings) -> date | None:
    """The last day any source's rows are about."""
    days = [source.through for source in readings.sources if source.through is not None]
    return min(max(days), readings.as_of) if days else None


def _explain_empty(analysis: Analysis, readings: Readings, release_days: int) -> dict[str, str]:
    """One line for every section without data."""
    moves = readings.moves
    lines = {
        "judgements": (analysis.judgements, "no finding carries a key judgement yet"),
        "scoreboard": (
            [m for m in analysis.measures if m.estimate is not None],
            "no measure could be computed; each line says why",
        ),
        "charts": (
            (*analysis.frontier, *analysis.gaps, *analysis.price_levels),
            "no capability index, rating board or price level is known",
        ),
        "movers": (
            analysis.movers,
            (
                f"no series qualifies: {moves.stale} ended over 26 weeks ago, {moves.short} are too short,"
                f" {moves.small} too small, {moves.in_event} moved with their whole source"
            ),
        ),
        "releases": (
            analysis.releases,
            (
                f"of {analysis.releases_seen} releases known in the last {release_days} days none"
                " passed the filter"
            ),
        ),
        "claims": (analysis.claims, "no maker's benchmark claim is known"),
        "prices": (
            analysis.price_moves,
            (
                f"no list price moved by {100 * MIN_PRICE_CHANGE:.0f} % or more in the last 26 weeks,"
                " as far as is known"
            ),
        ),
        "changes": (analysis.changes, "no change of a licence, gate or policy is known in the last 26 weeks"),
        "hypotheses": (analysis.hypotheses, "no finding bears on the hypotheses yet"),
    }
    empty = {key: not_enough(reason) for key, (rows, reason) in lines.items() if not rows}
    if isinstance(readings.own_node, Absent):
        empty["breakeven"] = not_enough(readings.own_node.reason)
    empty["track_record"] = not_enough("no forecast has been made that could be scored")
    return empty
