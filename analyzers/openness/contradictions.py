"""Who contradicts whom about a model's openness: findings on the quality of the data (methodology 1).

Reseller catalogues disagree about open weights; the maker's own entry is trusted and the disagreement kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.openness.layers import FindLicence, judge_layers, own_decision
from store.disclosure import Disclosure, Speaker, Statement
from store.records import Openness, OpenRule


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`statement` says one thing, `trusted` another. Without `trusted` nobody better said anything: then
    the statements of `others` stand against each other."""

    about: str
    says: str
    trusted_says: str | None
    statement: Statement
    trusted: Statement | None
    others: tuple[Statement, ...] = ()


def list_contradictions(disclosure: Disclosure, find_licence: FindLicence) -> list[Contradiction]:
    """Contradictions in force at the disclosure's as-of: within the maker's own entry, between it and
    the Hub repository, and with every reseller."""
    return [
        *_within_own(disclosure, find_licence),
        *_own_against_hub(disclosure, find_licence),
        *_resellers(disclosure, find_licence),
    ]


def _within_own(disclosure: Disclosure, find_licence: FindLicence) -> Iterator[Contradiction]:
    said = disclosure.in_force(Speaker.MODEL, disclosure.as_of)
    stated, named = said.get("openness"), said.get("licence")
    licence = find_licence(named.value) if named is not None else None
    if stated is not None and named is not None and licence is not None:
        class_stated = Openness(stated.value)
        if class_stated is not Openness.UNKNOWN and licence.openness is not class_stated:
            yield Contradiction(
                "licence", f"{licence.name} ({licence.openness})", f"stated as {class_stated}", named, stated
            )
    weights = said.get("open_weights")
    decider = stated or (named if licence is not None else None)
    if weights is not None and decider is not None:
        openness = Openness(stated.value) if stated else licence.openness if licence else Openness.UNKNOWN
        yield from _about_weights(weights, decider, has_weights=OpenRule.WEIGHTS.is_open(openness))


def _own_against_hub(disclosure: Disclosure, find_licence: FindLicence) -> Iterator[Contradiction]:
    named = disclosure.in_force(Speaker.MODEL, disclosure.as_of).get("licence")
    shown = disclosure.in_force(Speaker.HUB, disclosure.as_of).get("licence")
    if named is None or shown is None:
        return
    ours, theirs = find_licence(named.value), find_licence(shown.value)
    if ours is not None and theirs is not None and ours.key != theirs.key:
        yield Contradiction("licence", theirs.name, ours.name, shown, named)


def _resellers(disclosure: Disclosure, find_licence: FindLicence) -> Iterator[Contradiction]:
    """Each offer's latest word on open weights against the maker's own; where nobody better said
    anything, the offers against each other."""
    latest: dict[str, Statement] = {}
    for statement in disclosure.statements:
        if statement.speaker is Speaker.OFFER and statement.attribute == "open_weights":
            latest[statement.about] = statement
    _, decision = own_decision(disclosure, disclosure.as_of, find_licence)
    has_weights = OpenRule.WEIGHTS.is_open(decision.openness)
    if has_weights is not None:
        trusted = judge_layers(disclosure, find_licence).weights.statement
        for statement in latest.values():
            yield from _about_weights(statement, trusted, has_weights=has_weights)
        return
    closed = [s for s in latest.values() if s.value == "false"]
    opened = [s for s in latest.values() if s.value == "true"]
    if opened and closed:
        yield Contradiction(
            "open weights",
            f"{len(opened)} say open, {len(closed)} say closed",
            None,
            opened[0],
            None,
            (*opened, *closed),
        )


def _about_weights(
    statement: Statement, trusted: Statement | None, *, has_weights: bool | None
) -> Iterator[Contradiction]:
    says = statement.value == "true"
    if has_weights is not None and says is not has_weights:
        words = {True: "weights are open", False: "weights are closed"}
        yield Contradiction("open weights", words[says], words[has_weights], statement, trusted)
