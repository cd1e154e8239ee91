"""Public addresses are made from a source and a name alone, and never from a name of another shape."""

from __future__ import annotations

import pytest

from store.addresses import PUBLICATIONS, find_address, find_publication
from store.catalogue import load_catalogue


@pytest.mark.parametrize(
    ("source", "name", "address"),
    [
        ("hub", "Qwen/Qwen3-8B", "https://huggingface.co/Qwen/Qwen3-8B"),
        ("hub", "gpt2", "https://huggingface.co/gpt2"),
        ("github", "ggml-org/llama.cpp", "https://github.com/ggml-org/llama.cpp"),
        ("models.dev", "zhipuai/glm-5.1", "https://models.dev/?search=glm-5.1"),
        ("models.dev", "openrouter/qwen/qwen3-32b", "https://models.dev/?search=qwen3-32b"),
        ("openrouter", "openrouter/z-ai/glm-5.1:free", "https://openrouter.ai/z-ai/glm-5.1:free"),
        ("pypistats", "llama-cpp-python", "https://pypistats.org/packages/llama-cpp-python"),
        (
            "litellm",
            "openai/gpt-5",
            "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json",
        ),
        (
            "genai-prices",
            "openai/gpt-5",
            "https://github.com/pydantic/genai-prices/tree/main/prices/providers",
        ),
        ("arena", "text/GLM-4.5", "https://arena.ai/leaderboard/text"),
        ("epoch", "eci/zai-org/glm-4.7", "https://epoch.ai/eci"),
        ("epoch", "compute/GPT-4", "https://epoch.ai/data/ai-models"),
        (
            "policies",
            "ChatGPT/Terms of Service",
            "https://github.com/OpenTermsArchive/genai-eu-versions/blob/main/ChatGPT/Terms%20of%20Service.md",
        ),
    ],
)
def test_a_subject_has_the_address_its_source_gives_it(source: str, name: str, address: str) -> None:
    assert find_address(source, name) == address


def test_a_feed_has_the_address_of_the_catalogue() -> None:
    feeds = {feed.name: feed.url for feed in load_catalogue().feeds}
    assert find_address("feeds", "OpenAI News", feeds) == "https://openai.com/news/rss.xml"
    assert find_address("feeds", "Nobody's News", feeds) is None
    assert find_address("feeds", "OpenAI News") is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("hub", "lab/o'hara"),
        ("hub", "a/b/c"),
        ("github", "no-slash"),
        ("github", "owner/re po"),
        ("github", "../../etc"),
        ("models.dev", "alone"),
        ("litellm", "alone"),
        ("pypistats", "Not/one"),
        ("arena", "te xt/x"),
        ("epoch", "elsewhere/x"),
        ("policies", "no document"),
        ("board", "mine/model"),
        ("", ""),
    ],
)
def test_a_name_of_another_shape_has_no_address(source: str, name: str) -> None:
    assert find_address(source, name) is None


def test_a_hostile_name_cannot_leave_its_host_or_its_line() -> None:
    for source in ("models.dev", "openrouter", "policies"):
        address = find_address(source, "a/b?c#d e\n\x1b[31m\u202e/../@evil.example")
        assert address is not None
        host = {"models.dev": "models.dev", "openrouter": "openrouter.ai", "policies": "github.com"}[source]
        assert address.startswith(f"https://{host}/")
        assert address.isascii()
        assert not any(char.isspace() or not char.isprintable() for char in address)


def test_a_publication_is_known_by_its_name_or_its_arxiv_number() -> None:
    assert find_publication("Pan et al., arXiv 2509.18101") == "https://arxiv.org/abs/2509.18101"
    assert find_publication("SemiAnalysis") == PUBLICATIONS["SemiAnalysis"]
    assert find_publication("A blog nobody lists") is None
