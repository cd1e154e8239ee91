"""Which subject and which models a text means: `source:key`, a model's key, name or alias, a repository."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from sqlalchemy import select

from store import schema as t
from store.errors import NotFound, Refused, cut
from store.offers import most_believed
from store.query import StoreQuery
from store.records import Kind, Model, SubjectRef


@dataclass(frozen=True, slots=True)
class Named:
    """What a text means: a subject with its id, the model it is or is about, or both."""

    title: str
    subject_id: int | None
    subject: SubjectRef | None
    model: Model | None


def find_named(query: StoreQuery, text: str, *, model_first: bool = False) -> Named:
    """Look `text` up: `source:key`, or an unambiguous name (present or former, any case).

    A name like owner/name means the Hub repository before an offer, and of one offer in several price lists
    the one that is believed first; with `model_first` a model before either. Raises NotFound with the
    nearest names, Refused when a name means several things or nothing.
    """
    if not text.strip():
        raise Refused("a name is needed", remedy="source:name, a model's key or the name of what is meant")
    source, separator, key = text.partition(":")
    sources = {ref.source for ref in query.knowledge.subjects.values()} | {"model"}
    wanted = key if separator and source in sources else text
    only = source if wanted is not text else None
    model = _find_model(query, wanted, text) if only in (None, "model") else None
    subjects = [pair for pair in _list_subjects(query, wanted) if only in (None, pair[1].source)]
    hub = [pair for pair in subjects if pair[1].source == "hub"]
    if len(subjects) > 1 and len(hub) == 1:
        subjects = hub
    if len(subjects) > 1 and all(ref.kind is Kind.OFFER for _, ref in subjects):
        believed = most_believed((ref for _, ref in subjects), query.catalogue.price_lists)
        subjects = [pair for pair in subjects if pair[1] == believed]
    if model is not None and (model_first or not subjects):
        return Named(model.key, None, None, model)
    if len(subjects) > 1:
        names = ", ".join(f"{ref.source}:{ref.name}" for _, ref in subjects[:6])
        raise Refused(f"{cut(text)} means several things", remedy=f"say which: {names}")
    if not subjects:
        raise NotFound(f"nothing is known of {cut(text)}", remedy=_near(query, wanted))
    identity, ref = subjects[0]
    linked = query.knowledge.linked_models.get(identity)
    model = model or next((m for m in query.list_models() if m.key == linked), None)
    return Named(f"{ref.source}:{ref.name}", identity, ref, model)


def _find_model(query: StoreQuery, wanted: str, text: str) -> Model | None:
    """The model of that key, else of that name, else the one the catalogue knows under that alias."""
    folded = wanted.casefold()
    models = query.list_models()
    found = [m for m in models if m.key.casefold() == folded]
    found = found or [m for m in models if m.name.casefold() == folded]
    if len(found) > 1:
        names = ", ".join(m.key for m in found[:6])
        raise Refused(f"{cut(text)} means several models", remedy=f"say which: {names}")
    if not found:
        alias = query.catalogue.find_model(wanted)
        found = [m for m in models if m.key == alias]
    return found[0] if found else None


def _list_subjects(query: StoreQuery, name: str) -> list[tuple[int, SubjectRef]]:
    """Subjects that are or were called `name`; a present name wins over a former one."""
    subjects = query.knowledge.subjects
    folded = name.casefold()
    present = [
        (identity, ref)
        for identity, ref in subjects.items()
        if ref.name.casefold() == folded or ref.native_id == name
    ]
    if present:
        return present
    n = t.subject_name
    rows = query.connection.execute(select(n.c.subject_id, n.c.name)).all()
    former = {row.subject_id for row in rows if row.name.casefold() == folded}
    return [(identity, ref) for identity, ref in subjects.items() if identity in former]


def _near(query: StoreQuery, name: str) -> str:
    names = {ref.name for ref in query.knowledge.subjects.values()}
    for model in query.list_models():
        names |= {model.key, model.name}
    near = difflib.get_close_matches(cut(name), names, n=3, cutoff=0.4)
    return f"near: {', '.join(near)}" if near else "lunchwatch top METRIC lists what is known"
