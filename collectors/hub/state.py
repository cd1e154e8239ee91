"""What is remembered of a target between runs: where a walk stands, who was missing, which id a name had.

A walk is one pass over a target. It is resumed on the UTC day it began on, else begun again: the rows of
one pass are about one day. The state is written with each batch, in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from collectors.states import WalkState


class Place(msgspec.Struct, omit_defaults=True):
    """Where in a list a walk stands. `next_url`: the page to read next, None for the first. `is_listed`: the
    list has been read to its end, or as far as was wanted. `is_cut`: the Hub gave no more of it.
    `size`: repositories per page, 0 before the first."""

    day: str
    next_url: str | None = None
    pages: int = 0
    items: int = 0
    malformed: int = 0
    is_listed: bool = False
    is_cut: bool = False
    size: int = 0

    def can_go_on(self, day: date, origin: str) -> bool:
        """Whether the walk is of `day`, and the page to read next at `origin`: else the endpoint was changed
        since, or the list led astray."""
        leads_astray = self.next_url is not None and not self.next_url.startswith(f"{origin}/")
        return self.day == day.isoformat() and not leads_astray


class Newest(msgspec.Struct):
    """The newest repositories of a list: the moment they were made, and their ids."""

    created_at: datetime
    ids: list[str]


class Walk(Place, omit_defaults=True):
    """`done`: watched models that need not be asked for any more. `has_read`: at least one model was read.
    `is_known`: the list came to what was read the last time. `is_unchanged`: the Hub says that the list is
    what it was. `newest`: of what this walk has read."""

    has_read: bool = False
    is_known: bool = False
    is_unchanged: bool = False
    done: list[str] = []
    newest: Newest | None = None


class HubState(WalkState, omit_defaults=True):
    """`misses` are counted by scope. `ids`: the immutable id a watched name had. `disabled`: watched models
    that the Hub has disabled. `newest`: what the list of new models began with when it was last read to
    what was known. `etag`: of the answer to `question`, a list of one page."""

    walk: Walk | None = None
    ids: dict[str, str] = msgspec.field(default_factory=dict)
    disabled: list[str] = msgspec.field(default_factory=list)
    newest: Newest | None = None
    etag: str | None = None
    question: str = ""

    def begin(self, day: date, origin: str) -> Walk:
        """The walk to go on with on `day`."""
        if self.walk is None or not self.walk.can_go_on(day, origin):
            self.walk = Walk(day.isoformat())
        return self.walk


class ClaimPlace(Place, omit_defaults=True):
    """`left_out`: results of cards that hold too many."""

    left_out: int = 0


class ClaimState(WalkState, omit_defaults=True):
    """`etag`: of the answer to `question`, a list of one page."""

    walk: ClaimPlace | None = None
    etag: str | None = None
    question: str = ""

    def begin(self, day: date, origin: str) -> ClaimPlace:
        """The walk to go on with on `day`."""
        if self.walk is None or not self.walk.can_go_on(day, origin):
            self.walk = ClaimPlace(day.isoformat())
        return self.walk


class Tally(Place, omit_defaults=True):
    """One pass over the derivatives of a model. `name`, `native_id`: what it is called now.
    `new`: derivatives of the week so far, by relation. `is_past`: the list came to what is older."""

    name: str = ""
    native_id: str | None = None
    new: dict[str, int] = msgspec.field(default_factory=dict)
    is_past: bool = False


class DerivativeState(WalkState, omit_defaults=True):
    walk: Tally | None = None

    def begin(self, day: date, origin: str) -> Tally:
        """The walk to go on with on `day`."""
        if self.walk is None or not self.walk.can_go_on(day, origin):
            self.walk = Tally(day.isoformat())
        return self.walk
