"""The walk over REST: one request per repository, for who has no token (60 requests an hour) or wants it so.

Repositories come first, those not asked for longest before the others, so that they take turns when they
do not all fit. Releases take what is left, in turns too; a list that got nothing for three days goes ahead
of the repositories. What does not fit is postponed and said so; the walk goes on with it when the window is
over. Every request is conditional: with a token an unchanged repository costs nothing of the budget (an
authorised 304 is free), without one it costs a request, but no transfer and no write.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from collectors.github.walk import RepositoryWalk
from store.errors import RateLimited
from store.records import Batch

RELEASES_WAIT = timedelta(days=3)


class RestWalk(RepositoryWalk):
    """One request and one batch per repository, then per list of releases."""

    def list_batches(self) -> Iterator[Batch]:
        """Raises RateLimited with what is left postponed."""
        try:
            for name in self._list_overdue():
                self._context.raise_if_stopped()
                yield from self._list_release_batches(name)
            looked = self._state.looked
            names = self._list_open("repo", self._options.names)
            for name in sorted(names, key=lambda name: looked.get(name, "")):
                self._context.raise_if_stopped()
                known = self._state.known.get(name)
                yield from self._confirm(name, known.etag if known else None)
            for name in self._list_waiting():
                self._context.raise_if_stopped()
                yield from self._list_release_batches(name)
        except RateLimited as error:
            yield self._postpone(self._list_scopes(), error)
            raise
        yield from self._end()

    def _list_scopes(self) -> list[str]:
        """What is left to do; of releases also those of repositories that were not asked for yet."""
        names = self._list_open("repo", self._options.names)
        releases = self._list_open("releases", self._options.releases_for)
        ready = self._list_waiting()
        return [
            *(f"repo:{name}" for name in names),
            *(f"releases:{name}" for name in releases if name in names or name in ready),
        ]

    def _list_waiting(self) -> list[str]:
        """Whose releases are still to be read in this walk, those not looked at for longest first."""
        known = self._state.known
        names = [
            name
            for name in self._list_open("releases", self._options.releases_for)
            if name in known and name not in self._state.misses
        ]
        return sorted(names, key=lambda name: known[name].releases_at)

    def _list_overdue(self) -> list[str]:
        """Whose releases got no turn for three days, because the repositories took the whole budget."""

        def is_overdue(name: str) -> bool:
            known = self._state.known[name]
            last = known.releases_at or known.since
            return bool(last) and datetime.fromisoformat(last) + RELEASES_WAIT < self._now

        return [name for name in self._list_waiting() if is_overdue(name)]
