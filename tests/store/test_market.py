"""The packages that are counted and the price lists that are believed."""

from __future__ import annotations

import pytest

from collectors.pypistats import normalise_name
from store.catalogue import load_catalogue

CATALOGUE = load_catalogue()


def test_packages_of_both_roles_are_counted_under_the_spelling_the_service_uses() -> None:
    roles = {package.name: package.role for package in CATALOGUE.packages}
    assert {
        roles[name] for name in ("transformers", "vllm", "torch", "llama-cpp-python", "ollama", "sglang")
    } == {"open_stack"}
    assert {roles[name] for name in ("openai", "anthropic", "google-genai", "cohere")} == {"closed_sdk"}
    assert all(normalise_name(name) == name for name in roles)
    assert all(package.lab for package in CATALOGUE.packages if package.role == "closed_sdk")


def test_package_that_says_less_than_it_seems_has_a_note() -> None:
    notes = {package.name: package.note for package in CATALOGUE.packages}
    assert "compatible" in notes["openai"]
    assert "container" in notes["vllm"]


@pytest.mark.parametrize(
    ("elsewhere", "here"),
    [
        ("vertex_ai", "google-vertex"),
        ("bedrock_converse", "amazon-bedrock"),
        ("aws", "amazon-bedrock"),
        ("x-ai", "xai"),
        ("together", "togetherai"),
        ("gemini", "google"),
    ],
)
def test_provider_has_one_name_whatever_a_list_calls_it(elsewhere: str, here: str) -> None:
    assert CATALOGUE.price_lists.providers[elsewhere] == here


def test_no_name_of_a_provider_leads_to_a_further_one() -> None:
    providers = CATALOGUE.price_lists.providers
    assert not set(providers.values()) & set(providers)
