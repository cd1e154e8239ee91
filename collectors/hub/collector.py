"""The Hub collector: which targets there are, and one walk over one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.contract import Context, Target
from collectors.fetching import RetryPolicy
from collectors.hub.claims import ClaimNames
from collectors.hub.options import HubOptions
from collectors.hub.parsing import SOURCE
from collectors.hub.targets import CLAIMS, DERIVATIVES, list_targets
from store.records import Batch


class HubCollector:
    """Downloads, likes, licences, lineage and new repositories of the Hugging Face Hub."""

    def __init__(
        self, options: HubOptions, retry: RetryPolicy | None = None, names: ClaimNames | None = None
    ) -> None:
        """`names`: the catalogue, so that a claim's benchmark and standing are what others' claims have."""
        self._options = options
        self._names = names
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
        from collectors.hub.claim_walk import ClaimWalk
        from collectors.hub.client import HubClient
        from collectors.hub.derivative_walk import DerivativeWalk
        from collectors.hub.walk import TargetWalk

        client = HubClient(self._options, context, self._retry)
        kind = target.key.partition(":")[0]
        walk: TargetWalk | ClaimWalk | DerivativeWalk
        if kind == CLAIMS:
            walk = ClaimWalk(self._options, target, state, client, context, self._names)
        elif kind == DERIVATIVES:
            walk = DerivativeWalk(self._options, target, state, client, context)
        else:
            walk = TargetWalk(self._options, target, state, client, context, self._names)
        try:
            yield from walk.list_batches()
        finally:
            client.close()
