"""How long what customers send is kept: days, `as_necessary`, `zero`, not_stated.

Every period that a sentence on keeping or deleting content names is listed, in days, ascending: `30` or
`30, 730`. Months are 30 days and years 365, as policies use the words. Periods for notices, payments and
answers to requests are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from collectors.policies.rules.reading import NOT_STATED, Reading

AS_NECESSARY, ZERO = "as_necessary", "zero"
_QUOTES = 3
_PERIODS = 5
_LONGEST = 36_500

_KEEP = re.compile(
    r"\b(?:retain(?:s|ed|ing)?|retention|stor(?:e|es|ed|ing|age)|keep(?:s|ing)?|kept|delet(?:e|es|ed|ing|ion)"
    r"|eras(?:e|es|ed|ing|ure)|purged?)\b",
    re.IGNORECASE,
)
_CONTENT = re.compile(
    r"\b(?:content|data|inputs?|outputs?|prompts?|completions?|responses?|conversations?|chats?|logs?|information"
    r"|messages?|recordings?|transcripts?)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:notice|notif(?:y|ies|ied|ication)|respond|response to your|appeal|dispute|arbitrat\w*|invoices?"
    r"|payments?|refund|fees|cookies?|terminat(?:e|ion) (?:this|these|the) (?:agreement|terms)"
    r"|sub-?processors?|advance|cure)\b",
    re.IGNORECASE,
)
_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
    "twelve": 12,
    "fourteen": 14,
    "eighteen": 18,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
}
_UNITS = {"hour": 0, "day": 1, "week": 7, "month": 30, "year": 365}
_PERIOD = re.compile(
    rf"\b(?P<number>\d{{1,4}}|{'|'.join(_WORDS)})\b[\s-]*(?:\(\d{{1,4}}\)\s*)?(?:calendar |consecutive )?"
    r"(?P<unit>hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
_ZERO = re.compile(
    r"\bzero[- ]data[- ]retention\b|\b(?:do|does|will)(?: not|n't) (?:store|retain|log)\b", re.IGNORECASE
)
_NECESSARY = re.compile(
    r"\b(?:as|so) long as (?:is |it is |reasonably )*"
    r"(?:necessary|needed|required|you (?:have|keep|use)|your account)"
    r"|\b(?:retain|keep|store)\b[^.;]{0,80}\bas (?:needed|necessary|required)\b"
    r"|\bno longer (?:needed|necessary|required)\b",
    re.IGNORECASE,
)


def read_retention(sentences: Sequence[str]) -> Reading:
    """The periods that are named; where none is, whether keeping is said to follow the need."""
    periods: dict[int, str] = {}
    for sentence in sentences:
        for days in list_periods(sentence):
            periods.setdefault(days, sentence)
    if periods:
        named = sorted(periods)[:_PERIODS]
        quotes = tuple(dict.fromkeys(periods[each] for each in named))
        return Reading("retention", ", ".join(str(days) for days in named), quotes[:_QUOTES])
    for value, pattern in ((ZERO, _ZERO), (AS_NECESSARY, _NECESSARY)):
        found = [each for each in sentences if pattern.search(each) and _is_about_keeping(each)]
        if found:
            return Reading("retention", value, tuple(found[:_QUOTES]))
    return Reading("retention", NOT_STATED)


def list_periods(sentence: str) -> list[int]:
    """The days that a sentence on keeping content names; hours round up to one."""
    if not _is_about_keeping(sentence):
        return []
    found = []
    for match in _PERIOD.finditer(sentence):
        word = match["number"].lower()
        number = _WORDS.get(word) or int(word)
        days = number * _UNITS[match["unit"].lower()] or -(-number // 24)
        if 0 < days <= _LONGEST and not _is_an_age(sentence, match):
            found.append(days)
    return found


def _is_about_keeping(sentence: str) -> bool:
    return bool(_KEEP.search(sentence) and _CONTENT.search(sentence)) and not _OTHERS.search(sentence)


def _is_an_age(sentence: str, match: re.Match[str]) -> bool:
    return bool(re.match(r"\s*(?:old|of age)\b", sentence[match.end() :], re.IGNORECASE))
