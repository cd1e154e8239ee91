"""The wanted rows of a large file, portion by portion, each with the place to go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from collectors.parquet.table import Row, Table


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk goes on: in row group `group`, after its first `taken` wanted rows."""

    group: int = 0
    taken: int = 0

    @classmethod
    def read(cls, state: Mapping[str, object]) -> Place:
        """The place a state holds; the beginning where it holds none."""
        group, taken = state.get("group"), state.get("taken")
        if isinstance(group, int) and isinstance(taken, int) and group >= 0 and taken >= 0:
            return cls(group, taken)
        return cls()

    def write(self) -> dict[str, object]:
        return {"group": self.group, "taken": self.taken}


@dataclass(frozen=True, slots=True)
class Portion:
    """Some wanted rows; `after`: the place behind them."""

    rows: Sequence[Row]
    after: Place


def walk(
    table: Table,
    columns: Sequence[str],
    place: Place,
    *,
    is_wanted_group: Callable[[int], bool],
    one_of: Mapping[str, Sequence[str]] | None = None,
    is_wanted: Callable[[Row], bool] = lambda _row: True,
    portion: int = 2_000,
) -> Iterator[Portion]:
    """The wanted rows from `place` on, at most `portion` at a time, none across two row groups.

    Row groups that are not wanted are not read. A portion ends each one that was read, empty or not, so that
    a stopped walk never reads it again.
    """
    for group in range(place.group, table.groups):
        if not is_wanted_group(group):
            continue
        skipped = place.taken if group == place.group else 0
        taken, rows = 0, list[Row]()
        for batch in table.read(group, columns, one_of):
            for row in batch:
                if not is_wanted(row):
                    continue
                taken += 1
                if taken <= skipped:
                    continue
                rows.append(row)
                if len(rows) == portion:
                    yield Portion(rows, Place(group, taken))
                    rows = []
        yield Portion(rows, Place(group + 1))
