"""The sweep as a collector: one target, the whole Hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.fetching import RetryPolicy, host_of
from collectors.sweep.options import SWEPT_EVERY, USUAL_MODELS, SweepOptions
from store.records import Batch, Openness

SCOPE = "whole_hub"


class SweepCollector:
    """Counters of every model on the Hub, once a day. `classify` says what a licence's key allows."""

    def __init__(
        self, options: SweepOptions, classify: Callable[[str], Openness], retry: RetryPolicy | None = None
    ) -> None:
        self._options = options
        self._classify = classify
        self._retry = retry or RetryPolicy()

    @property
    def name(self) -> str:
        return "hub.sweep"

    @property
    def source(self) -> str:
        return "hub"

    def list_targets(self) -> Sequence[Target]:
        requests = -(-USUAL_MODELS // self._options.page_size)
        host = host_of(self._options.hub.origin)
        return [Target(SCOPE, "the whole Hub", host, requests=requests, every=SWEPT_EVERY)]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield a batch per page. Raises a SourceError (RateLimited: the window is spent) or Interrupted."""
        # Imported here: huggingface_hub and numpy take their time, which no other command should pay.
        from collectors.sweep.client import SweepClient
        from collectors.sweep.walk import Sweep

        client = SweepClient(self._options, context, self._retry)
        try:
            yield from Sweep(self._options, target, state, client, context, self._classify).list_batches()
        finally:
            client.close()
