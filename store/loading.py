"""Bringing the catalogue and the bundled baseline into a database: once, and again only when they changed.
Boards that somebody imports are declared here too, beside the catalogue's metrics.

Bundled rows are told by runs of basis `bundled`, one per bundle; they never count as own observations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from store import schema as t
from store.baseline import load_bundles
from store.catalogue import Catalogue
from store.checkpoint import Checkpoint, load_checkpoints
from store.database import Database
from store.errors import Refused
from store.recorder import recording
from store.records import LIVE, Basis, Batch, DataSource, Metric, Record, Semantics
from store.transaction import RunSpec, lock

_MOST_METRICS = 32_767
"""What a metric's number can be (a small integer)."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did with one bundle. `written` 0: it was there already."""

    name: str
    written: int
    records: int


def load_reference(database: Database, catalogue: Catalogue) -> None:
    """Bring labs, metrics, benchmarks, licences and data sources up to date with the catalogue."""
    with database.write() as connection:
        put_reference(connection, catalogue)


def put_reference(connection: Connection, catalogue: Catalogue) -> None:
    """The same within a transaction that the caller ends."""
    lock(connection, "reference")
    for key, lab in ((lab.key, lab) for lab in catalogue.labs):
        _put(connection, t.lab, "key", key, {"name": lab.name, "kind": lab.kind, "country": lab.country})
    for benchmark in catalogue.benchmarks.values():
        _put(connection, t.benchmark, "key", benchmark.key, _rest(benchmark, "key"))
    for licence in catalogue.licences.values():
        _put(connection, t.licence, "key", licence.key, _rest(licence, "key"))
    declare_sources(connection, catalogue.sources.values())
    declare_metrics(connection, catalogue.metrics.values())


def declare_sources(connection: Connection, sources: Iterable[DataSource]) -> None:
    """Say whose facts are used, or bring what is said of them up to date."""
    lock(connection, "reference")
    for source in sources:
        _put(connection, t.data_source, "key", source.key, _rest(source, "key"))


def declare_metrics(connection: Connection, metrics: Iterable[Metric]) -> None:
    """Declare metrics, or bring what is said of them up to date. Raises Refused when there is no number
    left for one more."""
    lock(connection, "reference")
    next_id = connection.execute(select(func.coalesce(func.max(t.metric.c.metric_id), 0))).scalar_one()
    declared = set(connection.execute(select(t.metric.c.name)).scalars())
    for metric in metrics:
        if next_id >= _MOST_METRICS and metric.name not in declared:
            raise Refused(f"there cannot be more than {_MOST_METRICS} metrics")
        next_id += _put(
            connection,
            t.metric,
            "name",
            metric.name,
            _rest(metric, "name"),
            new={"metric_id": next_id + 1},
        )


def list_metrics(connection: Connection) -> dict[str, Metric]:
    """The declared metrics by name: the catalogue's and those of imported boards."""
    return {
        row.name: Metric(
            row.name, row.unit, Semantics(row.semantics), row.source, row.caveat, row.window_days
        )
        for row in connection.execute(select(t.metric).order_by(t.metric.c.name))
    }


def load_bundled(database: Database, catalogue: Catalogue, clock: Callable[[], datetime]) -> Iterable[Loaded]:
    """Load the hand-checked models, then each bundle, into the live world; yield what each did."""
    parts: list[tuple[str, str, Sequence[Record]]] = [("catalogue", "catalogue", catalogue.records())]
    parts += [(f"baseline.{b.name}", b.data_source, b.records) for b in load_bundles(catalogue)]
    written = 0
    for name, data_source, records in parts:
        loaded = _load(database, name, data_source, records, clock)
        written += loaded.written
        yield loaded
    if written:
        database.refresh_statistics()


def _load(
    database: Database,
    name: str,
    data_source: str,
    records: Sequence[Record],
    clock: Callable[[], datetime],
) -> Loaded:
    digest = hashlib.sha256("\n".join(map(repr, records)).encode()).hexdigest()
    with database.read() as connection:
        before = load_checkpoints(connection, LIVE, name).get("bundle")
    if before is not None and before.state.get("digest") == digest:
        return Loaded(name, 0, len(records))
    with recording(database, RunSpec(LIVE, name, data_source, Basis.BUNDLED), clock) as recorder:
        now = clock()
        counts = recorder.save(
            Batch(records=records),
            Checkpoint("bundle", {"digest": digest}, last_attempt_at=now, last_success_at=now),
        )
    return Loaded(name, counts.written, len(records))


def _rest(record: Any, key: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name != key}


def _put(
    connection: Connection,
    table: Table,
    key: str,
    value: str,
    rest: dict[str, Any],
    *,
    new: dict[str, Any] | None = None,
) -> int:
    """Update the row, or insert it with what only a `new` one gets; return 1 when it was inserted."""
    if connection.execute(update(table).where(table.c[key] == value).values(**rest)).rowcount:
        return 0
    connection.execute(insert(table).values(**{key: value}, **rest, **(new or {})))
    return 1
