"""The value of one rule for one text."""

from __future__ import annotations

from dataclasses import dataclass

NOT_STATED = "not_stated"
CONFLICT = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """`quotes`: the sentences it stands on, as they are in the text but for markup; empty when not stated."""

    rule: str
    value: str
    quotes: tuple[str, ...] = ()
