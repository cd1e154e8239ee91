"""What the GitHub collector is told to look at."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from collectors.text import parse_token
from store.errors import ConfigurationError

API_URL = "https://api.github.com"
BATCH_SIZE = 25
"""Repositories per GraphQL query to begin with: since July 2026 a query may fail half-way on a limit
that is not its announced cost (RESOURCE_LIMITS_EXCEEDED), so batches start small and are halved."""

MOST_WITHOUT_TOKEN = 20
"""Requests of one pass over the star histories without a token: a third of the hour's; the counts need the
others."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*)/[\w.-]+")


@dataclass(frozen=True, slots=True)
class GitHubOptions:
    """`repositories` are counted; those in `releases_for` are counted and have their releases listed.
    With a `token` (5,000 points an hour) GraphQL is used unless `uses_graphql` is off, without one REST
    within 60 requests an hour."""

    api_url: str = API_URL
    token: str | None = field(default=None, repr=False)
    repositories: tuple[str, ...] = ()
    releases_for: tuple[str, ...] = ()
    batch_size: int = BATCH_SIZE
    uses_graphql: bool = True

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "token", parse_token(self.token))
        except ValueError as error:
            raise ConfigurationError(f"github.token {error}") from error
        if not self.api_url.startswith(("https://", "http://")):
            raise ConfigurationError(f"github.api_url: must be an http(s) address, not {self.api_url!r}")
        if not 1 <= self.batch_size <= 100:
            raise ConfigurationError(f"github.batch_size: must be 1 to 100, not {self.batch_size}")
        for name in (*self.repositories, *self.releases_for):
            if not _NAME.fullmatch(name):
                raise ConfigurationError(
                    f"github.repositories: a repository is written owner/name, not {name!r}"
                )

    @property
    def origin(self) -> str:
        """The API's address without a trailing slash."""
        return self.api_url.rstrip("/")

    @property
    def names(self) -> tuple[str, ...]:
        """Every repository to look at, once."""
        return tuple(dict.fromkeys((*self.repositories, *self.releases_for)))

    @property
    def credential(self) -> str:
        """A fingerprint of address and token, to notice another one by; the token cannot be had from it."""
        asked = f"{self.origin} {self.token or ''}".encode()
        return hashlib.blake2b(asked, digest_size=8, person=b"lunchwatch").hexdigest()
