"""Capability and lag of one world: its claims to the index, its index or a benchmark to the two frontiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
from analyzers.capability.selection import find_name, keep_measurable, name_test, read_share
from analyzers.claims.terms import UNDECLARED
from analyzers.quality.frontier import (
    Candidate,
    Sides,
    dated_openness,
    list_dated_otherwise,
    split_candidates,
    split_sides,
)
from analyzers.quality.lag import nats
from analyzers.quality.lag_estimate import Ground
from store.errors import NotFound, Refused, cut
from store.records import IndexScore, Model, OpenRule

if TYPE_CHECKING:
    from store.query import StoreQuery

NATS = 0.02
"""Tolerance of discrete catch-up on a benchmark (Epoch AI 2024), in nats of −ln(1 − accuracy)."""
EXACT_DIGITS = 9
"""Decimals to which fitted scores are told apart: models with the same results are equal, whatever the
solver's last digits."""
UNASSESSED = "open-weight models nobody has assessed"
"""Why a model is on neither side under the science rule; the plural that stands after a count."""
CLAIMS = "claims: "
"""Before a reason that counts claims; the others count models."""
POINTS, LOGITS = "index points", "logits"
TOP_ACCURACY = 0.999
"""Accuracies above count as this one: a perfect score is infinitely many nats. The index clips there too."""


@dataclass(frozen=True, slots=True)
class LagBasis:
    """What a lag stands on: the ground to compute on, in words, and what was left out (models by reason).

    `kind`: published, fitted or benchmark; `unit`: of the levels; `anchors`: what fixed a fitted scale;
    `dated_otherwise`: the models whose side or day is not the published index's, with ours."""

    ground: Ground
    kind: str
    title: str
    benchmark: str | None
    unit: str
    tolerance_unit: str
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    anchors: Anchors | None = None
    dated_otherwise: tuple[str, ...] = ()


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


def find_index_basis(
    query: StoreQuery,
    tolerance: float | None,
    *,
    anchor_benchmark: str | None = None,
    scale: tuple[tuple[str, float], ...] | None = None,
) -> LagBasis | Absent:
    """The published index of the world where it has one, else the one fitted on its claims; with an anchor
    benchmark or a scale always the fitted one.

    Raises NotFound for a missing anchor that was named, Refused for a scale that is none and for a tolerance
    where there are no index points.
    """
    scores = query.list_index_scores()
    if scores and anchor_benchmark is None and scale is None:
        return _find_published_basis(query, scores, tolerance)
    return _find_fitted_basis(query, tolerance, anchor_benchmark, scale)


def _find_published_basis(
    query: StoreQuery, scores: Sequence[IndexScore], tolerance: float | None
) -> LagBasis:
    steps, contradicted = dated_openness(scores, query.list_models(), query.open_rule)
    sides = split_sides(scores, query.open_rule, steps)
    end = max(row.published_on for row in scores)
    return LagBasis(
        Ground(sides, sides, end, tolerance or 0.0, query.open_rule),
        "published",
        f"the Epoch Capabilities Index as published on {end}",
        None,
        POINTS,
        POINTS,
        _count_sides(sides, query.open_rule),
        (f"the index and our dates disagree on the openness of {', '.join(contradicted)}: the index counts",)
        if contradicted
        else (),
        dated_otherwise=list_dated_otherwise(scores, steps, query.open_rule),
    )


def _find_fitted_basis(
    query: StoreQuery,
    tolerance: float | None,
    anchor_benchmark: str | None,
    scale: tuple[tuple[str, float], ...] | None,
) -> LagBasis | Absent:
    """The claims' own index. Anchors nobody named give way where the claims lack them: the benchmark to the
    one with most models, the scale to none. The lag without a tolerance is the same in points and logits."""
    performances = select_performances(query)
    usable = keep_measurable(performances, MIN_BENCHMARKS)
    if not performances.rows or (not usable.rows and anchor_benchmark is None):
        return Absent(_no_index_because(query, performances))
    default, notes = Anchors(), []
    benchmark = default.benchmark if anchor_benchmark is None else anchor_benchmark
    if anchor_benchmark is None and benchmark not in usable.benchmarks:
        counts = Counter(row.benchmark for row in usable.rows)
        benchmark = max(usable.benchmarks, key=lambda name: counts[name])
        notes.append(
            f"anchored on {benchmark}, the benchmark with most models:"
            f" the fit has no claims on {default.benchmark}"
        )
    try:
        index = fit_world(query, Anchors(benchmark, scale or default.scale), draws=0, seed=0)
    except (NotFound, Refused) as error:
        if scale is not None:
            raise
        index = fit_world(query, Anchors(benchmark, ()), draws=0, seed=0)
        notes.append(f"no index points, the scale is in logits: {error}")
    unit = POINTS if index.anchors.scale else LOGITS
    if unit == LOGITS and tolerance:
        raise Refused(
            f"a tolerance of {tolerance:g} index points needs a scale that two models fix",
            remedy="give them: --scale MODEL=VALUE,MODEL=VALUE",
        )
    scores = {row.model: round(row.eci, EXACT_DIGITS) for row in index.models}
    sides, left_out, end = _split(query, scores)
    if end is None:
        return Absent(_no_side_because(left_out))
    return LagBasis(
        Ground(sides, sides, end, tolerance or 0.0, query.open_rule),
        "fitted",
        f"the capability index fitted on {index.rows} claims of the world {query.world}",
        None,
        unit,
        unit,
        {**_name_claims(index.left_out), **left_out},
        tuple(notes),
        index.anchors,
    )


def _no_index_because(query: StoreQuery, performances: Selection) -> str:
    claims = len(performances.rows) + sum(performances.left_out.values())
    if not claims:
        known = "no claims were known"
    elif not performances.rows:
        known = f"of {claims} claims none is a share of tasks solved"
    else:
        known = f"no model has claims on {MIN_BENCHMARKS} benchmarks that another model shares"
    if query.list_index_scores():
        return f"no index can be fitted: {known} by {query.as_of}"
    return f"no index was published by {query.as_of} and {known}"


def _no_side_because(left_out: Mapping[str, int]) -> str:
    counts = ", ".join(f"{count} for {reason}" for reason, count in left_out.items())
    return f"no model of the fitted index stands on a side ({counts})"


def _name_claims(left_out: Mapping[str, int]) -> dict[str, int]:
    """What was left out by claim, told from what was left out by model."""
    return {f"{CLAIMS}{reason}": count for reason, count in left_out.items()}


def find_benchmark_basis(query: StoreQuery, benchmark: str, tolerance: float | None) -> LagBasis:
    """One benchmark's claims. Levels are accuracies; matches are judged in nats of −ln(1 − accuracy).

    Raises NotFound for a benchmark nobody claims anything on, Refused where its scores are no accuracies.
    """
    if not benchmark.strip():
        raise Refused("a benchmark's name is needed", remedy="--benchmark NAME, or none for the index")
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
        Ground(
            levels, matching, end or query.as_of, NATS if tolerance is None else tolerance, query.open_rule
        ),
        "benchmark",
        f"claims on {_display(query, name)}",
        name,
        "accuracy",
        "nats",
        {**_name_claims(selection.left_out), **left_out},
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
    left_out.update(_count_sides(sides, query.open_rule))
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


def _count_sides(sides: Sides, rule: OpenRule) -> dict[str, int]:
    unassessed = sides.unassessed if rule is OpenRule.SCIENCE else 0
    counts = {
        "the openness is not known": sides.unknown - unassessed,
        UNASSESSED: unassessed,
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
