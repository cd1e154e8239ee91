"""models.dev: provider offers with prices, and base models with claims. Two targets, one request each.

State of a target: `etag` and `last_modified`, sent back verbatim; for the offers also `offers` (the names
listed so far), `withdrawn` (those of them that are gone now) and `providers` (the selection they were
listed under: another selection withdraws nothing). The validators are saved with the last batch only, so
that an interrupted target is fetched again and not answered with 304.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from collectors.contract import Context, Target
from collectors.fetching.gate import host_of
from collectors.models_dev.model import ClaimNames, parse_models
from collectors.models_dev.offer import SOURCE, offer_subject, parse_offers
from collectors.offers import conclude_offers, describe_malformed
from collectors.states import read_text
from store.records import Batch, Coverage, CoverageStatus

if TYPE_CHECKING:
    from collectors.fetching import Fetched

OFFERS = "api.json"
MODELS = "models.json"
MOST_BYTES = 30_000_000
"""`api.json` grows with the market: 5,300 offers were about 4 MB in 2026."""


@dataclass(frozen=True, slots=True)
class ModelsDevOptions:
    """`providers`: their models.dev ids; empty for all of them. `offers_per_batch`: how many offers one
    transaction writes, at about eight rows each."""

    url: str = "https://models.dev"
    providers: tuple[str, ...] = ()
    offers_per_batch: int = 1_000


class ModelsDevCollector:
    """`names`: the catalogue, so that a claim's benchmark and standing are what bundled claims have."""

    name = SOURCE
    source = SOURCE

    def __init__(self, options: ModelsDevOptions, names: ClaimNames | None = None) -> None:
        self._options = options
        self._names = names

    def list_targets(self) -> Sequence[Target]:
        """The base models first: offers are about them."""
        host = host_of(self._options.url)
        return [Target(MODELS, "base models", host), Target(OFFERS, "offers and prices", host)]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Fetch the target's file once; yield its records, or only coverage when it is unchanged."""
        context.raise_if_stopped()
        selection = sorted(self._options.providers)
        has_other_selection = target.key == OFFERS and state.get("providers", selection) != selection
        known = {} if has_other_selection else dict(state)
        fetched = context.fetcher.fetch(
            f"{self._options.url.rstrip('/')}/{target.key}",
            etag=read_text(known.get("etag")),
            last_modified=read_text(known.get("last_modified")),
            accept="application/json",
            max_bytes=MOST_BYTES,
        )
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=known, requests=fetched.requests)
        elif target.key == MODELS:
            yield self._collect_models(fetched, context.clock())
        else:
            yield from self._collect_offers(fetched, known, context)

    def _collect_models(self, fetched: Fetched, now: datetime) -> Batch:
        parsed = parse_models(fetched.body, now.date(), fetched.url, self._names)
        reasons = [describe_malformed(len(parsed.skipped))] if parsed.skipped else []
        if parsed.left_out:
            reasons.append(f"{parsed.left_out} scores of unlicensed indices left out")
        status = CoverageStatus.PARTIAL if parsed.skipped else CoverageStatus.COMPLETE
        return Batch(
            records=[record for records in parsed.models.values() for record in records],
            coverage=[Coverage(MODELS, status, len(parsed.models), ", ".join(reasons))],
            state=_validators(fetched),
            requests=fetched.requests,
            skipped=parsed.skipped,
        )

    def _collect_offers(
        self, fetched: Fetched, known: Mapping[str, object], context: Context
    ) -> Iterator[Batch]:
        day = context.clock().date()
        parsed = parse_offers(fetched.body, day, fetched.url, self._options.providers)
        names = list(parsed.offers)
        requests = fetched.requests
        size = self._options.offers_per_batch
        chunks = [names[start : start + size] for start in range(0, len(names), size)] or [[]]
        for chunk in chunks[:-1]:
            yield Batch(records=[each for name in chunk for each in parsed.offers[name]], requests=requests)
            requests = 0
            context.raise_if_stopped()
        concluded = conclude_offers(
            known, frozenset(parsed.listed), offer_subject, day, fetched.url, len(parsed.skipped)
        )
        state: Mapping[str, object] = known
        if concluded.state is not None:
            state = {**_validators(fetched), **concluded.state, "providers": sorted(self._options.providers)}
        reasons, status = [concluded.reason] if concluded.reason else [], concluded.status
        if parsed.unknown_providers:
            reasons.append(f"no such provider: {', '.join(parsed.unknown_providers)} (models_dev.providers)")
            status = CoverageStatus.PARTIAL if status is CoverageStatus.COMPLETE else status
        yield Batch(
            records=[*(each for name in chunks[-1] for each in parsed.offers[name]), *concluded.facts],
            coverage=[Coverage(OFFERS, status, len(parsed.offers), ", ".join(reasons))],
            state=state,
            requests=requests,
            skipped=parsed.skipped,
        )


def _validators(fetched: Fetched) -> dict[str, object]:
    return {"etag": fetched.etag, "last_modified": fetched.last_modified}
