"""Everything that follows from what was said about one model's openness: layers, class, score, who errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analyzers.openness.contradictions import Contradiction, list_contradictions
from analyzers.openness.layers import FindLicence, Layers, judge_layers
from analyzers.openness.score import OpennessScore, derive_grades, openness_score
from store.disclosure import Disclosure, Speaker, Statement
from store.framework import Assessment, Component, Listing, assess, is_about_components, parse_facts
from store.records import Openness


@dataclass(frozen=True, slots=True)
class Completeness:
    """An assessment by the Model Openness Framework, of the list that counts from `assessed_on` on."""

    listing: Listing
    assessment: Assessment
    assessed_on: date
    statement: Statement


@dataclass(frozen=True, slots=True)
class ModelOpenness:
    """`completeness` None: nobody listed the components. `history`: every dated word on licence and
    openness by the model's own entry and its Hub repository, oldest first."""

    layers: Layers
    completeness: Completeness | None
    score: OpennessScore
    history: Sequence[Statement]
    contradictions: Sequence[Contradiction]


def judge_openness(disclosure: Disclosure, find_licence: FindLicence) -> ModelOpenness:
    """Layers, class, score, history and contradictions at the disclosure's as-of."""
    layers = judge_layers(disclosure, find_licence)
    completeness = find_completeness(disclosure, find_licence)
    return ModelOpenness(
        layers,
        completeness,
        _score(layers, completeness, find_licence),
        [
            s
            for s in disclosure.statements
            if s.speaker is not Speaker.OFFER and not is_about_components(s.attribute)
        ],
        list_contradictions(disclosure, find_licence),
    )


def find_completeness(disclosure: Disclosure, find_licence: FindLicence) -> Completeness | None:
    """The assessment of the list of components in force; None where nobody listed them."""
    said = disclosure.in_force(Speaker.MODEL, disclosure.as_of)
    told = [s for s in said.values() if is_about_components(s.attribute)]
    listing = parse_facts({s.attribute: s.value for s in told})
    if listing is None:
        return None

    def classify(text: str) -> Openness:
        licence = find_licence(text)
        return Openness.UNKNOWN if licence is None else licence.openness

    latest = max(told, key=lambda s: s.valid_from)
    return Completeness(listing, assess(listing, classify), latest.valid_from, latest)


def _score(
    layers: Layers,
    completeness: Completeness | None,
    find_licence: FindLicence,
) -> OpennessScore:
    listing = completeness.listing if completeness is not None else None
    stated = layers.licence.statement
    weights = stated.value if stated is not None and stated.attribute == "licence" else None
    data = listing.licence_of(Component.DATASETS) if listing is not None else None
    return openness_score(
        derive_grades(
            layers.openness,
            find_licence(weights) if weights is not None else None,
            listing,
            completeness.assessment if completeness is not None else None,
            find_licence(data) if data is not None else None,
        )
    )
