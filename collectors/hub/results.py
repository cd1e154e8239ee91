"""Every benchmark result that one repository's answer holds, in both notations. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from collectors.hub.claims import ClaimNames, NoNames, keep_apart
from collectors.hub.eval_results import parse_eval_results
from collectors.hub.model_index import find_model_index, parse_model_index
from store.records import Claim

MOST_RESULTS = 100
"""A card that holds more (an embedding model's has thousands) gives those on declared benchmarks only."""


@dataclass(slots=True)
class Results:
    """`skipped` names each result that could not be read; `left_out` counts those beyond MOST_RESULTS."""

    claims: list[Claim] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    left_out: int = 0


def describe_left_out(count: int) -> str:
    """For the reason of a coverage; empty for none."""
    return f"{count} results of undeclared benchmarks left out" if count else ""


def parse_results(
    item: object, model: str, now: datetime, *, site: str, names: ClaimNames | None = None
) -> Results:
    """The claims of one repository's answer as the Hub writes it; `site` is the address of its pages."""
    fields = item if isinstance(item, dict) else {}
    known_names = names or NoNames()
    found = Results()
    claims = [
        *parse_eval_results(
            fields.get("evalResults"), model, now, site=site, names=known_names, skipped=found.skipped
        ),
        *parse_model_index(
            find_model_index(fields), model, site=site, names=known_names, skipped=found.skipped
        ),
    ]
    found.claims = keep_apart(claims)
    if len(found.claims) > MOST_RESULTS:
        kept = [claim for claim in found.claims if known_names.find_benchmark(claim.benchmark) is not None]
        found.left_out = len(found.claims) - len(kept[:MOST_RESULTS])
        found.claims = kept[:MOST_RESULTS]
    return found
