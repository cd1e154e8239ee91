"""Which offer serves which index entry: orthography yes, guesses no."""

from __future__ import annotations

import pytest

from analyzers.identity import join_offers, normalise_name
from store.records import Offer
from tests.analyzers.worlds import AS_OF, World, make_offer


def join(offer: Offer, *names: str | tuple[str, float], links: dict[str, str] | None = None) -> str | None:
    world = World()
    for item in names:
        name, score = item if isinstance(item, tuple) else (item, 100.0)
        world.score(name, score, AS_OF)
    joins = join_offers([offer], world.scores, links).joins
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
    ],
)
def test_near_names_are_not_guessed(served: str, entry: str) -> None:
    assert join(make_offer("host", served, 1, 2), entry) is None


def test_two_snapshots_with_different_scores_are_ambiguous() -> None:
    world = World().score("gpt-4-0314", 126, AS_OF).score("gpt-4-0613", 122, AS_OF)
    joined = join_offers([make_offer("openai", "gpt-4", 1, 2)], world.scores)
    assert (joined.joins, joined.ambiguous, joined.unmatched) == ((), 1, 0)


def test_modes_with_one_score_are_one_entry() -> None:
    offer = make_offer("host", "deepseek-v3.1", 1, 2)
    assert join(offer, "DeepSeek-V3.1", "DeepSeek-V3.1_thinking") == "DeepSeek-V3.1"


def test_modes_with_different_scores_are_ambiguous() -> None:
    offer = make_offer("host", "deepseek-v3.1", 1, 2)
    assert join(offer, ("DeepSeek-V3.1", 120), ("DeepSeek-V3.1_thinking", 139)) is None


def test_linked_model_helps_where_the_name_does_not() -> None:
    offer = make_offer("host", "chat-latest", 1, 2, linked_model="openai/gpt-5")
    assert join(offer, "gpt-5-2025-08-07") == "gpt-5-2025-08-07"


def test_given_link_comes_first() -> None:
    offer = make_offer("deepseek", "deepseek-chat", 1, 2)
    assert join(
        offer, "deepseek-chat", ("DeepSeek-V3.1", 90), links={"deepseek/deepseek-chat": "DeepSeek-V3.1"}
    ) == ("DeepSeek-V3.1")


def test_plainest_spelling_stands_for_an_entry() -> None:
    assert (
        join(make_offer("h", "gpt-oss-120b", 1, 2), "chutes/gpt-oss-120b", "gpt-oss-120b") == "gpt-oss-120b"
    )


def test_version_of_a_name_is_not_a_host_revision() -> None:
    assert normalise_name("deepseek-v3").stem == "deepseek-v3"
    assert normalise_name("anthropic.claude-opus-4-6-v1:0").stem == "claude-opus-4-6"
