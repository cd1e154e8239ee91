"""The GitHub collector: one target, walked with or without a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from collectors.contract import Context, Target
from collectors.fetching import RetryPolicy, host_of
from collectors.github.options import GitHubOptions
from collectors.github.parsing import SOURCE
from store.records import Batch

EVERY = timedelta(minutes=50)
"""Asking again within the hour costs nothing: counts by the day need no more."""


class GitHubCollector:
    """Stars, forks, issues, pull requests, watchers, licences, renames, archival and releases."""

    def __init__(self, options: GitHubOptions, retry: RetryPolicy | None = None) -> None:
        self._options = options
        self._retry = retry or RetryPolicy()

    @property
    def name(self) -> str:
        return SOURCE

    @property
    def source(self) -> str:
        return SOURCE

    def list_targets(self) -> Sequence[Target]:
        options = self._options
        count = len(options.names)
        if not count:
            return []
        requests = (
            -(-count // options.batch_size) if self._asks_graphql else count + len(options.releases_for)
        )
        return [
            Target(
                "repositories",
                f"{count} repositories",
                host_of(options.origin),
                requests=requests,
                every=EVERY,
            )
        ]

    @property
    def _asks_graphql(self) -> bool:
        return self._options.token is not None and self._options.uses_graphql

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield a batch per answer. Raises a SourceError or Interrupted."""
        # Imported here: PyGithub takes a third of a second to import, which no other command should pay.
        from collectors.github.client import GitHubClient
        from collectors.github.graph import GraphWalk
        from collectors.github.rest import RestWalk

        client = GitHubClient(self._options, context, self._retry)
        walk = GraphWalk if self._asks_graphql else RestWalk
        try:
            yield from walk(self._options, target, state, client, context).list_batches()
        finally:
            client.close()
