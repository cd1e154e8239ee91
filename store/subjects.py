"""Which row a subject is: by the source's immutable id first, then by its current name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, or_, select, update

from store import schema as t
from store.records import ModelRecord, SubjectRef
from store.transaction import Transaction, chunks


def resolve_subjects(transaction: Transaction, refs: set[SubjectRef]) -> None:
    """Find or make each subject and note its id in the transaction.

    A subject so far known by name only (bundled rows) is the one whose immutable id we learn now; a
    known id under a new name is a rename, kept in subject_name; a name that another id took over is
    another subject.
    """
    by_source: dict[tuple[str, str], list[SubjectRef]] = defaultdict(list)
    for ref in sorted(refs, key=lambda r: (r.source, r.kind, r.native_id or "", r.name)):
        by_source[ref.source, ref.kind].append(ref)
    for (source, kind), wanted in by_source.items():
        for chunk in chunks(wanted):
            _resolve_chunk(transaction, source, kind, chunk)


def _resolve_chunk(transaction: Transaction, source: str, kind: str, refs: Sequence[SubjectRef]) -> None:
    s = t.subject
    ids = [ref.native_id for ref in refs if ref.native_id]
    rows = transaction.connection.execute(
        select(s.c.subject_id, s.c.native_id, s.c.name)
        .where(s.c.world == transaction.spec.world, s.c.source == source, s.c.kind == kind)
        .where(or_(s.c.native_id.in_(ids), s.c.name.in_([ref.name for ref in refs])))
        .order_by(s.c.subject_id)
    ).all()
    by_id: dict[str, Any] = {row.native_id: row for row in rows if row.native_id}
    by_name: dict[str, Any] = {row.name: row for row in rows}  # the youngest bearer of a name has it now
    for ref in refs:
        row = by_id.get(ref.native_id) if ref.native_id else by_name.get(ref.name)
        if row is None and ref.name in by_name and by_name[ref.name].native_id is None:
            row = by_name.pop(ref.name)
        if row is None:
            transaction.subjects[ref] = _add_subject(transaction, ref)
            continue
        transaction.subjects[ref] = row.subject_id
        if ref.native_id and (row.native_id is None or row.name != ref.name):
            transaction.connection.execute(
                update(s)
                .where(s.c.subject_id == row.subject_id)
                .values(native_id=ref.native_id, name=ref.name)
            )
        if ref.native_id and row.name != ref.name:
            _note_name(transaction, row.subject_id, ref.name)


def _add_subject(transaction: Transaction, ref: SubjectRef) -> int:
    subject_id: int = transaction.connection.execute(
        insert(t.subject)
        .values(world=transaction.spec.world, run_id=transaction.run_id, **asdict(ref))
        .returning(t.subject.c.subject_id)
    ).scalar_one()
    _note_name(transaction, subject_id, ref.name)
    return subject_id


def _note_name(transaction: Transaction, subject_id: int, name: str) -> None:
    n = t.subject_name
    mine = (n.c.subject_id == subject_id, n.c.run_id == transaction.run_id)
    if not transaction.connection.execute(update(n).where(*mine).values(name=name)).rowcount:
        transaction.connection.execute(
            insert(n).values(subject_id=subject_id, run_id=transaction.run_id, name=name)
        )


def find_models(transaction: Transaction, keys: set[str]) -> None:
    """Note the ids of the world's models among `keys`."""
    m = t.model
    for chunk in chunks(sorted(keys - transaction.models.keys())):
        for row in transaction.connection.execute(
            select(m.c.key, m.c.model_id).where(m.c.world == transaction.spec.world, m.c.key.in_(chunk))
        ):
            transaction.models[row.key] = row.model_id


def write_models(transaction: Transaction, models: Sequence[ModelRecord]) -> None:
    """Add the models that are new; what changes about a model is a fact."""
    find_models(transaction, {m.key for m in models})
    new = {m.key: m for m in models if m.key not in transaction.models}
    transaction.tell(
        t.model, [{"world": transaction.spec.world, **asdict(m)} for m in new.values()], ("world", "key")
    )
    transaction.counts.unchanged += len(models) - len(new)
    find_models(transaction, set(new))
