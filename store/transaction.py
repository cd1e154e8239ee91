"""What the parts of a batch share while it is written."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, FromClause, Table, bindparam, delete, func, select

from store import schema as t
from store.bulk import insert_rows
from store.limits import is_key, is_sound
from store.records import Basis, Semantics, SubjectRef

_CHUNK = 400
_LOCK_SPACE = 0x4C57  # the first half of our advisory locks' keys


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Who tells: the world, the collector, whose data, on which basis."""

    world: str
    collector: str
    data_source: str
    basis: Basis


@dataclass(slots=True)
class Counts:
    """What a run did so far."""

    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    requests: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.skipped + other.skipped,
            self.requests + other.requests,
        )


@dataclass(slots=True)
class Transaction:
    """What the parts of one batch share while it is written. `is_first`: the run has told nothing before,
    so that nothing of it can be told again. `corrected` counts the rows about something that another run
    had told otherwise; they are among those written. Of `new_subjects` nothing was told before."""

    connection: Connection
    run_id: int
    spec: RunSpec
    metrics: dict[str, tuple[int, Semantics]]
    is_first: bool = False
    counts: Counts = field(default_factory=Counts)
    corrected: int = 0
    subjects: dict[SubjectRef, int] = field(default_factory=dict)
    new_subjects: set[int] = field(default_factory=set)
    models: dict[str, int] = field(default_factory=dict)
    _soundness: dict[SubjectRef, bool] = field(default_factory=dict)

    def is_sound_subject(self, subject: SubjectRef) -> bool:
        """Whether both databases can hold what the subject is called."""
        known = self._soundness.get(subject)
        if known is None:
            texts = (subject.source, subject.kind, subject.name, subject.native_id or "")
            known = self._soundness[subject] = is_key(subject.name) and all(map(is_sound, texts))
        return known

    def tell(
        self,
        table: Table,
        rows: Sequence[dict[str, Any]],
        key: Sequence[str],
        *,
        suspects: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Insert rows of this run. Where the run itself has told about the same `key` before (a listing
        that moved under its pages), its later word replaces the earlier one. `suspects`: those of the rows
        that may have been told before, where the caller knows; else all may."""
        if not rows:
            return
        suspects = rows if suspects is None else suspects
        retold = self._forget(table, suspects, key) if suspects and not self.is_first else 0
        insert_rows(self.connection, table, [{**row, "run_id": self.run_id} for row in rows])
        self.counts.written += len(rows) - retold

    def _forget(self, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> int:
        """Delete what the run itself has told under the rows' keys; return how many rows that were."""
        own = delete(table).where(
            table.c.run_id == self.run_id, *(table.c[name] == bindparam(f"own_{name}") for name in key)
        )
        told = self.connection.execute(own, [{f"own_{name}": row[name] for name in key} for row in rows])
        return max(told.rowcount, 0)

    def comparable(self, table: FromClause) -> Any:
        """The join to the runs a row is compared with: own rows with own rows, bundled with bundled,
        so that the first observation of a value that was bundled is still an observation."""
        is_bundled = t.run.c.basis == Basis.BUNDLED
        same = is_bundled if self.spec.basis is Basis.BUNDLED else ~is_bundled
        return (t.run.c.run_id == table.c.run_id) & same


def chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Split for IN lists that stay within every database's limit of parameters."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def lock(connection: Connection, name: str) -> None:
    """Keep other writers of `name` waiting until this transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(name.encode()) - 2**31
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, key)))
