"""Writing dated values: observations, facts of subjects and models, links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Table, select

from store import schema as t
from store.bulk import integer_pairs
from store.change import Known, find_changes
from store.errors import Refused
from store.records import Basis, Fact, Link, ModelFact, Observation, Semantics
from store.release_dates import RELEASED_ON, Speaker, ToldDate, redate
from store.resolution import BY_HAND
from store.transaction import Transaction, chunks

Pair = tuple[int, int]
"""A subject's id and a metric's."""
_PAIRS_AT_ONCE = 20_000
_LINK = ("basis", "confidence", "valid_from", "is_withdrawn")


def write_observations(transaction: Transaction, observations: Sequence[Observation]) -> None:
    """Store what is news against the values in force; of several values for a day the last wins."""
    basis = transaction.spec.basis
    incoming: dict[Pair, dict[date, Observation]] = defaultdict(dict)
    semantics: dict[int, Semantics] = {}
    for o in observations:
        metric_id, semantics[metric_id] = transaction.metrics[o.metric]
        incoming[transaction.subjects[o.subject], metric_id][o.day] = o
    known = _list_known(transaction, incoming)
    rows: list[dict[str, Any]] = []
    corrections: list[dict[str, Any]] = []
    for pair, by_day in incoming.items():
        subject_id, metric_id = pair
        values = {day: o.value for day, o in by_day.items()}
        before = known.get(pair, Known())
        for day, value in find_changes(before, values, semantics[metric_id], basis):
            row = {
                "day": day,
                "metric_id": metric_id,
                "subject_id": subject_id,
                "value": value,
                "known_at": by_day[day].known_at,
            }
            rows.append(row)
            if before.has(day):
                corrections.append(row)
    transaction.corrected += len(corrections)
    transaction.counts.unchanged += len(observations) - len(rows)
    transaction.tell(t.observation, rows, ("day", "metric_id", "subject_id"), suspects=corrections)


def _list_known(
    transaction: Transaction, incoming: Mapping[Pair, Mapping[date, Observation]]
) -> dict[Pair, Known]:
    """The effective values of each pair from the first incoming day on, and the last one before it. Costs the
    same however long the history is."""
    wanted = [pair for pair in incoming if pair[0] not in transaction.new_subjects]
    if not wanted:
        return {}
    o, earlier = t.observation, t.observation.alias("earlier")
    first = min(min(days) for days in incoming.values())
    effective: dict[Pair, dict[date, float]] = defaultdict(dict)
    for start in range(0, len(wanted), _PAIRS_AT_ONCE):
        pairs = integer_pairs(
            transaction.connection, wanted[start : start + _PAIRS_AT_ONCE], ("subject_id", "metric_id")
        )
        mine = (o.c.subject_id == pairs.c.subject_id) & (o.c.metric_id == pairs.c.metric_id)
        last_before = (
            select(earlier.c.day)
            .join(t.run, transaction.comparable(earlier))
            .where(
                earlier.c.subject_id == pairs.c.subject_id,
                earlier.c.metric_id == pairs.c.metric_id,
                earlier.c.day < first,
            )
            .order_by(earlier.c.day.desc())
            .limit(1)
            .correlate(pairs)
            .scalar_subquery()
        )
        for reach in (o.c.day == last_before, o.c.day >= first):
            told = (
                select(o.c.subject_id, o.c.metric_id, o.c.day, o.c.value)
                .select_from(pairs.join(o, mine & reach).join(t.run, transaction.comparable(o)))
                .order_by(o.c.run_id)
            )
            for subject_id, metric_id, day, value in transaction.connection.execute(told):
                effective[subject_id, metric_id][day] = value
    return {
        pair: Known(tuple(days := sorted(by_day)), tuple(by_day[day] for day in days))
        for pair, by_day in effective.items()
    }


def write_facts(transaction: Transaction, facts: Sequence[Fact]) -> None:
    """Store the facts of subjects that differ from what is in force on their day."""
    _write_dated(transaction, t.fact, "subject_id", [(transaction.subjects[r.subject], r) for r in facts])


def write_model_facts(transaction: Transaction, facts: Sequence[ModelFact]) -> None:
    """The same for models. Raises Refused for a model nobody introduced."""
    unknown = sorted({r.model for r in facts} - transaction.models.keys())
    if unknown:
        raise Refused(f"facts about models nobody introduced: {', '.join(unknown[:5])}")
    _write_dated(transaction, t.model_fact, "model_id", [(transaction.models[r.model], r) for r in facts])


def _write_dated(
    transaction: Transaction, table: Table, owner: str, facts: Iterable[tuple[int, Fact | ModelFact]]
) -> None:
    incoming: dict[tuple[int, str], dict[date, Fact | ModelFact]] = defaultdict(dict)
    total = 0
    for owner_id, record in facts:
        incoming[owner_id, record.attribute][record.valid_from] = record
        total += 1
    histories = _list_histories(transaction, table, owner, incoming)
    rows: list[dict[str, Any]] = []
    for (owner_id, attribute), by_day in incoming.items():
        history = histories[owner_id, attribute]
        for day in sorted(by_day):
            record = by_day[day]
            if not history.is_news(day, record.value):
                continue
            transaction.corrected += history.corrects(day, record.value)
            history.tell(day, record.value)
            rows.append(
                {
                    owner: owner_id,
                    "attribute": attribute,
                    "valid_from": day,
                    "value": record.value,
                    "precision": record.precision,
                    "evidence_url": record.evidence_url,
                    "known_at": record.known_at,
                }
            )
    transaction.counts.unchanged += total - len(rows)
    transaction.tell(table, rows, (owner, "attribute", "valid_from"))


@dataclass(slots=True)
class _History:
    """The values of one attribute by the day from which they hold. `superseded`: days from which a value
    holds that was told as holding from a later one. `happens_once`: the last told value stands, whatever
    its day."""

    happens_once: bool = False
    values: dict[date, str] = field(default_factory=dict)
    superseded: set[date] = field(default_factory=set)
    last: str | None = None

    def tell(self, day: date, value: str) -> None:
        self.values[day] = self.last = value

    def is_news(self, day: date, value: str) -> bool:
        """Whether the value differs from the one in force on its day, or from the one that stands."""
        if self.happens_once and self.last != value:
            return True
        earlier = [known for known in self.values if known <= day]
        return not earlier or self.values[max(earlier)] != value

    def corrects(self, day: date, value: str) -> bool:
        """Whether another run told otherwise."""
        if self.happens_once:
            return self.last not in (None, value)
        return day in self.values or day in self.superseded


def _list_histories(
    transaction: Transaction,
    table: Table,
    owner: str,
    incoming: Mapping[tuple[int, str], Mapping[date, Fact | ModelFact]],
) -> dict[tuple[int, str], _History]:
    """What is known of each attribute of the owners, as it stands once the incoming releases are told."""
    spec = transaction.spec
    speaker = Speaker(spec.data_source, spec.basis)
    redates = owner == "model_id" and speaker.dates_by_release
    told: list[Any] = []
    for chunk in chunks(sorted({owner_id for owner_id, _ in incoming})):
        told += transaction.connection.execute(
            select(
                *(table.c[owner].label("owner"), table.c.attribute, table.c.valid_from, table.c.value),
                *(table.c.run_id, t.run.c.data_source, t.run.c.basis),
            )
            .join(t.run, transaction.comparable(table))
            .where(table.c[owner].in_(chunk))
            .order_by(table.c.run_id)
        )
    releases: dict[int, list[ToldDate]] = defaultdict(list)
    if redates:
        for row in told:
            is_own = Speaker(row.data_source, Basis(row.basis)) == speaker
            if is_own and row.attribute == RELEASED_ON and row.value == row.valid_from.isoformat():
                releases[row.owner].append(ToldDate(row.run_id, row.valid_from))
        for (owner_id, attribute), by_day in incoming.items():
            if attribute == RELEASED_ON:
                own = [day for day, record in by_day.items() if record.value == day.isoformat()]
                releases[owner_id] += [ToldDate(transaction.run_id, day) for day in own]
    histories: dict[tuple[int, str], _History] = {
        key: _History(redates and key[1] == RELEASED_ON) for key in incoming
    }
    for row in told:
        history = histories.get((row.owner, row.attribute))
        if history is None:
            continue
        day = row.valid_from
        is_own = redates and Speaker(row.data_source, Basis(row.basis)) == speaker
        if is_own and row.attribute != RELEASED_ON and releases[row.owner]:
            day = redate(releases[row.owner], row.run_id, day)
        if day < row.valid_from:  # nobody could know the row as early as that, so it is to be told again
            history.superseded.add(day)
        else:
            history.tell(day, row.value)
    return histories


def write_links(transaction: Transaction, links: Sequence[Link]) -> None:
    """Store the links that say something new; one to an unknown model is skipped.

    A correction by hand is a step of its own, even where it says the same as an earlier one, and nothing
    that a source's link is compared with.
    """
    k = t.link
    pairs = {
        (transaction.subjects[r.subject], transaction.models[r.model]): r
        for r in links
        if r.model in transaction.models
    }
    transaction.counts.skipped += sum(r.model not in transaction.models for r in links)
    known: dict[Pair, dict[str, Any]] = {}
    for chunk in chunks(sorted({subject_id for subject_id, _ in pairs})):
        for row in transaction.connection.execute(
            select(*(k.c[name] for name in ("subject_id", "model_id", *_LINK)))
            .join(t.run, transaction.comparable(k))
            .where(k.c.subject_id.in_(chunk), k.c.basis != BY_HAND)
            .order_by(k.c.run_id)
        ).mappings():
            known[row["subject_id"], row["model_id"]] = {name: row[name] for name in _LINK}
    rows = []
    for pair, link in pairs.items():
        content = {
            "basis": link.basis,
            "confidence": link.confidence,
            "valid_from": link.valid_from or date.min,
            "is_withdrawn": link.is_withdrawn,
        }
        if link.basis == BY_HAND or known.get(pair) != content:
            transaction.corrected += pair in known
            rows.append({"subject_id": pair[0], "model_id": pair[1], "known_at": link.known_at, **content})
    transaction.counts.unchanged += len(pairs) - len(rows)
    transaction.tell(k, rows, ("subject_id", "model_id"))
