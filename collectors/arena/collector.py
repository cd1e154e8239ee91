"""The publication of each board that is in force.

A publication seen again unchanged writes nothing. One that comes again under the same day with other values
is a correction: what it says now was not known on that day, so its rows are known from the run on, while a
publication seen for the first time is known from its own day on. One with fewer than half of the lines of the
one before is held back (`collectors.publications`).

State of a board: `etag` and `last_modified` of the file, `published`: the last days of publication seen and a
digest of what each said, `entries`: the lines of the latest one.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from collectors.arena.options import SOURCE, ArenaOptions, board_ref
from collectors.arena.parsing import OVERALL, ParsedBoard, find_columns, parse_rows
from collectors.contract import Context, Target
from collectors.fetching.gate import host_of
from collectors.offers import describe_malformed
from collectors.parquet import Caps, Table
from collectors.publications import end_holding, hold_back
from collectors.states import read_text
from store.boards import BoardRef
from store.errors import SourceChanged
from store.records import Batch, Coverage, CoverageStatus, Fact, Observation, Record

MOST_BYTES = 20_000_000
"""Of a publication in force; the text board's had under 1 MB in 2026."""

_REQUESTS = 2  # the Hub hands the file to another host
_DAYS_REMEMBERED = 5
_CAPS = Caps(file_bytes=MOST_BYTES, rows=500_000, groups=1_000, group_bytes=200_000_000)


class ArenaCollector:
    name = SOURCE
    source = SOURCE

    def __init__(self, options: ArenaOptions) -> None:
        self._options = options

    def list_targets(self) -> Sequence[Target]:
        return [
            Target(
                key=board,
                label=f"board {board}",
                host=host_of(self._options.latest_url(board)),
                requests=_REQUESTS,
                every=timedelta(days=1),
            )
            for board in self._options.boards
        ]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """One batch: the board. Raises SourceChanged for another shape or when no overall board is in it."""
        context.raise_if_stopped()
        fetched = context.fetcher.fetch(
            self._options.latest_url(target.key),
            etag=read_text(state.get("etag")),
            last_modified=read_text(state.get("last_modified")),
            max_bytes=MOST_BYTES,
        )
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=end_holding(state), requests=fetched.requests)
            return
        parsed = parse_file(fetched.body, board_ref(target.key), context.clock().date(), context.stop)
        held = hold_back(target.key, _count_latest(parsed), state, context.clock().date(), fetched.requests)
        if held is not None:
            yield held
            return
        records, published = _list_news(parsed, _read_published(state))
        malformed = [describe_malformed(len(parsed.skipped))] if parsed.skipped else []
        status = CoverageStatus.PARTIAL if malformed else CoverageStatus.COMPLETE
        yield Batch(
            records,
            [Coverage(target.key, status, len(parsed.lines), ", ".join(malformed))],
            {
                "etag": fetched.etag,
                "last_modified": fetched.last_modified,
                "published": published,
                "entries": _count_latest(parsed),
            },
            fetched.requests,
            parsed.skipped,
        )


def parse_file(body: bytes, board: BoardRef, today: date, stop: threading.Event | None = None) -> ParsedBoard:
    """The overall lines of a file. Raises SourceChanged, and Interrupted after `stop`."""
    with Table(body, _CAPS, stop=stop) as table:
        columns = find_columns(table)
        rows = (
            row
            for group in range(table.groups)
            for batch in table.read(group, columns.names, {columns.category: [OVERALL]})
            for row in batch
        )
        parsed = parse_rows(rows, columns, board, today)
    if not parsed.lines and not parsed.skipped:
        raise SourceChanged(columns.category, f"no line of the category {OVERALL!r}")
    parsed.check()
    return parsed


def _count_latest(parsed: ParsedBoard) -> int:
    """The lines of the latest publication of a file."""
    days = [published_on for published_on, _ in parsed.lines]
    return days.count(max(days)) if days else 0


def _list_news(parsed: ParsedBoard, before: Mapping[str, str]) -> tuple[list[Record], dict[str, str]]:
    """The records of the publications that are new or changed, and what to remember of all."""
    by_day: dict[str, list[Record]] = {}
    for (published_on, _), line in parsed.lines.items():
        by_day.setdefault(published_on.isoformat(), []).extend(line)
    digests = {day: _digest(records) for day, records in by_day.items()}
    news: list[Record] = []
    for day, records in by_day.items():
        if day not in before:
            news += records
        elif before[day] != digests[day]:
            news += [replace(each, known_at=None) for each in records if isinstance(each, Observation | Fact)]
    remembered = {**before, **digests}
    return news, {day: remembered[day] for day in sorted(remembered)[-_DAYS_REMEMBERED:]}


def _digest(records: Sequence[Record]) -> str:
    lines = sorted(repr(record) for record in records)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _read_published(state: Mapping[str, object]) -> dict[str, str]:
    known = state.get("published")
    return {str(day): str(digest) for day, digest in known.items()} if isinstance(known, Mapping) else {}
