"""Capability and lag of one world: its claims to the index, its index or a benchmark to the two frontiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from analyzers.absence import Absent
from analyzers.capability import (
    MIN_BENCHMARKS,
    Anchors,
    CapabilityIndex,
    Selection,
    choose_performances,
    fit_index,
)
from analyzers.capability.selection import find_name, name_test, read_share
from analyzers.claims.terms import UNDECLARED
from analyzers.quality.frontier import Candidate, Sides, dated_openness, split_candidates, split_sides
from analyzers.quality.lag import nats
from analyzers.quality.lag_estimate import Ground
from store.errors import LunchwatchError, NotFound, Refused, cut
from store.records import Model

if TYPE_CHECKING:
    from store.query import StoreQuery

NATS = 0.02
"""Tolerance of discrete catch-up on a benchmark (Epoch AI 2024), in nats of −ln(1 − accuracy)."""
TOP_ACCURACY = 0.999
"""Accuracies above count as this one: a perfect score is infinitely many nats. The index clips there too."""


@dataclass(frozen=True, slots=True)
class LagBasis:
    """What a lag stands on: the ground to compute on, in words, and what was left out (models by reason).

    `kind`: published, fitted or benchmark; `unit`: of the levels and of the tolerance."""

    ground: Ground
    kind: str
    title: str
    benchmark: str | None
    unit: str
    tolerance_unit: str
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def select_performances(query: StoreQuery) -> Selection:
    """The world's claims as performances."""
    return choose_performances(query.list_claims(), query.list_models(), query.list_benchmark_terms())


def fit_world(
    query: StoreQuery,
    anchors: Anchors,
    *,
    min_benchmarks: int = MIN_BENCHMARKS,
    draws: int,
    seed: int,
) -> CapabilityIndex:
    """The index of the world's claims; the catalogue's other spellings of the anchors are understood.

    Raises NotFound for a missing anchor and Refused where the anchors make no scale.
    """
    return fit_index(
        select_performances(query),
        anchors,
        min_benchmarks=min_benchmarks,
        draws=draws,
        seed=seed,
        find_benchmark=lambda name: _find_test(query, name),
        find_model=query.catalogue.find_model,
    )


def find_index_basis(query: StoreQuery, tolerance: float | None) -> LagBasis | Absent:
    """The published index of the world where it has one, else the one fitted on its claims."""
    scores = query.list_index_scores()
    if not scores:
        return _find_fitted_basis(query, tolerance)
    steps, contradicted = dated_openness(scores, query.list_models(), query.open_rule)
    sides = split_sides(scores, query.open_rule, steps)
    end = max(row.published_on for row in scores)
    return LagBasis(
        Ground(sides, sides, end, tolerance or 0.0),
        "published",
        f"the Epoch Capabilities Index as published on {end}",
        None,
        "index points",
        "index points",
        _count_sides(sides),
        (f"the index and our dates disagree on the openness of {', '.join(contradicted)}: the index counts",)
        if contradicted
        else (),
    )


def _find_fitted_basis(query: StoreQuery, tolerance: float | None) -> LagBasis | Absent:
    if not query.list_claims():
        return Absent(f"the world {query.world} has neither a published index nor benchmark claims")
    try:
        index = fit_world(query, Anchors(), draws=0, seed=0)
    except LunchwatchError as error:
        return Absent(f"there is no published index, and none can be fitted: {error}")
    scores = {row.model: row.eci for row in index.models}
    sides, left_out, end = _split(query, scores)
    if end is None:
        return Absent("no model of the fitted index has a release date")
    return LagBasis(
        Ground(sides, sides, end, tolerance or 0.0),
        "fitted",
        f"the capability index fitted on {index.rows} claims of the world {query.world}",
        None,
        "index points",
        "index points",
        left_out,
    )


def find_benchmark_basis(query: StoreQuery, benchmark: str, tolerance: float | None) -> LagBasis:
    """One benchmark's claims. Levels are accuracies; matches are judged in nats of −ln(1 − accuracy).

    Raises NotFound for a benchmark nobody claims anything on, Refused where its scores are no accuracies.
    """
    claims = query.list_claims()
    tests = sorted({name_test(stored.claim) for stored in claims})
    name = find_name(benchmark, tests, lambda spelt: _find_test(query, spelt))
    if name is None:
        near = f"there are: {', '.join(tests[:12])}{' …' if len(tests) > 12 else ''}" if tests else None
        asked = cut(benchmark)
        raise NotFound(f"the world {query.world} has no claims on the benchmark {asked}", remedy=near)
    own = [stored for stored in claims if name_test(stored.claim) == name]
    terms = query.list_benchmark_terms()
    selection = choose_performances(own, query.list_models(), terms)
    if not selection.rows:
        reason = read_share(own[0].claim, terms.get(own[0].claim.benchmark, UNDECLARED))
        raise Refused(f"no score on {name} is an accuracy: {reason}")
    shares = {row.model: row.share for row in selection.rows}
    levels, left_out, end = _split(query, shares)
    matching, _, _ = _split(query, {model: nats(min(share, TOP_ACCURACY)) for model, share in shares.items()})
    perfect = sum(share > TOP_ACCURACY for share in shares.values())
    return LagBasis(
        Ground(levels, matching, end or query.as_of, NATS if tolerance is None else tolerance),
        "benchmark",
        f"claims on {_display(query, name)}",
        name,
        "accuracy",
        "nats",
        {**{f"claims: {reason}": count for reason, count in selection.left_out.items()}, **left_out},
        (f"accuracies above {TOP_ACCURACY} count as {TOP_ACCURACY}: {perfect}",) if perfect else (),
    )


def _split(query: StoreQuery, scores: Mapping[str, float]) -> tuple[Sides, Mapping[str, int], date | None]:
    """Scored models as two sides, who is on neither and why, and the latest release among those that are."""
    models = {model.key: model for model in query.list_models()}
    left_out: Counter[str] = Counter()
    candidates = []
    for name, score in scores.items():
        model = models.get(name)
        if model is None:
            left_out["the model is not among the world's models"] += 1
        elif model.released_on is None:
            left_out["the model has no release date"] += 1
        elif model.released_on > query.as_of:
            left_out["the model was released later"] += 1
        else:
            candidates.append(_candidate(model, score, model.released_on))
    sides = split_candidates(candidates, query.open_rule)
    left_out.update(_count_sides(sides))
    end = max((entry.day for entry in (*sides.open, *sides.closed)), default=None)
    return sides, +left_out, end


def _candidate(model: Model, score: float, released_on: date) -> Candidate:
    return Candidate(
        model.key,
        score,
        released_on,
        steps=model.openness_steps,
        is_science_open=model.is_science_open,
    )


def _count_sides(sides: Sides) -> dict[str, int]:
    counts = {
        "the openness is not known": sides.unknown,
        "the model was never released": sides.unreleased,
    }
    return {reason: count for reason, count in counts.items() if count}


def _display(query: StoreQuery, name: str) -> str:
    """A benchmark's name as it is written, where the catalogue has it."""
    key, _, version = name.partition(" ")
    declared = query.catalogue.benchmarks.get(key)
    return name if declared is None else f"{declared.name} {version}".strip()


def _find_test(query: StoreQuery, name: str) -> str | None:
    """What the catalogue calls a benchmark, with the version that the name implies."""
    meant = query.catalogue.find_benchmark(name)
    return None if meant is None else f"{meant.benchmark} {meant.version}".strip()
