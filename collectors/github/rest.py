"""The walk without a token: 60 requests an hour, one repository each.

Repositories come first. Releases take what is left, those not looked at for longest first, so that they
take turns; what does not fit is postponed and said so. An unchanged repository costs a request without a
token (only an authorised 304 is free), but no transfer and no write.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.github.errors import RepositoryRefused
from collectors.github.walk import RepositoryWalk
from collectors.github.wire import parse_rest_release
from store.errors import RateLimited, SourceChanged, SourceGone, SourceUnavailable
from store.records import Batch, CoverageStatus


class RestWalk(RepositoryWalk):
    """One request and one batch per repository, then per list of releases."""

    def list_batches(self) -> Iterator[Batch]:
        """Raises RateLimited when not even the repositories fit; releases that do not fit only wait."""
        names = self._list_open("repo", self._options.names)
        for position, name in enumerate(names):
            self._context.raise_if_stopped()
            known = self._state.known.get(name)
            try:
                batch = self._confirm(name, known.etag if known else None)
            except RateLimited as error:
                waiting = [f"repo:{other}" for other in names[position:]]
                waiting += [
                    f"releases:{other}" for other in self._list_open("releases", self._options.releases_for)
                ]
                yield self._postpone(waiting, error)
                raise
            yield batch
        yield from self._list_release_batches()

    def _list_release_batches(self) -> Iterator[Batch]:
        known = self._state.known
        names = [
            name
            for name in self._list_open("releases", self._options.releases_for)
            if name in known and name not in self._state.misses
        ]
        names.sort(key=lambda name: known[name].releases_at)
        for position, name in enumerate(names):
            self._context.raise_if_stopped()
            try:
                batch = self._fetch_releases(name)
            except RateLimited as error:
                yield self._postpone([f"releases:{other}" for other in names[position:]], error)
                return
            yield batch
        yield from self._end()

    def _fetch_releases(self, name: str) -> Batch:
        scope = f"releases:{name}"
        known = self._state.known[name]
        try:
            answer = self._client.fetch_releases(known.name, known.releases_etag)
        except SourceGone as error:
            return self._finish(scope, [], CoverageStatus.FAILED, str(error))
        except (RepositoryRefused, SourceChanged, SourceUnavailable) as error:
            return self._fail(scope, error)
        if not isinstance(answer.item, list):
            known.releases_at = self._now.isoformat()
            return self._finish(scope, [], CoverageStatus.UNCHANGED)
        records, skipped = self._read_releases(name, answer.item, parse_rest_release)
        known.releases_etag = answer.etag
        status = CoverageStatus.PARTIAL if skipped else CoverageStatus.COMPLETE
        return self._finish(scope, records, status, items=len(records), skipped=skipped)
