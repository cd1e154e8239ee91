"""Questions to one world as it was known at the end of one day: what analyzers, reports and commands ask.

The answers are the read models of `store.records`; nothing of the database library leaves here. Every
answer respects world, as-of and, when a report is recomputed, the last run it knew.
"""

from __future__ import annotations

import difflib
import functools
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from store import schema as t
from store.boards import COLUMNS, find_board
from store.catalogue import Catalogue
from store.errors import NotFound, Refused, cut
from store.knowledge import Knowledge, in_force
from store.offers import Histories, Quotes, find_quotes, list_changes, list_current, select_counted
from store.publications import Publications
from store.reading import AsOf
from store.records import (
    Basis,
    BenchmarkTerms,
    FactChange,
    IndexScore,
    Kind,
    Metric,
    Model,
    Offer,
    Openness,
    OpenRule,
    PriceChange,
    Provenance,
    Rating,
    Semantics,
    Series,
    SourceStatus,
    StoredClaim,
    StoredDocument,
    StoredFigure,
    StoredRelease,
    SubjectRef,
)
from store.repeats import count_once
from store.rows import read_claim, read_document, read_figure, read_release
from store.sources import list_sources

_METRICS_LISTED = 'list them: lunchwatch sql "select metric from v_metric"'
_PRICES = ("input", "output", "cache_read")


class _Value(NamedTuple):
    day: date
    value: float
    told: Provenance
    told_at: datetime


