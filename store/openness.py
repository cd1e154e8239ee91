"""Reading what was said about one model's openness: its facts, its Hub repositories', its offers'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from store.disclosure import Disclosure, Speaker, Statement
from store.framework import is_about_components
from store.knowledge import Attribute
from store.lookup import find_named
from store.query import StoreQuery
from store.records import Kind, Model

_ATTRIBUTES = ("openness", "licence", "open_weights", "gated", "mof_class")


def find_disclosure(query: StoreQuery, text: str) -> Disclosure:
    """What was said about the model or the lone Hub repository that `text` means.

    Raises NotFound with the nearest names, Refused when a name means several things."""
    named = find_named(query, text, model_first=True)
    statements: list[Statement] = []
    subjects = query.knowledge.facts("subject")
    if named.model is None:
        if named.subject_id is not None and named.subject is not None:
            is_hub = named.subject.kind is Kind.HUB_MODEL
            speaker = Speaker.HUB if is_hub else Speaker.OFFER
            statements += _list_statements(speaker, named.title, subjects.get(named.subject_id, {}))
        name = named.subject.name if named.subject is not None else named.title
        return _disclose(named.title, name, query, statements)
    key = named.model.key
    for identity, model in query.knowledge.models.items():
        if model.key == key:
            statements += _list_statements(Speaker.MODEL, key, query.knowledge.facts("model")[identity])
    for identity, ref in query.knowledge.subjects.items():
        if ref.kind is Kind.HUB_MODEL and query.knowledge.linked_models.get(identity) == key:
            statements += _list_statements(Speaker.HUB, f"hub:{ref.name}", subjects.get(identity, {}))
    sold = _names_of_offers(query, named.model)
    for identity, ref in query.knowledge.subjects.items():
        if ref.kind is Kind.OFFER and ref.name in sold:
            about = f"{ref.source}:{ref.name}"
            statements += _list_statements(Speaker.OFFER, about, subjects.get(identity, {}))
    return _disclose(key, named.model.name, query, statements)


def _disclose(key: str, name: str, query: StoreQuery, statements: Sequence[Statement]) -> Disclosure:
    ordered = sorted(statements, key=lambda s: (s.valid_from, s.speaker, s.about, s.attribute))
    return Disclosure(key, name, query.as_of, tuple(ordered))


def _names_of_offers(query: StoreQuery, model: Model) -> set[str]:
    """What is still offered of the model, as provider/name."""
    return {f"{o.provider}/{o.model}" for o in query.list_offers() if o.linked_model == model.key}


def _list_statements(
    speaker: Speaker, about: str, histories: Mapping[str, Sequence[Attribute]]
) -> Iterator[Statement]:
    for attribute, history in histories.items():
        if attribute in _ATTRIBUTES or is_about_components(attribute):
            for step in history:
                yield Statement(
                    speaker,
                    about,
                    attribute,
                    step.value,
                    step.valid_from,
                    step.evidence_url,
                    step.provenance,
                )
