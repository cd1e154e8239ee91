"""One pass over the whole list, page by page; a page is a batch, with the place to go on from.

A pass is believed when it reached the Hub's oldest repositories, counted no more than 5 % fewer models than
the last one that was, and was readable, in order and no endless list. Only then are its sums told. One that
was not believed is PARTIAL with the reason; nothing is called gone because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.hub.wire import CREATED_FLOOR
from collectors.states import read_state
from collectors.sweep.client import CursorRefused, RawPage, SweepClient
from collectors.sweep.options import GROWS_AFTER, MOST_GROWN, MOST_PAGES, SweepOptions
from collectors.sweep.parsing import list_records, pick
from collectors.sweep.state import Count, Pass, SweepState
from collectors.sweep.totals import Totals, list_totals
from collectors.sweep.wire import SweptModel, parse_page, read_columns
from store.errors import HostUnreachable, RateLimited, SourceChanged, SourceUnavailable
from store.records import Batch, Coverage, CoverageStatus, Openness, Record

MOST_SHRUNK = 0.05
MOST_ODD = 0.01
"""Share of malformed or repeated models from which on a pass is not believed."""

WRITTEN_FROM = 50
"""Models that wait in the state, read but not written, until there are so many: about ten pages' worth."""

_MOST_IDLE = 2
_LOGGED_EVERY = 100  # pages


