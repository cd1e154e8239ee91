"""What collectors remember of a target between runs: reading and writing it, and counting what was missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from collectors.shapes import MISFITS
from store.errors import SourceGone
from store.records import CoverageStatus

CONFIRMED_AFTER = 2
"""Misses in a row after which something is called gone: private, renamed and deleted look alike."""


class State(msgspec.Struct, omit_defaults=True):
    """What is remembered of a target, as plain data."""

    def write(self) -> dict[str, object]:
        """As plain data, detached from later changes."""
        written: dict[str, object] = msgspec.json.decode(msgspec.json.encode(self))
        return written


class WalkState(State, omit_defaults=True):
    """What every walk remembers. `misses`: how often in a row something was not found."""

    misses: dict[str, int] = {}

    def note_miss(self, what: str, error: SourceGone) -> tuple[CoverageStatus, str]:
        """Count one more miss; what that makes of its coverage, and why."""
        misses = self.misses[what] = self.misses.get(what, 0) + 1
        if misses >= CONFIRMED_AFTER:
            return CoverageStatus.GONE, f"{error}, {misses} times in a row"
        return CoverageStatus.FAILED, f"{error}, to be confirmed"

    def note_found(self, what: str) -> None:
        self.misses.pop(what, None)


_State = TypeVar("_State", bound=State)


def read_state(state: Mapping[str, object], shape: type[_State]) -> _State:
    """Read what `write` wrote; a state of another shape (an older version's) is begun anew."""
    try:
        return msgspec.convert(dict(state), shape)
    except MISFITS:
        return shape()


def read_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def read_names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, (list, tuple)) else []
