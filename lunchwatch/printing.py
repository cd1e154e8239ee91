"""Foreign text on its way to a terminal: it is shown, it does not steer."""

from __future__ import annotations

import re

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 and C1 controls without tab and newline, line separators, what turns the direction of writing, and
halves of characters, which no encoding can write."""


def printable(text: str) -> str:
    """The text with a mark in place of every character that would steer a terminal; tab and newline stay."""
    return _STEERING.sub("�", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same in one line."""
    return printable(" ".join(text.split("\n"))).replace("\t", " ")


def escape_in_json(document: str) -> str:
    """JSON with those characters escaped; they can stand inside its strings only."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", document)
