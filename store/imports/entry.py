"""From rows to records: each row alone first, then all of a file against each other.

Rows of one file that say different things about the same are all left out, whichever stands first: no
order of lines decides what is true. A row that says again what another one said is counted as repeated.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from store.boards import BoardRef, new_board
from store.catalogue import Catalogue
from store.errors import Unreadable
from store.imports.row import BadField, BadLine, Row, Table
from store.records import Metric, Record

MOST_BAD = 10_000
"""Bad lines of one file that are kept, each with its reason."""

_MOST_HINTS = 200
_SINCE_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Context:
    """What reading a row may depend on: the time, the catalogue and the metrics the database declares."""

    now: datetime
    catalogue: Catalogue
    metrics: Mapping[str, Metric]
    _hints: dict[str, str] = field(default_factory=dict, repr=False)
    _boards: dict[str, BoardRef] = field(default_factory=dict, repr=False)

    def near_metrics(self, name: str) -> str:
        """The declared metrics nearest to `name`, for a message; nothing after a few hundred names."""
        if name not in self._hints:
            if len(self._hints) >= _MOST_HINTS:
                return ""
            near = difflib.get_close_matches(name[:64], self.metrics, n=3, cutoff=0.3)
            self._hints[name] = f"; near: {', '.join(near or sorted(self.metrics)[:3])}"
        return self._hints[name]

    def board(self, name: str) -> BoardRef:
        """Where the board of that name stands. Raises Refused for a name that cannot be kept."""
        if name not in self._boards:
            self._boards[name] = new_board(name, self.metrics)
        return self._boards[name]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a row says (`content`) about one thing (`identity`); `about` names the thing in a message."""

    about: str
    identity: Hashable
    content: Hashable


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row means. `known_at` orders rows of one file; `metrics` are declarations its records
    need; `note` is something its author should know, though the row is good."""

    line: int
    known_at: datetime | None
    statements: tuple[Statement, ...]
    records: tuple[Record, ...]
    metrics: tuple[Metric, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The records of a file's good rows, and how many were replaced by later ones of the same day."""

    records: list[Record]
    replaced: int = 0


def list_all(entries: Iterable[Entry]) -> Settled:
    """Every record, where no two rows can tell the same one."""
    return Settled([record for entry in entries for record in entry.records])


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of file: its columns, how a row is read, and how the rows come together. `settle` gets the
    good entries in the order in which they were known."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    parse: Callable[[Row, Context], Entry]
    settle: Callable[[Sequence[Entry]], Settled] = list_all
    only_json: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file read to its end. `rows` counts all, `repeated` and `replaced` are good rows that add nothing;
    `notes` are for the author, each once with how many rows it is about."""

    records: tuple[Record, ...]
    metrics: tuple[Metric, ...]
    rows: int
    bad: tuple[BadLine, ...]
    repeated: int
    replaced: int
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def parse_table(kind: ImportKind, table: Table, context: Context) -> Parsed:
    """The records of all good rows. Raises Unreadable where too many lines cannot be read: such a file is
    not what it is said to be, and a list of its lines would help nobody."""
    entries: list[Entry] = []
    bad: list[BadLine] = []
    for line in table.lines:
        try:
            if isinstance(line, BadLine):
                bad.append(line)
            else:
                entries.append(kind.parse(line, context))
        except BadField as error:
            bad.append(BadLine(line.line, error.column, error.reason))
        if len(bad) > MOST_BAD:
            raise Unreadable(
                f"more than {MOST_BAD:,} lines cannot be read; the first is {bad[0]}",
                remedy=f"look whether the file holds {kind.name} and whether a quote is left open",
            )
    rows = len(entries) + len(bad)
    contradictions = _find_contradictions(entries)
    bad += contradictions
    refuted = {line.line for line in contradictions}
    good, repeated = _without_repeated([e for e in entries if e.line not in refuted])
    settled = kind.settle(good)
    metrics = {metric.name: metric for entry in good for metric in entry.metrics}
    notes = Counter(entry.note for entry in good if entry.note)
    return Parsed(
        records=tuple(settled.records),
        metrics=tuple(metrics.values()),
        rows=rows,
        bad=tuple(sorted(bad)),
        repeated=repeated,
        replaced=settled.replaced,
        unknown=tuple(table.unknown),
        notes=tuple(f"{count} x {note}" for note, count in notes.items()),
    )


def _find_contradictions(entries: Sequence[Entry]) -> list[BadLine]:
    """One bad line for each entry that says something else than another one about the same thing."""
    first: dict[Hashable, tuple[int, Hashable]] = {}
    other: dict[Hashable, int] = {}
    for entry in entries:
        for said in entry.statements:
            line, content = first.setdefault(said.identity, (entry.line, said.content))
            if content != said.content:
                other.setdefault(said.identity, entry.line)
    bad = []
    for entry in entries if other else ():
        for said in entry.statements:
            if said.identity in other:
                line, content = first[said.identity]
                opponent = line if content != said.content else other[said.identity]
                bad.append(BadLine(entry.line, "", f"contradicts line {opponent} about {said.about}"))
                break
    return bad


def _without_repeated(entries: Sequence[Entry]) -> tuple[list[Entry], int]:
    """The entries that say something new, the earliest known first, and how many do not."""
    said: set[Hashable] = set()
    good: list[Entry] = []
    for entry in sorted(entries, key=lambda e: e.known_at or _SINCE_EVER):
        news = [statement.identity for statement in entry.statements if statement.identity not in said]
        if news:
            said.update(news)
            good.append(entry)
    return good, len(entries) - len(good)
