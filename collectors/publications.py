"""A publication that shrank by more than half is held back: it is cut off rather than newer. Pure.

It is not stored and its validators are not remembered, so that the next look asks for the whole file again.
What is still as short after `HELD_DAYS` is how the source publishes now, and is taken. State of a target:
`entries`, of the last publication taken; `short_since`, the day on which a short one was first seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from collectors.states import read_text
from store.limits import is_short
from store.records import Batch, Coverage, CoverageStatus

HELD_DAYS = 7


def hold_back(
    scope: str, entries: int, state: Mapping[str, object], today: date, requests: int
) -> Batch | None:
    """The batch of a publication that is held back; None for one that is to be taken."""
    before = state.get("entries")
    if not isinstance(before, int) or not is_short(entries, before):
        return None
    since = _read_day(state.get("short_since")) or today
    if (today - since).days >= HELD_DAYS:
        return None
    reason = f"held back: {entries} entries, the publication before had {before}"
    known = {**state, "short_since": since.isoformat()}
    return Batch([], [Coverage(scope, CoverageStatus.PARTIAL, entries, reason)], known, requests)


def end_holding(state: Mapping[str, object]) -> dict[str, object] | None:
    """The state once the publication that was taken is seen again: what was short is forgotten. None where
    nothing was held back."""
    if "short_since" not in state:
        return None
    return {key: value for key, value in state.items() if key != "short_since"}


def _read_day(value: object) -> date | None:
    try:
        return date.fromisoformat(read_text(value) or "")
    except ValueError:
        return None
