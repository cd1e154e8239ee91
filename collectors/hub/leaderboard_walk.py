"""One pass over the Hub's leaderboards, which goes on where it was stopped that day.

A leaderboard gathers the `.eval_results` of model repositories, open pull requests among them: its rows are
claims with the standing of their badge, no measurement of the Hub's. It holds models without a base model and
names no task. It is no rating board (store/boards.py): its scores are shares of right answers, and each row
has a source of its own. So the rows are kept as claims and not as a publication.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from collectors.contract import Context, Target
from collectors.hub.claims import ClaimNames, Source, keep_apart
from collectors.hub.client import HubClient
from collectors.hub.errors import ModelRefused
from collectors.hub.eval_results import Statement, write_claim
from collectors.hub.options import HubOptions
from collectors.hub.walking import HubWalk
from collectors.hub.wire import Name
from collectors.offers import ITEM_ERRORS, describe_problem
from collectors.states import WalkState, read_state
from store.errors import RateLimited, SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, Claim, Coverage, CoverageStatus

MOST_PAGES = 5
"""Of the list of benchmarks, at 1,000 each."""


class _Dataset(msgspec.Struct):
    id: Name
    is_private: bool | None = msgspec.field(name="private", default=None)


class _Row(msgspec.Struct):
    model: Name = msgspec.field(name="modelId")
    value: object
    filename: str | None = None
    verified: bool | None = None
    pull_request: int | None = msgspec.field(name="pullRequest", default=None)
    source: Source | None = None
    notes: str | None = None


class _Walk(msgspec.Struct, omit_defaults=True):
    """`datasets` are to be read in this order, the first `done` of them have been."""

    day: str
    datasets: list[str]
    done: int = 0
    has_read: bool = False


class LeaderboardState(WalkState, omit_defaults=True):
    """`etags` by data set."""

    walk: _Walk | None = None
    etags: dict[str, str] = msgspec.field(default_factory=dict)


class LeaderboardWalk(HubWalk[LeaderboardState]):
    """The batches of one call of `LeaderboardsCollector.collect`."""

    def __init__(
        self,
        options: HubOptions,
        target: Target,
        state: Mapping[str, object],
        client: HubClient,
        context: Context,
        names: ClaimNames,
    ) -> None:
        super().__init__(options, target, read_state(state, LeaderboardState), client, context)
        self._names = names
        self._changed: list[SourceChanged] = []
        self._has_read = False

    def list_batches(self) -> Iterator[Batch]:
        """The last batch carries the pass's own coverage. Raises RateLimited with the rest postponed, and
        SourceChanged when there are leaderboards and not one can be read."""
        try:
            yield from self._list_all()
        except RateLimited as error:
            yield self._postpone(error, self._scope)
            raise

    def _list_all(self) -> Iterator[Batch]:
        today = self._now.date().isoformat()
        if self._state.walk is None or self._state.walk.day != today:
            datasets, skipped = self._list_datasets()
            self._state.walk = _Walk(today, datasets)
            yield self._batch(skipped=skipped)
        walk = self._state.walk
        while walk.done < len(walk.datasets):
            self._context.raise_if_stopped()
            claims, coverage, malformed = self._read(walk.datasets[walk.done])
            walk.done += 1
            walk.has_read |= self._has_read
            yield self._batch(claims, [coverage], malformed)
        self._state.walk = None
        if self._changed and not walk.has_read:  # not one could be read: that is no matter of one of them
            yield self._batch()
            raise self._changed[0]
        status = CoverageStatus.COMPLETE if walk.datasets else CoverageStatus.PARTIAL
        reason = "" if walk.datasets else "the Hub lists no benchmark"
        yield self._batch(coverage=[Coverage(self._scope, status, len(walk.datasets), reason)])

    def _list_datasets(self) -> tuple[list[str], list[str]]:
        """The data sets by name, so that the pass can go on in the same order; and the malformed ones."""
        self._context.raise_if_stopped()
        page = self._client.fetch_benchmark_page()
        items = list(page.items)
        for _ in range(MOST_PAGES - 1):
            if page.next_url is None:
                break
            self._context.raise_if_stopped()
            page = self._client.fetch_next_page(page.next_url)
            items += page.items
        names: set[str] = set()
        skipped: list[str] = []
        for index, item in enumerate(items):
            try:
                dataset = msgspec.convert(item, _Dataset)
            except ITEM_ERRORS as error:
                skipped.append(describe_problem(f"datasets[{index}]", error))
                continue
            if not dataset.is_private:
                names.add(dataset.id)
        if skipped and not names:
            where, _, problem = skipped[0].partition(": ")
            raise SourceChanged(where, problem, host=self._host)
        return sorted(names), skipped

    def _read(self, dataset: str) -> tuple[Sequence[Claim], Coverage, Sequence[str]]:
        """One leaderboard: its claims, its coverage and its malformed rows. What is wrong with it alone
        becomes its coverage; what is raised leaves it to be read."""
        scope = f"leaderboard:{dataset}"
        try:
            page = self._client.fetch_leaderboard(dataset, self._state.etags.get(dataset))
            claims, skipped = parse_leaderboard(
                page.items, dataset, site=self._options.origin, names=self._names
            )
        except SourceGone as error:
            status, reason = self._state.note_miss(scope, error)
            return (), Coverage(scope, status, reason=reason), ()
        except SourceChanged as error:
            self._changed.append(error)
            return (), Coverage(scope, CoverageStatus.FAILED, reason=str(error)), [str(error)]
        except ModelRefused as error:
            return (), Coverage(scope, CoverageStatus.FAILED, reason=str(error)), ()
        except SourceUnavailable as error:
            self._context.fetcher.gate.admit(self._host)  # raises when the whole host is to be left alone
            return (), Coverage(scope, CoverageStatus.FAILED, reason=str(error)), ()
        self._state.note_found(scope)
        self._has_read = True
        if page.is_unchanged:
            return (), Coverage(scope, CoverageStatus.UNCHANGED), ()
        self._state.etags.pop(dataset, None)
        if page.etag and not skipped:
            self._state.etags[dataset] = page.etag
        status = CoverageStatus.PARTIAL if skipped else CoverageStatus.COMPLETE
        reason = f"{len(skipped)} malformed" if skipped else ""
        return claims, Coverage(scope, status, len(claims), reason), skipped


def parse_leaderboard(
    items: Sequence[object], dataset: str, *, site: str, names: ClaimNames
) -> tuple[list[Claim], list[str]]:
    """The rows as claims, and what was wrong with the others. Raises SourceChanged when none can be read."""
    claims: list[Claim] = []
    skipped: list[str] = []
    for index, item in enumerate(items):
        try:
            row = msgspec.convert(item, _Row)
            claims.append(
                write_claim(
                    Statement(
                        model=row.model,
                        dataset=dataset,
                        task=None,
                        value=row.value,
                        filename=row.filename,
                        is_verified=row.verified is True,
                        pull_request=row.pull_request,
                        source=row.source,
                        notes=row.notes,
                    ),
                    site=site,
                    names=names,
                )
            )
        except ITEM_ERRORS as error:
            skipped.append(describe_problem(f"{dataset}[{index}]", error))
    if skipped and not claims:
        where, _, problem = skipped[0].partition(": ")
        raise SourceChanged(where, problem)
    return keep_apart(claims), skipped
