"""How many lines a change moved, without keeping the texts: each line as a short mark.

Dates are masked first, so that a new "Last updated" alone moves no line.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?{_MONTH}\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?\d{{4}}\b"
    r"|\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\b|\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日",
    re.IGNORECASE,
)
_MARK = 6
"""Bytes of a mark: among 10,000 lines two differing ones share a mark once in some millions of documents."""


def mask_dates(line: str) -> str:
    return _DATE.sub("□", line)


def mark_lines(text: str) -> str:
    """The marks of the text's lines, one after the other, in hexadecimal."""
    marks = (
        hashlib.blake2b(mask_dates(line).encode(), digest_size=_MARK).hexdigest() for line in text.split("\n")
    )
    return "".join(marks)


def _split(marks: str) -> list[str]:
    width = 2 * _MARK
    return [marks[start : start + width] for start in range(0, len(marks), width)]


def count_moved(before: str, after: str) -> tuple[int, int]:
    """Lines added and removed between two texts given as marks; a line that only moved is neither."""
    old, new = Counter(_split(before)), Counter(_split(after))
    return (new - old).total(), (old - new).total()


def find_nearest(known: Iterable[str], after: str) -> tuple[int, int] | None:
    """Lines added and removed against that known text from which the fewest were; None without any.

    A page that alternates between two forms is thereby compared with its own form, not with the other."""
    moved: Sequence[tuple[int, int]] = [count_moved(before, after) for before in known]
    return min(moved, key=sum, default=None)
