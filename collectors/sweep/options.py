"""What the sweep is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from collectors.hub.options import ENDPOINT, PAGE_SIZE, HubOptions
from store.errors import ConfigurationError

PASS_LASTS = timedelta(hours=24)
"""A pass that is not finished so long after its first page is begun anew: its sums are about the day it began
on, and what goes into them was read at most this much later."""

SWEPT_EVERY = timedelta(hours=20)
"""How long a finished pass lasts: once a day, without the hour creeping forward."""

USUAL_MODELS = 3_300_000
"""For the forecast of requests only: 3.03 million models in September 2026, 3,200 more a day."""

MOST_PAGES = 30_000
"""How far a list is followed: nine times what all models took in September 2026, and enough for every page in
the smallest size. A list that goes on is one that somebody makes up."""

MOST_GROWN = 3
"""Once more pages than a third of that were believed, the next pass may have so many times as many."""

SMALLEST_SHARE = 8
"""A page that the Hub is too slow for is asked for in halves, down to this fraction of the page size."""

GROWS_AFTER = 20
"""So many smaller pages in a row and the size is doubled again."""


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """`records_from`: 30-day downloads from which on a repository's own counters are recorded. `leaves`:
    requests of each of the Hub's windows that are left to whoever else asks it with the same address or
    token, the watch list first of all."""

    endpoint: str = ENDPOINT
    token: str | None = field(default=None, repr=False)
    records_from: int = 10_000
    leaves: int = 150
    page_size: int = PAGE_SIZE
    hub: HubOptions = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.records_from < 0 or self.leaves < 0:
            raise ConfigurationError("hub.sweep_records_from and hub.sweep_leaves cannot be negative")
        hub = HubOptions(self.endpoint, self.token, trending=0, new_releases=0, page_size=self.page_size)
        object.__setattr__(self, "hub", hub)

    @property
    def smallest_page(self) -> int:
        return max(1, self.page_size // SMALLEST_SHARE)
