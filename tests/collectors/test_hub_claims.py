"""Benchmark results on the Hub as claims, without a network."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # ships no types

from collectors.hub.results import MOST_RESULTS, Results, parse_results
from store.catalogue import load_catalogue
from store.records import Claim, Standing
from tests.replica.hub_results import SIGNED

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = "https://huggingface.co"


def read(item: object, model: str = "Qwen/Qwen3-8B") -> Results:
    return parse_results(item, model, NOW, site=SITE, names=load_catalogue())


def read_result(entry: dict[str, Any], model: str = "Qwen/Qwen3-8B") -> Claim:
    """The claim of one entry of `evalResults`."""
    found = read({"evalResults": [entry]}, model)
    assert found.skipped == []
    (claim,) = found.claims
    return claim


def make_entry(value: object = 20.9, dataset: str = "cais/hle", task: str = "hle", **more: object) -> Any:
    """As the API gives it: `more` stands within the result."""
    data = {"dataset": {"id": dataset, "task_id": task}, "value": value, **more}
    return {"filename": ".eval_results/hle.yaml", "verified": False, "data": data}


def make_index(*metrics: dict[str, object], dataset: object = None, **more: object) -> Any:
    """A card with one result."""
    asked = dataset or {"type": "beans", "name": "Beans"}
    result = {"task": {"type": "image-classification"}, "dataset": asked, "metrics": list(metrics), **more}
    return {"model-index": [{"name": "x", "results": [result]}]}


def test_a_result_is_a_claim_with_its_benchmark_date_revision_and_address() -> None:
    entry = make_entry(
        date="2026-10-02T10:30:00Z",
        notes="no-tools",
        dataset="cais/hle",
        source={"url": "https://a.example/log"},
    )
    entry["data"]["dataset"]["revision"] = "5503434"
    claim = read_result(entry)
    assert (claim.model, claim.benchmark, claim.version) == ("Qwen/Qwen3-8B", "humanitys-last-exam", "")
    assert (claim.score, claim.unit) == (20.9, "percent")
    assert claim.settings == "revision: 5503434; no-tools"
    assert claim.claimed_on == date(2026, 10, 2)
    assert claim.source_url == "https://a.example/log"
    assert claim.known_at is None  # when it was measured is not when anybody could know it


def test_a_result_without_a_source_is_found_in_its_file() -> None:
    assert read_result(make_entry()).source_url == f"{SITE}/Qwen/Qwen3-8B/blob/main/.eval_results/hle.yaml"


# --------------------------------------------------------------------------- standing


def test_what_the_hub_has_verified_is_verified() -> None:
    assert read_result({**make_entry(), "verified": True}).standing is Standing.VERIFIED


@pytest.mark.parametrize("verified", [False, None])
def test_a_token_that_the_hub_did_not_accept_verifies_nothing(verified: bool | None) -> None:
    entry = {**make_entry(verifyToken=SIGNED), "verified": verified}
    assert read_result(entry).standing is Standing.SELF_REPORTED


def test_a_result_without_token_and_verdict_is_self_reported() -> None:
    entry = make_entry()
    del entry["verified"]
    assert read_result(entry).standing is Standing.SELF_REPORTED


def test_an_open_pull_request_is_somebody_elses_and_has_its_address() -> None:
    claim = read_result({**make_entry(), "pullRequest": 7})
    assert claim.standing is Standing.THIRD_PARTY
    assert claim.source_url == f"{SITE}/Qwen/Qwen3-8B/discussions/7"


@pytest.mark.parametrize(
    ("source", "standing"),
    [
        ({"url": "https://huggingface.co/datasets/cais/hle", "org": "cais"}, Standing.THIRD_PARTY),
        ({"url": "https://huggingface.co/spaces/somebody/traces"}, Standing.THIRD_PARTY),
        ({"url": "https://huggingface.co/spaces/somebody/traces", "user": "Qwen"}, Standing.SELF_REPORTED),
        ({"url": "https://huggingface.co/Qwen/Qwen3-8B"}, Standing.SELF_REPORTED),
        ({"url": "https://huggingface.co/spaces/qwen/traces"}, Standing.SELF_REPORTED),
        ({"url": "https://huggingface.co/papers/2505.09388"}, Standing.SELF_REPORTED),
        ({"url": "https://arxiv.org/abs/2505.09388"}, Standing.SELF_REPORTED),
        ({"url": "https://artificialanalysis.ai/models"}, Standing.THIRD_PARTY),
        ({"url": "https://unheard-of.example/log"}, Standing.SELF_REPORTED),
        ({"url": "javascript:alert(1)"}, Standing.SELF_REPORTED),
        ({"name": "Model card"}, Standing.SELF_REPORTED),
        (None, Standing.SELF_REPORTED),
    ],
)
def test_a_source_of_another_owner_is_a_third_partys(source: object, standing: Standing) -> None:
    claim = read_result(make_entry(source=source))
    assert claim.standing is standing
    assert claim.source_url.startswith("https://")


def test_the_three_standings_of_one_score_stay_three_claims() -> None:
    entries = [make_entry(), {**make_entry(), "verified": True}, {**make_entry(), "pullRequest": 1}]
    found = read({"evalResults": entries})
    assert {claim.standing for claim in found.claims} == set(Standing)


# --------------------------------------------------------------------------- numbers and units


@pytest.mark.parametrize(
    ("value", "dataset", "task", "score", "unit"),
    [
        (0.412, "Idavidrein/gpqa", "diamond", 0.412, ""),
        (20.90, "Idavidrein/gpqa", "diamond", 20.9, ""),
        (0.209, "cais/hle", "hle", 0.209, "percent"),
        (20.9, "cais/hle", "hle", 20.9, "percent"),
        ("41.2%", "Idavidrein/gpqa", "diamond", 41.2, "percent"),
        ("41.2", "Idavidrein/gpqa", "diamond", 41.2, ""),
        (3, "somebody/new-test", "default", 3.0, ""),
        (77.0, "somebody/new-test", "share_%_solved", 77.0, "percent"),
    ],
)
def test_a_unit_is_only_what_somebody_says_and_never_guessed_by_size(
    value: object, dataset: str, task: str, score: float, unit: str
) -> None:
    claim = read_result(make_entry(value, dataset, task))
    assert (claim.score, claim.unit) == (score, unit)


@pytest.mark.parametrize(
    "value", [None, True, "high", {}, [1], float("nan"), float("inf"), 1e300, 10**400, "1e5", "٣"]
)
def test_a_value_that_is_no_score_costs_only_itself(value: object) -> None:
    found = read({"evalResults": [make_entry(value), make_entry(1.0)]})
    assert [claim.score for claim in found.claims] == [1.0]
    assert len(found.skipped) == 1
    assert "evalResults[0]" in found.skipped[0]


def test_several_metrics_of_one_run_are_several_claims() -> None:
    entry = make_entry()
    del entry["data"]["value"]
    entry["data"]["metrics"] = [{"metric_id": "accuracy", "value": 20.9}, {"metric_id": "wer", "value": 0.1}]
    found = read({"evalResults": [entry]})
    assert [(claim.metric, claim.score) for claim in found.claims] == [("accuracy", 20.9), ("wer", 0.1)]


def test_another_task_of_a_known_data_set_is_another_test() -> None:
    claim = read_result(make_entry(dataset="Idavidrein/gpqa", task="main"))
    assert claim.benchmark == "Idavidrein/gpqa"
    assert claim.settings == "task: main"


# --------------------------------------------------------------------------- malformed answers


@pytest.mark.parametrize(
    "entry",
    [
        {"filename": "x.yaml", "error": "value: Required"},
        {"data": {"dataset": {"task_id": "hle"}, "value": 1}},
        {"data": {"value": 1}},
        {"data": None},
        {"data": {"dataset": {"id": "../../etc"}, "value": 1}},
        "a text",
        None,
        7,
    ],
)
def test_an_odd_entry_is_skipped_and_counted_and_the_others_are_read(entry: object) -> None:
    found = read({"evalResults": [entry, make_entry()]})
    assert len(found.claims) == 1
    assert len(found.skipped) == 1
    assert found.skipped[0].startswith("Qwen/Qwen3-8B: evalResults[0]: ")
    assert found.skipped[0].isprintable()


@pytest.mark.parametrize("day", ["2099-01-01", "yesterday", 20260101, None, "0001-01-01T00:00:00+14:00"])
def test_a_date_that_cannot_be_is_left_out_and_the_claim_kept(day: object) -> None:
    assert read_result(make_entry(date=day)).claimed_on is None


def test_a_task_that_is_not_named_is_the_whole_data_set() -> None:
    entry = make_entry()
    del entry["data"]["dataset"]["task_id"]
    assert read_result(entry).benchmark in ("cais/hle", "humanitys-last-exam")


def test_notes_are_one_printable_line() -> None:
    claim = read_result(make_entry(notes="with\x1b[31m tools\n\u202epass@5" + "x" * 5000))
    assert claim.settings.isprintable()
    assert len(claim.settings) <= 500


@pytest.mark.parametrize("listed", ["a text", {"results": []}, 7, True])
def test_a_field_that_is_no_list_is_counted_once(listed: object) -> None:
    assert len(read({"evalResults": listed}).skipped) == 1
    assert len(read({"model-index": listed}).skipped) == 1
    assert len(read({"cardData": {"model-index": listed}}).skipped) == 1


@pytest.mark.parametrize("item", [None, [], "text", {}, {"evalResults": None, "model-index": None}])
def test_what_holds_no_results_gives_none(item: object) -> None:
    assert read(item) == Results()


def test_another_score_under_the_same_terms_stands_beside_the_first() -> None:
    found = read({"evalResults": [make_entry(20.9), make_entry(21.4), make_entry(20.9)]})
    assert [(claim.score, claim.settings) for claim in found.claims] == [(20.9, ""), (21.4, "entry: 2")]


# --------------------------------------------------------------------------- model cards


def test_a_card_gives_metric_configuration_split_revision_and_arguments() -> None:
    dataset = {
        "type": "beans", "name": "Beans", "config": "default", "split": "test", "revision": "5503434",
        "args": {"date": 20220120},
    }  # fmt: skip
    (claim,) = read(make_index({"type": "f1", "value": 0.66}, dataset=dataset)).claims
    assert (claim.benchmark, claim.metric, claim.score, claim.unit) == ("Beans", "f1", 0.66, "")
    assert claim.settings == (
        "dataset: beans; config: default; split: test; revision: 5503434; arguments: {'date': 20220120}"
    )
    assert claim.claimed_on is None
    assert claim.source_url == f"{SITE}/Qwen/Qwen3-8B"


def test_a_declared_benchmark_is_called_by_its_key() -> None:
    dataset = {"type": "cais/mmlu", "name": "MMLU", "split": "test"}
    (claim,) = read(make_index({"type": "acc", "value": 76.9}, dataset=dataset)).claims
    assert (claim.benchmark, claim.settings, claim.unit) == ("mmlu", "split: test", "")


def test_a_percent_sign_in_a_cards_metric_is_its_unit() -> None:
    metric = {"type": "accuracy", "name": "accuracy (%)", "value": 76.9}
    (claim,) = read(make_index(metric)).claims
    assert claim.unit == "percent"


@pytest.mark.parametrize(
    ("metric", "standing"),
    [
        ({"verified": True, "verifyToken": SIGNED}, Standing.VERIFIED),
        ({"verified": True}, Standing.SELF_REPORTED),
        ({"verified": True, "verifyToken": "trust me"}, Standing.SELF_REPORTED),
        ({"verified": False, "verifyToken": SIGNED}, Standing.SELF_REPORTED),
        ({"verifyToken": SIGNED}, Standing.SELF_REPORTED),
        ({}, Standing.SELF_REPORTED),
    ],
)
def test_a_card_that_calls_itself_verified_needs_a_signed_token(
    metric: dict[str, object], standing: Standing
) -> None:
    (claim,) = read(make_index({"type": "acc", "value": 0.9, **metric})).claims
    assert claim.standing is standing


def test_a_card_that_quotes_a_leaderboard_is_a_third_partys() -> None:
    source = {
        "name": "Open LLM Leaderboard",
        "url": f"{SITE}/spaces/open-llm-leaderboard/open_llm_leaderboard",
    }
    (claim,) = read(make_index({"type": "acc", "value": 64.2}, source=source)).claims
    assert claim.standing is Standing.THIRD_PARTY
    assert claim.source_url == source["url"]


def test_one_bad_result_of_a_card_is_skipped_and_the_others_are_read() -> None:
    good = {"dataset": {"type": "beans", "name": "Beans"}, "metrics": [{"type": "acc", "value": 0.9}]}
    bad = [
        {"metrics": [{"type": "acc", "value": 0.9}]},
        {"dataset": {"type": "beans"}, "metrics": []},
        {"dataset": {"type": "beans", "name": "Beans"}, "metrics": "none"},
        {"dataset": {"type": "beans", "name": "Beans"}, "metrics": [{"type": "acc"}]},
        {"dataset": {"type": "beans", "name": "Beans"}, "metrics": [{"type": "acc", "value": {"a": 1}}]},
        "a text",
    ]
    found = read({"model-index": [{"name": "x", "results": [*bad, good]}]})
    assert [claim.score for claim in found.claims] == [0.9]
    assert len(found.skipped) == len(bad)


def test_a_card_with_too_many_results_gives_the_declared_benchmarks_and_counts_the_rest() -> None:
    metrics = [{"type": f"map_at_{number}", "value": number} for number in range(MOST_RESULTS)]
    known = {
        "dataset": {"type": "cais/mmlu", "name": "MMLU"},
        "metrics": [{"type": "acc", "value": 70}, {"type": "f1", "value": 71}],
    }
    card = make_index(*metrics)
    card["model-index"][0]["results"].append(known)
    found = read(card)
    assert [claim.benchmark for claim in found.claims] == ["mmlu", "mmlu"]
    assert found.left_out == MOST_RESULTS


# --------------------------------------------------------------------------- real cards


def read_card(path: Path) -> Results:
    """What the API makes of a card: its metadata as `cardData`."""
    text = path.read_text()
    head = text.split("---")[1] if text.startswith("---") else ""
    try:
        card = yaml.safe_load(head)
    except yaml.YAMLError:
        card = None
    return read({"id": "a/b", "cardData": card}, "a/b")


def test_the_recorded_card_with_a_valid_index_gives_its_results(real_data: Path) -> None:
    found = read_card(real_data / "recorded-http" / "hub-cards" / "sample_simple_model_index.md")
    assert [(claim.benchmark, claim.metric, claim.score) for claim in found.claims] == [
        ("Beans", "accuracy", 0.9),
        ("Beans", "f1", 0.66),
    ]
    assert found.claims[1].settings.startswith(
        "dataset: beans; config: default; split: test; revision: 5503434d"
    )
    assert {claim.standing for claim in found.claims} == {Standing.SELF_REPORTED}
    assert {claim.unit for claim in found.claims} == {""}
    assert found.skipped == []


def test_the_recorded_card_with_an_invalid_index_loses_that_result_alone(real_data: Path) -> None:
    found = read_card(real_data / "recorded-http" / "hub-cards" / "sample_invalid_model_index.md")
    assert found.claims == []
    assert len(found.skipped) == 1
    assert "model-index[0].results[0]" in found.skipped[0]
    assert "dataset" in found.skipped[0]


def test_no_recorded_card_is_too_odd_to_read(real_data: Path) -> None:
    for path in sorted((real_data / "recorded-http" / "hub-cards").glob("*.md")):
        assert isinstance(read_card(path), Results)