@dataclass(frozen=True)
class StoreQuery:
    """Implements the analyzers' query protocol on one open reading transaction."""

    connection: Connection
    catalogue: Catalogue
    world: str
    as_of: date
    open_rule: OpenRule = OpenRule.WEIGHTS
    last_run_id: int | None = None

    @functools.cached_property
    def _when(self) -> AsOf:
        return AsOf(self.world, self.as_of, self.last_run_id)

    @functools.cached_property
    def knowledge(self) -> Knowledge:
        """Subjects, facts, links and models at this as-of, read once."""
        return Knowledge(self.connection, self.catalogue, self._when)

    # ---------------------------------------------------------------- series

    def list_metrics(self) -> list[str]:
        """The names of the declared metrics."""
        return sorted(self.connection.execute(select(t.metric.c.name)).scalars())

    def find_metric(self, name: str) -> Metric:
        """The declared metric; NotFound names near ones, or how to list them. Refused without a name."""
        if not name.strip():
            raise Refused("a metric is needed", remedy=_METRICS_LISTED)
        names = {row.name: row for row in self.connection.execute(select(t.metric))}
        if name not in names:
            near = [known for known in sorted(names) if f".{name.casefold()}." in f".{known}."][:3]
            near = near or difflib.get_close_matches(cut(name), names, n=3)
            remedy = f"near: {', '.join(near)}" if near else _METRICS_LISTED
            raise NotFound(f"no metric is called {cut(name)}", remedy=remedy)
        row = names[name]
        return Metric(row.name, row.unit, Semantics(row.semantics), row.source, row.caveat, row.window_days)

    def list_series(
        self, metric: str, kind: Kind | None = None, *, subject_id: int | None = None
    ) -> list[Series]:
        """All series of a metric, one per subject, by name; or only that of one subject."""
        declared = self.find_metric(metric)
        return [
            Series(
                subject,
                declared,
                tuple(v.day for v in values),
                tuple(v.value for v in values),
                tuple(v.told for v in values),
            )
            for subject, values in self._values(metric, kind, subject_id)
        ]

    def _values(
        self, metric: str, kind: Kind | None = None, subject_id: int | None = None
    ) -> list[tuple[SubjectRef, list[_Value]]]:
        """Per subject its values in force; raises NotFound for an undeclared metric."""
        declared = self.find_metric(metric)
        o = t.observation
        where = [
            o.c.metric_id == select(t.metric.c.metric_id).where(t.metric.c.name == metric).scalar_subquery(),
            o.c.day <= self.as_of,
        ]
        if kind is not None:
            where.append(t.subject.c.kind == kind)
        if subject_id is not None:
            where.append(o.c.subject_id == subject_id)
        current = self._when.current(
            o, (o.c.metric_id, o.c.subject_id, o.c.day), where=where, owner=t.subject
        )
        rows = self.connection.execute(
            select(current).where(current.c.rank == 1).order_by(current.c.subject_id, current.c.day)
        )
        found: dict[int, list[_Value]] = defaultdict(list)
        for row in rows:
            told = Provenance(row.data_source, Basis(row.run_basis), row.run_id)
            found[row.subject_id].append(_Value(row.day, row.value, told, row.told_at))
        subjects = self.knowledge.subjects
        if declared.semantics is Semantics.SCORE:
            found = self._without_republished(metric, found)
        else:
            found = {key: _without_overtaken(values) for key, values in found.items()}
        series = [(subjects[key], values) for key, values in found.items()]
        return sorted(series, key=lambda item: (item[0].source, item[0].name, item[0].native_id or ""))

    def _without_republished(self, metric: str, found: Mapping[int, list[_Value]]) -> dict[int, list[_Value]]:
        """Drop the bundled scores of a day on which an own publication of the same metric exists, and own
        publications that are too short to stand in for a bundled one (`list_short_publications`).

        Scores belong to one publication, which is the unit that is overtaken: the bundle may spell its
        models otherwise, so that both would stand there twice; and to drop only those models that also stand
        in a later own publication would leave a board with holes."""
        if not any(v.told.basis is Basis.BUNDLED for values in found.values() for v in values):
            return dict(found)
        publications = self._list_publications(metric)
        own, short = publications.own, publications.short
        kept = {
            key: [v for v in values if v.day not in (own if v.told.basis is Basis.BUNDLED else short)]
            for key, values in found.items()
        }
        return {key: values for key, values in kept.items() if values}

    def list_short_publications(self, metric: str) -> Mapping[date, int]:
        """Own publications of a score that are left out, by day, with the number of their entries: fewer
        than half of those of the bundled publication before them. A file that was cut off is no newer state
        of the whole. What somebody imported is meant as it is."""
        return self._list_publications(metric).short

    def _list_publications(self, metric: str) -> Publications:
        o, run, when = t.observation, t.run, self._when
        rows = self.connection.execute(
            select(o.c.day, run.c.basis, func.count(o.c.subject_id.distinct()))
            .join(run, run.c.run_id == o.c.run_id)
            .join(t.metric, t.metric.c.metric_id == o.c.metric_id)
            .where(t.metric.c.name == metric, run.c.world == self.world, o.c.day <= self.as_of)
            .where(func.coalesce(o.c.known_at, run.c.started_at) < when.cutoff)
            .where(*when.known_runs(run.c.run_id))
            .group_by(o.c.day, run.c.basis)
        )
        return Publications.of([(day, Basis(basis), entries) for day, basis, entries in rows])

    # ---------------------------------------------------------------- facts

    def list_fact_changes(self, attributes: Sequence[str], since: date) -> list[FactChange]:
        """Values of the attributes that replaced another one on or after `since`, by day."""
        changes: list[FactChange] = []
        models = {key: model.key for key, model in self.knowledge.models.items()}
        subjects = {key: ref.name for key, ref in self.knowledge.subjects.items()}
        for owner, names in (("subject", subjects), ("model", models)):
            for key, histories in self.knowledge.facts(owner, attributes).items():
                for attribute, history in histories.items():
                    for before, after in itertools.pairwise(history):
                        if after.valid_from >= since and before.value != after.value:
                            changes.append(
                                FactChange(
                                    names[key],
                                    attribute,
                                    before.value,
                                    after.value,
                                    after.valid_from,
                                    after.evidence_url,
                                    after.provenance,
                                )
                            )
        return sorted(changes, key=lambda c: (c.valid_from, c.subject, c.attribute))

    # ---------------------------------------------------------------- models

    def list_models(self) -> list[Model]:
        """All models of the world that were known by then, by key."""
        return list(self.knowledge.models.values())

    # ---------------------------------------------------------------- boards and index

    def list_ratings(self, board: str) -> list[Rating]:
        """Every line of every publication of `board`, by date and falling rating. Openness on the board's
        date: a dated fact of the model, else the board's licence text, else unknown.

        Raises NotFound, which lists the boards there are.
        """
        place = find_board(board, self.list_metrics())
        facts = self.knowledge.subject_facts(Kind.BOARD_ENTRY, place.source)
        columns = {
            name: {
                (subject.name, v.day): v.value
                for subject, values in self._values(place.metric(name), Kind.BOARD_ENTRY)
                for v in values
            }
            for name in COLUMNS
            if name != "rating"
        }
        ratings = []
        for subject, values in self._values(place.metric("rating"), Kind.BOARD_ENTRY):
            model = subject.name.partition("/")[2]
            histories = facts.get(subject.name, {})
            key = self.knowledge.resolver.find(subject)
            for day, value, told, _ in values:
                known = in_force(histories, day)
                votes = columns["votes"].get((subject.name, day))
                is_models = self.knowledge.openness_on(day, key, {}) is not Openness.UNKNOWN
                ratings.append(
                    Rating(
                        board=place.name,
                        board_date=day,
                        model=model,
                        rating=value,
                        ci_low=columns["rating_ci_low"].get((subject.name, day)),
                        ci_high=columns["rating_ci_high"].get((subject.name, day)),
                        votes=int(votes) if votes is not None else None,
                        organisation=known.get("organisation", ""),
                        licence=known.get("licence", ""),
                        openness=self.knowledge.openness_on(day, key, histories),
                        openness_basis="model" if is_models else "board",
                        is_released=not self.catalogue.is_unreleased_variant(model),
                        provenance=told,
                        is_science_open=self.knowledge.is_science_open_on(day, key),
                        model_key=key,
                    )
                )
        return sorted(ratings, key=lambda r: (r.board_date, -r.rating, r.model))

    def list_index_scores(self) -> list[IndexScore]:
        """The latest publication of the capability index, by release date.

        Where an entry does not say when its model came out or how open it is, its model's facts do; an
        entry without a day of release is left out."""
        facts = self.knowledge.subject_facts(Kind.BOARD_ENTRY, "epoch")
        entries = [(subject, values[-1]) for subject, values in self._values("epoch.eci")]
        latest = max((last.day for _, last in entries), default=None)
        low, high = (
            {
                subject.name: value.value
                for subject, values in self._values(metric, Kind.BOARD_ENTRY)
                for value in values
                if value.day == latest
            }
            for metric in ("epoch.eci_ci_low", "epoch.eci_ci_high")
        )
        scores = []
        for subject, (day, value, told, _) in entries:
            known = in_force(facts.get(subject.name, {}), self.as_of)
            key = self.knowledge.resolver.find(subject)
            model = self.knowledge.models_by_key.get(key or "")
            stated = known.get("released_on")
            released_on = date.fromisoformat(stated) if stated else model.released_on if model else None
            if day != latest or released_on is None:
                continue
            openness = Openness(known.get("openness", Openness.UNKNOWN))
            is_entrys = openness is not Openness.UNKNOWN or model is None
            scores.append(
                IndexScore(
                    model=subject.name.partition("/")[2],
                    score=value,
                    published_on=day,
                    released_on=released_on,
                    organisation=known.get("organisation") or (model.lab if model else ""),
                    country=known.get("country", ""),
                    openness=openness if is_entrys else self.knowledge.openness_on(self.as_of, key, {}),
                    openness_basis=known.get("openness_basis", "") if is_entrys else "model",
                    provenance=told,
                    is_science_open=self.knowledge.is_science_open_on(self.as_of, key),
                    model_key=key,
                    ci_low=low.get(subject.name),
                    ci_high=high.get(subject.name),
                )
            )
        return sorted(scores, key=lambda s: (s.released_on, s.model))

    # ---------------------------------------------------------------- offers

    @functools.cached_property
    def _offer_history(self) -> dict[SubjectRef, list[Offer]]:
        """Per offer: its price after each change, by day."""
        prices: dict[SubjectRef, dict[date, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
        told: dict[tuple[SubjectRef, date], _Value] = {}
        for name in _PRICES:
            for subject, values in self._values(f"price.{name}_usd_per_mtok", Kind.OFFER):
                for each in values:
                    prices[subject][each.day][name] = each.value
                    told[subject, each.day] = each
        facts = self.knowledge.facts("subject", ("open_weights", "withdrawn", "licence", "openness"))
        ids = {ref: key for key, ref in self.knowledge.subjects.items()}
        history: dict[SubjectRef, list[Offer]] = {}
        for subject, by_day in prices.items():
            provider, _, model = subject.name.partition("/")
            histories = facts.get(ids[subject], {})
            is_withdrawn = in_force(histories, self.as_of).get("withdrawn") == "true"
            linked = self.knowledge.linked_models.get(ids[subject])
            price: dict[str, float] = {}
            history[subject] = []
            for day in sorted(by_day):
                price = price | by_day[day]
                history[subject].append(
                    Offer(
                        provider=provider,
                        model=model,
                        day=day,
                        input_usd_per_mtok=price.get("input"),
                        output_usd_per_mtok=price.get("output"),
                        cache_read_usd_per_mtok=price.get("cache_read"),
                        openness=self.knowledge.openness_on(day, linked, histories),
                        linked_model=linked,
                        provenance=told[subject, day].told,
                        is_withdrawn=is_withdrawn,
                        is_science_open=self.knowledge.is_science_open_on(day, linked),
                        price_list=subject.source,
                        told_at=told[subject, day].told_at,
                    )
                )
        return history

    @functools.cached_property
    def _counted_offers(self) -> Histories:
        return select_counted(self._offer_history, self.catalogue.price_lists)

    def list_offers(self) -> list[Offer]:
        """The current offer of every provider and model that is still listed, by provider and model: each
        once, as the list says that speaks for its provider.

        Where a source's list of a provider was read, what is only bundled of it is not listed any more.
        """
        return list_current(self._counted_offers)

    def list_price_changes(self, since: date) -> list[PriceChange]:
        """Changes of a stated input or output price on or after `since`, by day, of the offers that count."""
        return list_changes(self._counted_offers, since)

    def list_counted_series(self, metric: str) -> list[Series]:
        """As `list_series`, without what a list says of an offer for which another list speaks."""
        found = self.list_series(metric)
        if all(series.subject.kind is not Kind.OFFER for series in found):
            return found
        repeated = self._offer_history.keys() - self._counted_offers.keys()
        return [series for series in found if series.subject not in repeated]

    def find_quotes(self, offer: str) -> Quotes:
        """What every price list asks for `provider/model` now."""
        return find_quotes(self._offer_history, self.catalogue.price_lists, offer)

    # ---------------------------------------------------------------- events and statements

    def list_releases(self, since: date) -> list[StoredRelease]:
        """Releases published on or after `since`, by date."""
        e = t.release
        where = [e.c.published_at >= _start(since), e.c.published_at < self._when.cutoff]
        current = self._when.current(e, (e.c.subject_id, e.c.kind, e.c.key), where=where, owner=t.subject)
        rows = self._rows(current, current.c.published_at, current.c.key)
        return [read_release(row, self.knowledge.subjects[row["subject_id"]]) for row in rows]

    def list_documents(self, since: date) -> list[StoredDocument]:
        """Documents published on or after `since`, by date: the current text of each."""
        d = t.document
        where = [d.c.published_at >= _start(since), d.c.published_at < self._when.cutoff]
        current = self._when.current(d, (d.c.subject_id, d.c.key), where=where, owner=t.subject)
        rows = self._rows(current, current.c.published_at, current.c.key)
        return [read_document(row, self.knowledge.subjects[row["subject_id"]]) for row in rows]

    def list_claims(self) -> list[StoredClaim]:
        """All claims, by model and benchmark, never averaged; a result that several sources carry once."""
        c = t.claim
        current = self._when.current(c, (c.c.world, c.c.identity))
        told = [
            read_claim(row, self.knowledge.resolver.resolve_name(row["model"]).model)
            for row in self._rows(current, current.c.model, current.c.benchmark, current.c.identity)
        ]
        return count_once(told, self.catalogue.benchmark_terms)

    def list_benchmark_terms(self) -> Mapping[str, BenchmarkTerms]:
        """By benchmark what makes two of its scores comparable: every benchmark of the catalogue."""
        return self.catalogue.benchmark_terms

    def list_figures(self) -> list[StoredFigure]:
        """All published figures about a day up to the as-of, by measure and day."""
        g = t.figure
        current = self._when.current(g, (g.c.world, g.c.identity), where=[g.c.as_of <= self.as_of])
        return list(
            map(read_figure, self._rows(current, current.c.measure, current.c.as_of, current.c.identity))
        )

    def list_sources(self) -> list[SourceStatus]:
        """How fresh each source is."""
        return list_sources(self.connection, self._when)

    def list_runs(self) -> list[int]:
        """The ids of the runs that told this world something, ascending."""
        r = t.run
        conditions = [r.c.world == self.world, *self._when.known_runs(r.c.run_id)]
        return list(
            self.connection.execute(select(r.c.run_id).where(*conditions).order_by(r.c.run_id)).scalars()
        )

    def _rows(self, current: Any, *order: Any) -> Any:
        return self.connection.execute(select(current).where(current.c.rank == 1).order_by(*order)).mappings()


def _without_overtaken(values: list[_Value]) -> list[_Value]:
    """Drop the bundled values from the first own observation on: an own level that was seen again
    unchanged is not stored again, and a bundle that comes later must not punch through it."""
    own = [v.day for v in values if v.told.basis is not Basis.BUNDLED]
    if not own:
        return values
    return [v for v in values if v.told.basis is not Basis.BUNDLED or v.day < own[0]]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
