"""Benchmark claims against what others found (methodology 8). Never averaged: every pair is its own line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analyzers.analysis import ClaimLine
from store.records import Basis, Standing, StoredClaim

TOLERANCE = {"percent": 2.0, "fraction": 0.02}
"""Within this a result counts as reproduced; units without a declared tolerance are not comparable."""

REPRODUCED, LOWER, HIGHER, PENDING, NOT_COMPARABLE = (
    "reproduced",
    "lower",
    "higher",
    "pending",
    "not_comparable",
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Lines newest first; `unclaimed`: independent results nobody's own claim stands against.
    `shortfalls`: claimed minus found of every compared pair, in percent points."""

    lines: tuple[ClaimLine, ...]
    sources: tuple[StoredClaim, ...]
    unclaimed: int
    shortfalls: tuple[float, ...]

    def count(self, status: str) -> int:
        return sum(line.status == status for line in self.lines)


def check_claims(claims: Sequence[StoredClaim]) -> Checked:
    """Set each self-reported claim beside every independent result (third party or verified) for the
    same model, benchmark and version. `lower` and `higher` are the found value against the claimed one.

    Not comparable: another metric, another unit, both settings stated and different, or a unit without
    a tolerance. Pending: nobody else has a result.
    """
    groups: dict[tuple[str, str, str], list[StoredClaim]] = defaultdict(list)
    for stored in claims:
        claim = stored.claim
        groups[stored.model_key or claim.model.casefold(), _key(claim.benchmark), _key(claim.version)].append(
            stored
        )
    lines: list[ClaimLine] = []
    used: list[StoredClaim] = []
    shortfalls: list[float] = []
    unclaimed = 0
    for key in sorted(groups):
        rows = sorted(groups[key], key=_order)
        own = [row for row in rows if row.claim.standing is Standing.SELF_REPORTED]
        found = [row for row in rows if row.claim.standing is not Standing.SELF_REPORTED]
        if not own:
            unclaimed += len(found)
            continue
        used += rows
        for row in own:
            if not found:
                lines.append(_line(row, None, PENDING))
            for other in found:
                status = compare(row, other)
                lines.append(_line(row, other, status))
                if status != NOT_COMPARABLE:
                    scale = 100.0 if row.claim.unit.casefold() == "fraction" else 1.0
                    shortfalls.append(scale * (row.claim.score - other.claim.score))
    lines.sort(
        key=lambda line: (line.status == PENDING, -_ordinal(line.claimed_on), line.model, line.benchmark)
    )
    return Checked(tuple(lines), tuple(used), unclaimed, tuple(shortfalls))


def compare(claimed: StoredClaim, found: StoredClaim) -> str:
    """The status of one pair; never a guess about units, metrics or settings."""
    ours, theirs = claimed.claim, found.claim
    unit = ours.unit.casefold()
    if unit != theirs.unit.casefold() or unit not in TOLERANCE or _key(ours.metric) != _key(theirs.metric):
        return NOT_COMPARABLE
    if ours.settings and theirs.settings and ours.settings != theirs.settings:
        return NOT_COMPARABLE
    difference = theirs.score - ours.score
    # A difference of exactly the tolerance is inside it; binary fractions would decide at random.
    if abs(difference) <= TOLERANCE[unit] + 1e-9:
        return REPRODUCED
    return LOWER if difference < 0 else HIGHER


def _line(own: StoredClaim, found: StoredClaim | None, status: str) -> ClaimLine:
    claim = own.claim
    bundled = [row.provenance.basis is Basis.BUNDLED for row in (own, found) if row is not None]
    return ClaimLine(
        model=own.model_key or claim.model,
        benchmark=f"{claim.benchmark} {claim.version}".strip(),
        unit=claim.unit,
        claimed=claim.score,
        found=found.claim.score if found is not None else None,
        status=status,
        claimed_on=claim.claimed_on,
        source_url=claim.source_url,
        is_bundled=all(bundled),
        evidence=(),
    )


def _key(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _order(row: StoredClaim) -> tuple[int, str, str, float]:
    claim = row.claim
    return (-_ordinal(claim.claimed_on), claim.source_url, claim.settings, claim.score)


def _ordinal(day: date | None) -> int:
    return 0 if day is None else day.toordinal()
