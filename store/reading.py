"""As-of selections: which rows were current knowledge at the end of a UTC day.

Of several rows about the same thing the one told by the latest run counts, an own observation before
a bundled one; nothing the world could not know by then, nothing about a later day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, Subquery, Table, case, func, select

from store import schema as t
from store.records import Basis


@dataclass(frozen=True, slots=True)
class AsOf:
    """A world at the end of the UTC day `day`; `last_run_id` limits it to what was known to a report."""

    world: str
    day: date
    last_run_id: int | None = None

    @property
    def cutoff(self) -> datetime:
        """The first moment after the day."""
        return datetime.combine(self.day, time(), UTC) + timedelta(days=1)

    def current(
        self,
        table: Table,
        key: Sequence[ColumnElement[object]],
        *,
        where: Sequence[ColumnElement[bool]] = (),
        owner: Table | None = None,
    ) -> Subquery:
        """`table`'s current rows per `key`, with `run_basis`, `data_source` and `told_at` of their run.

        Select those with `rank` 1. `owner` is the table (subject or model) that carries the world where
        `table` does not.
        """
        run = t.run
        own_first = case((run.c.basis == Basis.BUNDLED, 1), else_=0)
        told_at = func.coalesce(table.c.known_at, run.c.started_at)
        statement: Select[tuple[object, ...]] = select(
            *table.c,
            run.c.basis.label("run_basis"),
            run.c.data_source,
            told_at.label("told_at"),
            func.row_number()
            .over(partition_by=list(key), order_by=(own_first, run.c.run_id.desc()))
            .label("rank"),
        ).join(run, run.c.run_id == table.c.run_id)
        if owner is not None:
            identity = owner.primary_key.columns.values()[0]
            statement = statement.join(owner, identity == table.c[identity.name])
        world = (owner if owner is not None else table).c.world
        statement = statement.where(world == self.world, told_at < self.cutoff, *where)
        return statement.where(*self.known_runs(run.c.run_id)).subquery()

    def known_runs(self, run_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
        """The condition that a row's run was there when a report was frozen; none without that limit."""
        return [] if self.last_run_id is None else [run_id <= self.last_run_id]
