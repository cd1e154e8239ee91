"""Which benchmark claims can be read as performances, and which one stands for a model on a benchmark.

A performance is the share of a benchmark's tasks that a model solves, 0 to 1. Claims in points or without
a unit are none, whatever their number; nothing is guessed from its size. Several claims about one model on
one benchmark are never averaged: one is chosen, the others are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analyzers.claims.terms import UNDECLARED, read_terms, spell
from store.records import BenchmarkTerms, Claim, Model, Standing, StoredClaim

CHOICE = "verified before third party before self-reported, then the latest, then the best"
"""How one claim is chosen where several are about the same model and benchmark."""
MIN_BENCHMARKS = 4
"""Of a model, for the index (Epoch AI); with fewer its capability hangs on one or two tests."""

NO_SHARE = "in points or without a unit: no share of tasks solved"
OUT_OF_RANGE = "outside 0 to 100 %"
LOWER_IS_BETTER = "lower is better, so that its share is no performance"
OTHER_METRIC = "another metric than the benchmark's own"
NOT_CHOSEN = "another claim stands for the same model and benchmark"
TOO_FEW = "the model has too few benchmarks"
ONE_MODEL = "the benchmark has one model"
UNCONNECTED = "no shared model or benchmark connects it with the anchor benchmark"

_STANDINGS = {Standing.VERIFIED: 2, Standing.THIRD_PARTY: 1, Standing.SELF_REPORTED: 0}


@dataclass(frozen=True, slots=True)
class Performance:
    """One model on one benchmark: the share of tasks solved, 0 to 1, and the claim that says so.

    `benchmark` is the benchmark's key, followed by its version where the claim names one: versions of a
    benchmark are different tests."""

    model: str
    benchmark: str
    share: float
    claim: StoredClaim


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen performances by model and benchmark; `left_out` counts claims by reason."""

    rows: tuple[Performance, ...]
    left_out: Mapping[str, int]

    @property
    def models(self) -> list[str]:
        return sorted({row.model for row in self.rows})

    @property
    def benchmarks(self) -> list[str]:
        return sorted({row.benchmark for row in self.rows})


def choose_performances(
    claims: Iterable[StoredClaim],
    models: Sequence[Model],
    terms: Mapping[str, BenchmarkTerms],
) -> Selection:
    """Every claim that is a performance, one per model and benchmark.

    A claim is about the model of the world that it is linked to, else about the name it was made under.
    `terms` by benchmark key say what the catalogue declares; of an undeclared benchmark more is better.
    """
    known = {model.key for model in models}
    left_out: Counter[str] = Counter()
    candidates: dict[tuple[str, str], list[tuple[float, StoredClaim]]] = defaultdict(list)
    for stored in claims:
        claim = stored.claim
        share = read_share(claim, terms.get(claim.benchmark, UNDECLARED))
        if isinstance(share, str):
            left_out[share] += 1
            continue
        model = stored.model_key if stored.model_key in known else claim.model
        candidates[model or claim.model, name_test(claim)].append((share, stored))
    rows = []
    for (model, benchmark), found in sorted(candidates.items()):
        share, stored = max(found, key=_precedence)
        left_out[NOT_CHOSEN] += len(found) - 1
        rows.append(Performance(model, benchmark, share, stored))
    return Selection(tuple(rows), +left_out)


def read_share(claim: Claim, declared: BenchmarkTerms) -> float | str:
    """The share of tasks solved, 0 to 1, or the reason why the claim states none."""
    read = read_terms(claim, declared)
    factor = {"percent": 0.01, "fraction": 1.0}.get(read.unit)
    if factor is None:
        return NO_SHARE
    if not declared.higher_is_better:
        return LOWER_IS_BETTER
    if declared.metric and read.metric != declared.metric:
        return OTHER_METRIC
    share = round(read.score * factor, 12)
    return share if 0 <= share <= 1 else OUT_OF_RANGE


def name_test(claim: Claim) -> str:
    """The benchmark with its version, where the claim names one."""
    return f"{claim.benchmark} {claim.version}".strip()


def keep_measurable(selection: Selection, min_benchmarks: int) -> Selection:
    """Leave out models with fewer than `min_benchmarks` benchmarks and benchmarks with a single model,
    again and again until none is left: leaving out one may take another below."""
    rows, left_out = list(selection.rows), Counter(selection.left_out)
    while True:
        of_model = Counter(row.model for row in rows)
        of_benchmark = Counter(row.benchmark for row in rows)
        kept = []
        for row in rows:
            if of_model[row.model] < min_benchmarks:
                left_out[TOO_FEW] += 1
            elif of_benchmark[row.benchmark] < 2:
                left_out[ONE_MODEL] += 1
            else:
                kept.append(row)
        if len(kept) == len(rows):
            return Selection(tuple(rows), left_out)
        rows = kept


def keep_connected(selection: Selection, anchor: str) -> Selection:
    """Leave out what no chain of shared models and benchmarks connects with the anchor benchmark: the
    claims say nothing about where it stands."""
    by_benchmark: dict[str, set[str]] = defaultdict(set)
    by_model: dict[str, set[str]] = defaultdict(set)
    for row in selection.rows:
        by_benchmark[row.benchmark].add(row.model)
        by_model[row.model].add(row.benchmark)
    reached, border = {anchor}, [anchor]
    while border:
        for model in by_benchmark[border.pop()]:
            border += by_model[model] - reached
            reached |= by_model[model]
    kept = tuple(row for row in selection.rows if row.benchmark in reached)
    left_out = Counter(selection.left_out)
    left_out[UNCONNECTED] += len(selection.rows) - len(kept)
    return Selection(kept, +left_out)


def find_name(wanted: str, names: Sequence[str], find_alias: Callable[[str], str | None]) -> str | None:
    """Which of `names` somebody means: the same spelling, else the same normalised spelling (if only one
    has it), else what the catalogue calls it."""
    if wanted in names:
        return wanted
    alike = [name for name in names if spell(name) == spell(wanted)]
    if len(alike) == 1:
        return alike[0]
    alias = find_alias(wanted)
    return alias if alias in names else None


def _precedence(candidate: tuple[float, StoredClaim]) -> tuple[int, date, float, str, str]:
    share, stored = candidate
    claim = stored.claim
    return (
        _STANDINGS[claim.standing],
        claim.claimed_on or date.min,
        share,
        claim.source_url,
        claim.settings,
    )
