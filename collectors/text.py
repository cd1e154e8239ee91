"""Text and links from outside, made safe to store and to show; and messages that give nothing away.

A terminal obeys escape sequences, a reader believes a line whose direction was turned, and a database
refuses a lone surrogate. What is shown to people is therefore cleaned here; what identifies something is
checked instead (`is_identifier`), since a cleaned identifier would be another one's.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LINK_LENGTH = 2_000
MESSAGE_LENGTH = 300
_MOST_READ = 2_000
"""Of a message; an error may quote all of an answer."""

_CREDENTIALS = (
    (re.compile(r"header value\b.*", re.IGNORECASE | re.DOTALL), "header value (not shown)"),
    (re.compile(r"\b(bearer|basic)\s+[^\s'\",;]+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"\b(?:hf|gh[opsur]|github_pat)_\w+"), "…"),
    (re.compile(r"[^\s/'\"@]+:[^\s/'\"@]*@"), ""),
)
"""What carries a credential: a header quoted by a client library, the forms of tokens, `user:password@`."""


def clean_text(text: str, longest: int) -> str:
    """One line of at most `longest` printable characters: control characters, escape sequences' signs,
    turned directions and lone surrogates become spaces, and white space is collapsed."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())
    return shorten(line, longest)


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut at a word's end where there is one, with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head = cut.rpartition(" ")[0]
    return (head if len(head) > length // 2 else cut) + "…"


def clean_message(said: object, secret: str | None = None) -> str:
    """What a library's exception or a server says, for our errors and reasons: clean, and without
    credentials. `secret`: one that must not stand in it whatever it looks like."""
    text = str(said)
    if secret:
        text = text.replace(secret, "…")
    text = text[:_MOST_READ]
    for pattern, instead in _CREDENTIALS:
        text = pattern.sub(instead, text)
    return clean_text(text, MESSAGE_LENGTH)


def is_identifier(text: str, longest: int) -> bool:
    """Whether both databases can hold it and a terminal can show it as it is."""
    return 0 < len(text) <= longest and text.isprintable()


def parse_link(text: str) -> str | None:
    """The address when it is an absolute http(s) one of sane length, else None."""
    candidate = text.strip()
    if " " in candidate or not is_identifier(candidate, LINK_LENGTH):
        return None
    try:
        parts = urlsplit(candidate)
    except ValueError:  # an unclosed bracket: not an address, and whoever named it can do without
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme + candidate[len(parts.scheme) :]  # the scheme in lower case, the rest as it is


def parse_token(text: str | None) -> str | None:
    """A token as it can be sent in a header, without white space around it; None for an empty one.

    Raises ValueError, not quoting it, for one with spaces, control characters or letters beyond ASCII."""
    token = (text or "").strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError("holds a character that no token has")
    return token or None
