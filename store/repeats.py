"""The same result told by several sources counts once.

Two sources carry one leaderboard: both tell its score of a model, of the same day, from the same page. To
count both would let a result confirm itself. Rows are the same result when the model, benchmark, version,
metric, score, day and page are the same, different sources tell them and the settings of one hold all that
the other states; the one that states more counts. Two rows of one source never are: it would not list one
result twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from store.canonical import canonical_address
from store.records import BenchmarkTerms, Provenance, Standing, StoredClaim

_WORD = re.compile(r"[\w.+@-]+")
_LABELS = frozenset({"variant"})
"""Words of a list of settings that name none: `variant high` states no more than `high`."""

_EXACT_DIGITS = 6
_CAUTION = {Standing.SELF_REPORTED: 0, Standing.THIRD_PARTY: 1, Standing.VERIFIED: 2}
_UNDECLARED = BenchmarkTerms()


class _Result(NamedTuple):
    model: str
    benchmark: str
    version: str
    metric: str
    score: float
    unit: str
    day: date | None
    page: str


def count_once(claims: Iterable[StoredClaim], benchmarks: Mapping[str, BenchmarkTerms]) -> list[StoredClaim]:
    """The claims in their order without those that repeat another one, which says who else told it.

    Of equal settings the lowest standing counts, so that no source lends a maker's own result another
    name; then the source whose name comes first. `benchmarks`: what the catalogue declares, by key."""
    claims = list(claims)
    groups: dict[_Result, list[int]] = defaultdict(list)
    for at, stored in enumerate(claims):
        result = _read_result(stored, benchmarks.get(stored.claim.benchmark, _UNDECLARED))
        if result.page:
            groups[result].append(at)
    also: dict[int, list[Provenance]] = defaultdict(list)
    repeated: set[int] = set()
    for places in groups.values():
        kept: list[int] = []
        for at in sorted(places, key=lambda place: _precedence(claims[place])):
            first = next(
                (other for other in kept if _is_repeat(claims[at], claims[other], also[other])), None
            )
            if first is None:
                kept.append(at)
            else:
                also[first].append(claims[at].provenance)
                repeated.add(at)
    return [
        replace(stored, also_told_by=tuple(also[at])) if also.get(at) else stored
        for at, stored in enumerate(claims)
        if at not in repeated
    ]


def _is_repeat(stored: StoredClaim, other: StoredClaim, also: Iterable[Provenance]) -> bool:
    tellers = {other.provenance.source, *(each.source for each in also)}
    return stored.provenance.source not in tellers and _words(stored) <= _words(other)


def _read_result(stored: StoredClaim, declared: BenchmarkTerms) -> _Result:
    """A claim under unified names: the benchmark's own metric where none is stated, shares in percent."""
    claim = stored.claim
    unit, score = claim.unit.strip().casefold(), claim.score
    if unit == "fraction":
        unit, score = "percent", 100 * score
    metric = _spell(claim.metric)
    if metric in {"", *map(_spell, declared.metric_names)}:
        metric = _spell(declared.metric)
    return _Result(
        stored.model_key or claim.model.casefold(),
        _spell(claim.benchmark),
        _spell(claim.version),
        metric,
        round(score, _EXACT_DIGITS),
        unit,
        claim.claimed_on,
        canonical_address(claim.source_url),
    )


def _precedence(stored: StoredClaim) -> tuple[int, int, str, str]:
    claim = stored.claim
    return (-len(_words(stored)), _CAUTION[claim.standing], stored.provenance.source, claim.settings)


def _words(stored: StoredClaim) -> frozenset[str]:
    return frozenset(_WORD.findall(stored.claim.settings.casefold())) - _LABELS


def _spell(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum() or char in "@.+")
