"""What is known of subjects and models at one as-of: their facts in force, their links, their openness."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from store import schema as t
from store.catalogue import Catalogue
from store.disclosure import decide_openness
from store.links import LinkedModels, Links
from store.reading import AsOf
from store.records import Basis, Kind, Model, Openness, Precision, Provenance, SubjectRef
from store.release_dates import RELEASED_ON, Speaker, ToldDate, redate
from store.resolution import Resolution, Resolver, StoredLink


class Attribute(NamedTuple):
    """One value of an attribute, from `valid_from` until the next one."""

    value: str
    valid_from: date
    precision: Precision
    evidence_url: str | None
    provenance: Provenance


Histories = Mapping[str, Sequence[Attribute]]
"""Per attribute its values in the order they came into force."""


_OPENNESS = ("openness", "licence", "open_weights")
"""The attributes that decide on openness, the strongest first."""


@dataclass(frozen=True)
class Knowledge:
    """Read once per question and kept: subjects, facts, links and models of one world and as-of."""

    connection: Connection
    catalogue: Catalogue
    when: AsOf

    @functools.cached_property
    def subjects(self) -> dict[int, SubjectRef]:
        s, n, run = t.subject, t.subject_name, t.run
        named_then = {
            row.subject_id: row.name
            for row in self.connection.execute(
                select(n.c.subject_id, n.c.name)
                .join(s, s.c.subject_id == n.c.subject_id)
                .join(run, run.c.run_id == n.c.run_id)
                .where(s.c.world == self.when.world, n.c.name != s.c.name)
                .where(or_(run.c.started_at < self.when.cutoff, run.c.basis == Basis.BUNDLED))
                .where(*self.when.known_runs(run.c.run_id))
                .where(~self._was_renamed_by_then())
                .order_by(n.c.run_id)
            )
        }
        return {
            row.subject_id: SubjectRef(
                row.source, Kind(row.kind), named_then.get(row.subject_id, row.name), row.native_id
            )
            for row in self.connection.execute(select(s).where(s.c.world == self.when.world))
        }

    def _was_renamed_by_then(self) -> ColumnElement[bool]:
        """Whether the subject's present name was told by the as-of already."""
        s, n, run = t.subject, t.subject_name.alias("now_named"), t.run.alias("now_told")
        return exists(
            select(n.c.run_id)
            .join(run, run.c.run_id == n.c.run_id)
            .where(n.c.subject_id == s.c.subject_id, n.c.name == s.c.name)
            .where(or_(run.c.started_at < self.when.cutoff, run.c.basis == Basis.BUNDLED))
            .where(*self.when.known_runs(run.c.run_id))
            .correlate(s)
        )

    def facts(
        self, owner: str, attributes: Sequence[str] | None = None
    ) -> dict[int, dict[str, list[Attribute]]]:
        """Per subject or model id, per attribute: the values in the order they came into force. What the
        source of a model dated by a release that it corrected since holds from the corrected one."""
        table, owner_table = (t.fact, t.subject) if owner == "subject" else (t.model_fact, t.model)
        identity = table.c[f"{owner}_id"]
        where = [table.c.valid_from <= self.when.day]
        if attributes is not None:
            where.append(table.c.attribute.in_(list(attributes)))
        current = self.when.current(
            table, (identity, table.c.attribute, table.c.valid_from), where=where, owner=owner_table
        )
        found: dict[int, dict[str, list[Attribute]]] = defaultdict(lambda: defaultdict(list))
        for row in self.connection.execute(
            select(current).where(current.c.rank == 1).order_by(current.c.valid_from)
        ).mappings():
            found[row[f"{owner}_id"]][row["attribute"]].append(
                Attribute(
                    row["value"],
                    row["valid_from"],
                    Precision(row["precision"]),
                    row["evidence_url"],
                    Provenance(row["data_source"], Basis(row["run_basis"]), row["run_id"]),
                )
            )
        if owner == "model":
            for model_id, told in self._corrected_releases.items():
                for name, history in found[model_id].items() if model_id in found else ():
                    if name != RELEASED_ON:
                        history[:] = _redate(history, told)
        return found

    @functools.cached_property
    def _corrected_releases(self) -> dict[int, dict[Speaker, list[ToldDate]]]:
        """Per model id the release dates that one source told by then, by run, where it told several."""
        f = t.model_fact
        current = self.when.current(
            f,
            (f.c.model_id, f.c.valid_from, f.c.run_id),
            where=[f.c.attribute == RELEASED_ON, f.c.valid_from <= self.when.day],
            owner=t.model,
        )
        told: dict[int, dict[Speaker, list[ToldDate]]] = defaultdict(lambda: defaultdict(list))
        for row in self.connection.execute(select(current).order_by(current.c.run_id)):
            speaker = Speaker(row.data_source, Basis(row.run_basis))
            if speaker.dates_by_release and row.value == row.valid_from.isoformat():
                told[row.model_id][speaker].append(ToldDate(row.run_id, row.valid_from))
        corrected = {
            identity: {speaker: dates for speaker, dates in by_speaker.items() if len(dates) > 1}
            for identity, by_speaker in told.items()
        }
        return {identity: by_speaker for identity, by_speaker in corrected.items() if by_speaker}

    def subject_facts(self, kind: Kind, source: str) -> dict[str, Histories]:
        """Per subject name: each attribute's values in the order they came into force."""
        return {
            self.subjects[key].name: attributes
            for key, attributes in self.facts("subject").items()
            if self.subjects[key].kind is kind and self.subjects[key].source == source
        }

    @functools.cached_property
    def _model_facts(self) -> dict[int, dict[str, list[Attribute]]]:
        return self.facts("model")

    @functools.cached_property
    def models(self) -> dict[int, Model]:
        """Per id the models of which anything was known by then, by key."""
        m = t.model
        facts = self._model_facts
        run = t.run
        models = {}
        for row in self.connection.execute(
            select(m, run.c.basis, run.c.data_source)
            .join(run, run.c.run_id == m.c.run_id)
            .where(m.c.world == self.when.world)
            .order_by(m.c.key)
        ):
            known = {name: _settle(name, steps) for name, steps in facts.get(row.model_id, {}).items()}
            if not known:  # nothing about it was known by then
                continue
            openness, source = self._openness({name: a.value for name, a in known.items()})
            released = known.get("released_on")
            parameters = known.get("parameters")
            models[row.model_id] = Model(
                key=row.key,
                name=row.name,
                lab=row.lab,
                family=row.family,
                released_on=date.fromisoformat(released.value) if released else None,
                released_precision=released.precision if released else Precision.DAY,
                licence=known["licence"].value if "licence" in known else None,
                openness=openness,
                openness_source=source,
                parameters=float(parameters.value) if parameters else None,
                hub_name=next(reversed(self.links.hub_names.get(row.key, [])), None),
                provenance=Provenance(row.data_source, Basis(row.basis), row.run_id),
                is_science_open=known["mof_class"].value == "1" if "mof_class" in known else None,
                openness_steps=self._openness_steps(facts.get(row.model_id, {})),
            )
        return models

    @functools.cached_property
    def models_by_key(self) -> dict[str, Model]:
        return {model.key: model for model in self.models.values()}

    @functools.cached_property
    def links(self) -> Links:
        """What was told of links by then."""
        return Links(self.connection, self.catalogue, self.when, self.subjects)

    @functools.cached_property
    def resolver(self) -> Resolver:
        """Names against the models known by then, and what people corrected by then."""
        return self.links.build_resolver(self.models)

    @functools.cached_property
    def _hub_facts(self) -> dict[int, str]:
        """Per subject id the Hub repository that its source says it is."""
        facts = self.facts("subject", ("hub_name",))
        return {identity: histories["hub_name"][-1].value for identity, histories in facts.items()}

    def resolve(self, identity: int) -> Resolution:
        """Which model the subject of that id is, how that is known and how sure it is."""
        return self.resolver.resolve(self.subjects[identity], self._hub_facts.get(identity))

    def resolve_supposing(
        self, identity: int | None, subject: SubjectRef, corrections: Sequence[StoredLink]
    ) -> Resolution:
        """Which model a subject would be if these corrections had been told as well; `identity` None: a
        name that is no subject yet."""
        links = replace(self.links, supposed=tuple(corrections))
        hub_name = self._hub_facts.get(identity) if identity is not None else None
        return links.build_resolver(self.models).resolve(subject, hub_name)

    @functools.cached_property
    def linked_models(self) -> LinkedModels:
        """Per subject id the key of the model it is."""
        return LinkedModels(self.subjects, lambda identity: self.resolve(identity).model)

    def _openness(self, facts: dict[str, str]) -> tuple[Openness, str | None]:
        """The dated openness, else the licence's class, else whether the weights can be had."""
        decision = decide_openness(facts, self.catalogue.classify_licence)
        return decision.openness, decision.because

    def _openness_steps(self, histories: Histories) -> tuple[tuple[date, Openness], ...]:
        """The openness from each day on which a fact changed it, oldest first."""
        days = sorted({step.valid_from for name in _OPENNESS for step in histories.get(name, ())})
        steps: list[tuple[date, Openness]] = []
        for day in days:
            openness, _ = self._openness(in_force(histories, day))
            if not steps or steps[-1][1] is not openness:
                steps.append((day, openness))
        return tuple(steps)

    @functools.cached_property
    def _facts_by_key(self) -> dict[str, Histories]:
        return {model.key: self._model_facts[identity] for identity, model in self.models.items()}

    def is_science_open_on(self, day: date, model: str | None) -> bool | None:
        """Whether the model's components reached class I of the Model Openness Framework on `day`; None
        where nobody assessed them."""
        known = in_force(self._facts_by_key.get(model or "", {}), day)
        return known["mof_class"] == "1" if "mof_class" in known else None

    def openness_on(self, day: date, model: str | None, own: Histories) -> Openness:
        """The openness that was valid on `day`: the model's own dated facts first, then what the source
        says of its entry. A licence that came later is not applied earlier."""
        if model is not None and model in self._facts_by_key:
            openness, _ = self._openness(in_force(self._facts_by_key[model], day))
            if openness is not Openness.UNKNOWN:
                return openness
        return self._openness(in_force(own, day))[0]


