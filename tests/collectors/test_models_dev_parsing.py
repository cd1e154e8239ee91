from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from collectors.models_dev import parse_models, parse_offers
from collectors.models_dev.model import parse_hub_name
from store.errors import SourceChanged
from store.records import (
    Claim,
    Fact,
    Kind,
    Link,
    ModelFact,
    ModelRecord,
    Observation,
    Precision,
    Standing,
    SubjectRef,
)

DAY = date(2026, 11, 22)
URL = "https://models.dev/file.json"
PRICES = {
    "price.input_usd_per_mtok": "cost_input",
    "price.output_usd_per_mtok": "cost_output",
    "price.cache_read_usd_per_mtok": "cost_cache_read",
    "price.cache_write_usd_per_mtok": "cost_cache_write",
}


def offers_of(api: Mapping[str, Any]) -> dict[str, list[Any]]:
    return parse_offers(json.dumps(api).encode(), DAY, URL).offers


def one_offer(**fields: Any) -> list[Any]:
    return offers_of({"p": {"models": {"m": fields}}})["p/m"]


def prices_of(records: list[Any]) -> dict[str, float]:
    return {each.metric: each.value for each in records if isinstance(each, Observation)}


def facts_of(records: list[Any]) -> dict[str, str]:
    return {each.attribute: each.value for each in records if isinstance(each, (Fact, ModelFact))}


