"""One import as one transaction: the run, the boards it declares, its rows and its end.

A process that is killed leaves all of it or nothing. A trial does the same work and takes it back, so
that its counts are those of the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from store import schema as t
from store.batch import write_batch
from store.catalogue import Catalogue
from store.database import Database
from store.loading import declare_metrics, list_metrics, put_reference
from store.records import Batch, Metric, ModelRecord, Outcome, Semantics
from store.transaction import Counts, RunSpec, Transaction, chunks

_MANY = 10_000
"""New rows from which on the planner's knowledge of the tables is worth refreshing."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an import did. `new` and `corrected` rows were written, `unchanged` ones were there; `kept`:
    models that keep the lab, name or family under which they were first told. `run_id` None: a trial."""

    run_id: int | None
    new: int
    corrected: int
    unchanged: int
    kept: tuple[str, ...]


def read_metrics(database: Database, catalogue: Catalogue) -> dict[str, Metric]:
    """The metrics an import may name: the catalogue's, and those of boards imported before."""
    with database.read() as connection:
        return {**list_metrics(connection), **catalogue.metrics}


def write_import(
    database: Database,
    spec: RunSpec,
    batch: Batch,
    metrics: Sequence[Metric],
    clock: Callable[[], datetime],
) -> Told:
    """Write an import. Raises Refused for a fact about a model nobody introduced."""
    with database.write() as connection:
        told = _write(connection, spec, batch, metrics, clock)
    if told.new > _MANY:
        database.refresh_statistics()
    return told


def try_import(
    database: Database,
    spec: RunSpec,
    batch: Batch,
    metrics: Sequence[Metric],
    clock: Callable[[], datetime],
    catalogue: Catalogue,
) -> Told:
    """What writing it would do; nothing is kept, not even the run."""
    with database.write() as connection:
        taken_back = connection.begin_nested()
        put_reference(connection, catalogue)
        told = _write(connection, spec, batch, metrics, clock)
        taken_back.rollback()
    return replace(told, run_id=None)


def _write(
    connection: Connection,
    spec: RunSpec,
    batch: Batch,
    metrics: Sequence[Metric],
    clock: Callable[[], datetime],
) -> Told:
    declare_metrics(connection, metrics)
    run_id: int = connection.execute(
        insert(t.run)
        .values(**asdict(spec), started_at=clock(), outcome=Outcome.RUNNING, **asdict(Counts()))
        .returning(t.run.c.run_id)
    ).scalar_one()
    numbers = {
        row.name: (row.metric_id, Semantics(row.semantics)) for row in connection.execute(select(t.metric))
    }
    transaction = Transaction(connection, run_id, spec, numbers, is_first=True)
    counts = write_batch(transaction, batch)
    if counts.skipped > len(batch.skipped):  # the reader lets nothing pass that a database cannot hold
        raise ValueError(f"{counts.skipped - len(batch.skipped)} records that were read cannot be stored")
    outcome = Outcome.PARTIAL if counts.skipped else Outcome.OK
    connection.execute(
        update(t.run)
        .where(t.run.c.run_id == run_id)
        .values(finished_at=clock(), outcome=outcome, **asdict(counts))
    )
    return Told(
        run_id,
        counts.written - transaction.corrected,
        transaction.corrected,
        counts.unchanged,
        _list_kept(connection, spec.world, batch.records),
    )


def _list_kept(connection: Connection, world: str, records: Iterable[object]) -> tuple[str, ...]:
    """The models that were told before under another lab, name or family: those are never overwritten."""
    m = t.model
    told = {r.key: (r.lab, r.name, r.family) for r in records if isinstance(r, ModelRecord)}
    kept = []
    for chunk in chunks(sorted(told)):
        for row in connection.execute(select(m).where(m.c.world == world, m.c.key.in_(chunk))):
            lab, name, family = told[row.key]
            if (row.lab, row.name) != (lab, name) or family not in (None, row.family):
                kept.append(row.key)
    return tuple(sorted(kept))
