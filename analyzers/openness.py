"""How open new models are: counts by licence class, and the share under approved licences (methodology 1)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analyzers.absence import Absent
from analyzers.momentum import Z90
from store.records import Direction, Model, Openness

WINDOW_DAYS = 182
MIN_MODELS = 5
ORDER = (
    Openness.UNRESTRICTED,
    Openness.RESTRICTED,
    Openness.NONCOMMERCIAL,
    Openness.API,
    Openness.HOSTED,
    Openness.UNRELEASED,
)
"""From most to least open; unknown has no place."""


@dataclass(frozen=True, slots=True)
class ApprovedShare:
    """Share of new models whose weights stand under an approved licence, 0 to 1, over the window that
    ends on `end`. `unknown`: models whose class is not known; they are not in the share."""

    share: float
    low: float
    high: float
    approved: int
    classified: int
    unknown: int
    end: date
    models: tuple[Model, ...]


def count_classes(models: Sequence[Model]) -> Mapping[Openness, int]:
    """How many models stand in each class, every class named, unknown last."""
    counts = Counter(model.openness for model in models)
    return {openness: counts[openness] for openness in (*ORDER, Openness.UNKNOWN)}


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """90 % score interval of a proportion (Wilson 1927)."""
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no proportion")
    share, square = successes / trials, Z90 * Z90
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = Z90 / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def approved_share(
    models: Sequence[Model], end: date, window_days: int = WINDOW_DAYS
) -> ApprovedShare | Absent:
    """Among models released in the window up to `end`: the share under approved licences, with the
    openness valid now. Needs five models of known class."""
    start = end - timedelta(days=window_days)
    new = [m for m in models if m.released_on is not None and start < m.released_on <= end]
    classified = [m for m in new if m.openness is not Openness.UNKNOWN]
    if len(classified) < MIN_MODELS:
        return Absent(
            f"{len(classified)} models released from {start.isoformat()} to {end.isoformat()} have a known"
            f" licence class; {MIN_MODELS} needed"
        )
    approved = sum(m.openness is Openness.UNRESTRICTED for m in classified)
    low, high = wilson(approved, len(classified))
    return ApprovedShare(
        share=approved / len(classified),
        low=low,
        high=high,
        approved=approved,
        classified=len(classified),
        unknown=len(new) - len(classified),
        end=end,
        models=tuple(classified),
    )


def latest_share(models: Sequence[Model], as_of: date, steps: int = 4) -> ApprovedShare | Absent:
    """The share of the window up to `as_of`; where too few models are known in it, of the latest earlier
    window (28 days back at a time, `steps` times) that has enough: its end is part of the answer."""
    first = approved_share(models, as_of)
    for step in range(1, steps + 1):
        if not isinstance(first, Absent):
            break
        earlier = approved_share(models, as_of - timedelta(days=28 * step))
        if not isinstance(earlier, Absent):
            return earlier
    return first


def direction_of(before: str, after: str) -> Direction:
    """Which side a change of openness favours; neither when a value is unknown or they rank alike."""
    try:
        old, new = ORDER.index(Openness(before)), ORDER.index(Openness(after))
    except ValueError:
        return Direction.NEITHER
    if old == new:
        return Direction.NEITHER
    return Direction.OPEN if new < old else Direction.CLOSED
