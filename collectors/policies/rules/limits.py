"""Limits of use by name: `stated` or `not_stated`; two of them are numbers.

limit.competing_models     outputs or the service may not be used for models or products that compete
limit.training_models      outputs may not be used to train or distil models
limit.reverse_engineering  no reverse engineering of models or service
limit.extraction           no automatic extraction, scraping
limit.commercial           not for commercial use
limit.military             military use, weapons
limit.users                a number of monthly active users above which another licence is needed
limit.age                  the least age of users, in years
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from collectors.policies.rules.reading import NOT_STATED, Reading

STATED = "stated"
_QUOTES = 2

_ALLOWED = re.compile(
    r"\b(?:you|customer)s? (?:may|can) (?!not\b)|\bdoes not constitute|\bnot (?:be )?(?:a )?prohibited"
    r"|\bpermitted to\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\bnot\b|n't\b|\bcannot\b|\bnever\b|\bprohibit|\bforbid|\brestrict|^(?:us(?:e|ing)|develop|to )",
    re.IGNORECASE,
)
"""A prohibition, or an item in a list of what is prohibited."""

_FLAGS: dict[str, re.Pattern[str]] = {
    "competing_models": re.compile(
        r"\b(?:develop|build|create|train|improve|offer|provide)(?:s|ing)?\b[^.;]{0,90}"
        r"\b(?:compet(?:e|es|ing|itive|itor))\b"
        r"|\bcompet(?:es?|ing|itive)\b[^.;]{0,40}\b(?:models?|products?|services?)\b",
        re.IGNORECASE,
    ),
    "training_models": re.compile(
        r"\b(?:us(?:e|es|ing)|used)\b[^.;]{0,60}\b(?:outputs?|results)\b[^.;]{0,80}"
        r"\b(?:train(?:ing)?|distil\w*|fine-?tun\w+)\b|\bmodel distillation\b",
        re.IGNORECASE,
    ),
    "reverse_engineering": re.compile(r"\breverse[- ]engineer", re.IGNORECASE),
    "extraction": re.compile(
        r"\b(?:automatically|programmatically)\b[^.;]{0,30}\bextract|\bscrap(?:e|ing)\b|\bweb harvesting\b",
        re.IGNORECASE,
    ),
    "commercial": re.compile(
        r"\bnon-?commercial (?:use|purposes?) only\b|\bonly for (?:\w+,? (?:and )?)?non-?commercial\b"
        r"|\bnot\b[^.;]{0,40}\bfor (?:any )?commercial (?:use|purposes?)\b",
        re.IGNORECASE,
    ),
    "military": re.compile(r"\bmilitary\b|\bwarfare\b|\bweapons?\b|\bmunitions?\b", re.IGNORECASE),
}
_NEEDS_PROHIBITION = frozenset({"competing_models", "training_models"})
_NUMBER = r"\d[\d,.]{0,12}"
_SCALE = r"million|billion|m\b|bn\b"
_USERS = re.compile(
    rf"(?P<number>{_NUMBER})\s*(?P<scale>{_SCALE})?\s*(?:or more )?monthly[- ]active[- ]users"
    rf"|monthly[- ]active[- ]users[^.;]{{0,80}}?(?P<number2>{_NUMBER})\s*(?P<scale2>{_SCALE})?",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\bat least (?P<age>\d{2})(?: \(\d{2}\))?(?: years)?"
    r"|\b(?P<age2>\d{2}) years(?: of age| old)? or (?:older|over)",
    re.IGNORECASE,
)
_AGE_MATTER = re.compile(r"\b(?:years?|age|old|older|consent)\b", re.IGNORECASE)
_SCALES = {"million": 1_000_000, "m": 1_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000}
_AGES = range(10, 22)


def list_limits(sentences: Sequence[str]) -> tuple[Reading, ...]:
    """Every limit by name, stated or not."""
    flags = [_read_flag(name, pattern, sentences) for name, pattern in _FLAGS.items()]
    return (
        *flags,
        _read_number("users", sentences, find_users_limit),
        _read_number("age", sentences, find_age_limit),
    )


def _read_flag(name: str, pattern: re.Pattern[str], sentences: Sequence[str]) -> Reading:
    quotes = [each for each in sentences if pattern.search(each) and not _ALLOWED.search(each)]
    if name in _NEEDS_PROHIBITION:
        quotes = [each for each in quotes if _FORBIDS.search(each)]
    return Reading(f"limit.{name}", STATED if quotes else NOT_STATED, tuple(quotes[:_QUOTES]))


def _read_number(name: str, sentences: Sequence[str], find: Callable[[str], int | None]) -> Reading:
    """The smallest number that a sentence names."""
    found = [(number, each) for each in sentences if (number := find(each)) is not None]
    if not found:
        return Reading(f"limit.{name}", NOT_STATED)
    least = min(number for number, _ in found)
    quotes = [each for number, each in found if number == least]
    return Reading(f"limit.{name}", str(least), tuple(quotes[:_QUOTES]))


def find_users_limit(sentence: str) -> int | None:
    """700000000 for "greater than 700 million monthly active users"."""
    match = _USERS.search(sentence)
    if match is None:
        return None
    try:
        number = float((match["number"] or match["number2"]).rstrip(".,").replace(",", ""))
    except ValueError:  # 1.2.3: a section's number
        return None
    return round(number * _SCALES.get((match["scale"] or match["scale2"] or "").lower(), 1))


def find_age_limit(sentence: str) -> int | None:
    match = _AGE.search(sentence)
    if match is None or not _AGE_MATTER.search(sentence):
        return None
    age = int(match["age"] or match["age2"])
    return age if age in _AGES else None
