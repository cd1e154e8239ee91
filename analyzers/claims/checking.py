"""Benchmark claims against what others found (methodology 8). Never averaged: every pair is its own line.

A claim is a score that a maker reports of its own model; a result is one that somebody else reports of it.
Example: claimed 71.3 percent, found 70.6, 49.2 and 71.0 by three others: three lines, the difference
−0.7 is within 2 points (reproduced), −22.1 is not (lower), −0.3 is (reproduced); the claim is contradicted,
two of three pairs are reproduced, and the median shortfall of (0.7, 22.1, 0.3) is 0.7 points.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from analyzers.analysis import ClaimLine
from analyzers.claims.terms import (
    NO_TOLERANCE,
    SHARES,
    UNDECLARED,
    Terms,
    find_difference,
    list_unstated,
    read_terms,
    spell,
)
from analyzers.momentum.moves import Z90
from analyzers.openness.shares import wilson
from store.records import Basis, BenchmarkTerms, Standing, StoredClaim

TOLERANCE = {"percent": 2.0, "fraction": 0.02}
"""Within this a result counts as reproduced (a convention); other units need a declared tolerance."""

REPRODUCED, LOWER, HIGHER, PENDING, NOT_COMPARABLE = (
    "reproduced",
    "lower",
    "higher",
    "pending",
    "not_comparable",
)
COMPARED = (REPRODUCED, LOWER, HIGHER)
STATUSES = (*COMPARED, PENDING, NOT_COMPARABLE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A maker's claim beside one result of somebody else, or beside nothing (pending).

    `unit`: of `ours.score`, `theirs.score`, `difference` (found − claimed) and `tolerance`, the benchmark's
    own where the claim's can be turned into it. `reason`, `detail`: why the two are not comparable.
    `unstated`: settings that one side alone states."""

    claimed: StoredClaim
    found: StoredClaim | None
    ours: Terms
    theirs: Terms | None
    status: str
    difference: float | None = None
    tolerance: float | None = None
    reason: str | None = None
    detail: str | None = None
    unstated: tuple[str, ...] = ()
    shortfall: float | None = None
    """By how many percentage points the claim is better than what was found; None for other units."""

    @property
    def model(self) -> str:
        return self.claimed.model_key or self.claimed.claim.model

    @property
    def unit(self) -> str:
        return self.ours.unit


