"""What is remembered of star histories: where a walk stands, and per repository how far it was read.

A walk goes on where it was stopped, on whatever day, until every repository was read.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collectors.github.star_weeks import StarWeek
from collectors.states import WalkState


class StarWalkState(msgspec.Struct, omit_defaults=True):
    """`done`: the scopes finished. `current`: the repository whose pages are being read. `has_read`: at
    least one history was read."""

    done: list[str] = []
    current: str = ""
    has_read: bool = False


class StarsKnown(msgspec.Struct, omit_defaults=True):
    """One repository: what it is, and its history as far as it was read. `stars`: how many it has.

    `through`: the last day of the newest history read, YYYY-MM-DD; of a back-fill only when it brought every
    day of its span. Of a back-fill half read: `next`, the page to go on with; `read`, the stars seen so far,
    from the page `first` on back to the week of the day `oldest`.
    """

    id: str
    name: str
    stars: int
    etag: str | None = None
    weeks_etag: str | None = None
    through: str = ""
    first: int = 0
    next: int = 0
    read: int = 0
    oldest: str = ""

    def begin_pages(self, first: int) -> None:
        self.first, self.next, self.read, self.oldest = first, 0, 0, ""

    def note_weeks(self, weeks: Sequence[StarWeek]) -> bool:
        """Count the stars of the weeks not seen before: a page may begin with those that moved on to it
        when a week began. False when there are none."""
        new = [week for week in weeks if not self.oldest or week.first_day.isoformat() < self.oldest]
        self.read += sum(week.total for week in new)
        self.oldest = min([week.first_day.isoformat() for week in new], default=self.oldest)
        return bool(new)


class StarsState(WalkState, omit_defaults=True):
    """`misses` and `known` are by the name we ask for. `credential`: whose the ETags are."""

    walk: StarWalkState | None = None
    known: dict[str, StarsKnown] = msgspec.field(default_factory=dict)
    credential: str = ""

    def begin(self, credential: str) -> StarWalkState:
        """The walk to go on with; ETags of another credential are forgotten."""
        if self.credential != credential:
            self.credential = credential
            for known in self.known.values():
                known.etag = known.weeks_etag = None
        if self.walk is None:
            self.walk = StarWalkState()
        return self.walk
