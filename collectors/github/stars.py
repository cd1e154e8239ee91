"""Star history: the stars of each day, as GitHub tells them afterwards; a series of its own.

Once a week the newest days are added, and the four weeks before them read again; nothing older is taken, not
even the first time, for those days nobody observed. `span` makes a back-fill of it, which reads every page
between two days. The list of stargazers is never asked: it is closed since
July 2026, and where it answers with an empty list, counting it would mean no stars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from collectors.contract import Context, Span, Target
from collectors.fetching import RetryPolicy, host_of
from collectors.github.options import MOST_WITHOUT_TOKEN, GitHubOptions
from collectors.github.parsing import SOURCE
from collectors.github.star_weeks import WEEKS_PER_PAGE
from store.records import Batch

NAME = "github.stars"
EVERY = timedelta(days=6, hours=12)
"""Once a week, whatever the hour at which the rounds of that day begin."""


class StarHistoryCollector:
    """`github.stars_received.daily` of repositories: collected weekly, or over a span of days."""

    def __init__(
        self, options: GitHubOptions, span: Span | None = None, retry: RetryPolicy | None = None
    ) -> None:
        self._options = options
        self._span = span
        self._retry = retry or RetryPolicy()

    @property
    def name(self) -> str:
        return NAME

    @property
    def source(self) -> str:
        return SOURCE

    def list_targets(self) -> Sequence[Target]:
        names, span = self._options.names, self._span
        if not names:
            return []
        pages = 1 if span is None else ((span.until - span.since).days + 7) // (7 * WEEKS_PER_PAGE) + 1
        what = "star history"
        has_share = span is None and self._options.token is None
        return [
            Target(
                what if span is None else span.key(what),
                f"{what} of {len(names)} repositories",
                host_of(self._options.origin),
                requests=len(names) * (1 + pages),  # each is asked who it is first
                most=MOST_WITHOUT_TOKEN if has_share else None,
                every=EVERY if span is None else None,
            )
        ]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield a batch per page of a repository. Raises a SourceError or Interrupted."""
        # Imported here: PyGithub takes a third of a second to import, which no other command should pay.
        from collectors.github.client import GitHubClient
        from collectors.github.star_walk import StarWalk

        client = GitHubClient(self._options, context, self._retry)
        try:
            yield from StarWalk(self._options, target, state, client, context, self._span).list_batches()
        finally:
            client.close()
