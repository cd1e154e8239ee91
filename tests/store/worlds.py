"""Short words for writing histories in tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from store.database import Database
from store.recorder import recording
from store.records import LIVE, Basis, Batch, Kind, Observation, Record, SubjectRef
from store.transaction import Counts, RunSpec

DAY = date(2026, 11, 18)


def moment(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def hub_model(name: str = "lab/model", native_id: str | None = None) -> SubjectRef:
    return SubjectRef("hub", Kind.HUB_MODEL, name, native_id)


def downloads(value: float, day: date = DAY, subject: SubjectRef | None = None) -> Observation:
    return Observation(subject or hub_model(), "hub.downloads.30d", day, value)


def tell(
    database: Database,
    *records: Record,
    on: date = DAY,
    world: str = LIVE,
    basis: Basis = Basis.OBSERVED,
    collector: str = "hub",
) -> Counts:
    """One run of a collector that tells these records in one batch."""
    with recording(database, RunSpec(world, collector, "hub", basis), lambda: moment(on)) as recorder:
        return recorder.save(Batch(records=records))


def rows(database: Database, sql: str) -> Sequence[tuple[object, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]