def in_force(histories: Histories, day: date) -> dict[str, str]:
    """Each attribute's value on `day`; one that came into force later is left out."""
    values = {}
    for attribute, history in histories.items():
        known = [step.value for step in history if step.valid_from <= day]
        if known:
            values[attribute] = known[-1]
    return values


def _redate(history: Iterable[Attribute], releases: Mapping[Speaker, Sequence[ToldDate]]) -> list[Attribute]:
    """The history with what was dated by a corrected release moved to the one that stands."""
    by_day: dict[date, Attribute] = {}
    for step in history:
        told = releases.get(Speaker(step.provenance.source, step.provenance.basis))
        day = redate(told, step.provenance.run_id, step.valid_from) if told else step.valid_from
        other = by_day.get(day)
        if other is None or _weight(step) > _weight(other):
            by_day[day] = step._replace(valid_from=day)
    return [by_day[day] for day in sorted(by_day)]


def _settle(attribute: str, history: Sequence[Attribute]) -> Attribute:
    """The value in force: the latest. But a release happened once: of its dates the last told one stands,
    a hand-checked one before all others."""
    if attribute == RELEASED_ON:
        checked = [step for step in history if step.provenance.source == "catalogue"]
        return max(checked or history, key=lambda step: (*_weight(step), step.valid_from))
    return history[-1]


def _weight(step: Attribute) -> tuple[bool, int]:
    """Which of two words about the same thing counts: an own one, then the one told last."""
    return step.provenance.basis is not Basis.BUNDLED, step.provenance.run_id
