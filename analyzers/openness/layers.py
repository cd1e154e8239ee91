"""Open weights, open licence, open science: whether, since when, and on whose word (methodology 1).

A layer on a day follows from the statements in force on that day and nothing later. The model's own dated
facts come first, then its repository on the Hub; what a reseller says decides nothing (see
`analyzers.openness.contradictions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from store.disclosure import Decision, Disclosure, Speaker, Statement, decide_openness
from store.framework import NO_CLASS
from store.records import Licence, Openness, OpenRule

FindLicence = Callable[[str], Licence | None]
"""The catalogue's reading of a licence's name; None for one it does not know."""

_OWN = (Speaker.MODEL, Speaker.HUB)


@dataclass(frozen=True, slots=True)
class Layer:
    """`value` True, False or None (unknown) since the day `since`, on the word of `statement`, which began
    it; `because` says in words what followed from what."""

    value: bool | None
    since: date | None
    because: str
    statement: Statement | None


@dataclass(frozen=True, slots=True)
class Layers:
    """The three layers at the disclosure's as-of, and the openness class behind them."""

    openness: Openness
    weights: Layer
    licence: Layer
    science: Layer


def judge_layers(disclosure: Disclosure, find_licence: FindLicence) -> Layers:
    """The three layers at the disclosure's as-of. `since` is the first day of the present value, as far
    back as statements go."""
    days = sorted({s.valid_from for s in disclosure.statements if s.speaker in _OWN})
    judged = [_judge(disclosure, day, find_licence) for day in days]
    if not judged:
        unknown = Layer(None, None, "nobody said", None)
        return Layers(Openness.UNKNOWN, unknown, unknown, unknown)
    return Layers(
        judged[-1].openness,
        _since_when([step.weights for step in judged], days),
        _since_when([step.licence for step in judged], days),
        _since_when([step.science for step in judged], days),
    )


def own_decision(disclosure: Disclosure, day: date, find_licence: FindLicence) -> tuple[Speaker, Decision]:
    """The openness by the first of model and Hub repository that says something on `day`."""

    def classify(text: str) -> Openness:
        licence = find_licence(text)
        return Openness.UNKNOWN if licence is None else licence.openness

    decision = Decision(Openness.UNKNOWN, None, None)
    for speaker in _OWN:
        facts = {name: s.value for name, s in disclosure.in_force(speaker, day).items()}
        decision = decide_openness(facts, classify)
        if decision.openness is not Openness.UNKNOWN:
            return speaker, decision
    return Speaker.MODEL, decision


def _judge(disclosure: Disclosure, day: date, find_licence: FindLicence) -> Layers:
    speaker, decision = own_decision(disclosure, day, find_licence)
    said = disclosure.in_force(speaker, day)
    decider = said.get(decision.attribute or "")
    has_weights = OpenRule.WEIGHTS.is_open(decision.openness)
    weights = Layer(has_weights, None, _why_weights(decision), decider)
    if has_weights is False:
        closed = Layer(value=False, since=None, because="the weights cannot be had", statement=decider)
        return Layers(decision.openness, weights, closed, _science_layer(disclosure, day) or closed)
    unassessed = Layer(None, None, "not assessed", None)
    return Layers(
        decision.openness,
        weights,
        _licence_layer(decision, said, find_licence),
        _science_layer(disclosure, day) or unassessed,
    )


def _why_weights(decision: Decision) -> str:
    match decision.attribute:
        case None:
            return "nobody said"
        case "open_weights":
            return decision.because or ""
        case "licence":
            return f"the licence's class is {decision.openness}"
    return f"stated as {decision.openness}"


def _licence_layer(decision: Decision, said: dict[str, Statement], find_licence: FindLicence) -> Layer:
    """An approved licence opens weights that can be had; without a licence's name the stated class counts,
    as it does for the rule `licence`."""
    stated = said.get("licence")
    licence = find_licence(stated.value) if stated is not None else None
    if licence is not None:
        why = "approved by OSI or FSF" if licence.is_approved else f"not approved: {licence.openness}"
        return Layer(licence.is_approved, None, f"{licence.name}, {why}", stated)
    if decision.attribute == "openness":
        named = "no licence named" if stated is None else f"no licence we know: {stated.value}"
        is_open = OpenRule.LICENCE.is_open(decision.openness)
        return Layer(is_open, None, f"stated as {decision.openness}; {named}", said["openness"])
    if stated is not None:
        return Layer(None, None, f"no licence we know: {stated.value}", stated)
    return Layer(None, None, "no licence stated", None)


def _science_layer(disclosure: Disclosure, day: date) -> Layer | None:
    """Class I is open, a lower class or none is not; None without an assessment."""
    assessed = disclosure.in_force(Speaker.MODEL, day).get("mof_class")
    if assessed is None:
        return None
    reached = "no class" if assessed.value == NO_CLASS else f"class {assessed.value}"
    return Layer(assessed.value == "1", None, f"assessed: {reached}", assessed)


def _since_when(steps: list[Layer], days: list[date]) -> Layer:
    """The last value with the first day, and the statement, of the unbroken run it ends."""
    position = len(steps) - 1
    while position > 0 and steps[position - 1].value is steps[-1].value:
        position -= 1
    first = steps[position]
    since = days[position] if first.value is not None else None
    return Layer(first.value, since, first.because, first.statement)
