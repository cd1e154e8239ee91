"""What every walk has in common: scopes that finish one by one, batches, and what ends it early."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from collectors.contract import Context, Target
from collectors.github.client import GitHubClient
from collectors.github.errors import QueryTooLarge, RepositoryRefused
from collectors.github.options import GitHubOptions
from store.errors import RateLimited, SourceChanged, SourceUnavailable
from store.records import Batch, Coverage, CoverageStatus, Record

UNCHANGED_PER_BATCH = 25


class ScopeWalk(ABC):
    """One walk over all repositories. Subclasses say what a scope is, and keep the state."""

    def __init__(
        self, options: GitHubOptions, target: Target, client: GitHubClient, context: Context
    ) -> None:
        self._options = options
        self._host = target.host
        self._client = client
        self._context = context
        self._now = context.clock()
        self._counted = 0
        self._changed: list[SourceChanged] = []
        self._held: list[Coverage] = []

    @abstractmethod
    def list_batches(self) -> Iterator[Batch]:
        """Every batch of the walk; the last one ends it."""

    @abstractmethod
    def _write_state(self) -> dict[str, object]: ...

    @abstractmethod
    def _note_done(self, scope: str) -> None: ...

    def _fail(self, scope: str, error: RepositoryRefused | SourceChanged | SourceUnavailable) -> Batch:
        """The batch for a scope that alone could not be read; raises when the whole host is to be left."""
        if isinstance(error, SourceUnavailable):
            self._client.check_host(is_query=isinstance(error, QueryTooLarge))
        skipped = [str(error)] if isinstance(error, SourceChanged) else []
        if isinstance(error, SourceChanged):
            self._changed.append(error)
        return self._finish(scope, [], CoverageStatus.FAILED, str(error), skipped=skipped)

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
        self._note_done(scope)
        return self._batch(records, [Coverage(scope, status, items, reason)], skipped)

    def _hold_unchanged(self, scope: str) -> Iterator[Batch]:
        """Finish a scope that brought nothing. It goes with the next batch that something came in, or with
        some more of its kind: a batch writes the whole state, and here there is nothing to lose."""
        self._note_done(scope)
        self._held.append(Coverage(scope, CoverageStatus.UNCHANGED))
        if len(self._held) >= UNCHANGED_PER_BATCH:
            yield self._batch()

    def _batch(
        self,
        records: Sequence[Record] = (),
        coverage: Sequence[Coverage] = (),
        skipped: Sequence[str] = (),
    ) -> Batch:
        spent, self._counted = self._client.requests - self._counted, self._client.requests
        held, self._held = self._held, []
        return Batch(records, [*held, *coverage], self._write_state(), spent, skipped)

    def _raise_if_drifted(self, *, has_read: bool) -> None:
        """Raise the first SourceChanged of a walk in which nothing could be read."""
        if self._changed and not has_read:
            raise self._changed[0]
