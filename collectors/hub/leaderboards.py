"""The Hub's leaderboards: which data sets are benchmarks, and what models score on each.

One request lists the benchmarks, one each reads a leaderboard, with its ETag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.fetching import RetryPolicy, host_of
from collectors.hub.claims import ClaimNames, NoNames
from collectors.hub.options import HubOptions
from collectors.hub.parsing import SOURCE
from collectors.hub.targets import DAILY
from store.records import Batch

TARGET = "leaderboards"
USUAL_REQUESTS = 40
"""38 benchmark data sets were counted in 2026."""


class LeaderboardsCollector:
    """`hub.leaderboards`: claims of every leaderboard that the Hub keeps. `names`: the catalogue."""

    name = "hub.leaderboards"
    source = SOURCE

    def __init__(
        self, options: HubOptions, retry: RetryPolicy | None = None, names: ClaimNames | None = None
    ) -> None:
        self._options = options
        self._retry = retry or RetryPolicy()
        self._names = names or NoNames()

    def list_targets(self) -> Sequence[Target]:
        label = "leaderboards of benchmark data sets"
        host = host_of(self._options.origin)
        return [Target(TARGET, label, host, requests=USUAL_REQUESTS, every=DAILY)]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield a batch for the list of benchmarks and one per leaderboard. Raises a SourceError."""
        # Imported here: the library takes half a second to import, which no other command should pay.
        from collectors.hub.client import HubClient
        from collectors.hub.leaderboard_walk import LeaderboardWalk

        client = HubClient(self._options, context, self._retry)
        try:
            yield from LeaderboardWalk(
                self._options, target, state, client, context, self._names
            ).list_batches()
        finally:
            client.close()
