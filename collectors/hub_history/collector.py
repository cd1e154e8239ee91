"""The tracked models' download counts between two days.

Of the file only those row groups are read whose days and repositories can hold something wanted, by ranges;
lines of others never become Python values. Nobody says in which order the lines stand: sorted by repository
most of the file is passed over, sorted by day all groups of the span are read.

State over a span: `file`, what tells this file from its successor; `group` and `taken`, how far it was read;
`ids`, the repositories' ids as far as they were asked for (empty where the file knows names); what `Memory`
remembers; `done`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Span, Target
from collectors.fetching.gate import host_of
from collectors.hub_history.columns import (
    MODEL_TYPES,
    Columns,
    HubHistoryOptions,
    check_behaviour,
    find_columns,
)
from collectors.hub_history.names import ID, fetch_id
from collectors.hub_history.reading import Memory, hub_subject, read_rows
from collectors.parquet import Caps, Place, RemoteFile, Row, Table, read_day, walk
from store.errors import Refused
from store.records import Batch, Coverage, CoverageStatus, SubjectRef

NAME = "hub.downloads"
SOURCE = "hf-hub-characterization"
WHAT = "downloads"
_CAPS = Caps(
    file_bytes=20_000_000_000, footer_bytes=64_000_000, rows=2_000_000_000, group_bytes=2_000_000_000
)
_REQUESTS = 400
"""About, if the row groups hold a million lines and all are needed: two requests each, and the footer."""

_IDS_PER_BATCH = 20


class HubDownloadHistory:
    name = NAME
    source = SOURCE

    def __init__(self, options: HubHistoryOptions, span: Span) -> None:
        self._options = options
        self._span = span

    def list_targets(self) -> Sequence[Target]:
        label = f"downloads of {len(self._options.models)} tracked models"
        host = host_of(self._options.url)
        return [Target(self._span.key(WHAT), label, host, requests=_REQUESTS)]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Batches of at most 2,000 lines, each with the place to go on from.

        Raises Refused when no model is tracked, RateLimited when our own cap of bytes is reached: the next
        run goes on from there."""
        context.raise_if_stopped()
        if not self._options.models:
            raise Refused("no model is tracked", remedy="set hub.models, or hub.use_catalogue = true")
        file = RemoteFile(
            context.fetcher,
            self._options.url,
            most_bytes=self._options.most_bytes,
            check=context.raise_if_stopped,
        )
        version = file.version
        known = dict(state) if state.get("file") == version else {"file": version}
        if known.get("done") is True:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], requests=file.take_requests())
            return
        with Table(file, _CAPS, stop=context.stop) as table:
            columns = find_columns(table, self._options.downloads_are)
            if _knows_ids(table, columns):
                for learned, asked in self._ask_ids(known, context):
                    known = learned
                    yield Batch(state=known, requests=asked + file.take_requests())
            subjects = self._find_subjects(known)
            yield from self._read(target, table, columns, subjects, known, file)

    def _ask_ids(
        self, known: Mapping[str, object], context: Context
    ) -> Iterator[tuple[dict[str, object], int]]:
        """The state with some more ids in it, and the requests that took."""
        ids = _read_ids(known)
        missing = [name for name in self._options.models if name not in ids]
        gate = context.fetcher.gate
        for at in range(0, len(missing), _IDS_PER_BATCH):
            before = gate.requests_of_this_thread
            for name in missing[at : at + _IDS_PER_BATCH]:
                context.raise_if_stopped()
                ids[name] = fetch_id(name, self._options, context)
            written = {name: list(found) if found else [] for name, found in ids.items()}
            yield {**known, "ids": written}, gate.requests_of_this_thread - before

    def _find_subjects(self, known: Mapping[str, object]) -> dict[str, SubjectRef]:
        """The tracked repositories by what the file calls them."""
        ids = _read_ids(known)
        if not ids:
            return {name: hub_subject(name) for name in self._options.models}
        return {found[0]: hub_subject(found[1], found[0]) for found in ids.values() if found}

    def _read(
        self,
        target: Target,
        table: Table,
        columns: Columns,
        subjects: Mapping[str, SubjectRef],
        known: Mapping[str, object],
        file: RemoteFile,
    ) -> Iterator[Batch]:
        memory = Memory.read(known)
        kept = {name: known[name] for name in ("file", "ids") if name in known}
        wanted = sorted(subjects)

        def is_wanted_group(group: int) -> bool:
            ids, days = table.bounds(group, columns.id), table.bounds(group, columns.day)
            return _may_hold_one(ids, wanted) and self._may_hold_day(days)

        def is_wanted(row: Row) -> bool:
            day = read_day(row.get(columns.day))
            return day is None or self._span.has(day)

        one_of: dict[str, Sequence[str]] = {columns.id: wanted}
        if columns.type is not None:
            one_of[columns.type] = MODEL_TYPES
        for portion in walk(
            table,
            columns.names,
            Place.read(known),
            is_wanted_group=is_wanted_group,
            one_of=one_of,
            is_wanted=is_wanted,
        ):
            read = read_rows(portion.rows, columns, subjects, memory)
            for metric, steps in read.steps.items():
                check_behaviour(metric, columns.counters[metric], steps)
            yield Batch(
                read.observations,
                state={**kept, **portion.after.write(), **memory.write()},
                requests=file.take_requests(),
            )
        yield Batch(
            coverage=[self._conclude(target, memory, known)],
            state={**kept, "done": True},
            requests=file.take_requests(),
        )

    def _conclude(self, target: Target, memory: Memory, known: Mapping[str, object]) -> Coverage:
        missing = [name for name, found in _read_ids(known).items() if not found]
        reasons = [memory.describe(), f"not on the Hub: {', '.join(missing[:10])}" if missing else ""]
        status = CoverageStatus.PARTIAL if memory.malformed or missing else CoverageStatus.COMPLETE
        return Coverage(target.key, status, memory.kept, ", ".join(reason for reason in reasons if reason))

    def _may_hold_day(self, bounds: tuple[object, object] | None) -> bool:
        least, greatest = (read_day(each) for each in bounds) if bounds else (None, None)
        if least is None or greatest is None:
            return True
        return least <= self._span.until and greatest >= self._span.since


def _may_hold_one(bounds: tuple[object, object] | None, wanted: Sequence[str]) -> bool:
    """Whether one of the sorted names can lie between the bounds."""
    if bounds is None or not (isinstance(bounds[0], str) and isinstance(bounds[1], str)):
        return True
    at = bisect_left(wanted, bounds[0])
    return at < len(wanted) and wanted[at] <= bounds[1]


def _knows_ids(table: Table, columns: Columns) -> bool:
    """Whether the file knows repositories by their immutable ids and not by their names."""
    if table.groups == 0:
        return False
    bounds = table.bounds(0, columns.id)
    if bounds is not None:
        return all(isinstance(each, str) and ID.fullmatch(each) for each in bounds)
    rows = next(table.read(0, [columns.id]), [])
    return bool(rows) and all(ID.fullmatch(str(row[columns.id])) for row in rows[:100])


def _read_ids(known: Mapping[str, object]) -> dict[str, tuple[str, str] | None]:
    """By the name that was asked for: the id and the name it has now, None where there is none."""
    stored = known.get("ids")
    if not isinstance(stored, Mapping):
        return {}
    return {str(name): (str(pair[0]), str(pair[1])) if pair else None for name, pair in stored.items()}
