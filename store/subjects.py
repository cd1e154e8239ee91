"""Which row a subject is: by the source's immutable id first, then by what it is or was called.

While a batch looks up and adds, no other writer of the same world and source does (SQLite has one writer
anyway; PostgreSQL holds an advisory lock until the batch is committed), so a thing is never added twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import insert, select, update

from store import schema as t
from store.bulk import insert_rows, is_one_of, new_ids
from store.records import ModelRecord, SubjectRef
from store.transaction import Transaction, chunks, lock


@dataclass(slots=True)
class _Row:
    subject_id: int | None  # None until it is inserted
    native_id: str | None
    name: str


@dataclass(slots=True)
class _Found:
    """The rows that may be meant, kept up to date while a batch is worked through."""

    by_id: dict[str, _Row] = field(default_factory=dict)
    by_name: dict[str, _Row] = field(default_factory=dict)
    by_former_name: dict[str, _Row] = field(default_factory=dict)

    def add(self, row: _Row) -> None:
        if row.native_id is not None:
            self.by_id[row.native_id] = row
        self.by_name[row.name] = row

    def find(self, ref: SubjectRef) -> _Row | None:
        if ref.native_id is not None and ref.native_id in self.by_id:
            return self.by_id[ref.native_id]
        named = self.by_name.get(ref.name)
        if ref.native_id is not None:  # a name that another id bears is another subject
            return named if named is not None and named.native_id is None else None
        return named or self.by_former_name.get(ref.name)


def resolve_subjects(transaction: Transaction, refs: Sequence[SubjectRef]) -> None:
    """Find or make each subject and note its id in the transaction.

    A subject so far known by name only (bundled rows) is the one whose immutable id we learn now; a
    known id under a new name is a rename, kept in subject_name; a name alone means its present bearer,
    else the last one that was called so. Of two names for one id in a batch the later told stands.
    """
    by_source: dict[tuple[str, str], list[SubjectRef]] = defaultdict(list)
    for ref in dict.fromkeys(refs):
        by_source[ref.source, ref.kind].append(ref)
    for source, kind in sorted(by_source):
        lock(transaction.connection, f"{transaction.spec.world}/{source}")
        wanted = by_source[source, kind]
        found = _find(transaction, source, kind, wanted)
        meant: list[tuple[SubjectRef, _Row]] = []
        new: list[_Row] = []
        for ref in sorted(wanted, key=lambda ref: ref.native_id is None):  # ids first, in the order told
            row = found.find(ref)
            if row is None:
                row = _Row(None, ref.native_id, ref.name)
                new.append(row)
            elif ref.native_id is not None and (row.native_id, row.name) != (ref.native_id, ref.name):
                _learn(transaction, row, ref)
            found.add(row)
            meant.append((ref, row))
        _add_subjects(transaction, source, kind, new)
        transaction.subjects.update((ref, row.subject_id) for ref, row in meant if row.subject_id is not None)


def _find(transaction: Transaction, source: str, kind: str, refs: Sequence[SubjectRef]) -> _Found:
    s, n = t.subject, t.subject_name
    columns = (s.c.subject_id, s.c.native_id, s.c.name)
    mine = (s.c.world == transaction.spec.world, s.c.source == source, s.c.kind == kind)
    found = _Found()
    rows: dict[int, _Row] = {}
    connection = transaction.connection
    ids = [ref.native_id for ref in refs if ref.native_id is not None]
    for column, values in ((s.c.native_id, ids), (s.c.name, [ref.name for ref in refs])):
        wanted = is_one_of(connection, column, values)  # each by its own index; there is none for OR
        for row in connection.execute(select(*columns).where(*mine, wanted)):
            rows[row.subject_id] = _Row(row.subject_id, row.native_id, row.name)
    named = {row.name for row in rows.values()}
    unknown = [ref.name for ref in refs if ref.native_id is None and ref.name not in named]
    for chunk in chunks(unknown):
        for old in connection.execute(
            select(*columns, n.c.name.label("former"))
            .join(n, n.c.subject_id == s.c.subject_id)
            .where(*mine, n.c.name.in_(chunk), n.c.name != s.c.name)
            .order_by(n.c.run_id)
        ):
            found.by_former_name[old.former] = _Row(old.subject_id, old.native_id, old.name)
    for subject_id in sorted(rows):
        found.add(rows[subject_id])
    return found


def _add_subjects(transaction: Transaction, source: str, kind: str, new: Sequence[_Row]) -> None:
    """Insert the subjects nobody told of before, all at once, and note what they are called."""
    if not new:
        return
    s = t.subject
    shared = {"world": transaction.spec.world, "source": source, "kind": kind, "run_id": transaction.run_id}
    connection, run_id = transaction.connection, transaction.run_id
    for row, subject_id in zip(new, new_ids(connection, s.c.subject_id, len(new)), strict=True):
        row.subject_id = subject_id
        transaction.new_subjects.add(subject_id)
    insert_rows(
        connection,
        s,
        [{**shared, "subject_id": r.subject_id, "native_id": r.native_id, "name": r.name} for r in new],
    )
    insert_rows(
        connection,
        t.subject_name,
        [{"subject_id": row.subject_id, "run_id": run_id, "name": row.name} for row in new],
    )


def _learn(transaction: Transaction, row: _Row, ref: SubjectRef) -> None:
    """Take over the id or the new name that the source gives now."""
    if row.subject_id is not None:
        transaction.connection.execute(
            update(t.subject)
            .where(t.subject.c.subject_id == row.subject_id)
            .values(native_id=ref.native_id, name=ref.name)
        )
        if row.name != ref.name:
            _note_name(transaction, row.subject_id, ref.name)
    row.native_id, row.name = ref.native_id, ref.name


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
    if models:
        lock(transaction.connection, f"{transaction.spec.world}/models")
    find_models(transaction, {m.key for m in models})
    new = {m.key: m for m in models if m.key not in transaction.models}
    transaction.tell(
        t.model, [{"world": transaction.spec.world, **asdict(m)} for m in new.values()], ("world", "key")
    )
    transaction.counts.unchanged += len(models) - len(new)
    find_models(transaction, set(new))
