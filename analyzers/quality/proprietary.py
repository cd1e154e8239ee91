"""Licence texts that say "Proprietary", however they are spelt: no typing error makes an open model."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

WORD = "proprietary"
ALIKE = 0.85
"""Ratcliff–Obershelp similarity from which a word is a misspelling; "property" reaches 0.74."""

_NEGATIONS = frozenset({"non", "not", "no"})


def find_proprietary(text: str) -> str | None:
    """The word of the text that says "proprietary", as it is spelt, in lower case; None where it does not,
    or where the text says that it is not ("non-proprietary")."""
    words: list[str] = re.findall(r"[^\W\d_]+", text.casefold())
    if _NEGATIONS.intersection(words):
        return None
    for word in words:
        if word.startswith("p") and SequenceMatcher(None, word, WORD).ratio() >= ALIKE:
            return word
    return None
