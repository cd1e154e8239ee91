"""Two texts side by side: which lines went and came, and within a changed line which words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Sign = Literal["same", "removed", "added"]

LIKE = 0.5
"""Two lines of at least this similarity (Ratcliff and Obershelp) are one line that was changed."""

_LONGEST = 4_000
"""Words and lines beyond which a paragraph is shown whole: comparing takes the square of it."""

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison. `sign` same, removed or added; `pieces` are its words, of which some may be
    marked where the line is one half of a changed one."""

    sign: Sign
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that belong together; `start`: the first one's number in the earlier text, from 1."""

    start: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`added` and `removed` count lines."""

    hunks: tuple[Hunk, ...]
    added: int
    removed: int


def compare(before: str, after: str, context: int = 1) -> Comparison:
    """The differences of two texts, with so many lines around them."""
    old, new = before.split("\n"), after.split("\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    hunks: list[Hunk] = []
    added = removed = 0
    for group in matcher.get_grouped_opcodes(context):
        lines: list[Line] = []
        for tag, i, j, k, m in group:
            if tag == "equal":
                lines += [Line("same", (Piece("same", text),)) for text in old[i:j]]
                continue
            removed, added = removed + (j - i), added + (m - k)
            lines += _compare_lines(old[i:j], new[k:m])
        hunks.append(Hunk(group[0][1] + 1, tuple(lines)))
    return Comparison(tuple(hunks), added, removed)


def _compare_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Lines that replace each other: pairs that are alike word by word, the others whole."""
    left = list(new)
    for line in old:
        partner = _find_alike(line, left)
        if partner is None:
            yield Line("removed", (Piece("removed", line),))
            continue
        for earlier in left[:partner]:
            yield Line("added", (Piece("added", earlier),))
        gone, come = compare_words(line, left[partner])
        yield Line("removed", gone)
        yield Line("added", come)
        del left[: partner + 1]
    for line in left:
        yield Line("added", (Piece("added", line),))


def _find_alike(line: str, others: Sequence[str]) -> int | None:
    """The place of the first line that is like it, among the next few."""
    for place, other in enumerate(others[:8]):
        if max(len(line), len(other)) > _LONGEST:
            continue
        matcher = difflib.SequenceMatcher(None, _WORD.findall(line), _WORD.findall(other), autojunk=False)
        if matcher.real_quick_ratio() >= LIKE and matcher.quick_ratio() >= LIKE and matcher.ratio() >= LIKE:
            return place
    return None


def compare_words(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The earlier line with what went, the later one with what came."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    gone: list[Piece] = []
    come: list[Piece] = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            gone.append(Piece("same", "".join(old[i:j])))
            come.append(Piece("same", "".join(new[k:m])))
            continue
        if j > i:
            gone.append(Piece("removed", "".join(old[i:j])))
        if m > k:
            come.append(Piece("added", "".join(new[k:m])))
    return tuple(gone), tuple(come)
