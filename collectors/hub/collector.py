"""The Hub collector: which targets there are, and one walk over one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.fetching import RetryPolicy
from collectors.hub.options import HubOptions
from collectors.hub.parsing import SOURCE
from collectors.hub.targets import list_targets
from store.records import Batch


class HubCollector:
    """Downloads, likes, licences, lineage and new repositories of the Hugging Face Hub."""

    def __init__(self, options: HubOptions, retry: RetryPolicy | None = None) -> None:
        self._options = options
        self._retry = retry or RetryPolicy()

    @property
    def name(self) -> str:
        return SOURCE

    @property
    def source(self) -> str:
        return SOURCE

    def list_targets(self) -> Sequence[Target]:
        return list_targets(self._options)

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Yield a batch per page and per singly asked model. Raises a SourceError or Interrupted."""
        # Imported here: the library takes half a second to import, which no other command should pay.
        from collectors.hub.client import HubClient
        from collectors.hub.walk import TargetWalk

        client = HubClient(self._options, context, self._retry)
        try:
            yield from TargetWalk(self._options, target, state, client, context).list_batches()
        finally:
            client.close()
