"""What the two walks over repositories have in common: one repository's answer, its releases, misses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from collectors.contract import Context, Target
from collectors.github.client import GitHubClient
from collectors.github.errors import RepositoryRefused
from collectors.github.options import GitHubOptions
from collectors.github.parsing import SOURCE, list_release_records, list_repository_records
from collectors.github.scopes import ScopeWalk
from collectors.github.state import GONE_FOR, GitHubState, Gone, Known
from collectors.github.wire import (
    Repository,
    RepositoryRelease,
    parse_rest_release,
    parse_rest_repository,
)
from collectors.states import read_state
from store.errors import SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, CoverageStatus, Kind, Record, SubjectRef

MOST_RELEASE_PAGES = 10
"""Three hundred releases since the last look; nobody makes more between two of them, but a list may loop."""


class ReleasesRead(NamedTuple):
    """`is_met`: the list reaches back to what was known before, or nothing was."""

    records: list[Record]
    skipped: list[str]
    is_met: bool


class RepositoryWalk(ScopeWalk):
    """One walk over all repositories; subclasses say in which order and how they ask."""

    def __init__(
        self,
        options: GitHubOptions,
        target: Target,
        state: Mapping[str, object],
        client: GitHubClient,
        context: Context,
    ) -> None:
        super().__init__(options, target, client, context)
        self._state = read_state(state, GitHubState)
        self._walk = self._state.begin(self._now.date(), options.credential, options.batch_size)

    def _write_state(self) -> dict[str, object]:
        return self._state.write()

    def _note_done(self, scope: str) -> None:
        self._walk.done.append(scope)

    def _list_open(self, prefix: str, names: Iterable[str]) -> list[str]:
        """Those of `names` whose scope is not finished in this walk."""
        done = set(self._walk.done)
        return [name for name in names if f"{prefix}:{name}" not in done]

    def _confirm(self, name: str, etag: str | None = None) -> Iterator[Batch]:
        """Ask for one repository over REST. What is wrong with it alone becomes its coverage; one that is
        confirmed gone is not asked for until a week has passed."""
        scope = f"repo:{name}"
        gone = self._state.find_gone(name, self._now)
        if gone is not None:
            again = datetime.fromisoformat(gone.at) + GONE_FOR
            reason = f"{gone.reason}; asked for again after {again:%Y-%m-%d}"
            yield self._finish(scope, [], CoverageStatus.GONE, reason)
            return
        try:
            answer = self._client.fetch_repository(name, etag)
            if not answer.is_unchanged:
                repository = parse_rest_repository(answer.item, name)
        except SourceGone as error:
            self._note_look(name)
            status, reason = self._state.note_miss(name, error)
            if status is CoverageStatus.GONE:
                self._state.gone[name] = Gone(reason, self._now.isoformat())
            yield self._finish(scope, [], status, reason)
            return
        except (RepositoryRefused, SourceChanged, SourceUnavailable) as error:
            self._note_look(name)
            yield self._fail(scope, error)
            return
        if answer.is_unchanged:
            self._walk.has_read = True
            self._note_look(name)
            yield from self._hold_unchanged(scope)
            return
        records = self._read(name, repository, answer.etag)
        yield self._finish(scope, records, CoverageStatus.COMPLETE, items=1)

    def _note_look(self, name: str) -> None:
        """By the clock, not by the walk's beginning: who came last in a walk waits longest in the next."""
        self._state.looked[name] = self._context.clock().isoformat()

    def _read(self, name: str, repository: Repository, etag: str | None = None) -> list[Record]:
        """Note what the name stands for, and return the records."""
        now = self._now.isoformat()
        self._walk.has_read = True
        self._state.note_found(name)
        self._state.gone.pop(name, None)
        self._note_look(name)
        known = self._state.known.get(name)
        if known is None or known.id != repository.native_id:
            known = self._state.known[name] = Known(repository.native_id, repository.name, since=now)
        known.name = repository.name
        known.etag = etag  # none after GraphQL: a 304 to an older one would hide what changed in between
        return list_repository_records(repository, name, self._now)

    # ------------------------------------------------------------------ releases

    def _list_release_batches(self, name: str) -> Iterator[Batch]:
        """Read a known repository's releases over REST, page by page, down to what was known before.

        A 304 for the first page carries no `Link`: when an earlier look was cut short, the walk goes on
        with the address kept from then. Raises RateLimited and what else concerns the whole host.
        """
        scope = f"releases:{name}"
        known = self._state.known[name]
        records: list[Record] = []
        items, problems = 0, 0
        address: str | None = None
        try:
            for _ in range(MOST_RELEASE_PAGES):
                answer = self._client.fetch_releases(
                    known.name, None if address else known.releases_etag, address
                )
                if not isinstance(answer.item, list):  # unchanged
                    address = known.releases_next
                    if address is None:
                        known.releases_at = self._now.isoformat()
                        self._forget_unmet(name)
                        yield from self._hold_unchanged(scope)
                        return
                    continue
                if address is None:
                    known.releases_etag = answer.etag
                records, skipped, is_met = self._read_releases(name, answer.item, parse_rest_release)
                items, problems = items + len(records), problems + len(skipped)
                address = known.releases_next = None if is_met else answer.next_url
                if address is None:
                    status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
                    yield self._finish_releases(name, records, status, items=items, skipped=skipped)
                    return
                yield self._batch(records, skipped=skipped)
                self._context.raise_if_stopped()
        except SourceGone as error:
            self._forget_unmet(name)
            yield self._finish(scope, [], CoverageStatus.FAILED, str(error))
            return
        except (RepositoryRefused, SourceChanged, SourceUnavailable) as error:
            self._forget_unmet(name)
            yield self._fail(scope, error)
            return
        known.releases_next = None
        reason = f"more than {items} new ones; the oldest of them were left out"
        yield self._finish_releases(name, [], CoverageStatus.PARTIAL, reason, items=items)

    def _finish_releases(
        self,
        name: str,
        records: Sequence[Record],
        status: CoverageStatus,
        reason: str = "",
        *,
        items: int = 0,
        skipped: Sequence[str] = (),
    ) -> Batch:
        known = self._state.known[name]
        known.releases_met = known.releases_newest
        self._forget_unmet(name)
        return self._finish(f"releases:{name}", records, status, reason, items=items, skipped=skipped)

    def _forget_unmet(self, name: str) -> None:
        if name in self._walk.unmet:
            self._walk.unmet.remove(name)

    def _read_releases(
        self, name: str, items: Sequence[object], parse: Callable[[object, str], RepositoryRelease | None]
    ) -> ReleasesRead:
        """The records of a known repository's releases, and what was wrong with the others."""
        known = self._state.known[name]
        known.releases_at = self._now.isoformat()
        releases: dict[str, RepositoryRelease] = {}
        skipped: list[str] = []
        for index, item in enumerate(items):
            try:
                release = parse(item, f"releases:{name}[{index}]")
            except SourceChanged as problem:
                skipped.append(str(problem))
                continue
            if release is not None:
                releases[release.native_id] = release
        moments = [release.published_at.isoformat() for release in releases.values()]  # in UTC: they sort
        known.releases_newest = max([known.releases_newest, *moments])
        is_met = not known.releases_met or any(moment <= known.releases_met for moment in moments)
        subject = SubjectRef(SOURCE, Kind.GITHUB_REPO, known.name, known.id)
        return ReleasesRead(list_release_records(subject, releases.values()), skipped, is_met)

    def _end(self) -> Iterator[Batch]:
        """Close the walk. Raises SourceChanged when not one repository could be read in it."""
        has_read = self._walk.has_read
        self._state.end(self._options.batch_size)
        yield self._batch()
        self._raise_if_drifted(has_read=has_read)
