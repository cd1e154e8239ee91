"""The dated publications of one board or index: which are bundled, which our own, and which are too short.

A publication is the unit that overtakes another. One that is cut off (an answer that ended early, a site
that moved) would take the place of a whole one and leave the measures on it without data. An own publication
with fewer than half of the entries of the bundled one before it is therefore left out; the bundled one stays
in force, with its day. Bundled: 190 models in April, own: 3 in November: April's counts; own: 95: November's.
Against earlier *own* publications the collector compares, which does not store a short one at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from store.limits import is_short
from store.records import Basis


@dataclass(frozen=True, slots=True)
class Publications:
    """Days of publication with the number of entries. `own` holds the short ones too."""

    bundled: Mapping[date, int]
    own: Mapping[date, int]
    short: Mapping[date, int]

    @classmethod
    def of(cls, counts: Iterable[tuple[date, Basis, int]]) -> Publications:
        """From the entries per day and basis. What was imported is meant as it is and never short, nor is
        what stands in for the bundled publication of its own day."""
        by_day: dict[date, dict[Basis, int]] = defaultdict(dict)
        for day, basis, entries in counts:
            by_day[day][basis] = entries
        bundled: dict[date, int] = {}
        own: dict[date, int] = {}
        short: dict[date, int] = {}
        before = 0
        for day, told in sorted(by_day.items()):
            entries = max((n for basis, n in told.items() if basis is not Basis.BUNDLED), default=0)
            if entries:
                own[day] = entries
            if Basis.BUNDLED in told:
                before = bundled[day] = told[Basis.BUNDLED]
            elif Basis.IMPORTED not in told and is_short(entries, before):
                short[day] = entries
        return cls(bundled, own, short)
