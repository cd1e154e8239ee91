"""One batch in one transaction: what both databases can hold, in the order its parts need each other."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import insert, update

from store import events, subjects, values
from store import schema as t
from store.change import is_storable
from store.errors import Refused
from store.limits import LONGEST_KEY, LONGEST_WORD, is_key, is_sound
from store.records import (
    Batch,
    Claim,
    Document,
    Fact,
    Figure,
    Link,
    ModelFact,
    ModelRecord,
    Observation,
    Record,
    Release,
    SubjectRef,
)
from store.transaction import Counts, Transaction


def write_batch(transaction: Transaction, batch: Batch) -> Counts:
    """Write the batch's records and coverage; return what it did. Malformed records are counted.

    Raises Refused for an undeclared metric or a fact about a model nobody introduced: those are bugs of
    the caller, not of the data.
    """
    transaction.counts.requests = batch.requests
    transaction.counts.skipped = len(batch.skipped)
    groups = _group(transaction, batch.records)
    about_subjects = (Observation, Fact, Link, Release, Document)
    subjects.resolve_subjects(transaction, [r.subject for kind in about_subjects for r in groups[kind]])
    subjects.write_models(transaction, groups[ModelRecord])
    subjects.find_models(transaction, {r.model for kind in (ModelFact, Link) for r in groups[kind]})
    values.write_observations(transaction, groups[Observation])
    values.write_facts(transaction, groups[Fact])
    values.write_model_facts(transaction, groups[ModelFact])
    values.write_links(transaction, groups[Link])
    events.write_releases(transaction, groups[Release])
    events.write_documents(transaction, groups[Document])
    events.write_claims(transaction, groups[Claim])
    events.write_figures(transaction, groups[Figure])
    _write_coverage(transaction, batch)
    return transaction.counts


def _group(transaction: Transaction, records: Iterable[Record]) -> dict[type, list[Any]]:
    groups: dict[type, list[Any]] = defaultdict(list)
    for record in records:
        if isinstance(record, Observation) and record.metric not in transaction.metrics:
            raise Refused(f"metric {record.metric} is not declared")
        if _is_storable(transaction, record):
            groups[type(record)].append(record)
        else:
            transaction.counts.skipped += 1
    return groups


def _is_storable(transaction: Transaction, record: Record) -> bool:
    """Whether both databases can hold the record: sound texts, bounded keys, finite values."""
    if isinstance(record, Observation):  # by far the most: its one text is a declared metric's name
        semantics = transaction.metrics[record.metric][1]
        return is_storable(record.value, semantics) and transaction.is_sound_subject(record.subject)
    if not all(map(is_sound, _list_texts(record))):
        return False
    if isinstance(record, Fact):
        return is_key(record.subject.name) and is_key(record.attribute, LONGEST_WORD)
    if isinstance(record, ModelRecord):
        return is_key(record.key) and is_key(record.lab) and is_key(record.name)
    if isinstance(record, ModelFact):
        return is_key(record.model) and is_key(record.attribute, LONGEST_WORD)
    if isinstance(record, Link):
        return is_key(record.subject.name) and is_key(record.model)
    if isinstance(record, (Release, Document)):
        return is_key(record.subject.name) and is_key(record.key)
    if isinstance(record, Claim):
        return is_key(record.model) and is_key(record.benchmark) and math.isfinite(record.score)
    return is_key(record.measure) and math.isfinite(record.value)


def _list_texts(record: Any) -> Iterator[str]:
    """Every text of a record and of the subject it is about."""
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, SubjectRef):
            yield from _list_texts(value)


def _write_coverage(transaction: Transaction, batch: Batch) -> None:
    """What a run saw in a scope; several batches of one scope add up, the last status stands."""
    c = t.coverage
    for entry in batch.coverage:
        scope = entry.scope.replace("\x00", "\ufffd")[:LONGEST_KEY]
        reason = entry.reason.replace("\x00", "\ufffd").encode(errors="replace").decode()
        added = (
            update(c)
            .where(c.c.run_id == transaction.run_id, c.c.scope == scope)
            .values(status=entry.status, items=c.c["items"] + entry.items, reason=reason)
        )
        if not transaction.connection.execute(added).rowcount:
            transaction.connection.execute(
                insert(c).values(
                    run_id=transaction.run_id,
                    scope=scope,
                    status=entry.status,
                    items=entry.items,
                    reason=reason,
                )
            )
