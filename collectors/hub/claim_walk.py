"""The benchmark results of one owner's repositories, apart from their counters.

Cards with results are long, an embedding model's up to a megabyte, and change seldom: they are asked for once
a week and by themselves, so that the daily listing stays small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.hub.claims import ClaimNames
from collectors.hub.client import CLAIMS, HubClient
from collectors.hub.listing import Listing
from collectors.hub.options import PAGES_PER_LISTING, HubOptions
from collectors.hub.results import describe_left_out, parse_results
from collectors.hub.state import ClaimState
from collectors.hub.walking import HubWalk
from collectors.hub.wire import HubModel, parse_model
from collectors.states import read_state
from store.errors import RateLimited, SourceChanged
from store.records import Batch, Claim, Coverage, CoverageStatus

ROWS_PER_PAGE = 500
"""A page in which every tenth card holds the results of an embedding model stays below the byte limit."""


class ClaimWalk(HubWalk[ClaimState]):
    """The batches of one pass over the target `claims:OWNER`. Its `models`: only these; empty: all."""

    def __init__(
        self,
        options: HubOptions,
        target: Target,
        state: Mapping[str, object],
        client: HubClient,
        context: Context,
        names: ClaimNames | None = None,
    ) -> None:
        super().__init__(options, target, read_state(state, ClaimState), client, context)
        self._names = names
        self._place = self._state.begin(self._now.date(), options.origin)
        models = target.options.get("models", ())
        self._wanted = {name.lower() for name in models} if isinstance(models, tuple) else set()
        self._listing = Listing(
            client,
            context,
            self._place,
            target.host,
            parameters={"author": target.key.partition(":")[2], "sort": "downloads"},
            expand=("private", *CLAIMS),
            size=min(options.page_size, ROWS_PER_PAGE),
        )

    def list_batches(self) -> Iterator[Batch]:
        """A batch per page; the last one carries the coverage. Raises RateLimited, the rest postponed."""
        place, state = self._place, self._state
        etag = state.etag if state.question == self._listing.question else None
        is_unchanged = False
        try:
            for page in self._listing.list_pages(etag):
                is_unchanged = page.is_unchanged
                claims, skipped = self._read_page(page.items)
                place.is_listed |= place.pages >= PAGES_PER_LISTING
                if is_unchanged or (place.is_listed and not place.malformed):
                    state.etag, state.question = self._listing.etag, self._listing.question
                if not place.is_listed:
                    yield self._batch(claims, [], skipped)
                    continue
                state.walk = None
                yield self._batch(claims, [self._conclude(is_unchanged=is_unchanged)], skipped)
                return
        except RateLimited as error:
            yield self._postpone(error, self._scope)
            raise
        state.walk = None  # the Hub gave no more of the list
        yield self._batch(coverage=[self._conclude(is_unchanged=is_unchanged)])

    def _read_page(self, items: Sequence[object]) -> tuple[list[Claim], list[str]]:
        read: list[tuple[HubModel, object]] = []
        problems: list[SourceChanged] = []
        for index, item in enumerate(items):
            try:
                read.append((parse_model(item, f"[{index}]"), item))
            except SourceChanged as problem:
                problems.append(problem)
        if problems and not read and not self._place.items:
            raise problems[0]  # nothing could be read: that is no matter of single items
        self._place.items += len(read)
        self._place.malformed += len(problems)
        claims: list[Claim] = []
        skipped = [f"{self._scope}: {problem}" for problem in problems]
        for model, item in read:
            if model.is_private or (self._wanted and model.name.lower() not in self._wanted):
                continue
            found = parse_results(item, model.name, self._now, site=self._options.origin, names=self._names)
            claims.extend(found.claims)
            skipped.extend(found.skipped)
            self._place.left_out += found.left_out
        return claims, skipped

    def _conclude(self, *, is_unchanged: bool) -> Coverage:
        place = self._place
        if is_unchanged:
            return Coverage(self._scope, CoverageStatus.UNCHANGED)
        problems = []
        if place.is_cut:
            problems.append(f"the Hub gives no more than {place.items} in time")
        elif place.next_url is not None:
            problems.append(f"more than {place.pages} pages")
        if place.malformed:
            problems.append(f"{place.malformed} malformed")
        status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
        reasons = [*problems, describe_left_out(place.left_out)]
        return Coverage(self._scope, status, place.items, ", ".join(filter(None, reasons)))
