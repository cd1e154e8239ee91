"""Which subject was told to be which model, and the resolver that a world's knowledge makes of it."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, or_, select

from store import schema as t
from store.catalogue import Catalogue
from store.reading import AsOf
from store.records import Basis, Kind, Model, Provenance, SubjectRef
from store.resolution import BY_HAND, Corrections, KnownModel, Resolver, StoredLink, correct

NAMED = frozenset({Kind.HUB_MODEL, Kind.OFFER, Kind.BOARD_ENTRY})
"""The kinds of subjects whose name may be a model's."""


class ToldLink(NamedTuple):
    """What was told of one subject and one model, and since when the world could know it."""

    subject_id: int
    model_id: int
    link: StoredLink
    since: datetime
    provenance: Provenance


@dataclass(frozen=True)
class Links:
    """The links told by an as-of, read once."""

    connection: Connection
    catalogue: Catalogue
    when: AsOf
    subjects: Mapping[int, SubjectRef]
    supposed: tuple[StoredLink, ...] = ()
    """Corrections that nobody told, after all that were: what would hold with them."""

    @functools.cached_property
    def _rows(self) -> tuple[ToldLink, ...]:
        """Of sources what they told last per subject and model, of people all they told, the latest last.

        Of a bundle only the repositories of its models count: what it once derived from the names of offers
        and entries, the resolver derives anew from what is known.
        """
        k, m = t.link, t.model
        where = [k.c.valid_from <= self.when.day]
        is_by_hand: ColumnElement[Any] = k.c.basis == BY_HAND
        key = (k.c.subject_id, k.c.model_id, is_by_hand)
        current = self.when.current(k, key, where=where, owner=t.subject)
        rows = self.connection.execute(
            select(current, m.c.key.label("model_key"))
            .join(m, m.c.model_id == current.c.model_id)
            .where(or_(current.c.rank == 1, current.c.basis == BY_HAND))
            .order_by(current.c.run_id, m.c.key)
        ).mappings()
        return tuple(
            ToldLink(
                subject_id=row["subject_id"],
                model_id=row["model_id"],
                link=StoredLink(
                    self.subjects[row["subject_id"]],
                    row["model_key"],
                    row["basis"],
                    row["confidence"],
                    row["is_withdrawn"],
                ),
                since=row["told_at"],
                provenance=Provenance(row["data_source"], Basis(row["run_basis"]), row["run_id"]),
            )
            for row in rows
            if row["run_basis"] != Basis.BUNDLED or self.subjects[row["subject_id"]].kind is Kind.HUB_MODEL
        )

    @functools.cached_property
    def told(self) -> tuple[ToldLink, ...]:
        """What sources told last per subject and model, withdrawals too, the latest last."""
        return tuple(told for told in self._rows if told.link.basis != BY_HAND)

    @functools.cached_property
    def corrected(self) -> tuple[ToldLink, ...]:
        """Every correction by hand in the order they were told."""
        return tuple(told for told in self._rows if told.link.basis == BY_HAND)

    @functools.cached_property
    def hub_names(self) -> Mapping[str, list[str]]:
        """Per model key the Hub repositories it is linked with, the surest last. A repository that people
        linked is theirs alone; a pair that they forbade is none."""
        steps: dict[SubjectRef, list[tuple[str, bool]]] = defaultdict(list)
        for link in (*(told.link for told in self.corrected), *self.supposed):
            steps[link.subject].append((link.model, link.is_withdrawn))
        states = {subject: correct(told) for subject, told in steps.items()}
        names: dict[str, list[str]] = defaultdict(list)
        for told in sorted(self.told, key=lambda told: told.link.confidence):
            link, state = told.link, states.get(told.link.subject, Corrections())
            if link.subject.kind is not Kind.HUB_MODEL or link.is_withdrawn:
                continue
            if state.in_force is None and link.model not in state.forbidden:
                names[link.model].append(link.subject.name)
        for subject, state in states.items():
            if subject.kind is Kind.HUB_MODEL and state.in_force is not None:
                names[state.in_force].append(subject.name)
        return names

    def build_resolver(self, models: Mapping[int, Model]) -> Resolver:
        """Names against these models, their catalogue names where it has their keys, and what people
        corrected; names of none of them are asked of the catalogue."""
        known = []
        for model in models.values():
            checked = self.catalogue.model(model.key) if self.catalogue.knows_model(model.key) else None
            known.append(
                KnownModel(
                    key=model.key,
                    lab=model.lab,
                    name=model.name,
                    hub_names=tuple(self.hub_names.get(model.key, ())),
                    aliases=self.catalogue.names_of(checked) if checked else (),
                    released_on=model.released_on,
                    snapshots=checked.snapshots if checked else (),
                )
            )
        links = [*(told.link for told in (*self.told, *self.corrected)), *self.supposed]
        return Resolver(self.catalogue.words, known, links, beyond=self.catalogue.resolver)


@dataclass(frozen=True, eq=False)
class LinkedModels(Mapping[int, str]):
    """Per subject id the key of the model it is. Asked one by one, it resolves no more than is asked for."""

    subjects: Mapping[int, SubjectRef]
    find: Callable[[int], str | None]

    def __getitem__(self, identity: int) -> str:
        subject = self.subjects[identity]
        key = self.find(identity) if subject.kind in NAMED else None
        if key is None:
            raise KeyError(identity)
        return key

    def __iter__(self) -> Iterator[int]:
        return (identity for identity in self.subjects if self.get(identity) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