@dataclass(frozen=True, slots=True)
class Summary:
    """What the comparisons say together. `rate`: share of the compared pairs that are reproduced, with its
    90 % Wilson interval; None without a pair. `median_shortfall`: percentage points, over `shortfalls` pairs.
    `contradicted`: claims whose results do not all come to the same status."""

    counts: Mapping[str, int]
    claims: int
    compared: int
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    median_shortfall: float | None
    shortfalls: int
    contradicted: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Comparisons newest first, the comparable ones before the others, pending ones last; `unclaimed`:
    results of others where the maker claims nothing. `sources`: the rows behind the comparisons."""

    comparisons: tuple[Comparison, ...]
    sources: tuple[StoredClaim, ...]
    unclaimed: tuple[StoredClaim, ...]

    @property
    def lines(self) -> tuple[ClaimLine, ...]:
        return tuple(map(_line, self.comparisons))

    @property
    def shortfalls(self) -> tuple[float, ...]:
        """Of every compared pair, in percentage points."""
        return tuple(c.shortfall for c in self.comparisons if c.shortfall is not None)

    def count(self, status: str) -> int:
        return sum(comparison.status == status for comparison in self.comparisons)


def check_claims(
    claims: Sequence[StoredClaim], benchmarks: Mapping[str, BenchmarkTerms] | None = None
) -> Checked:
    """Set each self-reported claim beside every result of others (third party or verified) for the same
    model and benchmark. `lower` and `higher` are the found value against the claimed one.

    `benchmarks`: by key, what the catalogue declares of a benchmark's metric, unit, questions and tolerance.
    """
    declared = {spell(key): terms for key, terms in (benchmarks or {}).items()}
    groups: dict[tuple[str, str], list[StoredClaim]] = defaultdict(list)
    for stored in claims:
        model = stored.model_key or stored.claim.model.casefold()
        groups[model, spell(stored.claim.benchmark)].append(stored)
    comparisons: list[Comparison] = []
    used: list[StoredClaim] = []
    unclaimed: list[StoredClaim] = []
    for key in sorted(groups):
        rows = sorted(groups[key], key=_order)
        own = [row for row in rows if row.claim.standing is Standing.SELF_REPORTED]
        found = [row for row in rows if row.claim.standing is not Standing.SELF_REPORTED]
        if not own:
            unclaimed += found
            continue
        used += rows
        for row in own:
            terms = declared.get(spell(row.claim.benchmark), UNDECLARED)
            if not found:
                comparisons.append(Comparison(row, None, read_terms(row.claim, terms), None, PENDING))
            comparisons += [compare(row, other, terms) for other in found]
    comparisons.sort(key=_listing_order)
    return Checked(tuple(comparisons), tuple(used), tuple(unclaimed))


def compare(claimed: StoredClaim, found: StoredClaim, declared: BenchmarkTerms = UNDECLARED) -> Comparison:
    """One pair; never a guess about versions, metrics, units or settings."""
    ours, theirs = read_terms(claimed.claim, declared), read_terms(found.claim, declared)
    difference = find_difference(ours, theirs)
    if difference is not None:
        return Comparison(
            claimed, found, ours, theirs, NOT_COMPARABLE, reason=difference.reason, detail=difference.detail
        )
    tolerance = tolerance_of(ours.score, theirs.score, ours.unit, declared)
    unstated = list_unstated(ours, theirs)
    if tolerance is None:
        detail = f"unit {ours.unit or 'not stated'}"
        return Comparison(
            claimed, found, ours, theirs, NOT_COMPARABLE, None, None, NO_TOLERANCE, detail, unstated
        )
    gap = theirs.score - ours.score
    # A difference of exactly the tolerance is inside it; binary fractions would decide at random.
    is_within = abs(gap) <= tolerance + 1e-9
    status = REPRODUCED if is_within else LOWER if gap < 0 else HIGHER
    return Comparison(
        claimed,
        found,
        ours,
        theirs,
        status,
        difference=gap,
        tolerance=tolerance,
        unstated=unstated,
        shortfall=_shortfall(gap, ours.unit, declared),
    )


def tolerance_of(claimed: float, found: float, unit: str, declared: BenchmarkTerms) -> float | None:
    """Within how much two scores count as the same, in their unit; None where nobody says.

    The declared tolerance, else the convention of 2 percentage points; for a benchmark of n questions at
    least what chance alone does to two runs in 9 of 10 cases, 1.645·√(2·p(1−p)/n) with p the mean of both
    scores (variance of a binomial share; an upper bound where several runs were averaged). Example: n = 100,
    50 and 50 percent: 1.645·√(2·0.25/100) = 0.1163, hence 11.63 points; n = 10,000: 1.16, hence 2 points.
    """
    if unit in SHARES:
        scale = 100.0 if unit == "percent" else 1.0
        wide = declared.tolerance if declared.tolerance is not None else TOLERANCE[unit]
        share = (claimed + found) / 2 / scale
        if declared.items is None or not 0 <= share <= 1:
            return wide
        return max(wide, scale * Z90 * math.sqrt(2 * share * (1 - share) / declared.items))
    return declared.tolerance if unit == declared.unit else None


def summarise(comparisons: Sequence[Comparison]) -> Summary:
    """Counts by status, the reproduction rate and the median shortfall of these comparisons.

    Pairs of one claim are not independent of each other, so the interval is rather too narrow."""
    counts = Counter(c.status for c in comparisons)
    compared = sum(counts[status] for status in COMPARED)
    by_claim: dict[int, set[str]] = defaultdict(set)
    for comparison in comparisons:
        kinds = by_claim[id(comparison.claimed)]
        if comparison.status in COMPARED:
            kinds.add(comparison.status)
    shortfalls = [c.shortfall for c in comparisons if c.shortfall is not None]
    low, high = wilson(counts[REPRODUCED], compared) if compared else (None, None)
    return Summary(
        counts={status: counts[status] for status in STATUSES},
        claims=len(by_claim),
        compared=compared,
        rate=counts[REPRODUCED] / compared if compared else None,
        rate_low=low,
        rate_high=high,
        median_shortfall=median(shortfalls) if shortfalls else None,
        shortfalls=len(shortfalls),
        contradicted=sum(len(kinds) > 1 for kinds in by_claim.values()),
    )


def _shortfall(gap: float, unit: str, declared: BenchmarkTerms) -> float | None:
    if unit not in SHARES:
        return None
    return (-gap if declared.higher_is_better else gap) * (100.0 if unit == "fraction" else 1.0)


def _line(comparison: Comparison) -> ClaimLine:
    claim = comparison.claimed.claim
    rows = [row for row in (comparison.claimed, comparison.found) if row is not None]
    return ClaimLine(
        model=comparison.model,
        benchmark=f"{claim.benchmark} {claim.version}".strip(),
        unit=comparison.unit,
        claimed=comparison.ours.score,
        found=comparison.theirs.score if comparison.theirs is not None else None,
        status=comparison.status,
        claimed_on=claim.claimed_on,
        source_url=claim.source_url,
        is_bundled=all(row.provenance.basis is Basis.BUNDLED for row in rows),
        evidence=(),
    )


def _listing_order(comparison: Comparison) -> tuple[int, int, str, str]:
    rank = {NOT_COMPARABLE: 1, PENDING: 2}.get(comparison.status, 0)
    claim = comparison.claimed.claim
    return (rank, -_ordinal(claim.claimed_on), comparison.model, claim.benchmark)


def _order(row: StoredClaim) -> tuple[int, str, str, float]:
    claim = row.claim
    return (-_ordinal(claim.claimed_on), claim.source_url, claim.settings, claim.score)


def _ordinal(day: date | None) -> int:
    return 0 if day is None else day.toordinal()
