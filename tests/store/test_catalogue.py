"""The catalogue: its files hold together, and names from outside are recognised or refused."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from store.catalogue import Catalogue, load_catalogue
from store.catalogue.names import normalise
from store.catalogue.toml_table import TomlTable
from store.errors import ConfigurationError
from store.records import (
    Kind,
    Link,
    ModelFact,
    ModelRecord,
    Openness,
    Semantics,
    Standing,
    SubjectRef,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


# --------------------------------------------------------------------------- the files


def test_files_load_and_every_reference_resolves(catalogue: Catalogue) -> None:
    labs = {lab.key for lab in catalogue.labs}
    assert {model.lab for model in catalogue.models} <= labs
    assert {repository.lab for repository in catalogue.repositories} <= labs | {None}
    assert {feed.lab for feed in catalogue.feeds} <= labs | {None}
    assert {dated.licence for model in catalogue.models for dated in model.licences} <= set(
        catalogue.licences
    )
    assert {metric.source for metric in catalogue.metrics.values()} <= set(catalogue.sources)
    assert {host.lab for host in catalogue.claim_hosts.values()} <= labs | {None}


def test_catalogue_is_of_the_promised_size(catalogue: Catalogue) -> None:
    assert len(catalogue.models) >= 60
    assert 40 <= len(catalogue.repositories) <= 50
    assert 40 <= len(catalogue.hub_models) <= 70
    assert {repository.role for repository in catalogue.repositories} == {"open_stack", "closed_sdk"}


def test_both_sides_are_among_the_checked_models(catalogue: Catalogue) -> None:
    classes = {catalogue.licences[m.licences[-1].licence].openness for m in catalogue.models}
    assert {Openness.UNRESTRICTED, Openness.RESTRICTED, Openness.NONCOMMERCIAL, Openness.API} <= classes


def test_dates_of_models_are_real_and_in_order(catalogue: Catalogue) -> None:
    for model in catalogue.models:
        assert date(2022, 1, 1) <= model.released_on <= date(2026, 11, 30), model.key
        assert model.licences[0].valid_from >= model.released_on, model.key


def test_watched_hub_repositories_have_an_owner_we_know(catalogue: Catalogue) -> None:
    unknown = [name for name in catalogue.hub_models if catalogue.lab_of(name.split("/")[0]) is None]
    assert unknown == []
    assert len({name.casefold() for name in catalogue.hub_models}) == len(catalogue.hub_models)


def test_hub_repositories_of_models_belong_to_their_lab(catalogue: Catalogue) -> None:
    for model in catalogue.models:
        if model.hub_name is not None:
            owner = catalogue.lab_of(model.hub_name.split("/")[0])
            assert owner is not None, model.key
            assert owner.key == model.lab, model.key


def test_metrics_of_every_promised_counter_are_declared(catalogue: Catalogue) -> None:
    promised = {
        "hub.downloads.30d": Semantics.ROLLING,
        "hub.downloads.all_time": Semantics.CUMULATIVE,
        "hub.likes": Semantics.INSTANT,
        "hub.trending_score": Semantics.SCORE,
        "hub.total.models": Semantics.INSTANT,
        "hub.total.downloads.30d": Semantics.ROLLING,
        "hub.total.likes": Semantics.INSTANT,
        "hub.derivatives.finetune": Semantics.INSTANT,
        "hub.derivatives.adapter": Semantics.INSTANT,
        "hub.derivatives.merge": Semantics.INSTANT,
        "hub.derivatives.quantized": Semantics.INSTANT,
        "hub.derivatives.finetune.new_7d": Semantics.ROLLING,
        "hub.derivatives.adapter.new_7d": Semantics.ROLLING,
        "hub.derivatives.merge.new_7d": Semantics.ROLLING,
        "hub.derivatives.quantized.new_7d": Semantics.ROLLING,
        "github.stars": Semantics.INSTANT,
        "github.forks": Semantics.INSTANT,
        "github.open_issues": Semantics.INSTANT,
        "github.open_issues.without_pulls": Semantics.INSTANT,
        "github.open_pulls": Semantics.INSTANT,
        "github.stars_received.daily": Semantics.RETAINED,
        "github.watchers": Semantics.INSTANT,
        "price.input_usd_per_mtok": Semantics.INSTANT,
        "price.output_usd_per_mtok": Semantics.INSTANT,
        "price.cache_read_usd_per_mtok": Semantics.INSTANT,
        "price.cache_write_usd_per_mtok": Semantics.INSTANT,
        "pypi.downloads.daily": Semantics.PER_PERIOD,
        **{
            f"arena.{board}.{column}": Semantics.SCORE
            for board in ("text", "text_style_control", "vision", "vision_style_control", "webdev")
            for column in ("rating", "rating_ci_low", "rating_ci_high", "votes")
        },
        "epoch.eci": Semantics.SCORE,
        "epoch.eci_ci_low": Semantics.SCORE,
        "epoch.eci_ci_high": Semantics.SCORE,
        "policy.lines_added": Semantics.PER_PERIOD,
        "policy.lines_removed": Semantics.PER_PERIOD,
        "usage.tokens": Semantics.PER_PERIOD,
        "usage.requests": Semantics.PER_PERIOD,
        "usage.spend_usd": Semantics.PER_PERIOD,
        "usage.cached_tokens": Semantics.PER_PERIOD,
    }
    assert {name: metric.semantics for name, metric in catalogue.metrics.items()} == promised
    assert catalogue.metrics["hub.downloads.30d"].window_days == 30


def test_feeds_do_not_include_reddit(catalogue: Catalogue) -> None:
    assert [feed.name for feed in catalogue.feeds if "reddit" in feed.url] == []


def test_renamed_repository_is_found_under_its_present_name(catalogue: Catalogue) -> None:
    assert catalogue.current_repository_name("ggerganov/llama.cpp") == "ggml-org/llama.cpp"
    assert catalogue.current_repository_name("Hwchase17/LangChain") == "langchain-ai/langchain"
    assert catalogue.current_repository_name("vllm-project/vllm") == "vllm-project/vllm"


# --------------------------------------------------------------------------- reading tables


def test_unknown_field_is_refused_with_its_place() -> None:
    table = TomlTable({"key": "a", "colour": "red"}, "labs.toml: labs 'a'")
    table.text("key")
    with pytest.raises(ConfigurationError, match=r"labs\.toml: labs 'a': unknown field colour"):
        table.close()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "day must be a date"),
        ({"day": "2025-01-01"}, "day must be a date"),
    ],
)
def test_missing_or_quoted_date_is_refused(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        TomlTable(fields, "x.toml").day("day")


def test_wrong_values_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="must be one of a, b"):
        TomlTable({"kind": "c"}, "x.toml").one_of("kind", ("a", "b"))
    with pytest.raises(ConfigurationError, match="must be one of"):
        TomlTable({"kind": "c"}, "x.toml").choice("kind", Semantics)
    with pytest.raises(ConfigurationError, match="https"):
        TomlTable({"url": "http://example.org"}, "x.toml").address("url")
    with pytest.raises(ConfigurationError, match="twice"):
        TomlTable({"also": ["a", "a"]}, "x.toml").texts("also")
    with pytest.raises(ConfigurationError, match="positive whole number"):
        TomlTable({"n": True}, "x.toml").whole("n")
    with pytest.raises(ConfigurationError, match="is empty"):
        TomlTable({"name": " "}, "x.toml").text("name")


# --------------------------------------------------------------------------- licences


@pytest.mark.parametrize(
    ("text", "openness"),
    [
        ("Apache-2.0", Openness.UNRESTRICTED),
        ("Apache 2.0", Openness.UNRESTRICTED),
        ("license:apache-2.0", Openness.UNRESTRICTED),
        ("Apache License, Version 2.0", Openness.UNRESTRICTED),
        ("MIT", Openness.UNRESTRICTED),
        ("MIT License", Openness.UNRESTRICTED),
        ("Modified MIT", Openness.RESTRICTED),
        ("modified-mit", Openness.RESTRICTED),
        ("Llama 2 Community", Openness.RESTRICTED),
        ("Llama 3 Community", Openness.RESTRICTED),
        ("llama3.1", Openness.RESTRICTED),
        ("Llama 3.1", Openness.RESTRICTED),
        ("Llama 3.1 Community License Agreement", Openness.RESTRICTED),
        ("Llama-3.3", Openness.RESTRICTED),
        ("llama4", Openness.RESTRICTED),
        ("Gemma", Openness.RESTRICTED),
        ("Gemma license", Openness.RESTRICTED),
        ("Qwen", Openness.RESTRICTED),
        ("Qianwen LICENSE", Openness.RESTRICTED),
        ("tongyi-qianwen", Openness.RESTRICTED),
        ("qwen-research", Openness.NONCOMMERCIAL),
        ("DeepSeek", Openness.RESTRICTED),
        ("DeepSeek License", Openness.RESTRICTED),
        ("Jamba Open", Openness.RESTRICTED),
        ("NVIDIA Open Model", Openness.RESTRICTED),
        ("Yi License", Openness.RESTRICTED),
        ("DBRX LICENSE", Openness.RESTRICTED),
        ("Falcon-180B TII License", Openness.RESTRICTED),
        ("AI2 ImpACT Low-risk", Openness.RESTRICTED),
        ("CC-BY-NC-4.0", Openness.NONCOMMERCIAL),
        ("CC-BY-NC-SA-4.0", Openness.NONCOMMERCIAL),
        ("Non-commercial", Openness.NONCOMMERCIAL),
        ("Mistral Research", Openness.NONCOMMERCIAL),
        ("MRL", Openness.NONCOMMERCIAL),
        ("Proprietary", Openness.API),
        ("Propretary", Openness.API),
        ("PROPRIETARY ", Openness.API),
    ],
)
def test_licence_spelling_is_classified(catalogue: Catalogue, text: str, openness: Openness) -> None:
    assert catalogue.classify_licence(text) is openness


@pytest.mark.parametrize(
    "text", ["", "Other", "other", "Nvidia", "unknown", "Open", "License", "mit-ish", "apache", "llama"]
)
def test_licence_that_does_not_say_is_unknown(catalogue: Catalogue, text: str) -> None:
    assert catalogue.classify_licence(text) is Openness.UNKNOWN


def test_only_unlimited_licences_are_approved(catalogue: Catalogue) -> None:
    for licence in catalogue.licences.values():
        if licence.is_approved:
            assert licence.openness is Openness.UNRESTRICTED, licence.key


# --------------------------------------------------------------------------- models


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("openai/gpt-oss-120b", "openai/gpt-oss-120b"),
        ("GPT-4.1-2025-04-14", "openai/gpt-4.1"),
        ("gpt-5-2025-08-07_high", "openai/gpt-5"),
        ("o3-mini-high", "openai/o3-mini"),
        ("Claude 3 Opus", "anthropic/claude-3-opus-20240229"),
        ("Claude 3.5 Sonnet (20241022)", "anthropic/claude-3-5-sonnet-20241022"),
        ("claude-3-5-sonnet-20240620", "anthropic/claude-3-5-sonnet-20240620"),
        ("openrouter/anthropic/claude-opus-4.1", "anthropic/claude-opus-4-1-20250805"),
        (
            "amazon-bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "anthropic/claude-sonnet-4-5-20250929",
        ),
        ("amazon-bedrock/deepseek.v3-v1:0", "deepseek/deepseek-v3.1"),
        ("fireworks-ai/accounts/fireworks/models/kimi-k2p5", "moonshotai/kimi-k2.5"),
        ("fireworks/deepseek-v3p2", "deepseek/deepseek-v3.2"),
        ("groq/meta-llama/llama-4-scout-17b-16e-instruct", "meta/llama-4-scout-17b-instruct"),
        ("openrouter/deepseek/deepseek-r1:free", "deepseek/deepseek-r1"),
        ("deepseek-r1-0528", "deepseek/deepseek-r1-0528"),
        ("text/Meta-Llama-3.1-405b-Instruct-bf16", "meta/llama-3.1-405b-instruct"),
        ("eci/glm-4.5_thinking", "zhipuai/glm-4.5"),
        ("zai-org/glm-4.7", "zhipuai/glm-4.7"),
        ("Command R+", "cohere/command-r-plus"),
        ("Command R", "cohere/command-r-v01"),
        ("Qwen3-235B-A22B-Thinking-2507", "alibaba/qwen3-235b-a22b-thinking-2507"),
        ("cerebras/gpt-oss-120b", "openai/gpt-oss-120b"),
    ],
)
def test_model_is_found_under_its_names(catalogue: Catalogue, name: str, key: str) -> None:
    assert catalogue.find_model(name) == key


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "gpt",
        "gpt-4o-audio-preview",
        "gpt-4o-2024-05-13",  # one of several snapshots
        "gpt-4-0613",
        "Meta-Llama-3.1-405b-Instruct-fp8",  # quantised
        "kimi-k2-thinking-turbo",
        "claude-3.5-sonnet",  # two models had this name
        "claude-3-5-sonnet-20250101",
        "deepseek-chat",  # moves
        "mistralai/mistral-large-latest",
        "deepseek-r1-distill-llama-70b",
        "deepseek-v3-9999",
        "qwen3-235b-a22b-2508",
        "qwen3-max-thinking",  # a hyphen may name another model
        "Qwen2.5-VL-72B-Instruct",
        "nvidia/DeepSeek-R1",  # somebody else's copy
        "pearl-ai/gemma-4-31b-it",  # a prefix we do not know
        "DeepSeek-V3-Base",
        "gemini-2.5-pro-preview-06-05",
    ],
)
def test_model_name_that_would_need_a_guess_is_not_found(catalogue: Catalogue, name: str) -> None:
    assert catalogue.find_model(name) is None


def test_aliases_are_unambiguous(catalogue: Catalogue) -> None:
    meaning: dict[str, str] = {}
    for model in catalogue.models:
        for name in (model.key, model.name, *model.aliases, *([model.hub_name] if model.hub_name else [])):
            assert meaning.setdefault(normalise(name), model.key) == model.key, name
            assert catalogue.find_model(name) == model.key, name


def test_copy_of_a_model_on_the_hub_is_not_linked(catalogue: Catalogue) -> None:
    own = SubjectRef("hub", Kind.HUB_MODEL, "deepseek-ai/DeepSeek-R1")
    copy = SubjectRef("hub", Kind.HUB_MODEL, "unsloth/DeepSeek-R1")
    assert catalogue.find_link(own) == Link(own, "deepseek/deepseek-r1", "hub_id", 1.0)
    assert catalogue.find_link(copy) is None


def test_link_says_how_sure_it_is(catalogue: Catalogue) -> None:
    exact = catalogue.find_link(SubjectRef("arena", Kind.BOARD_ENTRY, "text/Grok-4-0709"))
    reduced = catalogue.find_link(SubjectRef("epoch", Kind.BOARD_ENTRY, "eci/gpt-4.1-2025-04-14"))
    assert exact is not None
    assert (exact.model, exact.basis, exact.confidence) == ("xai/grok-4", "alias", 1.0)
    assert reduced is not None
    assert (reduced.model, reduced.basis) == ("openai/gpt-4.1", "normalised_name")
    assert reduced.confidence < 1


def test_variants_that_were_never_released_are_flagged(catalogue: Catalogue) -> None:
    assert catalogue.is_unreleased_variant("chocolate (Early Grok-3)")
    assert catalogue.is_unreleased_variant("Llama-4-Maverick-03-26-Experimental")
    assert not catalogue.is_unreleased_variant("Grok-3-Preview-02-24")


def test_licence_of_a_model_follows_its_dates(catalogue: Catalogue) -> None:
    facts = [
        (fact.valid_from, fact.value)
        for fact in catalogue.records()
        if isinstance(fact, ModelFact) and fact.model == "xai/grok-2" and fact.attribute == "openness"
    ]
    assert facts == [(date(2024, 8, 13), "api"), (date(2025, 8, 23), "restricted")]


def test_deepseek_v3_and_its_march_release_differ_in_licence(catalogue: Catalogue) -> None:
    assert catalogue.model("deepseek/deepseek-v3").licences[0].licence == "deepseek"
    assert catalogue.model("deepseek/deepseek-v3-0324").licences[0].licence == "mit"


def test_records_hold_every_model_with_evidence(catalogue: Catalogue) -> None:
    records = catalogue.records()
    keys = {record.key for record in records if isinstance(record, ModelRecord)}
    assert keys == {model.key for model in catalogue.models}
    for attribute in ("released_on", "licence", "openness"):
        stated = {r.model for r in records if isinstance(r, ModelFact) and r.attribute == attribute}
        assert stated == keys, attribute
    for record in records:
        if isinstance(record, ModelFact):
            assert record.evidence_url is not None
            assert record.known_at is not None
            assert record.known_at.date() == record.valid_from
    linked = [record.subject.name for record in records if isinstance(record, Link)]
    assert len(linked) == len(set(linked))


# --------------------------------------------------------------------------- labs, benchmarks, claims


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Google DeepMind", "google"),
        ("Z.ai (Zhipu AI),Tsinghua University", "zhipuai"),
        ("THUDM", "zhipuai"),
        ("Moonshot", "moonshotai"),
        ("01 AI", "01-ai"),
        ("Facebook AI Research", "meta"),
        ("x-ai", "xai"),
        ("QwenLM", "alibaba"),
        ("Hugging Face,ServiceNow,NVIDIA,BigCode", "bigcode"),
        ("DeepSeek,Somebody Else", "deepseek"),
    ],
)
def test_lab_is_found_under_its_names(catalogue: Catalogue, name: str, key: str) -> None:
    lab = catalogue.lab_of(name)
    assert lab is not None
    assert lab.key == key


def test_lab_that_is_not_known_is_none(catalogue: Catalogue) -> None:
    assert catalogue.lab_of("") is None
    assert catalogue.lab_of("A Garage in Kreuzberg") is None


def test_benchmark_name_may_hold_its_version(catalogue: Catalogue) -> None:
    plain = catalogue.find_benchmark("SWE Bench Pro")
    versioned = catalogue.find_benchmark("Terminal Bench 2.1")
    assert plain is not None
    assert (plain.benchmark, plain.version) == ("swe-bench-pro", "")
    assert versioned is not None
    assert (versioned.benchmark, versioned.version) == ("terminal-bench", "2.1")
    assert catalogue.find_benchmark("Bench of the Week") is None


@pytest.mark.parametrize(
    ("url", "lab", "standing"),
    [
        ("https://aider.chat/docs/leaderboards/", "openai", Standing.THIRD_PARTY),
        ("https://labs.scale.com/leaderboard/sweatlas-qna", "anthropic", Standing.THIRD_PARTY),
        ("https://www.anthropic.com/news/claude-opus-4-8", "anthropic", Standing.SELF_REPORTED),
        ("https://www.anthropic.com/news/claude-opus-4-8", "openai", Standing.THIRD_PARTY),
        ("https://huggingface.co/zai-org/GLM-5", "zhipuai", Standing.SELF_REPORTED),
        ("https://huggingface.co/somebody/GLM-5-AWQ", "zhipuai", Standing.THIRD_PARTY),
        ("https://arxiv.org/abs/2602.10604", "stepfun", Standing.SELF_REPORTED),
        ("https://example.org/scores", "openai", None),
        ("not an address", "openai", None),
        ("https://[broken", "openai", None),
    ],
)
def test_standing_of_a_claim_follows_its_publisher(
    catalogue: Catalogue, url: str, lab: str, standing: Standing | None
) -> None:
    assert catalogue.claim_standing(url, lab) is standing


# --------------------------------------------------------------------------- NOTICE


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_notice_names_every_source_with_address_licence_and_changes(catalogue: Catalogue) -> None:
    notice = _flat((ROOT / "NOTICE").read_text(encoding="utf-8"))
    for source in catalogue.sources.values():
        for said in (source.name, f"Address: {source.url}", f"Licence: {source.licence}"):
            assert said in notice, source.key
        if source.changes:
            assert f"Changed: {source.changes}" in notice, source.key


def test_notice_names_nobody_we_do_not_use(catalogue: Catalogue) -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    addresses = set(re.findall(r"Address: (\S+)", notice))
    assert addresses == {source.url for source in catalogue.sources.values()}
