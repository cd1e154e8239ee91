"""What a rule may look at: the week's readings, the verdict, the scoreboard and the evidence keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzers.analysis import Verdict
from analyzers.weekly.readings import Readings
from store.records import Finding, Measure

Read = tuple[list[Finding], str]
"""A perspective's findings, and what is lacking when there are none."""


@dataclass(frozen=True, slots=True)
class Week:
    readings: Readings
    verdict: Verdict
    measures: Mapping[str, Measure]
    evidence: Mapping[str, tuple[str, ...]]

    def grade(self, measure: str) -> str:
        """The data grade of a scoreboard measure; C where there is none."""
        found = self.measures.get(measure)
        return found.grade if found is not None else "C"

    def keys(self, *parts: str) -> tuple[str, ...]:
        """The evidence of several parts together."""
        return tuple(key for part in parts for key in self.evidence.get(part, ()))
