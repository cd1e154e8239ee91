"""How open new models are: counts by licence class, and the share under approved licences (methodology 1)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analyzers.absence import Absent
from analyzers.momentum.moves import Z90
from store.records import Direction, Model, Openness, OpenRule

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
    ends on `end`. The interval reaches from "no licence of the unlicensed is approved" to "all are".

    `unlicensed`: weights are open, but nobody has read the licence. `unknown`: not even that is known;
    such models are not in the share."""

    share: float
    low: float
    high: float
    approved: int
    unlicensed: int
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
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return low, 1.0 if successes == trials else min(1.0, centre + half)


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
    unlicensed = sum(_is_unlicensed(m) for m in classified)
    low, _ = wilson(approved, len(classified))
    _, high = wilson(approved + unlicensed, len(classified))
    return ApprovedShare(
        share=approved / len(classified),
        low=low,
        high=high,
        approved=approved,
        unlicensed=unlicensed,
        classified=len(classified),
        unknown=len(new) - len(classified),
        end=end,
        models=tuple(classified),
    )


def _is_unlicensed(model: Model) -> bool:
    is_open = OpenRule.WEIGHTS.is_open(model.openness) is True
    return is_open and model.openness is not Openness.UNRESTRICTED and model.licence is None


def latest_share(models: Sequence[Model], as_of: date) -> ApprovedShare | Absent:
    """The share over the window that ends with the newest release of known class up to `as_of`: a list of
    models that stopped growing is dated by its end, not by today."""
    days = [
        m.released_on
        for m in models
        if m.released_on is not None and m.released_on <= as_of and m.openness is not Openness.UNKNOWN
    ]
    return approved_share(models, max(days, default=as_of))


def direction_of(before: str, after: str) -> Direction:
    """Which side a change of openness favours; neither when a value is unknown or they rank alike."""
    try:
        old, new = ORDER.index(Openness(before)), ORDER.index(Openness(after))
    except ValueError:
        return Direction.NEITHER
    if old == new:
        return Direction.NEITHER
    return Direction.OPEN if new < old else Direction.CLOSED
