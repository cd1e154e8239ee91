"""Which offer serves which index entry: the same model first, then the same name, guesses never."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.prices.joining import Joined, join_offers
from store.records import Offer
from tests.analyzers.worlds import AS_OF, World, make_offer


def join_all(offer: Offer, *names: str | tuple[str, float], keys: dict[str, str] | None = None) -> Joined:
    world = World()
    for item in names:
        name, score = item if isinstance(item, tuple) else (item, 100.0)
        world.score(name, score, AS_OF)
    scores = [replace(score, model_key=(keys or {}).get(score.model)) for score in world.scores]
    return join_offers([offer], scores)


def join(offer: Offer, *names: str | tuple[str, float], keys: dict[str, str] | None = None) -> str | None:
    joins = join_all(offer, *names, keys=keys).joins
    return joins[0].score.model if joins else None


@pytest.mark.parametrize(
    ("served", "entry"),
    [
        ("gpt-5.4", "gpt-5.4-2026-03-05"),
        ("GPT-5", "gpt-5-2025-08-07"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5-20250929"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("claude-opus-4-1@20250805", "claude-opus-4-1-20250805"),
        ("accounts/fireworks/models/deepseek-v3p2", "deepseek/deepseek-v3.2"),
        ("zai.glm-5", "glm-5"),
        ("meta-llama%2Fllama-4-scout-17b-16e-instruct", "Llama-4-Scout-17B-16E-Instruct"),
        ("deepseek-v3-0324", "DeepSeek-V3-0324"),
        ("moonshotai/kimi-k2-thinking", "kimi-k2-thinking"),
    ],
)
def test_spelling_date_and_host_do_not_matter(served: str, entry: str) -> None:
    assert join(make_offer("host", served, 1, 2), entry) == entry


@pytest.mark.parametrize(
    ("served", "entry"),
    [
        ("qwen3-235b-a22b-2507", "Qwen3-235B-A22B"),  # a later snapshot is another model
        ("gpt-5-mini", "gpt-5-2025-08-07"),
        ("deepseek-v3.1-terminus", "DeepSeek-V3.1"),
        ("gemini-2.5-pro-preview", "gemini-2.5-pro"),
        ("llama-3.3-70b-instruct-fp8", "Llama-3.3-70B-Instruct"),
    ],
)
def test_near_names_are_not_guessed(served: str, entry: str) -> None:
    assert join(make_offer("host", served, 1, 2), entry) is None


def test_two_snapshots_with_different_scores_are_ambiguous() -> None:
    joined = join_all(make_offer("openai", "gpt-4", 1, 2), ("gpt-4-0314", 126), ("gpt-4-0613", 122))
    assert (joined.joins, joined.ambiguous, joined.unmatched) == ((), 1, 0)


def test_modes_with_one_score_are_one_entry() -> None:
    offer = make_offer("host", "deepseek-v3.1", 1, 2)
    assert join(offer, "DeepSeek-V3.1", "DeepSeek-V3.1_thinking") == "DeepSeek-V3.1"


def test_modes_with_different_scores_are_ambiguous() -> None:
    offer = make_offer("host", "deepseek-v3.1", 1, 2)
    entries = (("DeepSeek-V3.1", 120.0), ("DeepSeek-V3.1_thinking", 139.0))
    assert join(offer, *entries) is None
    keys = {name: "deepseek/deepseek-v3.1" for name, _ in entries}
    linked = replace(offer, linked_model="deepseek/deepseek-v3.1")
    assert join_all(linked, *entries, keys=keys).ambiguous == 1


def test_one_model_is_joined_whatever_it_is_called() -> None:
    offer = make_offer("host", "chat-latest", 1, 2, linked_model="openai/gpt-5")
    keys = {"the-august-model": "openai/gpt-5", "gpt-4.1": "openai/gpt-4.1"}
    assert join(offer, "the-august-model", "gpt-4.1", keys=keys) == "the-august-model"


def test_two_models_are_not_joined_though_they_are_called_alike() -> None:
    offer = make_offer("host", "command-r", 1, 2, linked_model="cohere/command-r-v01")
    assert join(offer, "command-r", keys={"command-r": "cohere/command-r-08-2024"}) is None


def test_linked_model_helps_where_the_name_does_not_and_the_entry_is_unknown() -> None:
    offer = make_offer("host", "chat-latest", 1, 2, linked_model="openai/gpt-5")
    assert join(offer, "gpt-5-2025-08-07") == "gpt-5-2025-08-07"


def test_of_the_entries_of_one_model_the_one_of_its_own_name_stands() -> None:
    offer = make_offer("xai", "grok-3", 1, 2, linked_model="xai/grok-3")
    keys = {"grok-3": "xai/grok-3", "grok-3-beta": "xai/grok-3"}
    assert join(offer, ("grok-3", 131), ("grok-3-beta", 133), keys=keys) == "grok-3"


def test_plainest_spelling_stands_for_an_entry() -> None:
    offer = make_offer("h", "gpt-oss-120b", 1, 2)
    assert join(offer, "chutes/gpt-oss-120b", "gpt-oss-120b") == "gpt-oss-120b"
