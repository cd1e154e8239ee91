"""What is remembered of a target between runs: where a walk stands, who was missing, which id a name had.

A walk is one pass over a target. It is resumed on the UTC day it began on, else begun again: the rows of
one pass are about one day. The state is written with each batch, in the same transaction.
"""

from __future__ import annotations

from datetime import date

import msgspec

from collectors.states import WalkState


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


class HubState(WalkState, omit_defaults=True):
    """`misses` are counted by scope. `ids`: the immutable id a watched name had."""

    walk: Walk | None = None
    ids: dict[str, str] = msgspec.field(default_factory=dict)

    def begin(self, day: date) -> Walk:
        """The walk to go on with on `day`."""
        if self.walk is None or self.walk.day != day.isoformat():
            self.walk = Walk(day.isoformat())
        return self.walk
