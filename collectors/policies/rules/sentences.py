"""A text as sentences: lines, bullets and what full stops end; Markdown's signs are taken off."""

from __future__ import annotations

import re

LONGEST_SENTENCE = 600
"""Characters that are read of one; a longer one is a table or a list without full stops."""

_LINK = re.compile(r"\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")
_SIGNS = re.compile(r"^(?:[#>\s]+|[-*+•]\s+|\d{1,3}[.)]\s+|\(?[a-z]{1,4}\)\s+)+|\*\*|__|`", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?;])[\"”’)]*\s+(?=[\"“(A-Z0-9])|\s*\|\s*|(?<=[a-z]\.)(?=\d{1,2}\.\d)")


def split_sentences(text: str) -> tuple[str, ...]:
    """The text's sentences in their order, each once."""
    found: dict[str, None] = {}
    for line in text.split("\n"):
        plain = _SIGNS.sub("", _LINK.sub(r"\1", line.strip()))
        for sentence in _END.split(plain):
            cleaned = " ".join(sentence.replace("’", "'").split())[:LONGEST_SENTENCE].strip(" *_")
            if cleaned:
                found[cleaned] = None
    return tuple(found)
