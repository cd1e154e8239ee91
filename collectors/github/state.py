"""What is remembered between runs: where a walk stands, who was missing, and per name its id and ETags.

A walk is one pass over all repositories. It is resumed on the UTC day it began on, else begun again.
"""

from __future__ import annotations

from datetime import date

import msgspec

from collectors.states import WalkState


class Walk(msgspec.Struct, omit_defaults=True):
    """`done`: the scopes finished in this walk. `has_read`: at least one repository was read."""

    day: str
    has_read: bool = False
    done: list[str] = []


class Known(msgspec.Struct, omit_defaults=True):
    """What a name stood for when last seen. `releases_at`: when its releases were last looked at."""

    id: str
    name: str
    etag: str | None = None
    releases_etag: str | None = None
    releases_at: str = ""


class GitHubState(WalkState, omit_defaults=True):
    """`misses` and `known` are by the name we ask for."""

    walk: Walk | None = None
    known: dict[str, Known] = msgspec.field(default_factory=dict)

    def begin(self, day: date) -> Walk:
        """The walk to go on with on `day`."""
        if self.walk is None or self.walk.day != day.isoformat():
            self.walk = Walk(day.isoformat())
        return self.walk
