"""What both databases can hold, sound texts and bounded keys, and what a published score can be."""

from __future__ import annotations

LONGEST_WORD = 64
LONGEST_KEY = 400
"""Characters a name or key may have; PostgreSQL's index pages refuse far longer ones."""

LARGEST_SCORE = 100_000.0
"""Points; no published rating or index comes near it, on either side of zero. Elo-like boards stay within
a few thousand, and beyond it differences, ratios and slopes of scores need not be finite."""


LEAST_SHARE = 0.5
"""A publication with a smaller share of the entries of the one before is cut off rather than newer."""


def is_short(entries: int, before: int) -> bool:
    """Whether a publication has too few entries to follow one of `before` entries."""
    return entries < LEAST_SHARE * before


def is_sound(text: str) -> bool:
    """No NUL, which PostgreSQL refuses, and no half of a surrogate pair, which is no text at all."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_key(key: str, longest: int = LONGEST_KEY) -> bool:
    return 0 < len(key) <= longest
