"""Rating boards: one metric per board, because ratings of two boards are never comparable.

The catalogue declares the boards that are collected (`arena.text.rating`); an imported board of another
name is declared as it comes (`board.NAME.rating`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from store.errors import NotFound, Refused, cut
from store.records import Metric, Semantics

COLUMNS = ("rating", "rating_ci_low", "rating_ci_high", "votes")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_RATING = re.compile(r"(?P<source>arena|board)\.(?P<name>.+)\.rating")


@dataclass(frozen=True, slots=True)
class BoardRef:
    """Where a board's rows stand: the subjects' `source`, and their names `NAME/MODEL`."""

    source: str
    name: str

    def metric(self, column: str) -> str:
        """The metric of one of COLUMNS."""
        return f"{self.source}.{self.name}.{column}"

    def subject_name(self, model: str) -> str:
        return f"{self.name}/{model}"

    def metrics(self) -> tuple[Metric, ...]:
        """The declarations an imported board needs."""
        return tuple(
            Metric(
                name=self.metric(column),
                unit="votes" if column == "votes" else "points",
                semantics=Semantics.SCORE,
                source=self.source,
                caveat="Imported. Comparable only within one publication of this board.",
            )
            for column in COLUMNS
        )


def parse_board(name: str) -> str:
    """A board's name as it is kept: small letters, blanks as hyphens. Raises Refused for one that cannot
    be kept."""
    slug = re.sub(r"\s+", "-", name.strip().casefold())
    if _NAME.fullmatch(slug):
        return slug
    raise Refused(
        f"{cut(name)!r} cannot be the name of a board",
        remedy="use letters, digits, dots, hyphens and underscores, at most 40",
    )


def list_boards(metrics: Iterable[str]) -> list[BoardRef]:
    """The boards among declared metrics, by name."""
    found = [_RATING.fullmatch(name) for name in metrics]
    return sorted((BoardRef(m["source"], m["name"]) for m in found if m), key=lambda ref: ref.name)


def find_board(name: str, metrics: Iterable[str]) -> BoardRef:
    """The board of that name; raises NotFound, which lists the boards there are."""
    boards = list_boards(metrics)
    wanted = parse_board(name)
    for board in boards:
        if board.name == wanted:
            return board
    raise NotFound(
        f"there is no board {name}", remedy=f"there are: {', '.join(board.name for board in boards)}"
    )


def new_board(name: str, metrics: Iterable[str]) -> BoardRef:
    """The board of that name, or where it would stand once it is declared."""
    wanted = parse_board(name)
    return next((b for b in list_boards(metrics) if b.name == wanted), BoardRef("board", wanted))
