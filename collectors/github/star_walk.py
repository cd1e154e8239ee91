"""One walk over the star histories of all repositories: page by page, newest week first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from collectors.contract import Context, Span, Target
from collectors.github.client import Answer, GitHubClient
from collectors.github.errors import RepositoryRefused
from collectors.github.options import MOST_WITHOUT_TOKEN, GitHubOptions
from collectors.github.parsing import SOURCE
from collectors.github.scopes import ScopeWalk
from collectors.github.star_state import StarsKnown, StarsState
from collectors.github.star_weeks import (
    WEEK,
    WEEKS_PER_PAGE,
    StarWeek,
    find_implausible,
    last_finished_day,
    list_star_records,
    parse_star_week,
)
from collectors.github.wire import parse_rest_repository
from collectors.states import read_state
from store.errors import RateLimited, SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, CoverageStatus, Kind, SubjectRef

RECENT = timedelta(days=35)
"""Days that a weekly look takes: the week that is new and the four before it, since most stars taken back,
and most purges of bought ones, come soon. They fit on the newest page. Everything older is history, and comes
with a back-fill, marked as such."""

ABSENT_AFTER = 3
"""Repositories in a row without a history after which the server is taken to have none."""


class StarWalk(ScopeWalk):
    """One batch per page. With a `span` every page between its days, else the newest page alone."""

    def __init__(
        self,
        options: GitHubOptions,
        target: Target,
        state: Mapping[str, object],
        client: GitHubClient,
        context: Context,
        span: Span | None = None,
    ) -> None:
        super().__init__(options, target, client, context)
        self._span = span
        self._state = read_state(state, StarsState)
        self._walk = self._state.begin(options.credential)
        self._finished = last_finished_day(self._now)
        self._absent: SourceGone | None = None
        self._absences = 0

    def _write_state(self) -> dict[str, object]:
        return self._state.write()

    def _note_done(self, scope: str) -> None:
        self._walk.done.append(scope)

    def list_batches(self) -> Iterator[Batch]:
        """Raises RateLimited with what is left postponed, SourceGone where the server has no histories."""
        try:
            for name in self._list_open():
                self._context.raise_if_stopped()
                self._check_share()
                yield from self._list_repository_batches(name)
                if self._absences >= ABSENT_AFTER and not self._walk.has_read:
                    break
        except RateLimited as error:
            yield self._postpone([_scope(name) for name in self._list_open()], error)
            raise
        has_read = self._walk.has_read
        self._state.walk = None
        yield self._batch()
        if self._absences >= ABSENT_AFTER and not has_read:
            raise SourceGone(f"{self._host} has no star history", host=self._host) from self._absent
        self._raise_if_drifted(has_read=has_read)

    def _list_open(self) -> list[str]:
        done = set(self._walk.done)
        return [name for name in self._options.names if _scope(name) not in done]

    def _check_share(self) -> None:
        if self._span is None and self._options.token is None and self._client.requests >= MOST_WITHOUT_TOKEN:
            raise RateLimited(
                f"star history takes {MOST_WITHOUT_TOKEN} requests an hour of {self._host} without a token",
                host=self._host,
                retry_at=self._now + timedelta(hours=1),
            )

    def _list_repository_batches(self, name: str) -> Iterator[Batch]:
        """All batches of one repository. What is wrong with it alone becomes its coverage."""
        scope = _scope(name)
        if self._is_fetched(name):
            self._walk.has_read = True
            yield self._finish(scope, [], CoverageStatus.UNCHANGED, "fetched before")
            return
        try:
            known = self._identify(name)
        except SourceGone as error:
            status, reason = self._state.note_miss(name, error)
            yield self._finish(scope, [], status, reason)
            return
        except (RepositoryRefused, SourceChanged, SourceUnavailable) as error:
            yield self._fail(scope, error)
            return
        try:
            yield from self._list_page_batches(name, known)
        except SourceGone as error:  # the repository is there, its history is not
            self._absent, self._absences = error, self._absences + 1
            yield self._finish(scope, [], CoverageStatus.FAILED, f"{error}; the repository is there")
        except (RepositoryRefused, SourceChanged, SourceUnavailable) as error:
            yield self._fail(scope, error)

    def _is_fetched(self, name: str) -> bool:
        """Whether a back-fill over this span brought all of the repository's days already."""
        known = self._state.known.get(name)
        if self._span is None or known is None or not known.through:
            return False
        return known.through >= min(self._span.until, self._finished).isoformat()

    def _identify(self, name: str) -> StarsKnown:
        """Which repository the name stands for now; asked once in a walk."""
        known = self._state.known.get(name)
        if known is not None and self._walk.current == name:
            return known
        answer = self._client.fetch_repository(name, known.etag if known else None)
        if known is None or not answer.is_unchanged:
            repository = parse_rest_repository(answer.item, name)
            if known is None or known.id != repository.native_id:
                known = StarsKnown(repository.native_id, repository.name, repository.stars)
            known.name, known.stars, known.etag = repository.name, repository.stars, answer.etag
            self._state.known[name] = known
        self._state.note_found(name)
        self._walk.current = name
        if self._span is not None:
            known.next = 0  # a back-fill that did not bring everything begins anew
        return known

    def _list_page_batches(self, name: str, known: StarsKnown) -> Iterator[Batch]:
        since, until = self._bounds()
        page = known.next if self._span is not None and known.next else self._first_page()
        if self._span is not None and not known.next:
            known.begin_pages(page)
        while True:
            answer = self._fetch_page(known, page)
            if answer.is_unchanged:
                yield from self._hold_unchanged(_scope(name))
                return
            if page == 1 and self._span is None:
                known.weeks_etag = answer.etag
                known.begin_pages(1)
            weeks, skipped = self._read_page(name, page, answer)
            if page == 1 and not weeks and known.stars > 0:
                raise SourceChanged(_scope(name), f"an empty history of {known.stars:,} stars")
            self._walk.has_read = True
            if weeks and not known.note_weeks(weeks):
                raise SourceChanged(_scope(name), f"page {page} goes no further back than the one before")
            subject = SubjectRef(SOURCE, Kind.GITHUB_REPO, known.name, known.id)
            records = list_star_records(subject, weeks, since, until)
            is_last = answer.next_url is None and len(_items(answer)) < WEEKS_PER_PAGE
            is_met = self._span is None or known.oldest <= since.isoformat()
            if not is_last and not is_met:
                page = known.next = page + 1
                yield self._batch(records, skipped=skipped)
                self._context.raise_if_stopped()
                continue
            known.next = 0
            doubt = find_implausible(known.read, known.stars, is_whole=is_last and known.first == 1)
            missed = self._find_missed(known, since)
            is_partial = bool(skipped or doubt or missed)
            if self._span is None or not is_partial:
                known.through = max(known.through, until.isoformat())
            yield self._finish(
                _scope(name),
                records,
                CoverageStatus.PARTIAL if is_partial else CoverageStatus.COMPLETE,
                "; ".join(filter(None, (doubt, missed))),
                items=len(records),
                skipped=skipped,
            )
            return

    def _fetch_page(self, known: StarsKnown, page: int) -> Answer:
        is_conditional = page == 1 and self._span is None
        return self._client.fetch_star_weeks(known.name, page, known.weeks_etag if is_conditional else None)

    def _bounds(self) -> tuple[date, date]:
        """The first and the last day to take."""
        if self._span is not None:
            return self._span.since, min(self._span.until, self._finished)
        return self._finished - RECENT + timedelta(days=1), self._finished

    def _find_missed(self, known: StarsKnown, since: date) -> str:
        """Which days nobody took, because the weekly looks paused for longer than one reaches back."""
        if self._span is not None or not known.through:
            return ""
        first, last = date.fromisoformat(known.through) + timedelta(days=1), since - timedelta(days=1)
        if first > last:
            return ""
        return f"not read: {first} to {last}; lunchwatch backfill github.stars --from {first} --to {last}"

    def _first_page(self) -> int:
        """The page on which a span ends; the newest for a weekly look. Every week has its place on the
        pages, so that a span in the past costs only its own."""
        if self._span is None:
            return 1
        weeks = (_sunday(self._now.date()) - _sunday(self._span.until)) // WEEK
        # A week less: where GitHub counts it may still be Saturday.
        return max(0, weeks - 1) // WEEKS_PER_PAGE + 1

    def _read_page(self, name: str, page: int, answer: Answer) -> tuple[list[StarWeek], list[str]]:
        """The weeks of a page, and what was wrong with the others. Raises SourceChanged when all were."""
        weeks: list[StarWeek] = []
        problems: list[SourceChanged] = []
        for index, item in enumerate(_items(answer)):
            try:
                weeks.append(parse_star_week(item, f"{_scope(name)}?page={page}[{index}]"))
            except SourceChanged as problem:
                problems.append(problem)
        if problems and not weeks:
            raise problems[0]
        return weeks, [str(problem) for problem in problems]


def _scope(name: str) -> str:
    return f"stars:{name}"


def _items(answer: Answer) -> Sequence[object]:
    return answer.item if isinstance(answer.item, list) else ()


def _sunday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)
