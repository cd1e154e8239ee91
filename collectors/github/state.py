"""What is remembered between runs: where a walk stands, who was missing, and per name its id and ETags.

A walk is one pass over all repositories. It is resumed on the UTC day it began on, else begun again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec


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


class GitHubState(msgspec.Struct, omit_defaults=True):
    """`misses`: how often in a row a repository was not found. `known`: by the name we ask for."""

    walk: Walk | None = None
    misses: dict[str, int] = {}
    known: dict[str, Known] = {}

    def begin(self, day: date) -> Walk:
        """The walk to go on with on `day`."""
        if self.walk is None or self.walk.day != day.isoformat():
            self.walk = Walk(day.isoformat())
        return self.walk

    def write(self) -> dict[str, object]:
        """As plain data, detached from later changes."""
        written: dict[str, object] = msgspec.json.decode(msgspec.json.encode(self))
        return written


def read_state(state: Mapping[str, object]) -> GitHubState:
    """Read what `write` wrote; a state of another shape (an older version's) is begun anew."""
    try:
        return msgspec.convert(dict(state), GitHubState)
    except msgspec.ValidationError:
        return GitHubState()
