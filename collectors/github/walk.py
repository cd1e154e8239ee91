"""What the two walks have in common: reading one repository's answer, misses, coverage, batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.github.client import GitHubClient
from collectors.github.errors import RepositoryRefused
from collectors.github.options import GitHubOptions
from collectors.github.parsing import SOURCE, list_release_records, list_repository_records
from collectors.github.state import GitHubState, Known
from collectors.github.wire import Repository, RepositoryRelease, parse_rest_repository
from collectors.states import read_state
from store.errors import RateLimited, SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, Coverage, CoverageStatus, Kind, Record, SubjectRef


class RepositoryWalk(ABC):
    """One walk over all repositories; subclasses say in which order and how they ask."""

    def __init__(
        self,
        options: GitHubOptions,
        target: Target,
        state: Mapping[str, object],
        client: GitHubClient,
        context: Context,
    ) -> None:
        self._options = options
        self._host = target.host
        self._client = client
        self._context = context
        self._now = context.clock()
        self._state = read_state(state, GitHubState)
        self._walk = self._state.begin(self._now.date())
        self._counted = 0
        self._changed: list[SourceChanged] = []

    @abstractmethod
    def list_batches(self) -> Iterator[Batch]:
        """Every batch of the walk; the last one ends it."""

    def _list_open(self, prefix: str, names: Iterable[str]) -> list[str]:
        """Those of `names` whose scope is not finished in this walk."""
        return [name for name in names if f"{prefix}:{name}" not in self._walk.done]

    def _confirm(self, name: str, etag: str | None = None) -> Batch:
        """Ask for one repository over REST. What is wrong with it alone becomes its coverage."""
        scope = f"repo:{name}"
        try:
            answer = self._client.fetch_repository(name, etag)
            if answer.is_unchanged:
                self._walk.has_read = True
                return self._finish(scope, [], CoverageStatus.UNCHANGED)
            repository = parse_rest_repository(answer.item, name)
        except SourceGone as error:
            status, reason = self._state.note_miss(name, error)
            return self._finish(scope, [], status, reason)
        except (RepositoryRefused, SourceChanged, SourceUnavailable) as error:
            return self._fail(scope, error)
        records = self._read(name, repository, answer.etag)
        return self._finish(scope, records, CoverageStatus.COMPLETE, items=1)

    def _fail(self, scope: str, error: RepositoryRefused | SourceChanged | SourceUnavailable) -> Batch:
        """The batch for a scope that alone could not be read; raises when the whole host is to be left."""
        if isinstance(error, SourceUnavailable):
            self._context.fetcher.gate.admit(self._host)
        skipped = [str(error)] if isinstance(error, SourceChanged) else []
        if isinstance(error, SourceChanged):
            self._changed.append(error)
        return self._finish(scope, [], CoverageStatus.FAILED, str(error), skipped=skipped)

    def _read(self, name: str, repository: Repository, etag: str | None = None) -> list[Record]:
        """Note what the name stands for, and return the records."""
        self._walk.has_read = True
        self._state.note_found(name)
        known = self._state.known.get(name)
        if known is None or known.id != repository.native_id:
            known = self._state.known[name] = Known(repository.native_id, repository.name)
        known.name = repository.name
        known.etag = etag
        return list_repository_records(repository, name, self._now)

    def _read_releases(
        self, name: str, items: Sequence[object], parse: Callable[[object, str], RepositoryRelease | None]
    ) -> tuple[list[Record], list[str]]:
        """The records of a known repository's releases, and what was wrong with the others."""
        known = self._state.known[name]
        known.releases_at = self._now.isoformat()
        releases: list[RepositoryRelease] = []
        skipped: list[str] = []
        for index, item in enumerate(items):
            try:
                release = parse(item, f"releases:{name}[{index}]")
            except SourceChanged as problem:
                skipped.append(str(problem))
                continue
            if release is not None:
                releases.append(release)
        subject = SubjectRef(SOURCE, Kind.GITHUB_REPO, known.name, known.id)
        return list_release_records(subject, releases), skipped

    def _postpone(self, scopes: Iterable[str], error: RateLimited) -> Batch:
        """The batch that says which scopes have to wait, and until when; the walk stays open."""
        until = f" until {error.retry_at:%Y-%m-%d %H:%M} UTC" if error.retry_at else ""
        reason = f"{error}; postponed{until}"
        return self._batch(
            coverage=[Coverage(scope, CoverageStatus.POSTPONED, reason=reason) for scope in scopes]
        )

    def _finish(
        self,
        scope: str,
        records: Sequence[Record],
        status: CoverageStatus,
        reason: str = "",
        *,
        items: int = 0,
        skipped: Sequence[str] = (),
    ) -> Batch:
        self._walk.done.append(scope)
        return self._batch(records, [Coverage(scope, status, items, reason)], skipped)

    def _end(self) -> Iterator[Batch]:
        """Close the walk. Raises SourceChanged when not one repository could be read in it."""
        has_read = self._walk.has_read
        self._state.walk = None
        yield self._batch()
        if self._changed and not has_read:
            raise self._changed[0]

    def _batch(
        self,
        records: Sequence[Record] = (),
        coverage: Sequence[Coverage] = (),
        skipped: Sequence[str] = (),
    ) -> Batch:
        spent, self._counted = self._client.requests - self._counted, self._client.requests
        return Batch(records, coverage, self._state.write(), spent, skipped)
