"""Every publication of the boards between two days, from the files that hold them all.

The text board's file had 1.1 million lines in September 2026 (all categories, from 2023-05-08). Those row
groups are read whose days can lie in the span, by ranges; the rest is not fetched.

State of a board over a span: `file`, what tells this file from its successor; `group` and `taken`, how far it
was read; `done`. When another file has taken its place, the span is read from the beginning: what is known
already is not written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.arena.options import SOURCE, ArenaOptions, board_ref
from collectors.arena.parsing import OVERALL, find_columns, parse_rows
from collectors.contract import Context, Span, Target
from collectors.fetching.gate import host_of
from collectors.offers import describe_malformed
from collectors.parquet import Caps, Place, RemoteFile, Row, Table, read_day, walk
from store.boards import BoardRef
from store.records import Batch, Coverage, CoverageStatus

MOST_BYTES = 500_000_000
_CAPS = Caps(file_bytes=2_000_000_000, rows=20_000_000, group_bytes=1_000_000_000)
_REQUESTS = 12
"""About: 60 MB in requests of 16 MB, each through the Hub's redirect at first, and the footer."""


class ArenaHistory:
    name = SOURCE
    source = SOURCE

    def __init__(self, options: ArenaOptions, span: Span) -> None:
        self._options = options
        self._span = span
        self._boards = {span.key(board): board for board in options.boards}

    def list_targets(self) -> Sequence[Target]:
        return [
            Target(key, f"history of board {board}", host_of(self._options.url), requests=_REQUESTS)
            for key, board in self._boards.items()
        ]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Batches of at most 2,000 lines, each with the place to go on from."""
        context.raise_if_stopped()
        board = board_ref(self._boards[target.key])
        url = self._options.history_url(board.name)
        file = RemoteFile(context.fetcher, url, most_bytes=MOST_BYTES, check=context.raise_if_stopped)
        file_now = file.version
        is_same = state.get("file") == file_now
        if is_same and state.get("done") is True:
            coverage = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[coverage], requests=file.take_requests())
            return
        known = state if is_same else {"file": file_now}
        with Table(file, _CAPS, stop=context.stop) as table:
            yield from self._read(target, table, board, known, file, context)

    def _read(
        self,
        target: Target,
        table: Table,
        board: BoardRef,
        known: Mapping[str, object],
        file: RemoteFile,
        context: Context,
    ) -> Iterator[Batch]:
        columns = find_columns(table)
        place, malformed = Place.read(known), _read_count(known.get("malformed"))

        def may_hold(group: int) -> bool:
            bounds = table.bounds(group, columns.published)
            if bounds is None:
                return True
            least, greatest = read_day(bounds[0]), read_day(bounds[1])
            return (
                least is None
                or greatest is None
                or (least <= self._span.until and greatest >= self._span.since)
            )

        def is_wanted(row: Row) -> bool:
            day = read_day(row.get(columns.published))
            return day is None or self._span.has(day)

        portions = walk(
            table,
            columns.names,
            place,
            is_wanted_group=may_hold,
            one_of={columns.category: [OVERALL]},
            is_wanted=is_wanted,
        )
        for portion in portions:
            parsed = parse_rows(portion.rows, columns, board, context.clock().date())
            parsed.check()
            malformed += len(parsed.skipped)
            at = {"file": known["file"], "malformed": malformed, **portion.after.write()}
            items = Coverage(target.key, CoverageStatus.PARTIAL, len(parsed.lines), "not read to its end yet")
            yield Batch(parsed.records, [items], at, file.take_requests(), parsed.skipped)
        reason = describe_malformed(malformed) if malformed else ""
        status = CoverageStatus.PARTIAL if malformed else CoverageStatus.COMPLETE
        yield Batch(
            coverage=[Coverage(target.key, status, 0, reason)],
            state={"file": known["file"], "malformed": malformed, "done": True},
            requests=file.take_requests(),
        )


def _read_count(value: object) -> int:
    return value if isinstance(value, int) else 0
