"""The walk with a token: batches in GraphQL, halved when they prove too large.

A query may fail half-way: some aliases are null for a limit, which is asked again in halves; others
because the repository is not there for us, which REST is asked about, since a null says neither whether it
was deleted nor whether it was blocked. Only what failed is asked again. One repository that is too much for
a batch costs its own batch a few more queries and halves the others once, not down to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.github.errors import QueryTooLarge
from collectors.github.queries import RELEASES, BatchAnswer
from collectors.github.walk import RepositoryWalk
from collectors.github.wire import parse_graph_release, parse_graph_repository
from store.errors import RateLimited, SourceChanged
from store.records import Batch, Coverage, CoverageStatus, Record


class GraphWalk(RepositoryWalk):
    """One request and one batch per group of repositories, their releases with them."""

    def list_batches(self) -> Iterator[Batch]:
        """Raises RateLimited with what is left postponed."""
        try:
            yield from self._list_unmet_batches()
            yield from self._list_query_batches()
        except RateLimited as error:
            yield self._postpone(self._list_scopes(), error)
            raise
        yield from self._end()

    def _list_query_batches(self) -> Iterator[Batch]:
        fresh = self._list_open("repo", self._options.names)
        again: list[list[str]] = []  # parts of queries that failed
        while again or fresh:
            self._context.raise_if_stopped()
            is_fresh = not again
            chunk = fresh[: self._walk.size] if is_fresh else again.pop(0)
            if is_fresh:
                fresh = fresh[len(chunk) :]
            half = max(1, len(chunk) // 2)
            try:
                answer = self._client.fetch_batch(chunk, self._options.releases_for)
            except QueryTooLarge as error:
                failed = list(chunk) if len(chunk) > 1 else []
                if not failed:
                    yield self._fail(f"repo:{chunk[0]}", error)
            else:
                failed = self._list_unanswered(chunk, answer)
                yield self._read_answer(chunk, answer, failed)
                for name in answer.missing:
                    yield from self._confirm(name)
                yield from self._list_unmet_batches()
            again[:0] = [failed[at : at + half] for at in range(0, len(failed), half)]
            if failed and is_fresh:
                self._walk.size = half

    def _list_unmet_batches(self) -> Iterator[Batch]:
        """Read on over REST where a query showed only new releases."""
        for name in list(self._walk.unmet):
            self._context.raise_if_stopped()
            yield from self._list_release_batches(name)

    def _list_scopes(self) -> list[str]:
        """What is left to do."""
        names = self._list_open("repo", self._options.names)
        releases = [name for name in names if name in self._options.releases_for]
        return [
            *(f"repo:{name}" for name in names),
            *(f"releases:{name}" for name in (*releases, *self._walk.unmet)),
        ]

    def _list_unanswered(self, chunk: Sequence[str], answer: BatchAnswer) -> list[str]:
        """What to ask again for in a smaller batch; of a batch of one the part that came is taken."""
        if len(chunk) == 1:
            return []
        return [name for name in chunk if name in answer.unanswered or name in answer.is_partial]

    def _read_answer(self, chunk: Sequence[str], answer: BatchAnswer, again: Sequence[str]) -> Batch:
        records: list[Record] = []
        coverage: list[Coverage] = []
        skipped: list[str] = []
        for name in chunk:
            if name in again or name in answer.missing:
                continue
            scope = f"repo:{name}"
            self._note_done(scope)
            item = answer.found.get(name)
            if item is None:
                reason = answer.refused.get(name, "no answer, even alone")
                coverage.append(Coverage(scope, CoverageStatus.FAILED, reason=reason))
                continue
            try:
                records.extend(self._read(name, parse_graph_repository(item, name)))
            except SourceChanged as problem:
                skipped.append(str(problem))
                self._changed.append(problem)
                coverage.append(Coverage(scope, CoverageStatus.FAILED, reason=str(problem)))
                continue
            status = CoverageStatus.PARTIAL if name in answer.is_partial else CoverageStatus.COMPLETE
            coverage.append(Coverage(scope, status, 1))
            if name in self._options.releases_for:
                coverage.extend(self._read_release_nodes(name, item, records, skipped))
        return self._batch(records, coverage, skipped)

    def _read_release_nodes(
        self, name: str, item: dict[str, object], records: list[Record], skipped: list[str]
    ) -> list[Coverage]:
        """The newest releases, and the one marked as the latest, which many nightly ones may have pushed
        out of them. No coverage yet where the list shows only new ones and goes on."""
        scope = f"releases:{name}"
        releases = item.get("releases")
        nodes = releases.get("nodes") if isinstance(releases, dict) else None
        if not isinstance(nodes, list):
            return [Coverage(scope, CoverageStatus.FAILED, reason="no list of releases in the answer")]
        newest, problems, is_met = self._read_releases(name, nodes, parse_graph_release)
        records.extend(newest)
        skipped.extend(problems)
        latest = item.get("latestRelease")
        if latest is not None and latest not in nodes:
            found, more, _ = self._read_releases(name, [latest], parse_graph_release)
            records.extend(each for each in found if each not in newest)
            skipped.extend(more)
            problems = [*problems, *more]
        if not is_met and len(nodes) >= RELEASES:
            self._walk.unmet.append(name)
            return []
        known = self._state.known[name]
        known.releases_met = known.releases_newest
        return [Coverage(scope, CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE, len(newest))]
