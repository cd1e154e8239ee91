"""models.dev's `api.json` and `models.json` under `/models.dev/`, with made-up models and prices."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from tests.replica.server import Request, Response, answer_conditionally


class ModelsDevSite:
    """`api` and `models` are plain dictionaries that tests change to change the world."""

    def __init__(self, api: Mapping[str, Any] | None = None, models: Mapping[str, Any] | None = None) -> None:
        self.api: dict[str, Any] = copy.deepcopy(dict(API if api is None else api))
        self.models: dict[str, Any] = copy.deepcopy(dict(MODELS if models is None else models))

    def handle(self, request: Request) -> Response | None:
        content = {"/models.dev/api.json": self.api, "/models.dev/models.json": self.models}.get(request.path)
        if content is None:
            return None
        return answer_conditionally(request, json.dumps(content).encode(), "application/json")

    def set_price(self, provider: str, model: str, **cost: float) -> None:
        """Change a standard rate, USD per million tokens."""
        self.api[provider]["models"][model]["cost"].update(cost)

    def withdraw(self, provider: str, model: str) -> dict[str, Any]:
        """Take an offer off the list; returns it, to be put back."""
        offer: dict[str, Any] = self.api[provider]["models"].pop(model)
        return offer


def make_offer(model: str, name: str, *, is_open: bool, released: str, **cost: Any) -> dict[str, Any]:
    """An entry of `api.json` with the fields the real one has."""
    offer: dict[str, Any] = {
        "id": model,
        "name": name,
        "attachment": False,
        "reasoning": False,
        "tool_call": True,
        "temperature": True,
        "modalities": {"input": ["text"], "output": ["text"]},
        "open_weights": is_open,
        "release_date": released,
        "last_updated": released,
        "limit": {"context": 131_072, "output": 16_384},
    }
    return {**offer, "cost": cost} if cost else offer


_LONG = {"input": 2.5, "output": 15.0}

API: dict[str, Any] = {
    "meridian": {
        "id": "meridian",
        "env": ["MERIDIAN_API_KEY"],
        "npm": "@ai-sdk/openai-compatible",
        "name": "Meridian",
        "doc": "https://meridian.example/docs",
        "models": {
            "meridian-5.1": make_offer(
                "meridian-5.1",
                "Meridian 5.1",
                is_open=False,
                released="2026-11-01",
                input=1.25,
                output=10,
                cache_read=0.125,
                context_over_200k=_LONG,
            ),
            "meridian-5-mini": make_offer(
                "meridian-5-mini", "Meridian 5 mini", is_open=False, released="2026-05", input=0.25, output=2
            ),
        },
    },
    "harbour": {
        "id": "harbour",
        "env": ["HARBOUR_API_KEY"],
        "npm": "@ai-sdk/openai-compatible",
        "name": "Harbour",
        "doc": "https://harbour.example/docs",
        "models": {
            "aurora-labs/aurora-3": make_offer(
                "aurora-labs/aurora-3",
                "Aurora 3",
                is_open=True,
                released="2026-10-30",
                input=0.2,
                output=0.6,
            ),
            "aurora-labs/aurora-3:free": make_offer(
                "aurora-labs/aurora-3:free",
                "Aurora 3 (free)",
                is_open=True,
                released="2026-10-30",
                input=0,
                output=0,
            ),
            "aurora-labs/aurora-2": make_offer(
                "aurora-labs/aurora-2", "Aurora 2", is_open=True, released="2026-02-11"
            ),
        },
    },
}

MODELS: dict[str, Any] = {
    "meridian/meridian-5.1": {
        "name": "Meridian 5.1",
        "family": "meridian",
        "open_weights": False,
        "release_date": "2026-11-01",
        "last_updated": "2026-11-01",
        "limit": {"context": 200_000, "output": 32_000},
        "benchmarks": [
            {
                "name": "SWE-Bench Verified",
                "metric": "resolved",
                "score": 81.4,
                "date": "2026-11-01",
                "source": "https://www.meridian.example/news/meridian-5-1",
            }
        ],
    },
    "aurora/aurora-3": {
        "name": "Aurora 3",
        "family": "aurora",
        "open_weights": True,
        "license": "Apache-2.0",
        "release_date": "2026-10-30",
        "last_updated": "2026-10-30",
        "limit": {"context": 131_072, "output": 16_384},
        "weights": [{"label": "Hugging Face", "url": "https://huggingface.co/aurora-labs/Aurora-3-32B"}],
        "benchmarks": [
            {
                "name": "SWE-Bench Verified",
                "metric": "resolved",
                "score": 74,
                "source": "https://huggingface.co/aurora-labs/Aurora-3-32B",
                "harness": "OpenHands",
            },
            {
                "name": "Aider Polyglot",
                "metric": "percent correct",
                "score": 68.5,
                "date": "2026-11-05",
                "source": "https://aider.chat/docs/leaderboards/",
            },
        ],
    },
}
