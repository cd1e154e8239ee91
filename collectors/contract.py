"""What a collector is: it names its targets and turns one target into batches.

The runner (in `lunchwatch`) owns everything else: it saves each batch in one transaction together with
the target's state, counts, and decides what is due. A collector that is stopped after any batch has
lost nothing; run again, it adds nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from store.errors import Interrupted, Refused
from store.records import Batch, DataSource, Metric

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from collectors.fetching import Fetcher


@dataclass(frozen=True, slots=True)
class Target:
    """One unit of work whose state is saved under `key`. `host` is where its requests go.

    `requests`: what one usual pass over it costs, for `lunchwatch budget`; retries and surprises come on
    top. `most`: the most of these that are sent in one of the host's windows, where the collector leaves room
    for others; the rest is postponed. `every`: how long a success lasts; the target is not looked at again
    before, unless its collector is named. None: looked at in every round.
    """

    key: str
    label: str
    host: str
    options: Mapping[str, object] = field(default_factory=dict)
    requests: int = 1
    every: timedelta | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The only door to clock, network and log that a collector has."""

    fetcher: Fetcher
    clock: Callable[[], datetime]
    log: FilteringBoundLogger
    stop: threading.Event

    def raise_if_stopped(self) -> None:
        """Raise Interrupted when the daemon or the user asked to stop."""
        if self.stop.is_set():
            raise Interrupted("stopped")


class Collector(Protocol):
    """Something that collects. `name` is also what `lunchwatch collect NAME` takes; `source` is whose facts
    these are: the key of a DataSource. Several collectors may read one source (`hub`, `hub.sweep`)."""

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> str: ...

    def list_targets(self) -> Sequence[Target]:
        """The targets to look at, in order; no network."""
        ...

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield the target's batches, going on from `state` (empty on the first time).

        Raises a SourceError when the target as a whole cannot be read; what was yielded stays.
        """
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """The days a back-fill is about, both ends included.

    A back-fill is a collector that was made for a span. Its targets' keys hold the span (`key`), so that the
    same span goes on where it was stopped and another one begins anew.
    """

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise Refused(f"a span cannot end ({self.until}) before it begins ({self.since})")

    def key(self, what: str) -> str:
        """The key of the target `what` over this span."""
        return f"{what} {self.since}..{self.until}"

    def has(self, day: date) -> bool:
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Plugin:
    """What somebody's own collector brings along: an entry point of the group `lunchwatch.collectors` is a
    function from its settings (the table `[plugins.NAME]`) to one of these.

    `metrics` are declared when it is loaded; a metric's `source` is the key of `source`. Names must not be
    those of a source or metric there is.
    """

    collector: Collector
    source: DataSource
    metrics: Sequence[Metric] = ()
