"""The GitHub collector: one target, walked with or without a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.fetching import RetryPolicy, host_of
from collectors.github.options import GitHubOptions
from collectors.github.parsing import SOURCE
from store.records import Batch


class GitHubCollector:
    """Stars, forks, issues, watchers, licences, renames, archival and releases of repositories."""

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
        count = len(self._options.names)
        if not count:
            return []
        return [Target("repositories", f"{count} repositories", host_of(self._options.origin))]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield a batch per answer. Raises a SourceError or Interrupted."""
        # Imported here: PyGithub takes a third of a second to import, which no other command should pay.
        from collectors.github.client import GitHubClient
        from collectors.github.graph import GraphWalk
        from collectors.github.rest import RestWalk

        client = GitHubClient(self._options, context, self._retry)
        walk = GraphWalk if self._options.token else RestWalk
        try:
            yield from walk(self._options, target, state, client, context).list_batches()
        finally:
            client.close()
