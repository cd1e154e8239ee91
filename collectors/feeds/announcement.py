"""Which feed entries announce a release: a small rule on the title that would rather miss one.

An entry is an announcement when its title

1. begins with a word of presentation ("Introducing", "Announcing", "Meet", …) that a name follows, or
2. holds a name with a version ("Qwen3.5", "V3.1") before "is now available", "is here", "released", …

and says nothing of people, money, partners or programmes. A *name* begins with a capital letter or a digit,
ends at the first punctuation or small joining word, and has at most six words; "Claude for Teachers" shows
a known name to an audience and is none unless it has a version or a hyphen. The claim is only that the
title announces something by that name; what it is, is left to the catalogue.
"""

from __future__ import annotations

import re

_PRESENTED = re.compile(
    r"^(?:introducing|announcing|launching|releasing|unveiling|presenting|meet|welcome|we['’]re releasing)\s+"
    r"(?:the\s+|our\s+|new\s+)*(?P<name>\S.*)$",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"^(?:the\s+)?(?P<name>[^:–—|]{2,80}?)"
    r"(?:\s+(?:from\s+[^:–—|]{2,40}\s+)?(?:is|are)\s+(?:now\s+)?(?:available|here|out|released|live)\b"
    r"|\s+now\s+available\b|\s+released?\b(?!\s+notes)|\s*(?:正式版)?发布)",
    re.IGNORECASE,
)
_NAME_END = re.compile(
    r"[,:;!?()|–—]|\.(?=\s|$)|\s-\s|\s(?:for|to|in|on|with|by|and|at|as|from|is|are|that|which|of|now)\s"
)
_VERSION = re.compile(r"(?:^|[\s\-_A-Za-z])[vV]?\d+(?:\.\d+)*[A-Za-z]{0,3}(?=$|[\s\-_])")
_MARKED = re.compile(r"\d|\w-\w")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_OTHER_NEWS = re.compile(
    r"\b(?:fund(?:ing|s)?|grants?|partner(?:ship)?s?|program(?:me)?s?|initiative|council|institute|academy|"
    r"conference|summit|hackathon|challenge|winners?|recap|ama|board|office|officer|ceo|cto|hires?|joins?|"
    r"acqui(?:res?|sition)|invest(?:s|ment|ors?)?|series|donat(?:es?|ing|ion)|policy|report|index|survey|"
    r"team|fellows?(?:hip)?|residency|award|course|webinar|podcast|episode|newsletter)\b",
    re.IGNORECASE,
)
_MOST_WORDS = 6


def find_announced_name(title: str) -> str | None:
    """The name a title announces, None when it announces nothing by this module's rule."""
    if _OTHER_NEWS.search(title):
        return None
    presented = _PRESENTED.match(title)
    if presented is not None:
        return _parse_name(presented["name"])
    available = _AVAILABLE.match(title)
    if available is not None:
        name = _parse_name(available["name"])
        if name is not None and _VERSION.search(_YEAR.sub("", name)):
            return name
    return None


def _parse_name(text: str) -> str | None:
    end = _NAME_END.search(text)
    name = (text[: end.start()] if end else text).strip(" .\"'“”‘’")
    if end is not None and end[0].strip() in ("for", "to") and not _MARKED.search(name):
        return None
    if not name or not (name[0].isupper() or name[0].isdigit()) or len(name.split()) > _MOST_WORDS:
        return None
    return name
