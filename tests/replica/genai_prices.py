"""genai-prices under `/genai-prices/data.json`: made-up prices with days and hours of validity."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from tests.replica.server import Request, Response, answer_conditionally

PATH = "/genai-prices/data.json"


class GenaiPricesSite:
    """`providers` is the plain list that tests change to change the world. `is_wrapped`: the format v3."""

    def __init__(self, providers: Sequence[Any] | None = None, *, is_wrapped: bool = False) -> None:
        self.providers: list[Any] = copy.deepcopy(list(PROVIDERS if providers is None else providers))
        self.is_wrapped = is_wrapped

    def handle(self, request: Request) -> Response | None:
        if request.path != PATH:
            return None
        answer = {"units": {}, "providers": self.providers} if self.is_wrapped else self.providers
        return answer_conditionally(request, json.dumps(answer).encode(), "text/plain; charset=utf-8")


def make_provider(identifier: str, *models: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": identifier.title(),
        "pricing_urls": [f"https://{identifier}.example/pricing"],
        "api_pattern": f"https://api\\.{identifier}\\.example",
        "models": list(models),
    }


def make_model(identifier: str, prices: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": identifier.title(),
        "match": {"equals": identifier},
        "prices": prices,
        **more,
    }


PROVIDERS: list[Any] = [
    make_provider(
        "meridian",
        make_model(
            "meridian-5.1",
            {
                "input_mtok": {"base": 1.25, "tiers": [{"start": 200_000, "price": 2.5}]},
                "output_mtok": 10,
                "cache_read_mtok": 0.125,
                "web_searches_kcount": 10,
            },
            context_window=200_000,
        ),
        make_model(
            "meridian-5-mini",
            [
                {"prices": {"input_mtok": 0.25, "output_mtok": 2}},
                {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 0.5, "output_mtok": 4}},
            ],
        ),
        make_model("meridian-preview", {}),
    ),
    make_provider(
        "lagoon",
        make_model(
            "lagoon-chat",
            [
                {"prices": {"input_mtok": 0.135, "output_mtok": 0.55}},
                {
                    "constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
                    "prices": {"input_mtok": 0.27, "output_mtok": 1.1},
                },
            ],
        ),
        make_model("lagoon-old", {"input_mtok": 1, "output_mtok": 1}, deprecated=True),
    ),
]
