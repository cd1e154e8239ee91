from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from collectors.contract import Context
from collectors.litellm import (
    LiteLLMCollector,
    LiteLLMOptions,
    Place,
    offer_subject,
    parse_place,
    parse_prices,
)
from collectors.price_file import ParsedList
from store.catalogue import load_catalogue
from store.errors import SourceChanged
from store.records import CoverageStatus, Fact, Observation
from tests.collectors.stand import Ledger
from tests.replica.litellm import MODELS, PATH, SAMPLE, LiteLLMSite, make_entry
from tests.replica.server import Replica

DAY = date(2026, 11, 22)
URL = "https://raw.example/prices.json"
PROVIDERS = load_catalogue().price_lists.providers


def parse(**models: Any) -> ParsedList:
    return parse_prices(json.dumps({"sample_spec": SAMPLE, **models}).encode(), DAY, URL, PROVIDERS)


def prices_of(parsed: ParsedList, offer: str) -> dict[str, float]:
    return {
        each.metric.removeprefix("price.").removesuffix("_usd_per_mtok"): each.value
        for each in parsed.offers[offer]
        if isinstance(each, Observation)
    }


def facts_of(parsed: ParsedList, offer: str) -> dict[str, str]:
    return {each.attribute: each.value for each in parsed.offers[offer] if isinstance(each, Fact)}


def test_prices_per_token_come_out_per_million_without_a_rounding_error() -> None:
    parsed = parse(a=make_entry("lab", 1.5e-06, "0.0000006", cache_read_input_token_cost=1.1e-07))
    assert prices_of(parsed, "lab/a") == {"input": 1.5, "output": 0.6, "cache_read": 0.11}


def test_explanation_of_the_fields_is_no_model() -> None:
    parsed = parse(a=make_entry("lab", 1e-06, 1e-06))
    assert list(parsed.offers) == ["lab/a"]
    assert parsed.skipped == []


def test_free_offer_keeps_its_0_and_an_unstated_price_is_absent() -> None:
    free = parse(
        a=make_entry("lab", 0, 0.0),
        b={"litellm_provider": "lab", "mode": "chat", "input_cost_per_token": 1e-06},
    )
    assert prices_of(free, "lab/a") == {"input": 0, "output": 0}
    assert prices_of(free, "lab/b") == {"input": 1}


@pytest.mark.parametrize("mode", ["embedding", "image_generation", "audio_transcription", "rerank", None])
def test_model_that_is_not_billed_by_tokens_of_text_is_left_out(mode: str | None) -> None:
    parsed = parse(a=make_entry("lab", 1e-06, 1e-06), b=make_entry("lab", 1e-06, 0, mode=mode or ""))
    assert list(parsed.offers) == ["lab/a"]
    assert parsed.notes == ["1 of other modes left out"]


@pytest.mark.parametrize(
    ("key", "provider", "place"),
    [
        ("gpt-5", "openai", Place("openai", "gpt-5", None)),
        ("azure/gpt-5", "azure", Place("azure", "gpt-5", None)),
        ("azure/eu/gpt-5", "azure", Place("azure", "gpt-5", "eu")),
        ("azure/global-standard/gpt-5", "azure", Place("azure", "gpt-5", "global-standard")),
        ("azure_ai/Phi-4", "azure_ai", Place("azure", "Phi-4", None)),
        ("gemini/gemini-3-pro", "gemini", Place("google", "gemini-3-pro", None)),
        ("gemini-3-pro", "vertex_ai-language-models", Place("google-vertex", "gemini-3-pro", None)),
        ("vertex_ai/claude-5", "vertex_ai-anthropic_models", Place("google-vertex", "claude-5", None)),
        ("bedrock/eu-west-1/m.v1:0", "bedrock", Place("amazon-bedrock", "m.v1:0", "eu-west-1")),
        ("bedrock/invoke/a.b", "bedrock", Place("amazon-bedrock", "a.b", None)),
        ("us.anthropic.claude-5", "bedrock_converse", Place("amazon-bedrock", "anthropic.claude-5", "us")),
        ("us.model", "lab", Place("lab", "us.model", None)),
        ("together_ai/meta-llama/L", "together_ai", Place("togetherai", "meta-llama/L", None)),
        (
            "fireworks_ai/accounts/fireworks/models/k",
            "fireworks_ai",
            Place("fireworks-ai", "accounts/fireworks/models/k", None),
        ),
        ("openrouter/openai/gpt-5", "openrouter", Place("openrouter", "openai/gpt-5", None)),
        ("xai/grok-5", "xai", Place("xai", "grok-5", None)),
        ("groq/openai/gpt-oss-20", "groq", Place("groq", "openai/gpt-oss-20", None)),
    ],
)
def test_name_is_read_as_provider_model_and_region(key: str, provider: str, place: Place) -> None:
    assert parse_place(key, provider, PROVIDERS) == place


def test_regional_price_is_a_fact_of_the_offer_without_a_region() -> None:
    parsed = parse(
        **{
            "azure/eu/m": make_entry("azure", 1.1e-06, 4.4e-06),
            "azure/m": make_entry("azure", 1e-06, 4e-06),
            "azure/us/m": make_entry("azure", 1e-06, 4e-06),
        }
    )
    assert list(parsed.offers) == ["azure/m"]
    assert prices_of(parsed, "azure/m") == {"input": 1, "output": 4}
    assert facts_of(parsed, "azure/m")["price_regions"] == '{"eu":{"input":1.1,"output":4.4}}'


