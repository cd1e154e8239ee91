"""What is remembered between runs: where a walk stands, who was missing, and per name its id and ETags.

A walk is one pass over all repositories. It is resumed on the UTC day it began on, else begun again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from collectors.states import WalkState

GONE_FOR = timedelta(days=7)
"""How long a repository that is confirmed gone is not asked for by name again."""


class Walk(msgspec.Struct, omit_defaults=True):
    """`done`: the scopes finished in this walk. `has_read`: at least one repository was read. `size`: the
    repositories per query that work. `unmet`: whose new releases were more than a query shows."""

    day: str
    has_read: bool = False
    done: list[str] = []
    size: int = 0
    unmet: list[str] = []


class Known(msgspec.Struct, omit_defaults=True):
    """What a name stood for when last seen. Moments are ISO 8601.

    `since`: when it was first found. `releases_at`: when its releases were last looked at; `releases_newest`:
    the newest one read; `releases_met`: up to which all were read; `releases_next`: the address of the page
    to go on with, kept because a 304 for the first page names none.
    """

    id: str
    name: str
    since: str = ""
    etag: str | None = None
    releases_etag: str | None = None
    releases_at: str = ""
    releases_newest: str = ""
    releases_met: str = ""
    releases_next: str | None = None

    def forget_validators(self) -> None:
        self.etag = self.releases_etag = self.releases_next = None


class Gone(msgspec.Struct):
    """A repository that is confirmed gone: why, and when that was last asked."""

    reason: str
    at: str


class GitHubState(WalkState, omit_defaults=True):
    """`misses`, `known`, `gone` and `looked` (when we last asked) are by the name we ask for. `credential`:
    whose the ETags are. `size`: the repositories per query that worked in the last walk, 0 for all."""

    walk: Walk | None = None
    known: dict[str, Known] = msgspec.field(default_factory=dict)
    gone: dict[str, Gone] = msgspec.field(default_factory=dict)
    looked: dict[str, str] = msgspec.field(default_factory=dict)
    credential: str = ""
    size: int = 0

    def begin(self, day: date, credential: str, most: int) -> Walk:
        """The walk to go on with on `day`. ETags are forgotten when they are another credential's: each
        sees its own (https://github.com/github/docs/issues/34689).

        `most`: repositories per query; after a walk that had to ask for fewer, the next one asks for a
        quarter more than what worked."""
        if self.credential != credential:
            self.credential = credential
            for known in self.known.values():
                known.forget_validators()
        if self.walk is None or self.walk.day != day.isoformat():
            size = self.size + max(1, self.size // 4) if self.size else most
            self.walk = Walk(day.isoformat(), size=min(size, most))
        return self.walk

    def end(self, most: int) -> None:
        """Close the walk and keep what it learned about the size of queries."""
        if self.walk is not None:
            self.size = self.walk.size if self.walk.size < most else 0
        self.walk = None

    def find_gone(self, name: str, now: datetime) -> Gone | None:
        """What is known of a repository that is gone and not to be asked for again yet."""
        gone = self.gone.get(name)
        return gone if gone is not None and now < datetime.fromisoformat(gone.at) + GONE_FOR else None
