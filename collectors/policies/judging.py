"""Whether what a page says is the document, or something that stands in front of it.

A wall, a shell or an error is never taken for a change of policy, however often it is seen. A text that is
merely much shorter than the last one is believed when it is seen unchanged on several days: documents are
split and shortened, but a page that is half loaded looks the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SHORTEST = 300
"""Characters below which a text is no policy."""

SHRUNK = 0.4
"""A text of less than this share of the last one is looked at again before it is believed. (Two regional
forms of one recorded document differ by half and both are real.)"""

CONFIRMED_ON_DAYS = 3
"""Days on which a much shorter text is seen before it is believed."""

_WALL_LENGTH = 3_000
"""Characters; a longer text is no wall whatever words occur in it."""

_WALL = re.compile(
    r"just a moment|attention required|verify(?:ing)? (?:that )?you(?:'re| are)(?: a)? (?:not a robot|human)"
    r"|checking (?:if the site connection is secure|your browser)|access (?:to this page has been )?denied"
    r"|are you a (?:robot|human)|captcha|enable javascript and cookies|pardon our interruption|security check"
    r"|security verification|request unsuccessful|ddos protection by|unusual traffic|bot detection",
    re.IGNORECASE,
)
_LOGIN_TITLE = re.compile(r"\b(?:log|sign)[ -]?in\b|\bauthenticat", re.IGNORECASE)
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|oauth|sso|auth)(?:/|$)", re.IGNORECASE)
_ERROR = re.compile(
    r"^(?:error )?(?:40[0-9]|410|50[0-9])\b|not found|page (?:does not|doesn['’]t) exist|something went wrong"
    r"|temporarily unavailable|service unavailable|under maintenance|internal server error",
    re.IGNORECASE,
)
_SHELL = re.compile(
    r"(?:enable|turn on|requires?|needs?|without) javascript|javascript (?:is|must be|to run)|<noscript",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"\b(?:accept|reject|allow) all\b|\b(?:manage|customi[sz]e) (?:cookies|preferences)\b"
    r"|before you continue",
    re.IGNORECASE,
)
_COOKIE_LENGTH = 1_500


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a text is not taken for the document. `is_lasting`: however often it is seen."""

    reason: str
    is_lasting: bool = True


def judge(
    title: str, text: str, asked: str, answered: str, *, last_length: int, is_about_cookies: bool
) -> Suspicion | None:
    """None for a text that may be the document. `asked` and `answered`: the address in settings and the one
    the answer came from; `last_length`: characters of the text in force, 0 when none is known."""
    went = _judge_address(asked, answered)
    if went is not None:
        return went
    if len(text) < _WALL_LENGTH:
        for pattern, what in ((_WALL, "a wall against robots"), (_LOGIN_TITLE, "a login page")):
            found = pattern.search(title) or (pattern is _WALL and pattern.search(text))
            if found:
                return Suspicion(f"{what} instead of the document ({found[0].lower()!r})")
        found = _ERROR.search(title)
        if found or (len(text) < SHORTEST and _ERROR.search(text)):
            return Suspicion("an error page instead of the document")
    if len(text) < SHORTEST and (not text or _SHELL.search(text)):
        return Suspicion("a page without text: it is put together in the browser")
    if len(text) < _COOKIE_LENGTH and _COOKIES.search(text) and not is_about_cookies:
        return Suspicion("a cookie banner instead of the document")
    if len(text) < SHORTEST:
        return Suspicion(f"only {len(text)} characters, too few for a policy")
    if len(text) < SHRUNK * last_length:
        reason = f"{len(text):,} characters where there were {last_length:,}"
        return Suspicion(reason, is_lasting=False)
    return None


def _judge_address(asked: str, answered: str) -> Suspicion | None:
    path = urlsplit(answered).path
    if _LOGIN_PATH.search(path) and not _LOGIN_PATH.search(urlsplit(asked).path):
        return Suspicion("sent on to a login page")
    if not path.strip("/") and urlsplit(asked).path.strip("/"):
        return Suspicion("sent on to the site's front page")
    return None