class Sweep:
    """The batches of one call of `SweepCollector.collect`."""

    def __init__(
        self,
        options: SweepOptions,
        target: Target,
        state: Mapping[str, object],
        client: SweepClient,
        context: Context,
        classify: Callable[[str], Openness],
    ) -> None:
        self._options = options
        self._target = target
        self._client = client
        self._context = context
        self._totals = Totals(classify)
        origin = options.hub.origin
        self._state = read_state(state, SweepState)
        if self._state.endpoint != origin:
            self._state = SweepState(endpoint=origin)
        before = self._state.current
        self._pass = self._state.begin(context.clock(), options.page_size)
        # what a pass left waiting that nobody goes on with
        self._overdue = [] if before is None or before is self._pass else self._take_waiting(before)
        before_it = self._state.complete
        self._most_pages = max(MOST_PAGES, MOST_GROWN * before_it.pages if before_it is not None else 0)
        self._leads_back = False
        self._counted = 0

    def list_batches(self) -> Iterator[Batch]:
        """Every page from where the pass stands. Raises RateLimited, with how far it came, when the Hub's
        window is spent but for what is left to others."""
        while True:
            self._context.raise_if_stopped()
            try:
                page = self._client.fetch(self._pass.cursor, self._pass.size)
            except CursorRefused as error:
                if self._pass.is_second:
                    raise  # and no third time today: it would be thousands of requests for nothing again
                self._context.log.warning("sweep.begun_anew", reason=str(error))
                waiting = self._take_waiting(self._pass)
                self._state.current = self._pass = Pass(
                    self._pass.begun_at, self._options.page_size, is_second=True
                )
                yield self._batch(waiting)
                continue
            except RateLimited as error:
                raise self._postponed(error) from error
            except HostUnreachable:
                raise
            except SourceUnavailable as error:
                if not self._is_smaller_page_worth_a_try(error):
                    raise
                self._pass.size = max(self._options.smallest_page, self._pass.size // 2)
                self._pass.steady = 0
                yield self._batch()
                self._context.fetcher.gate.admit(self._target.host)  # raises when it is to be left alone
                continue
            batch = self._read(page)
            yield batch
            if self._state.current is None:
                return
            if self._leads_back:
                self._state.current = None  # from there is no way on
                yield self._batch(self._take_waiting(self._pass))
                raise SourceChanged("Link", "leads back to what was already read", host=self._target.host)
            if page.left is not None and page.left <= self._options.leaves:
                spent = f"{page.left} requests of the Hub's window are left to others"
                raise self._postponed(RateLimited(spent, host=self._target.host, retry_at=page.resets_at))

    def _is_smaller_page_worth_a_try(self, error: SourceUnavailable) -> bool:
        """Deep in a list the Hub may be too slow for a whole page (504); at its beginning it is down, and
        one that says when to come back was not too slow."""
        is_deep = self._pass.cursor is not None
        return is_deep and error.retry_at is None and self._pass.size > self._options.smallest_page

    def _postponed(self, error: RateLimited) -> RateLimited:
        far = f"{self._pass.models:,} models of {self._pass.day} are read, the rest follows"
        return RateLimited(f"{error}; {far}", host=error.host, retry_at=error.retry_at)

    def _read(self, page: RawPage) -> Batch:
        """The page's records, counted into the pass; with the last page, what the pass came to."""
        current = self._pass
        rows, problems = parse_page(page.body)
        if problems and not rows and not current.models:
            raise problems[0]  # nothing could be read: that is no matter of single items
        skipped = [f"{self._target.key}: {problem}" for problem in problems]
        rows, fresh = self._part([row for row in rows if not row.private])  # private: the token's owner's
        columns = read_columns(rows)
        # The day it is read on: a pass that goes on after midnight meets models whose counters of the day it
        # began on somebody else may have recorded.
        picked, unsound = pick(columns, self._options.records_from, self._context.clock().date())
        for model in picked:
            current.waiting[model.native_id] = model
        self._totals.add(current.totals, columns if len(fresh) == len(rows) else read_columns(fresh))
        skipped += unsound
        current.models += len(fresh)
        current.malformed += len(problems)
        current.pages += 1
        current.idle = 0 if fresh else current.idle + 1
        current.cursor = page.cursor
        self._leads_back = current.goes_in_circles() or current.idle >= _MOST_IDLE
        self._note_size()
        if current.pages % _LOGGED_EVERY == 0:
            self._context.log.info("sweep.page", pages=current.pages, models=current.models)
        is_last = page.cursor is None or current.pages >= self._most_pages
        records: list[Record] = []
        if is_last or len(current.waiting) >= WRITTEN_FROM:
            records = self._take_waiting(current)
        coverage = [self._conclude(records)] if is_last else []
        return self._batch(records, coverage, skipped)

    def _take_waiting(self, of: Pass) -> list[Record]:
        """The records of what was picked and is not written yet."""
        records = list(list_records(of.waiting.values(), self._options.hub.origin))
        of.waiting = {}
        return records

    def _part(self, rows: list[SweptModel]) -> tuple[list[SweptModel], list[SweptModel]]:
        """The page's models, the last of those told twice in it; and those that earlier pages did not have.

        The list goes back in time, so that whatever is younger than the place it had reached was there
        before; at that very moment the ids decide."""
        current = self._pass
        by_id = {row.native_id: row for row in rows}
        current.repeated += len(rows) - len(by_id)
        if len(by_id) < len(rows):
            rows = list(by_id.values())
        fresh = rows
        reached = current.reached
        if reached is not None and rows and max(row.created_at for row in rows) >= reached:
            edge = set(current.edge)
            fresh = [
                row
                for row in rows
                if row.created_at < reached or (row.created_at == reached and row.native_id not in edge)
            ]
            current.repeated += len(rows) - len(fresh)
        if fresh:
            current.reached = min(row.created_at for row in fresh)
            current.edge = [row.native_id for row in fresh if row.created_at == current.reached]
        return rows, fresh

    def _note_size(self) -> None:
        """After some smaller pages in a row, ask for larger ones again."""
        current = self._pass
        if current.size < self._options.page_size:
            current.steady += 1
            if current.steady >= GROWS_AFTER:
                current.size, current.steady = min(self._options.page_size, current.size * 2), 0

    def _conclude(self, records: list[Record]) -> Coverage:
        """End the pass: its sums go to `records` if it is believed; its coverage."""
        current = self._pass
        doubts = self._list_doubts()
        seen = {"malformed": current.malformed, "told again": current.repeated}
        odd = [f"{number:,} {what}" for what, number in seen.items() if number]
        if not doubts:
            records += list_totals(current.totals, current.day)
            self._state.complete = Count(current.day, current.models, current.pages)
            self._state.doubted = None
        self._state.current = None
        is_whole = not doubts and not current.malformed
        status = CoverageStatus.COMPLETE if is_whole else CoverageStatus.PARTIAL
        reason = ", ".join([*doubts, *odd])
        return Coverage(self._target.key, status, current.models, reason)

    def _list_doubts(self) -> list[str]:
        """Why the pass is not believed."""
        current = self._pass
        doubts: list[str] = []
        if current.cursor is not None:
            doubts.append(f"was not at its end after {current.pages:,} pages")
        if current.reached is None or current.reached > CREATED_FLOOR:
            where = "listed nothing" if current.reached is None else f"ended at {current.reached:%Y-%m-%d}"
            doubts.append(f"{where}, before the Hub's oldest repositories")
        seen = {"is malformed": current.malformed, "was told again or out of order": current.repeated}
        for what, number in seen.items():
            if number > MOST_ODD * (current.models + number):
                doubts.append(f"too much {what}")
        return doubts or self._list_shrinkage()

    def _list_shrinkage(self) -> list[str]:
        """A loss of more than 5 % against the last believed pass, unless a pass of an earlier day found as
        few: then the Hub is smaller now."""
        before, doubted, now = self._state.complete, self._state.doubted, self._pass
        if before is None or now.models >= (1 - MOST_SHRUNK) * before.models:
            return []
        is_confirmed = (
            doubted is not None
            and doubted.day < now.day
            and abs(now.models - doubted.models) <= MOST_SHRUNK * doubted.models
        )
        if is_confirmed:
            return []
        if doubted is None or doubted.day < now.day:
            self._state.doubted = Count(now.day, now.models)
        return [f"{before.models - now.models:,} models fewer than the {before.models:,} of {before.day}"]

    def _batch(
        self,
        records: Sequence[Record] = (),
        coverage: Sequence[Coverage] = (),
        skipped: Sequence[str] = (),
    ) -> Batch:
        records, self._overdue = [*self._overdue, *records], []
        spent, self._counted = self._client.requests - self._counted, self._client.requests
        return Batch(records, coverage, self._state.write(), spent, skipped)
