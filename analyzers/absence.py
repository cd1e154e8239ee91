"""The reason why a number is missing, as a value: skipped work is said, never thrown or hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no result, because of `reason` (one line, without a full stop)."""

    reason: str


def present(value: T | Absent | None) -> T | None:
    """The value, or None where it is absent."""
    return None if isinstance(value, Absent) else value


def not_enough(detail: str) -> str:
    """The one line a section without data prints."""
    return f"not enough data: {detail}"
