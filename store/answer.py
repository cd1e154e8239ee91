"""What a user's statement answers, within bounds, and how its failure is told."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from store.errors import Refused

ONLY_ONE = "only one SELECT statement is allowed"
_LARGEST = 50_000_000
"""Bytes of a result; a larger one serves nobody."""
_ROW, _CELL = 50, 8
"""Bytes counted for a row and for a value that is neither text nor bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows. `is_cut`: there were more rows than asked for."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a statement may take: rows (0: all) and, from now on, seconds."""

    limit: int
    seconds: float
    deadline: float

    @classmethod
    def starting_now(cls, limit: int, seconds: float) -> Bounds:
        return cls(limit, seconds, time.monotonic() + seconds)

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    @property
    def too_slow(self) -> Refused:
        return Refused(
            f"the statement took longer than {self.seconds:g} s", remedy="narrow it, or raise --seconds"
        )


def gather(columns: Iterable[str], rows: Iterator[Sequence[Any]], bounds: Bounds) -> Answer:
    """The first rows. Raises Refused when they take too long or hold more than 50 MB."""
    kept: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        if bounds.limit and len(kept) == bounds.limit:
            return Answer(tuple(columns), kept, is_cut=True)
        if bounds.seconds_left < 0:
            raise bounds.too_slow
        size += _ROW + sum(len(value) if isinstance(value, (str, bytes)) else _CELL for value in row)
        if size > _LARGEST:
            raise Refused(
                f"the result is larger than {_LARGEST // 1_000_000} MB",
                remedy="ask for fewer columns or rows",
            )
        kept.append(tuple(row))
    return Answer(tuple(columns), kept, is_cut=False)


def refuse(error: BaseException, *, is_write: bool = False) -> Refused:
    """The database's own words in one line."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return Refused(f"{ONLY_ONE} ({line})" if is_write else f"the statement failed: {line}")
