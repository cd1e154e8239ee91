"""Where each target goes on from, and what is due: the scheduler's memory.

The row is written in the same transaction as the records it accounts for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, literal, or_, select, update

from store.records import utc
from store.schema import checkpoint as table

# Built once: a sweep saves one for each of thousands of pages, and building the statement costs SQLAlchemy
# more than SQLite needs to run it.
_REPLACE = update(table).where(
    table.c.world == bindparam("of_world"),
    table.c.collector == bindparam("of_collector"),
    table.c.target == bindparam("of_target"),
)

KEPT: Mapping[str, object] = MappingProxyType({})
"""In the place of a checkpoint's state: the one that is saved stays."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One target's state. `next_check_at`: not before; `failures`: in a row."""

    target: str
    state: Mapping[str, object] = field(default_factory=dict)
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    next_check_at: datetime | None = None
    failures: int = 0
    problem: str = ""

    def is_due(self, now: datetime) -> bool:
        """Whether the target may be looked at again."""
        return self.next_check_at is None or utc(now) >= self.next_check_at


def load_checkpoints(connection: Connection, world: str, collector: str) -> dict[str, Checkpoint]:
    """All checkpoints of one collector, by target."""
    rows = connection.execute(
        select(table).where(table.c.world == world, table.c.collector == collector)
    ).mappings()
    return {row["target"]: _read(row) for row in rows}


def list_unfinished(connection: Connection, world: str) -> dict[str, list[Checkpoint]]:
    """What was postponed and what failed, by collector. The states are left out: they may be large."""
    columns = [column for column in table.c if column is not table.c.state]
    rows = connection.execute(
        select(*columns, literal("{}").label("state"))
        .where(table.c.world == world, or_(table.c.next_check_at.is_not(None), table.c.failures > 0))
        .order_by(table.c.collector, table.c.target)
    ).mappings()
    unfinished: dict[str, list[Checkpoint]] = {}
    for row in rows:
        unfinished.setdefault(row["collector"], []).append(_read(row))
    return unfinished


def delete_checkpoints(connection: Connection, world: str, collector: str, before: datetime) -> None:
    """Forget the checkpoints of one collector that were last tried before a moment."""
    connection.execute(
        delete(table).where(
            table.c.world == world, table.c.collector == collector, table.c.last_attempt_at < before
        )
    )


def _read(row: RowMapping) -> Checkpoint:
    return Checkpoint(
        target=row["target"],
        state=json.loads(row["state"]),
        last_attempt_at=row["last_attempt_at"],
        last_success_at=row["last_success_at"],
        next_check_at=row["next_check_at"],
        failures=row["failures"],
        problem=row["problem"],
    )


def save_checkpoint(connection: Connection, world: str, collector: str, checkpoint: Checkpoint) -> None:
    """Insert or replace one checkpoint. Raises ValueError for a state that is not plain JSON."""
    values: dict[str, Any] = {
        "last_attempt_at": checkpoint.last_attempt_at,
        "last_success_at": checkpoint.last_success_at,
        "next_check_at": checkpoint.next_check_at,
        "failures": checkpoint.failures,
        "problem": checkpoint.problem,
    }
    if checkpoint.state is not KEPT:
        values["state"] = _write_state(checkpoint.state)
    whose = {"of_world": world, "of_collector": collector, "of_target": checkpoint.target}
    if not connection.execute(_REPLACE, values | whose).rowcount:
        own = {"world": world, "collector": collector, "target": checkpoint.target}
        connection.execute(insert(table), {"state": "{}"} | values | own)


def _write_state(state: Mapping[str, object]) -> str:
    """As JSON. What it would hold only nearly (a set, not a number) would be read as something else."""
    try:
        return json.dumps(dict(state), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"a state that is not plain JSON: {error}") from error
