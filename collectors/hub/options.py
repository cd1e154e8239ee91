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

SMALLEST_PAGE = 50
"""A page that the Hub does not manage in time, or that is too large, is asked for again with half the
repositories, down to this."""

PAGES_PER_LISTING = 10
"""A listing is followed no further: past 10,000 repositories the scope is marked partial."""

_OWNER = re.compile(r"[\w.-]{1,100}")
_TASK = re.compile(r"[a-z0-9-]{1,60}")
_MODEL = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100})?")


@dataclass(frozen=True, slots=True)
class HubOptions:
    """`models` is the watch list; `organisations` are tracked as a whole; `trending` is how many rows of
    that list are read, `new_releases` how many of the newest the first time, 0 for none. Afterwards the
    newest are read since the last time, over at most `new_pages` pages. Of each of `tasks` the `per_task`
    most downloaded are read. `claims`: read benchmark results of watched models and tracked
    organisations. `derivatives_of`: base models whose derivatives are counted. `token` None asks
    anonymously (500 requests per 5 minutes and address)."""

    endpoint: str = ENDPOINT
    token: str | None = field(default=None, repr=False)
    models: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    trending: int = 100
    new_releases: int = 100
    page_size: int = PAGE_SIZE
    tasks: tuple[str, ...] = ()
    per_task: int = 100
    new_pages: int = 10
    claims: bool = False
    derivatives_of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "token", parse_token(self.token))
        except ValueError as error:
            raise ConfigurationError(f"hub.token {error}") from error
        if not self.endpoint.startswith(("https://", "http://")):
            raise ConfigurationError(f"hub.endpoint: must be an http(s) address, not {self.endpoint!r}")
        if not 1 <= self.page_size <= PAGE_SIZE:
            raise ConfigurationError(f"the Hub's page size must be 1 to {PAGE_SIZE}, not {self.page_size}")
        if self.trending < 0 or self.new_releases < 0:
            raise ConfigurationError("hub.trending and hub.new_releases must be 0 or more")
        if self.per_task < 1 or self.new_pages < 1:
            raise ConfigurationError("hub.per_task and hub.new_pages must be 1 or more")
        for name in (*self.models, *self.derivatives_of):
            if not _MODEL.fullmatch(name):
                raise ConfigurationError(f"hub.models: a model is written owner/name, not {name!r}")
        for task in self.tasks:
            if not _TASK.fullmatch(task):
                raise ConfigurationError(f"hub.tasks: a task is written text-generation, not {task!r}")
        for name in self.organisations:
            if not _OWNER.fullmatch(name):
                raise ConfigurationError(f"hub.organisations: no organisation has a name like {name!r}")

    @property
    def origin(self) -> str:
        """The endpoint without a trailing slash."""
        return self.endpoint.rstrip("/")