def test_worldwide_price_is_the_standard_where_there_is_no_other() -> None:
    parsed = parse(
        **{
            "global.m": make_entry("bedrock_converse", 1e-06, 4e-06),
            "eu.m": make_entry("bedrock_converse", 1.1e-06, 4.4e-06),
            "jp.only": make_entry("bedrock_converse", 1e-06, 1e-06),
        }
    )
    assert prices_of(parsed, "amazon-bedrock/m") == {"input": 1, "output": 4}
    assert "amazon-bedrock/only" not in parsed.offers
    assert parsed.notes == ["1 for single regions only left out"]


def test_batch_and_tiers_are_facts_and_never_the_price() -> None:
    parsed = parse(
        a=make_entry(
            "lab",
            2e-06,
            8e-06,
            input_cost_per_token_batches=1e-06,
            input_cost_per_token_priority=4e-06,
            output_cost_per_token_above_200k_tokens=1.2e-05,
            output_cost_per_token_above_272k_tokens_flex=6e-06,
            cache_creation_input_token_cost_above_1hr=3e-06,
            search_context_cost_per_query={"search_context_size_low": 0.01},
            input_cost_per_token_above_9k_tokens={"surprise": 1},
        )
    )
    facts = facts_of(parsed, "lab/a")
    assert prices_of(parsed, "lab/a") == {"input": 2, "output": 8}
    assert json.loads(facts["price_batch"]) == {"batches": {"input": 1}}
    assert json.loads(facts["price_tiers"]) == {
        "above_200k_tokens": {"output": 12},
        "above_1hr": {"cache_write": 3},
    }
    assert json.loads(facts["price_service_tiers"]) == {
        "priority": {"input": 4},
        "above_272k_tokens_flex": {"output": 6},
    }


@pytest.mark.parametrize(
    ("key", "provider"),
    [
        ("ft:gpt-5", "openai"),
        ("together-ai-4.1b-8b", "together_ai"),
        ("bedrock/us-east-1/1-month-commitment/a.b", "bedrock"),
    ],
)
def test_what_is_no_single_model_is_left_out(key: str, provider: str) -> None:
    parsed = parse(**{"a": make_entry("lab", 1e-06, 1e-06), key: make_entry(provider, 1e-06, 1e-06)})
    assert list(parsed.offers) == ["lab/a"]


def test_model_whose_name_begins_like_its_provider_is_a_model() -> None:
    assert list(parse(**{"deepseek-chat": make_entry("deepseek", 1e-07, 1e-07)}).offers) == [
        "deepseek/deepseek-chat"
    ]


@pytest.mark.parametrize("price", ["cheap", -1e-06, 0.5, True, [1e-06], 1e999])
def test_impossible_price_is_skipped_alone_and_its_offer_is_not_withdrawn(price: Any) -> None:
    body = json.dumps(
        {
            "a": make_entry("lab", 1e-06, 1e-06),
            "b": make_entry("lab", 1e-06, 1e-06),
            "bad": {**make_entry("lab", 1e-06, 1e-06), "input_cost_per_token": price},
        }
    ).replace("Infinity", "1e999")
    parsed = parse_prices(body.encode(), DAY, URL)
    assert set(parsed.offers) == {"lab/a", "lab/b"}
    assert parsed.listed == {"lab/a", "lab/b", "lab/bad"}
    assert len(parsed.skipped) == 1
    assert "'bad'" in parsed.skipped[0]


def test_list_without_a_single_price_is_another_shape() -> None:
    with pytest.raises(SourceChanged):
        parse(a=make_entry("lab", 1e-06, 1e-06, mode="embedding"))


def test_day_of_deprecation_is_kept_and_words_in_its_place_are_not() -> None:
    parsed = parse(
        a=make_entry("lab", 1e-06, 1e-06, deprecation_date="2027-02-28", max_input_tokens="the provider's"),
        b=make_entry("lab", 1e-06, 1e-06, deprecation_date="when the model becomes deprecated"),
    )
    assert facts_of(parsed, "lab/a") == {"listed_as": "a", "expires_on": "2027-02-28"}
    assert "expires_on" not in facts_of(parsed, "lab/b")


def test_offer_that_left_the_list_is_withdrawn_and_comes_back(context: Context, replica: Replica) -> None:
    site = LiteLLMSite()
    replica.sites = [site]
    collector = LiteLLMCollector(LiteLLMOptions(f"{replica.url}{PATH}"))
    ledger = Ledger()
    ledger.collect(collector, context)
    assert len(ledger.states["offers"]["offers"]) == 4  # type: ignore[arg-type] # the list of names
    del site.models["fjord/tide-2"]
    ledger.collect(collector, context)
    gone = offer_subject("fjord/tide-2")
    withdrawn = [r for r in ledger.records if isinstance(r, Fact) and r.attribute == "withdrawn"]
    assert [(r.subject, r.value) for r in withdrawn] == [(gone, "true")]
    site.models["fjord/tide-2"] = MODELS["fjord/tide-2"]
    ledger.collect(collector, context)
    withdrawn = [r for r in ledger.records if isinstance(r, Fact) and r.attribute == "withdrawn"]
    assert [(r.subject, r.value) for r in withdrawn[1:]] == [(gone, "false")]
    ledger.collect(collector, context)
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED
