"""The lead of the best closed over the best open model on the capability index, with its interval (method 5).

Where the publication gives both models' 90 % intervals, the errors are taken to be independent and normal:

    low  = C − O − √((C − C_low)² + (O_high − O)²)
    high = C − O + √((C_high − C)² + (O − O_low)²)

Example: C = 150 (147 to 153), O = 145 (141 to 149): √(3² + 4²) = 5, so 5 points, 90 % interval 0 to 10.
All models are fitted together on shared benchmarks, so that errors have a part in common that cancels out
in the difference: the interval is rather too wide. That the leaders are the best *seen* of many is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analyzers.quality.frontier import Entry
from analyzers.quality.gap import lead_errors
from store.records import IndexScore

NO_ERRORS = "the published index brings no error per model"


@dataclass(frozen=True, slots=True)
class IndexLead:
    """Index points, closed less open; the interval is of 90 %, or None twice and why."""

    points: float
    low: float | None
    high: float | None
    no_interval_because: str | None


def index_lead(closed: Entry, open_: Entry, scores: Iterable[IndexScore]) -> IndexLead:
    """The lead of `closed` over `open_`, entries of the publication `scores`."""
    points = closed.score - open_.score
    published = {(row.model, row.score): row for row in scores}
    intervals = [_interval(published.get((entry.name, entry.score))) for entry in (closed, open_)]
    closed_ci, open_ci = intervals
    if closed_ci is None or open_ci is None:
        without = [
            entry.name for entry, known in zip((closed, open_), intervals, strict=True) if known is None
        ]
        has_any = any(_interval(row) is not None for row in published.values())
        because = (
            f"the published index gives no interval of {' and '.join(without)}" if has_any else NO_ERRORS
        )
        return IndexLead(points, None, None, because)
    down, up = lead_errors(closed.score, closed_ci, open_.score, open_ci)
    return IndexLead(points, points - down, points + up, None)


def _interval(row: IndexScore | None) -> tuple[float, float] | None:
    """The published interval where it is one: it must hold the score it belongs to."""
    if row is None or row.ci_low is None or row.ci_high is None or not row.ci_low <= row.score <= row.ci_high:
        return None
    return row.ci_low, row.ci_high
