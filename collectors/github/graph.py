"""The walk with a token: batches in GraphQL, halved when they prove too large.

A query may fail half-way: some aliases are null for a limit, which is asked again in smaller batches; others
because the repository is not there for us, which REST is asked about, since a null says neither whether it
was deleted nor whether it was blocked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.github.errors import QueryTooLarge
from collectors.github.queries import BatchAnswer
from collectors.github.walk import RepositoryWalk
from collectors.github.wire import parse_graph_release, parse_graph_repository
from store.errors import RateLimited, SourceChanged
from store.records import Batch, Coverage, CoverageStatus, Record


class GraphWalk(RepositoryWalk):
    """One request and one batch per group of repositories, their releases with them."""

    def list_batches(self) -> Iterator[Batch]:
        """Raises RateLimited with what is left postponed."""
        pending = self._list_open("repo", self._options.names)
        size = self._options.batch_size
        while pending:
            self._context.raise_if_stopped()
            chunk, rest = pending[:size], pending[size:]
            try:
                answer = self._client.fetch_batch(chunk, self._options.releases_for)
            except RateLimited as error:
                yield self._postpone(self._list_scopes(pending), error)
                raise
            except QueryTooLarge as error:
                if len(chunk) == 1:
                    yield self._fail(f"repo:{chunk[0]}", error)
                    pending = rest
                size = max(1, len(chunk) // 2)
                continue
            again = self._list_unanswered(chunk, answer)
            yield self._read_answer(chunk, answer, again)
            try:
                for name in answer.missing:
                    yield self._confirm(name)
            except RateLimited as error:
                yield self._postpone(self._list_scopes([*self._list_open("repo", chunk), *rest]), error)
                raise
            pending = [*again, *rest]
            if again:
                size = max(1, len(chunk) // 2)
        yield from self._end()

    def _list_scopes(self, names: Sequence[str]) -> list[str]:
        releases = [f"releases:{name}" for name in names if name in self._options.releases_for]
        return [f"repo:{name}" for name in names] + releases

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
            self._walk.done.append(scope)
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
                coverage.append(self._read_release_nodes(name, item, records, skipped))
        return self._batch(records, coverage, skipped)

    def _read_release_nodes(
        self, name: str, item: dict[str, object], records: list[Record], skipped: list[str]
    ) -> Coverage:
        scope = f"releases:{name}"
        releases = item.get("releases")
        nodes = releases.get("nodes") if isinstance(releases, dict) else None
        if not isinstance(nodes, list):
            return Coverage(scope, CoverageStatus.FAILED, reason="no list of releases in the answer")
        found, problems = self._read_releases(name, nodes, parse_graph_release)
        records.extend(found)
        skipped.extend(problems)
        status = CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE
        return Coverage(scope, status, len(found))
