"""OpenRouter's paged price list under `/openrouter/api/v1/models`, with made-up models and prices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.replica.server import Request, Response, answer_conditionally

PATH = "/openrouter/api/v1/models"


class OpenRouterSite:
    """`models` is the list in the order of the answer; `page_size` items stand on a page."""

    def __init__(self, models: Sequence[dict[str, Any]] | None = None, *, page_size: int = 2) -> None:
        self.models = list(make_models() if models is None else models)
        self.page_size = page_size

    def handle(self, request: Request) -> Response | None:
        if request.path != PATH:
            return None
        offset = int(request.first("offset", "0"))
        limit = int(request.first("limit", str(self.page_size)))
        following = offset + limit
        links: dict[str, str | None] = {"next": None}
        if following < len(self.models):
            links["next"] = f"{request.base}{PATH}?offset={following}&limit={limit}"
        answer = {
            "data": self.models[offset:following],
            "links": links,
            "total_count": len(self.models),
        }
        return answer_conditionally(request, json.dumps(answer).encode(), "application/json")


def make_model(
    model_id: str, name: str, prompt: str, completion: str, *, hub_name: str | None = None, **pricing: Any
) -> dict[str, Any]:
    """An item with the fields the real one has; prices are strings in USD per token."""
    return {
        "id": model_id,
        "canonical_slug": f"{model_id}-20261101",
        "hugging_face_id": hub_name,
        "name": name,
        "created": 1_793_000_000,
        "description": "A model.",
        "context_length": 131_072,
        "architecture": {
            "modality": "text->text",
            "input_modalities": ["text"],
            "output_modalities": ["text"],
        },
        "pricing": {"prompt": prompt, "completion": completion, **pricing},
        "top_provider": {"context_length": 131_072, "max_completion_tokens": 16_384, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "tools"],
        "expiration_date": None,
    }


def make_models() -> list[dict[str, Any]]:
    dearer = {"min_prompt_tokens": 200_000, "prompt": "0.0000025", "completion": "0.000015"}
    return [
        make_model(
            "meridian/meridian-5.1",
            "Meridian: Meridian 5.1",
            "0.00000125",
            "0.00001",
            input_cache_read="0.000000125",
            overrides=[dearer],
        ),
        make_model(
            "aurora-labs/aurora-3",
            "Aurora Labs: Aurora 3",
            "0.00000018",
            "0.00000055",
            hub_name="aurora-labs/Aurora-3-32B",
        ),
        make_model("aurora-labs/aurora-3:free", "Aurora Labs: Aurora 3 (free)", "0", "0"),
        make_model("openrouter/auto", "Auto Router", "-1", "-1"),
        make_model("harbour/tide-2", "Harbour: Tide 2", "0.0000003", "0.0000009"),
    ]
