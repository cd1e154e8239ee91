"""What the rules read out of sentences, and what they leave alone."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from collectors.policies.rules import NOT_STATED, Reading, evaluate_rules
from collectors.policies.rules.limits import find_age_limit, find_users_limit
from collectors.policies.rules.retention import list_periods
from collectors.policies.rules.sentences import split_sentences
from collectors.policies.rules.training import read_sentence


def read(text: str) -> dict[str, Reading]:
    return {reading.rule: reading for reading in evaluate_rules(text)}


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("We may use your content to train our models.", "yes"),
        ("You agree that Meridian may use Inputs and Outputs to train AI models.", "yes"),
        ("We do not use your prompts to train our models.", "no"),
        ("Meridian won't train models on Customer Data.", "no"),
        ("Your API data is never used for training our machine-learning models.", "no"),
        ("Unless you opt out, we use your chats to train our models.", "opt_out"),
        (
            "If you do not want us to use your content to train models, you can opt out in your settings.",
            "opt_out",
        ),
        ("You can turn training off in your settings.", "opt_out"),
        ("We do not train models on your inputs unless you opt in.", "opt_in"),
        ("We will not train our models on Customer Content without your prior permission.", "opt_in"),
        ("We train models on your data only if you give us feedback.", "opt_in"),
        ("You may not use Output to train other models.", None),
        ("Customer will not train models with the Services' content.", None),
        ("If you use Outputs to train an AI model, name it after us.", None),
        ("We train our models on publicly available personal data.", None),
        ("All personnel with access to customer data undergo security training on our models.", None),
        ("We use your content to improve our services.", None),
        ("Meridian will indemnify you where its training of models on your content infringes a right.", None),
        ("The train to your content leaves at noon.", None),
        ("", None),
    ],
)
def test_sentence_on_training_is_read_by_who_does_what_with_whose_content(
    sentence: str, value: str | None
) -> None:
    assert read_sentence(sentence) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("We use your content to train our models. You can opt out of training in your settings.", "opt_out"),
        ("We do not train models on your content. Opt in to let us train models on your chats.", "opt_in"),
        ("Paid: we do not train models on your data. Free: we may use your data to train models.", "unclear"),
        ("We make models. They are good.", NOT_STATED),
    ],
)
def test_sentences_on_training_are_weighed_together(text: str, value: str) -> None:
    reading = read(text)["training"]
    assert reading.value == value
    assert bool(reading.quotes) == (value != NOT_STATED)


def test_contradicting_sentences_are_both_quoted() -> None:
    text = "We do not train models on your API data.\n* We may use your free chats to train models."
    assert read(text)["training"].quotes == (
        "We do not train models on your API data.",
        "We may use your free chats to train models.",
    )


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("We delete inputs and outputs within 30 days.", [30]),
        ("API data is retained for up to thirty (30) days and logs for two years.", [30, 730]),
        ("Conversations are kept for 18 months.", [540]),
        ("Prompts are stored for 24 hours.", [1]),
        ("We will respond to your request to delete data within 30 days.", []),
        ("Invoices and payment data are kept for 10 years.", []),
        ("If you are 13 years old we keep no data.", []),
        ("The trial lasts 30 days.", []),
    ],
)
def test_periods_of_keeping_content_are_read_in_days(sentence: str, days: list[int]) -> None:
    assert list_periods(sentence) == days


def test_retention_lists_every_period_and_else_says_what_keeping_depends_on() -> None:
    assert (
        read("We keep prompts for 30 days.\nWe store flagged outputs for 2 years.")["retention"].value
        == "30, 730"
    )
    assert read("We retain data for as long as necessary.")["retention"].value == "as_necessary"
    assert read("With zero data retention, we keep no prompts.")["retention"].value == "zero"
    assert read("We like data.")["retention"].value == NOT_STATED


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        ("You may not use the Services to develop models that compete with Meridian.", "competing_models"),
        ("Using Output to develop models that compete with us.", "competing_models"),
        ("You may not use Outputs to train other models.", "training_models"),
        ("You shall not reverse engineer the service.", "reverse_engineering"),
        ("Automatically or programmatically extracting data.", "extraction"),
        ("The models are for non-commercial use only.", "commercial"),
        ("Do not use it for military purposes or weapons development.", "military"),
    ],
)
def test_limit_of_use_is_named_with_its_sentence(sentence: str, limit: str) -> None:
    readings = read(sentence)
    assert readings[f"limit.{limit}"] == Reading(f"limit.{limit}", "stated", (sentence,))
    others = {r.rule for r in readings.values() if r.rule.startswith("limit.") and r.value != NOT_STATED}
    assert others == {f"limit.{limit}"}


@pytest.mark.parametrize(
    "sentence",
    [
        "You may use Output to train models that do not compete with ours.",
        "Before using Outputs to train models, Meridian takes their names off.",
        "These terms hold for personal, non-commercial use by consumers as well.",
        "Evaluating a competing product does not constitute a prohibited use.",
        "We compete with other services.",
    ],
)
def test_what_is_allowed_or_the_providers_own_is_no_limit(sentence: str) -> None:
    limits = [r for r in read(sentence).values() if r.rule.startswith("limit.")]
    assert {r.value for r in limits} == {NOT_STATED}


def test_threshold_of_users_and_least_age_are_numbers() -> None:
    assert (
        find_users_limit("greater than 700 million monthly active users in the preceding month")
        == 700_000_000
    )
    assert find_users_limit("If the monthly active users exceed 100,000, ask us.") == 100_000
    assert find_users_limit("We have many users.") is None
    assert find_age_limit("You must be at least 13 years old.") == 13
    assert find_age_limit("You are 18 years of age or older.") == 18
    assert find_age_limit("At least 20 GPUs are needed.") is None
    assert read("You must be at least 18 years old.")["limit.age"].value == "18"


def test_markdown_is_read_without_its_signs() -> None:
    text = (
        "*   **Opt out.** If you don't like it, [go](https://a.example). | a cell |\n"
        "## 3. Head\n(iv) fourth; Fifth."
    )
    assert split_sentences(text) == (
        "Opt out.",
        "If you don't like it, go.",
        "a cell",
        "Head",
        "fourth;",
        "Fifth.",
    )


def test_every_rule_has_a_value_for_every_text() -> None:
    rules = {"training", "retention"} | {
        f"limit.{name}"
        for name in (
            *("competing_models", "training_models", "reverse_engineering", "extraction", "commercial"),
            *("military", "users", "age"),
        )
    }
    for text in ("", "\n", "x" * 100_000, "a " * 50_000, "((((" * 5_000, "|" * 20_000):
        assert {reading.rule for reading in evaluate_rules(text)} == rules


def test_recorded_policies_are_read_as_people_read_them(shared_folder: Path) -> None:
    path = shared_folder / "data" / "policies" / "versions.jsonl.gz"
    if not path.exists():
        pytest.skip("the recorded policies are not beside the checkout")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        versions = [json.loads(line) for line in lines]
    texts: dict[str, list[str]] = {}
    for version in versions:
        texts.setdefault(version["doc"].partition("/")[0], []).append(version["text"])
    chatgpt, deepseek, llama = texts["ChatGPT"], texts["DeepSeek"], texts["Llama API"]
    assert {read(text)["training"].value for text in chatgpt} == {"opt_out"}
    assert [read(text)["training"].value for text in deepseek] == [NOT_STATED, "opt_out", "opt_out"]
    assert read(llama[1])["training"].value == "no"
    assert read(llama[1])["retention"].value == "30"
    assert read(llama[1])["limit.users"].value == "700000000"
    assert read(llama[-1])["training"].value == "unclear"
    assert len(read(llama[-1])["training"].quotes) == 2
