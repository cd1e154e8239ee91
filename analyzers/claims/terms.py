"""Under which terms a benchmark score was measured, and whether two scores are about the same thing.

Two scores can be compared when version, metric, unit and settings do not contradict each other. Names and
units are unified only where the catalogue says that they mean the same (`BenchmarkTerms`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from store.records import BenchmarkTerms, Claim

DIFFERENT_VERSION = "different version"
DIFFERENT_METRIC = "different metric"
DIFFERENT_UNIT = "different unit"
DIFFERENT_SETTINGS = "different settings"
NO_TOLERANCE = "no tolerance declared for this unit"

NOT_STATED = "not stated"
SHARES = ("fraction", "percent")
UNDECLARED = BenchmarkTerms()

WHAT_IS_TESTED = frozenset({"dataset", "split", "subset"})
"""Settings that choose the questions, not how they are asked. Not to state one is to use the benchmark's
declared one; where none is declared, a part cannot be told from the whole."""

_SAME_KEY = {
    "shot": "shots",
    "n-shot": "shots",
    "n-shots": "shots",
    "num-fewshot": "shots",
    "few-shot": "shots",
    "agent": "harness",
    "scaffold": "harness",
    "tool": "tools",
}
_PAIR = re.compile(r"\s*(?P<key>[^:=;,\n]+?)\s*[:=]\s*(?P<value>.*?)\s*")
_SHOTS = re.compile(r"(?P<count>\d+|zero|one)[\s-]*shots?", re.IGNORECASE)
_WORDS_OF_NUMBERS = {"zero": "0", "one": "1"}


@dataclass(frozen=True, slots=True)
class Terms:
    """A claim's score in the benchmark's own unit and metric; `settings` by unified key, as they are spelt.
    `assumed`: what the claim does not say and the benchmark declares."""

    score: float
    unit: str
    metric: str
    version: str
    settings: Mapping[str, str]
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The first reason why two scores are not comparable, and everything in which they differ."""

    reason: str
    detail: str


def parse_settings(text: str) -> dict[str, str]:
    """`shots=5; harness: Codex` as pairs. `;`, `,` and line ends separate, `5-shot` is shots=5; what has no
    key is kept together under `other`."""
    pairs: dict[str, str] = {}
    others: list[str] = []
    for part in re.split(r"[;,\n]", text):
        words = part.strip()
        if shots := _SHOTS.fullmatch(words):
            count = shots["count"].casefold()
            pairs["shots"] = _WORDS_OF_NUMBERS.get(count, count)
        elif (pair := _PAIR.fullmatch(part)) and pair["value"]:
            key = "-".join(re.split(r"[\s_-]+", pair["key"].casefold()))
            pairs[_SAME_KEY.get(key, key)] = pair["value"]
        elif words:
            others.append(words)
    if others:
        pairs["other"] = ", ".join(sorted(others, key=str.casefold))
    return pairs


def read_terms(claim: Claim, declared: BenchmarkTerms) -> Terms:
    """The claim's score under unified names. A fraction becomes a percentage, or the other way round, only
    where the benchmark declares one of the two; a metric that is not stated is the one it always reports."""
    unit, score = claim.unit.strip().casefold(), claim.score
    if unit in SHARES and declared.unit in SHARES and unit != declared.unit:
        # rounded, so that 0.412 and 41.2 are equal as numbers too
        score = round(score * 100 if declared.unit == "percent" else score / 100, 12)
        unit = declared.unit
    metric = claim.metric.strip()
    if declared.metric and (not metric or spell(metric) in _spellings(declared)):
        metric = declared.metric
    settings = parse_settings(claim.settings)
    assumed = [] if claim.metric.strip() or not declared.metric else ["metric"]
    if declared.dataset and "dataset" not in settings:
        settings["dataset"] = declared.dataset
        assumed.append("dataset")
    return Terms(score, unit, metric, claim.version.strip(), settings, tuple(assumed))


def find_difference(ours: Terms, theirs: Terms) -> Difference | None:
    """Why the two are not comparable: version, metric, unit, then settings; None where nothing contradicts.

    A version or metric that one side alone states is a difference, and so is a chosen part of the questions;
    any other setting that one side alone states is none (`list_unstated` names it)."""
    found = [
        (reason, name, mine, other)
        for reason, name, mine, other in (
            (DIFFERENT_VERSION, "version", ours.version, theirs.version),
            (DIFFERENT_METRIC, "metric", ours.metric, theirs.metric),
            (DIFFERENT_UNIT, "unit", ours.unit, theirs.unit),
        )
        if spell(mine) != spell(other)
    ]
    for key in sorted(ours.settings.keys() | theirs.settings.keys()):
        mine, other = ours.settings.get(key, ""), theirs.settings.get(key, "")
        is_said_twice = bool(mine and other)
        if (is_said_twice or key in WHAT_IS_TESTED) and spell(mine) != spell(other):
            found.append((DIFFERENT_SETTINGS, key, mine, other))
    if not found:
        return None
    details = [
        f"{name} {_say(name, mine, ours)} against {_say(name, other, theirs)}"
        for _, name, mine, other in found
    ]
    return Difference(found[0][0], "; ".join(details))


def list_unstated(ours: Terms, theirs: Terms) -> tuple[str, ...]:
    """What only one of the two states: settings, and a metric or dataset that is assumed for the other."""
    settings = ours.settings.keys() ^ theirs.settings.keys()
    return tuple(sorted(settings | (set(ours.assumed) ^ set(theirs.assumed))))


def spell(text: str) -> str:
    """Letters, digits and what changes a number's or metric's meaning (`@`, `.`, `+`), in lower case:
    `Mini-SWE-Agent` and `mini swe agent` are the same, `pass@1` and `pass@10`, `2.1` and `21` are not."""
    return "".join(char for char in text.casefold() if char.isalnum() or char in "@.+")


def _spellings(declared: BenchmarkTerms) -> set[str]:
    return {spell(name) for name in (declared.metric, *declared.metric_names)}


def _say(name: str, value: str, terms: Terms) -> str:
    return f"{value} (assumed)" if name in terms.assumed else value or NOT_STATED