def test_real_offers_come_out_with_the_prices_of_the_file(real_data: Path) -> None:
    with (real_data / "models-dev" / "offers_resolved.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    api: dict[str, list[str]] = {}
    for row in rows:
        # Numbers go in as the text they have in the file, as they stand in the real answer.
        cost = ",".join(
            f'"{name}":{row[f"cost_{name}"]}'
            for name in ("input", "output", "cache_read", "cache_write")
            if row[f"cost_{name}"]
        )
        head = {key: row[key] for key in ("name", "family", "status", "release_date") if row[key]}
        head["open_weights"] = row["open_weights"] == "True"
        offer = json.dumps(head)[:-1] + (f',"cost":{{{cost}}}}}' if cost else "}")
        api.setdefault(row["provider"], []).append(f"{json.dumps(row['model'])}:{offer}")
    body = ",".join(
        f'{json.dumps(p)}:{{"name":"x","models":{{{",".join(models)}}}}}' for p, models in api.items()
    )
    parsed = parse_offers(f"{{{body}}}".encode(), DAY, URL)
    assert parsed.skipped == ["scaleway.models['qwen3-embedding-8b'].release_date: '2025-25-11' is no date"]
    assert len(parsed.offers) == len(rows) == 5276
    for row in rows:
        records = parsed.offers[f"{row['provider']}/{row['model']}"]
        assert prices_of(records) == {
            metric: float(row[column]) for metric, column in PRICES.items() if row[column]
        }
        facts = facts_of(records)
        assert facts["open_weights"] == row["open_weights"].lower()
        if row["release_date"] != "2025-25-11":
            assert facts["released_on"] == f"{row['release_date']}-01"[:10]
        assert facts.get("family", "") == row["family"]
        assert facts.get("status", "") == row["status"]
        assert "price_tiers" not in facts


def test_real_models_come_out_with_their_facts_and_hub_links(real_data: Path) -> None:
    body = (real_data / "models-dev" / "models_base.json").read_bytes()
    parsed = parse_models(body, DAY, URL)
    source = json.loads(body)
    assert parsed.skipped == []
    assert list(parsed.models) == [identifier.lower() for identifier in source]
    for key, entry in zip(parsed.models, source.values(), strict=True):
        records = parsed.models[key]
        facts = facts_of(records)
        assert records[0] == ModelRecord(key, key.partition("/")[0], entry["name"], entry.get("family"))
        assert facts["open_weights"] == str(entry["open_weights"]).lower()
        assert facts["released_on"] == f"{entry['release_date']}-01"[:10]
        assert facts.get("licence") == entry.get("license")
        linked = {f"https://huggingface.co/{each.subject.name}" for each in records if isinstance(each, Link)}
        assert linked == {each["url"] for each in entry.get("weights", ())}


def test_real_claims_come_out_as_the_file_states_them(real_data: Path) -> None:
    body = (real_data / "models-dev" / "models_base.json").read_bytes()
    parsed = parse_models(body, DAY, URL)
    claims = [each for records in parsed.models.values() for each in records if isinstance(each, Claim)]
    with (real_data / "models-dev" / "benchmarks.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["benchmark"].startswith("Artificial Analysis")]
    told = sorted(
        (each.model, each.benchmark, each.score, each.metric, str(each.claimed_on or ""), each.source_url)
        for each in claims
    )
    assert told == sorted(
        (
            row["model"].lower(),
            row["benchmark"],
            float(row["score"]),
            row["metric"],
            row["date"],
            row["source"],
        )
        for row in rows
    )
    assert len(claims) == 249
    assert parsed.left_out == 39
    identities = {(c.model, c.benchmark, c.version, c.metric, c.source_url, c.settings) for c in claims}
    assert len(identities) == len(claims)


def test_number_is_taken_as_written_and_zero_stays_zero() -> None:
    body = b'{"p": {"models": {"m": {"cost": {"input": 0.1, "output": 0, "cache_read": null}}}}}'
    parsed = parse_offers(body, DAY, URL)
    assert prices_of(parsed.offers["p/m"]) == {
        "price.input_usd_per_mtok": 0.1,
        "price.output_usd_per_mtok": 0.0,
    }


@pytest.mark.parametrize("cost", [None, {}])
def test_unknown_price_is_absent_and_the_offer_is_kept(cost: object) -> None:
    records = one_offer(name="M", open_weights=True, cost=cost)
    assert prices_of(records) == {}
    assert facts_of(records) == {"name": "M", "open_weights": "true"}


def test_everything_beyond_the_standard_rate_is_one_attribute() -> None:
    cost = {"input": 1, "output": 2, "context_over_200k": {"output": 3, "input": 2}, "reasoning": 1.5}
    facts = facts_of(one_offer(cost=cost))
    assert facts == {"price_tiers": '{"context_over_200k":{"input":2,"output":3},"reasoning":1.5}'}


@pytest.mark.parametrize(
    "text",
    ["-1", "1e999", "1e999999999999999999", '"sNaN"', '"NaN"', '"Infinity"', "10001", '"cheap"', "[1]"],
)
def test_price_that_is_none_skips_its_offer_and_no_other(text: str) -> None:
    body = (
        '{"p": {"models": {"bad": {"cost": {"input": '
        + text
        + '}}, "good": {"cost": {"input": 1}}, "more": {}}}}'
    )
    parsed = parse_offers(body.encode(), DAY, URL)
    assert parsed.offers.keys() == {"p/good", "p/more"}
    assert len(parsed.skipped) == 1
    assert parsed.skipped[0].startswith("p.models['bad']:")
    assert "p/bad" in parsed.listed


def test_month_is_stored_as_its_first_day_with_its_precision() -> None:
    (released,) = [each for each in one_offer(release_date="2025-04") if isinstance(each, Fact)]
    assert (released.value, released.precision, released.valid_from) == ("2025-04-01", Precision.MONTH, DAY)


@pytest.mark.parametrize("text", ["2025", "2025-13", "2025-02-30", "soon", "2025-04-01T00:00:00Z"])
def test_date_that_is_none_is_counted_and_the_price_kept(text: str) -> None:
    parsed = parse_offers(
        json.dumps({"p": {"models": {"m": {"release_date": text, "cost": {"input": 1}}}}}).encode(), DAY, URL
    )
    assert prices_of(parsed.offers["p/m"]) == {"price.input_usd_per_mtok": 1.0}
    assert "released_on" not in facts_of(parsed.offers["p/m"])
    assert parsed.skipped[0].startswith("p.models['m'].release_date:")


def test_selection_of_providers_reads_no_other() -> None:
    api: dict[str, Any] = {"a": {"models": {"m": {}}}, "b": {"models": {"m": {}}}}
    parsed = parse_offers(json.dumps(api).encode(), DAY, URL, ["b"])
    assert parsed.offers.keys() == parsed.listed == {"b/m"}


def test_provider_without_models_is_skipped_while_most_have_some() -> None:
    api: dict[str, Any] = {"a": {"models": {"m": {}}}, "b": {"models": {"m": {}}}, "c": {"name": "C"}}
    parsed = parse_offers(json.dumps(api).encode(), DAY, URL)
    assert parsed.offers.keys() == {"a/m", "b/m"}
    assert len(parsed.skipped) == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("[]", "$"),
        ("{}", "$"),
        ("{", "$"),
        ('{"p": {}}', "p.models"),
        ('{"p": {"models": []}}', "p.models"),
        ('{"p": {"models": {"m": 3}}}', "p.models['m']"),
        ('{"p": {"models": {"m": {"cost": 3}}}}', "p.models['m']"),
    ],
)
def test_other_shape_of_the_offers_is_named_by_its_path(body: str, path: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        parse_offers(body.encode(), DAY, URL)
    assert caught.value.path == path


def models_of(**fields: Any) -> tuple[list[Any], list[str]]:
    body = {"lab/m": {"name": "M", **fields}, "lab/other": {"name": "Other"}}
    parsed = parse_models(json.dumps(body).encode(), DAY, URL)
    return parsed.models["lab/m"], parsed.skipped


def test_malformed_benchmark_or_weights_is_skipped_and_the_rest_kept() -> None:
    good = {
        "name": "Aider Polyglot",
        "score": 70.5,
        "source": "https://aider.chat/",
        "metric": "percent correct",
    }
    records, skipped = models_of(
        benchmarks=[{"name": "x"}, good, {**good, "score": "NaN"}, {**good, "date": "2026-02-30"}],
        weights=[
            {"label": "no address"},
            {"url": "https://huggingface.co/lab/M"},
            {"url": "https://lab.example/w"},
        ],
    )
    (claim,) = [each for each in records if isinstance(each, Claim)]
    assert (claim.score, claim.unit) == (70.5, "percent")
    assert [each.subject for each in records if isinstance(each, Link)] == [
        SubjectRef("hub", Kind.HUB_MODEL, "lab/M")
    ]
    assert [each.partition(":")[0] for each in skipped] == [
        "['lab/m'].weights[0]",
        "['lab/m'].benchmarks[0]",
        "['lab/m'].benchmarks[2]",
        "['lab/m'].benchmarks[3]",
    ]


def test_settings_keep_two_measurements_of_one_benchmark_apart() -> None:
    entry = {"name": "SWE-Bench Pro", "score": 40, "source": "https://labs.scale.com/x", "version": "2"}
    records, _ = models_of(
        benchmarks=[{**entry, "harness": "A", "variant": "high"}, {**entry, "dataset": "public"}]
    )
    claims = [each for each in records if isinstance(each, Claim)]
    assert [each.settings for each in claims] == ["harness A, variant high", "dataset public"]
    assert {each.version for each in claims} == {"2"}


@pytest.mark.parametrize(
    ("source", "standing"),
    [
        ("https://huggingface.co/lab-ai/M", Standing.SELF_REPORTED),
        ("https://huggingface.co/MakerOrg/M-Base", Standing.SELF_REPORTED),
        ("https://huggingface.co/somebody/M", Standing.THIRD_PARTY),
        ("https://www.lab.example/news", Standing.SELF_REPORTED),
        ("https://labs.scale.com/leaderboard", Standing.THIRD_PARTY),
    ],
)
def test_standing_follows_from_whose_page_the_score_is_on(source: str, standing: Standing) -> None:
    records, _ = models_of(
        weights=[{"url": "https://huggingface.co/MakerOrg/M"}],
        benchmarks=[{"name": "B", "score": 1, "source": source}],
    )
    (claim,) = [each for each in records if isinstance(each, Claim)]
    assert claim.standing is standing


class Meaning(NamedTuple):
    benchmark: str
    version: str


class Names:
    """A catalogue that knows one benchmark and one site."""

    def find_benchmark(self, name: str) -> Meaning | None:
        return Meaning("terminal-bench", "2.1") if name == "Terminal Bench 2.1" else None

    def claim_standing(self, source_url: str, model_lab: str) -> Standing | None:
        return Standing.VERIFIED if "board.example" in source_url else None


def test_catalogue_says_what_a_benchmarks_name_means_and_who_published() -> None:
    body = {
        "lab/m": {
            "name": "M",
            "benchmarks": [
                {"name": "Terminal Bench 2.1", "score": 50, "source": "https://board.example/"},
                {"name": "Else", "score": 50, "source": "https://other.example/"},
            ],
        }
    }
    parsed = parse_models(json.dumps(body).encode(), DAY, URL, Names())
    known, unknown = (each for each in parsed.models["lab/m"] if isinstance(each, Claim))
    assert (known.benchmark, known.version, known.standing) == ("terminal-bench", "2.1", Standing.VERIFIED)
    assert (unknown.benchmark, unknown.version, unknown.standing) == ("Else", "", Standing.THIRD_PARTY)


@pytest.mark.parametrize(
    ("body", "path"),
    [("[]", "$"), ("{}", "$"), ('{"lab/m": {}}', "['lab/m']"), ('{"m": {"name": "M"}}', "['m']")],
)
def test_other_shape_of_the_models_is_named_by_its_path(body: str, path: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        parse_models(body.encode(), DAY, URL)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://huggingface.co/openai/gpt-oss-120b", "openai/gpt-oss-120b"),
        ("https://huggingface.co/openai/gpt-oss-120b/tree/main", "openai/gpt-oss-120b"),
        ("https://hf.co/openai/gpt-oss-120b/", "openai/gpt-oss-120b"),
        ("https://huggingface.co/datasets/openai/gsm8k", None),
        ("https://huggingface.co/openai", None),
        ("https://evil.example/huggingface.co/a/b", None),
    ],
)
def test_hub_name_is_read_from_a_model_address_only(address: str, name: str | None) -> None:
    assert parse_hub_name(address) == name


def test_providers_and_names_are_told_without_control_characters() -> None:
    body = {
        "evil\x1b[2J": {"models": {"a": {}}},
        "p": {"models": {"a": {"name": "A\x1b]0;title\x07"}, "b": {}}},
    }
    parsed = parse_offers(json.dumps(body).encode(), DAY, URL)
    assert facts_of(parsed.offers["p/a"]) == {"name": "A ]0;title"}
    assert len(parsed.skipped) == 1
    assert all(problem.isprintable() for problem in parsed.skipped)


def test_score_beyond_reckoning_and_source_that_is_no_address_cost_only_their_entry() -> None:
    entries = [
        {"name": "MMLU", "score": 1, "source": "https://x.example/"},
        {"name": "MMLU", "score": "1e999999999999999999", "source": "https://x.example/"},
        {"name": "MMLU", "score": 1, "source": "javascript:alert(1)"},
    ]
    body = json.dumps({"lab/m": {"name": "M", "benchmarks": entries}}).encode()
    parsed = parse_models(body, DAY, URL)
    assert len([each for each in parsed.models["lab/m"] if isinstance(each, Claim)]) == 1
    assert len(parsed.skipped) == 2
