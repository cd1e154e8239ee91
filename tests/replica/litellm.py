"""LiteLLM's price list under `/litellm/prices.json`, with made-up models and prices in USD per token."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from tests.replica.server import Request, Response, answer_conditionally

PATH = "/litellm/prices.json"


class LiteLLMSite:
    """`models` is the plain dictionary that tests change to change the world."""

    def __init__(self, models: Mapping[str, Any] | None = None) -> None:
        self.models: dict[str, Any] = copy.deepcopy(dict(MODELS if models is None else models))

    def handle(self, request: Request) -> Response | None:
        if request.path != PATH:
            return None
        body = json.dumps({"sample_spec": SAMPLE, **self.models}).encode()
        return answer_conditionally(request, body, "text/plain; charset=utf-8")


def make_entry(
    provider: str, prompt: Any, completion: Any, *, mode: str = "chat", **more: Any
) -> dict[str, Any]:
    """An entry with the fields the real one has."""
    return {
        "input_cost_per_token": prompt,
        "litellm_provider": provider,
        "max_input_tokens": 131_072,
        "max_output_tokens": 16_384,
        "max_tokens": 16_384,
        "mode": mode,
        "output_cost_per_token": completion,
        "supports_function_calling": True,
        **more,
    }


SAMPLE: dict[str, Any] = {
    "deprecation_date": "date when the model becomes deprecated in the format YYYY-MM-DD",
    "input_cost_per_token": 0.0,
    "litellm_provider": "one of https://docs.litellm.ai/docs/providers",
    "max_input_tokens": "max input tokens, if the provider specifies it",
    "mode": "one of: chat, embedding, completion, image_generation",
    "output_cost_per_token": 0.0,
}

MODELS: dict[str, Any] = {
    "meridian-5.1": make_entry(
        "meridian",
        1.3e-06,
        1e-05,
        cache_read_input_token_cost=1.25e-07,
        input_cost_per_token_above_200k_tokens=2.5e-06,
        input_cost_per_token_batches=6.5e-07,
        output_cost_per_token_batches=5e-06,
        source="https://meridian.example/pricing",
    ),
    "meridian/eu/meridian-5.1": make_entry("meridian", 1.43e-06, 1.1e-05),
    "harbour/aurora-labs/aurora-3": make_entry("harbour", "0.0000002", "0.0000006"),
    "harbour/aurora-labs/aurora-3:free": make_entry("harbour", 0, 0),
    "fjord/tide-2": make_entry("fjord", 3e-07, 9e-07, deprecation_date="2027-03-01"),
    "fjord/tide-embed": make_entry("fjord", 1e-08, 0, mode="embedding"),
}
