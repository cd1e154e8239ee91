"""A text as it is kept and compared: which differences between two answers of a page are none.

Unified: line ends, runs of blanks, no-break and zero-width spaces, soft hyphens, the order in which a letter
and its accent are written (NFC), empty lines, signs that nobody sees. Left out: lines that are *nothing but*
a button, a copyright notice with its year, a reading time or an age ("Updated 3 days ago"), since they change
by themselves. Everything else is kept to the letter: "Last updated: 3 March 2026" is part of a policy, and
so is every sentence about cookies.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_TEXT = 2_000_000
"""Characters. The longest policy recorded so far has about 100,000."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")

_BUTTONS = (
    r"accept(?: all)?(?: cookies)?|reject(?: all)?(?: cookies)?|(?:cookie|privacy) (?:settings|preferences)"
    r"|(?:manage|customi[sz]e) (?:cookies|preferences|choices)|skip to (?:main )?content|back to top|print"
    r"(?: this page)?|share|copy (?:page|link)|send feedback|was this (?:page|article) helpful\??|yes|no"
    r"|view a markdown version of this page|table of contents|on this page|loading(?:…|\.\.\.)?"
)
_AGE = (
    r"(?:(?:last )?(?:updated|modified|reviewed)|published)?:?\s*"
    r"(?:over |about |almost )?(?:a|an|\d{1,3}|yesterday|today|just now)"
    r"(?: (?:minute|hour|day|week|month|year)s?)?(?: ago)?"
)
_READING_TIME = r"\d{1,3} min(?:ute)?s?(?: to)? read"
_COPYRIGHT = (
    r"(?:copyright )?(?:©|\(c\))\s*(?:copyright )?(?:\d{4}\s*[-–]\s*)?\d{4}\b[^.]{0,60}\.?"
    r"(?: all rights reserved\.?)?"
)
_NOISE = re.compile(rf"(?:{_BUTTONS}|{_READING_TIME}|{_COPYRIGHT})", re.IGNORECASE)
_AGE_LINE = re.compile(_AGE, re.IGNORECASE)


def unify(text: str) -> str:
    """The text as it is kept: lines without blanks at their ends, none of them empty or noise."""
    text = unicodedata.normalize("NFC", text[:LONGEST_TEXT].encode(errors="replace").decode())
    text = _CONTROL.sub("", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not is_noise(line))


def is_noise(line: str) -> bool:
    """Whether a line is nothing but a button, a copyright year, a reading time or an age."""
    if len(line) > 120:
        return False
    if _NOISE.fullmatch(line):
        return True
    return bool(_AGE_LINE.fullmatch(line)) and bool(re.search(r"ago|yesterday|today|just now", line.lower()))


def digest(text: str) -> str:
    """The identity of a text: SHA-256 in hexadecimal, as imported documents have it."""
    return hashlib.sha256(text.encode()).hexdigest()
