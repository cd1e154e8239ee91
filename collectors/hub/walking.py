"""What every walk over a target of the Hub has: whom it asks, since when, and how its batches are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from collectors.contract import Context, Target
from collectors.hub.client import HubClient
from collectors.hub.options import HubOptions
from collectors.states import WalkState
from store.errors import RateLimited
from store.records import Batch, Coverage, CoverageStatus, Record

State = TypeVar("State", bound=WalkState)


class HubWalk(Generic[State]):
    """One call of a collector's `collect`. What it tells is about the day on which it was called, however
    long it takes."""

    def __init__(
        self,
        options: HubOptions,
        target: Target,
        state: State,
        client: HubClient,
        context: Context,
    ) -> None:
        self._options = options
        self._scope = target.key
        self._host = target.host
        self._state = state
        self._client = client
        self._context = context
        self._now = context.clock()
        self._counted = 0

    def _batch(
        self,
        records: Sequence[Record] = (),
        coverage: Sequence[Coverage] = (),
        skipped: Sequence[str] = (),
    ) -> Batch:
        """With the place to go on from, and the requests since the last one."""
        spent, self._counted = self._client.requests - self._counted, self._client.requests
        return Batch(records, coverage, self._state.write(), spent, skipped)

    def _postpone(self, error: RateLimited, *scopes: str) -> Batch:
        """What is said of `scopes` when the host asks us to wait."""
        status, reason = CoverageStatus.POSTPONED, str(error)
        return self._batch(coverage=[Coverage(scope, status, reason=reason) for scope in scopes])
