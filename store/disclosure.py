"""What was said about how open one model is: by its maker, on the Hub, and by those who resell it.

The read model of the openness analysis, and the one rule by which facts decide on openness. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from store.records import Openness, Provenance


class Speaker(StrEnum):
    """Who says it, the most trusted first."""

    MODEL = "model"  # dated facts about the model itself: the catalogue's, its maker's own entry
    HUB = "hub"  # the model's repository on the Hub
    OFFER = "offer"  # a provider's entry in a catalogue of offers


@dataclass(frozen=True, slots=True)
class Statement:
    """`about` (a model's key or source:name) had `value` as its `attribute` from `valid_from` on."""

    speaker: Speaker
    about: str
    attribute: str
    value: str
    valid_from: date
    evidence_url: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All statements about one model that were known at the reading's as-of, oldest first."""

    model: str
    name: str
    as_of: date
    statements: tuple[Statement, ...]

    def in_force(self, speaker: Speaker, day: date) -> dict[str, Statement]:
        """By attribute what the speaker's latest statement on `day` was. Of several Hub repositories
        of one model the one that spoke last counts."""
        found: dict[str, Statement] = {}
        for statement in self.statements:
            if statement.speaker is speaker and statement.valid_from <= day:
                found[statement.attribute] = statement
        return found


class Decision(NamedTuple):
    """An openness class, the attribute that decided and why, in words."""

    openness: Openness
    attribute: str | None
    because: str | None


def decide_openness(facts: Mapping[str, str], classify: Callable[[str], Openness]) -> Decision:
    """The dated openness, else the licence's class, else whether the weights can be had (methodology 1)."""
    if "openness" in facts:
        return Decision(Openness(facts["openness"]), "openness", "stated")
    if "licence" in facts:
        openness = classify(facts["licence"])
        if openness is not Openness.UNKNOWN:
            return Decision(openness, "licence", "licence")
    match facts.get("open_weights"):
        case "true":
            return Decision(Openness.RESTRICTED, "open_weights", "weights can be had, licence not stated")
        case "false":
            return Decision(Openness.API, "open_weights", "weights cannot be had")
    return Decision(Openness.UNKNOWN, None, None)
