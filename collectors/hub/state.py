"""What is remembered of a target between runs: where a walk stands, who was missing, which id a name had.

A walk is one pass over a target. It is resumed on the UTC day it began on, else begun again: the rows of
one pass are about one day. The state is written with each batch, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec


class Walk(msgspec.Struct, omit_defaults=True):
    """`next_url`: the page to read next, None for the first. `is_listed`: the list has been read to its end.
    `done`: watched models that need not be asked for any more. `has_read`: at least one model was read."""

    day: str
    next_url: str | None = None
    pages: int = 0
    items: int = 0
    malformed: int = 0
    is_listed: bool = False
    has_read: bool = False
    done: list[str] = []


class HubState(msgspec.Struct, omit_defaults=True):
    """`misses`: how often in a row a scope was not found. `ids`: the immutable id a watched name had."""

    walk: Walk | None = None
    misses: dict[str, int] = {}
    ids: dict[str, str] = {}

    def begin(self, day: date) -> Walk:
        """The walk to go on with on `day`."""
        if self.walk is None or self.walk.day != day.isoformat():
            self.walk = Walk(day.isoformat())
        return self.walk

    def note_miss(self, scope: str) -> int:
        """Count one more miss of `scope` and return how many there are in a row."""
        self.misses[scope] = self.misses.get(scope, 0) + 1
        return self.misses[scope]

    def note_found(self, scope: str) -> None:
        self.misses.pop(scope, None)

    def write(self) -> dict[str, object]:
        """As plain data, detached from later changes."""
        written: dict[str, object] = msgspec.json.decode(msgspec.json.encode(self))
        return written


def read_state(state: Mapping[str, object]) -> HubState:
    """Read what `write` wrote; a state of another shape (an older version's) is begun anew."""
    try:
        return msgspec.convert(dict(state), HubState)
    except msgspec.ValidationError:
        return HubState()
