"""Six readings of the same evidence; each module holds the named rules of one perspective."""

from __future__ import annotations

from analyzers.perspectives.coordinator import read_coordinator
from analyzers.perspectives.critical import read_critical
from analyzers.perspectives.finance import read_finance
from analyzers.perspectives.infrastructure import read_infrastructure
from analyzers.perspectives.scientific import read_scientific
from analyzers.perspectives.security import read_security
from analyzers.perspectives.week import Week
from store.records import Finding, Perspective

READERS = {
    Perspective.COORDINATOR: read_coordinator,
    Perspective.SCIENTIFIC: read_scientific,
    Perspective.CRITICAL: read_critical,
    Perspective.SECURITY: read_security,
    Perspective.INFRASTRUCTURE: read_infrastructure,
    Perspective.FINANCE: read_finance,
}

__all__ = ["READERS", "Week", "read_perspectives"]


def read_perspectives(week: Week) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """All findings, by perspective and falling salience, and one line for each perspective without any."""
    findings: list[Finding] = []
    empty: dict[str, str] = {}
    for perspective, read in READERS.items():
        found, lacking = read(week)
        findings += sorted(found, key=lambda finding: (-finding.salience, finding.id))
        if not found:
            empty[f"perspective.{perspective.value}"] = f"not enough data: {lacking}"
    return tuple(findings), empty
