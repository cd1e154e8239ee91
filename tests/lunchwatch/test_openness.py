"""What `lunchwatch openness` promises, on the baseline and on an imported world."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from analyzers.weekly.week import analyse_week
from store.catalogue import load_catalogue
from store.database import open_database
from store.query import StoreQuery
from store.records import LIVE, OpenRule
from tests.lunchwatch.conftest import Desk

MODELS = """\
model,lab,name,released_on,openness,licence,valid_from
lab/turner,lab,Turner,2025-01-10,closed,,
lab/turner,lab,Turner,2025-01-10,open,MIT,2025-06-01
lab/limited,lab,Limited,2025-02-01,restricted,Llama 3.1,
lab/typo,lab,Typo,2025-02-01,unknown,Propretary,
"""


def asked(desk: Desk, *arguments: str) -> dict[str, Any]:
    done = desk.run("openness", *arguments, "--json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    assert answer["schema"] == "lunchwatch/openness@1"
    return answer


@pytest.fixture
def paper(furnished_desk: Desk) -> Desk:
    file = furnished_desk.folder / "models.csv"
    file.write_text(MODELS, encoding="utf-8")
    done = furnished_desk.run("import", "models", str(file), "--world", "paper")
    assert done.code == 0, done.err
    return furnished_desk


def test_an_assessed_model_has_three_dated_layers_class_and_progress(furnished_desk: Desk) -> None:
    answer = asked(furnished_desk, "allenai/OLMo-7B")
    found = answer["data"]
    assert answer["meta"]["world"] == "live"
    assert found["model"] == "allenai/olmo-7b"
    for layer in ("weights", "licence", "science"):
        told = found["layers"][layer]
        assert (told["value"], told["since"], told["basis"]) == (True, "2025-05-16", "bundled")
        assert told["evidence"].startswith("https://")
        assert isinstance(told["run"], int)
    assert (found["mof"]["class"], found["mof"]["missing"]["1"]) == (1, [])
    assert found["mof"]["progress"]["1"] == {"included": 14, "at_most": 14, "required": 14}
    score = found["score"]
    assert score["value"] is None
    assert score["reason"].startswith("not enough data")
    assert score["low"] < 88.89 < score["high"]


def test_resellers_that_contradict_the_maker_are_named(furnished_desk: Desk) -> None:
    found = asked(furnished_desk, "gpt-oss-120b")["data"]
    assert found["layers"]["weights"]["value"] is True
    assert found["mof"]["class"] == "none"
    assert found["mof"]["missing"]["3"] == ["data_card"]
    wrong = [c["statement"]["about"] for c in found["contradictions"]]
    assert any(name.startswith("models.dev:amazon-bedrock/") for name in wrong)
    assert {c["trusted_says"] for c in found["contradictions"]} == {"weights are open"}


def test_a_class_that_names_do_not_decide_is_undecided_and_counted(furnished_desk: Desk) -> None:
    answer = asked(furnished_desk, "LLM360/Amber")
    assert (answer["data"]["mof"]["class"], answer["data"]["mof"]["status"]) == (None, "undecided")
    assert answer["data"]["layers"]["science"]["value"] is None
    assert answer["meta"]["left_out"][0]["count"] == 15


def test_before_the_assessment_nothing_is_assessed(furnished_desk: Desk) -> None:
    found = asked(furnished_desk, "openai/gpt-oss-120b", "--as-of", "2025-12-02")["data"]
    assert found["mof"]["status"] == "not assessed"
    assert found["layers"]["weights"]["value"] is True
    assert found["layers"]["science"]["value"] is None


def test_a_licence_valid_later_is_not_applied_earlier(paper: Desk) -> None:
    before = asked(paper, "lab/turner", "--world", "paper", "--as-of", "2025-05-31")["data"]
    after = asked(paper, "Turner", "--world", "paper")["data"]
    assert {name: layer["value"] for name, layer in before["layers"].items()} == {
        "weights": False,
        "licence": False,
        "science": False,
    }
    assert [row["value"] for row in before["history"]] == ["api"]
    assert {name: layer["value"] for name, layer in after["layers"].items()} == {
        "weights": True,
        "licence": True,
        "science": None,
    }
    assert {after["layers"][name]["since"] for name in ("weights", "licence")} == {"2025-06-01"}
    assert after["mof"]["status"] == "not assessed"


def test_use_limits_are_no_open_licence_and_a_misspelt_proprietary_is_not_open(paper: Desk) -> None:
    limited = asked(paper, "lab/limited", "--world", "paper")["data"]["layers"]
    assert (limited["weights"]["value"], limited["licence"]["value"]) == (True, False)
    typo = asked(paper, "lab/typo", "--world", "paper")["data"]["layers"]
    assert typo["licence"]["value"] is not True
    assert typo["weights"]["value"] is not True


def test_a_week_by_the_science_rule_has_no_open_frontier_and_says_so(sqlite_baseline: Path) -> None:
    """No class I model stands on the bundled boards; that is "not enough data", never a number."""
    catalogue = load_catalogue()
    database = open_database(f"sqlite:///{sqlite_baseline}")
    try:
        with database.read() as connection:
            query = StoreQuery(connection, catalogue, LIVE, date(2026, 7, 5), OpenRule.SCIENCE)
            week = analyse_week(
                query,
                roles={repository.name: repository.role for repository in catalogue.repositories},
                now=datetime(2026, 7, 6, tzinfo=UTC),
                draws=50,
            )
            scores = query.list_index_scores()
    finally:
        database.close()
    assert week.open_rule is OpenRule.SCIENCE
    measures = {measure.id: measure for measure in week.measures}
    assert measures["lag"].estimate is None
    assert measures["lag"].reason
    sides = Counter(OpenRule.SCIENCE.is_open(s.openness, is_science_open=s.is_science_open) for s in scores)
    assert sides[True] == 0
    assert min(sides[False], sides[None]) > 20


def test_a_world_does_not_know_the_baseline_and_a_missing_name_lists_near_ones(paper: Desk) -> None:
    other = paper.run("openness", "openai/gpt-oss-120b", "--world", "paper")
    assert other.code == 5
    near = paper.run("openness", "lab/turnor", "--world", "paper")
    assert (near.code, "lab/turner" in near.err) == (5, True)
    nowhere = paper.run("openness", "lab/turner", "--world", "nowhere")
    assert (nowhere.code, "paper" in nowhere.err) == (5, True)


def test_terminal_view_and_rows_say_it_in_words(furnished_desk: Desk) -> None:
    shown = furnished_desk.run("openness", "gpt-oss-120b", "--format", "table", COLUMNS="110")
    assert shown.code == 0, shown.err
    for words in ("✓ yes", "✗ no", "no class", "█████░", "data card", "not enough data", "Who contradicts"):
        assert words in shown.out
    piped = furnished_desk.run("openness", "gpt-oss-120b").out.splitlines()
    assert piped[0] == "section\tname\tvalue\tday\tbasis\tsource"
    assert any(line.startswith("layer\tscience\tno\t2025-12-03\tbundled\t") for line in piped)
