"""What the Hub collector is told to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from collectors.text import parse_token
from store.errors import ConfigurationError

ENDPOINT = "https://huggingface.co"

PAGE_SIZE = 1000
"""Repositories per page. Two independent clients report 1,000 as the Hub's maximum; a Hub that gives
fewer says so with its `next` link, which is followed all the same."""

PAGES_PER_LISTING = 10
"""A listing is followed no further: past 10,000 repositories the scope is marked partial."""

_OWNER = re.compile(r"[\w.-]{1,100}")
_MODEL = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100})?")


@dataclass(frozen=True, slots=True)
class HubOptions:
    """`models` is the watch list; `organisations` are tracked as a whole; `trending` and `new_releases`
    are how many rows of these two lists are read, 0 for none. `token` None asks anonymously
    (500 requests per 5 minutes and address)."""

    endpoint: str = ENDPOINT
    token: str | None = field(default=None, repr=False)
    models: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    trending: int = 100
    new_releases: int = 100
    page_size: int = PAGE_SIZE

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "token", parse_token(self.token))
        except ValueError as error:
            raise ConfigurationError(f"hub.token {error}") from error
        if not self.endpoint.startswith(("https://", "http://")):
            raise ConfigurationError(f"the Hub's endpoint must be an http(s) address, not {self.endpoint!r}")
        if not 1 <= self.page_size <= PAGE_SIZE:
            raise ConfigurationError(f"the Hub's page size must be 1 to {PAGE_SIZE}, not {self.page_size}")
        if self.trending < 0 or self.new_releases < 0:
            raise ConfigurationError("the number of trending and new models cannot be negative")
        for name in self.models:
            if not _MODEL.fullmatch(name):
                raise ConfigurationError(f"a model on the watch list is written owner/name, not {name!r}")
        for name in self.organisations:
            if not _OWNER.fullmatch(name):
                raise ConfigurationError(f"an organisation on the Hub has no name like {name!r}")

    @property
    def origin(self) -> str:
        """The endpoint without a trailing slash."""
        return self.endpoint.rstrip("/")
