"""What a collector is: it names its targets and turns one target into batches.

The runner (in `lunchwatch`) owns everything else: it saves each batch in one transaction together with
the target's state, counts, and decides what is due. A collector that is stopped after any batch has
lost nothing; run again, it adds nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from store.errors import Interrupted
from store.records import Batch

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from collectors.fetching import Fetcher


@dataclass(frozen=True, slots=True)
class Target:
    """One unit of work whose state is saved under `key`. `host` is where its requests go."""

    key: str
    label: str
    host: str
    options: Mapping[str, object] = field(default_factory=dict)


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
    """A source. `name` is also what `lunchwatch collect NAME` takes."""

    @property
    def name(self) -> str: ...

    def list_targets(self) -> Sequence[Target]:
        """The targets to look at, in order; no network."""
        ...

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield the target's batches, going on from `state` (empty on the first time).

        Raises a SourceError when the target as a whole cannot be read; what was yielded stays.
        """
        ...
