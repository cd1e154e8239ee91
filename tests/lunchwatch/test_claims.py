"""`lunchwatch claims`, as people run it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.lunchwatch.conftest import Desk
from tests.lunchwatch.test_gap import load

CLAIMS = """\
model,benchmark,score,version,metric,unit,standing,date,source,quote,settings
fjord/agent-70b,AgentBench-S,58.9,,resolved,percent,self_reported,2026-09-01,https://fjord.example/1,,
fjord/agent-70b,AgentBench-S,49.2,,resolved,percent,third_party,2026-10-01,https://index.example/1,,
fjord/agent-70b,AgentBench-S,58.1,,resolved,percent,verified,2026-10-02,https://other.example/1,,harness=Codex
fjord/agent-70b,GPQA Diamond,0.412,,accuracy,fraction,self_reported,2026-09-01,https://fjord.example/1,,0-shot
fjord/agent-70b,GPQA Diamond,41.2,,percent correct,,third_party,2026-10-01,https://index.example/2,,shots=0
fjord/agent-70b,GPQA Diamond,55,,accuracy,,third_party,2026-10-01,https://index.example/3,,5-shot
cinder/a-5,Terminal Bench 2.1,70,,,,self_reported,2026-09-02,https://cinder.example/1,,
cinder/a-5,Terminal Bench,66,2.0,,,third_party,2026-10-01,https://index.example/4,,
cinder/a-5,MMLU,90,,,,self_reported,2026-09-03,https://cinder.example/1,,
slate/asr,MMLU,80,,,,third_party,2026-09-03,https://index.example/5,,
"""
MODELS = """\
model,lab,name,released_on,openness,valid_from
fjord/agent-70b,fjord,agent-70b,2026-08-01,open,2026-08-01
cinder/a-5,cinder,a-5,2026-08-01,closed,2026-08-01
"""


@pytest.fixture(scope="module")
def desk(sqlite_baseline: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with the baseline and a world of claims; the tests only read."""
    folder = tmp_path_factory.mktemp("claims")
    (folder / "data").mkdir()
    shutil.copyfile(sqlite_baseline, folder / "data" / "lunchwatch.db")
    made = Desk(folder)
    load(made, "claims", CLAIMS)
    load(made, "models", MODELS)
    return made


def ask(desk: Desk, *arguments: str) -> dict[str, Any]:
    done = desk.run("claims", "--world", "mine", *arguments, "--json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    assert answer["schema"] == "lunchwatch/claims@1"
    return answer


def test_claims_stand_beside_every_result_with_their_difference_and_reason(desk: Desk) -> None:
    answer = ask(desk)
    told = [
        (row["benchmark"], row["found"], row["status"], row["reason"])
        for row in answer["data"]
        if row["model"] == "fjord/agent-70b"
    ]
    assert sorted(told, key=str) == [
        ("AgentBench-S", 49.2, "lower", None),
        ("AgentBench-S", 58.1, "reproduced", None),
        ("gpqa-diamond", 41.2, "reproduced", None),
        ("gpqa-diamond", 55, "not_comparable", "different settings"),
    ]
    (lower,) = [row for row in answer["data"] if row["status"] == "lower"]
    assert lower["difference"] == pytest.approx(-9.7)
    assert (lower["claimed"], lower["unit"], lower["tolerance"]) == (58.9, "percent", 2)
    assert (lower["standing"], lower["found_standing"]) == ("self_reported", "third_party")
    assert (lower["claimed_on"], lower["found_on"]) == ("2026-09-01", "2026-10-01")
    assert (lower["source"], lower["found_source"]) == ("https://fjord.example/1", "https://index.example/1")


def test_meta_counts_every_status_and_gives_rate_and_shortfall_by_side(desk: Desk) -> None:
    meta = ask(desk)["meta"]
    assert meta["counts"] == {"reproduced": 2, "lower": 1, "higher": 0, "pending": 1, "not_comparable": 2}
    assert (meta["claims"], meta["compared"], meta["contradicted"]) == (4, 3, 1)
    assert meta["unclaimed_results"] == 1
    assert meta["reproduction_rate"] == pytest.approx(2 / 3)
    low, high = meta["reproduction_rate_ci90"]
    assert (low, high) == (pytest.approx(0.2535, abs=1e-4), pytest.approx(0.9217, abs=1e-4))
    assert meta["median_shortfall_pp"] == pytest.approx(0.8)
    assert meta["by_side"]["open"]["compared"] == 3
    assert meta["by_side"]["closed"]["counts"]["pending"] == 1
    strict = ask(desk, "--open-rule", "science")["meta"]["by_side"]
    assert (strict["open"]["claims"], strict["unknown"]["claims"]) == (0, 2)


def test_lines_can_be_chosen_by_status_model_benchmark_and_lab(desk: Desk) -> None:
    lower = ask(desk, "--status", "lower")
    assert [row["found"] for row in lower["data"]] == [49.2]
    assert lower["meta"]["counts"]["reproduced"] == 2  # counts are of the selection, whatever is shown
    assert {r["model"] for r in ask(desk, "--lab", "cinder")["data"]} == {"cinder/a-5"}
    assert {r["model"] for r in ask(desk, "--model", "Agent-70B")["data"]} == {"fjord/agent-70b"}
    assert {r["model"] for r in ask(desk, "--benchmark", "mmlu")["data"]} == {"cinder/a-5"}
    (version,) = ask(desk, "--benchmark", "terminal-bench")["data"]
    assert (version["status"], version["reason"]) == ("not_comparable", "different version")


@pytest.mark.parametrize("option", ["--model", "--benchmark", "--lab"])
def test_what_nobody_claims_anything_of_is_not_found(desk: Desk, option: str) -> None:
    done = desk.run("claims", "--world", "mine", option, "zzz")
    assert done.code == 5
    assert "near: " in done.err


def test_results_without_a_claim_are_no_error(desk: Desk) -> None:
    answer = ask(desk, "--model", "slate/asr")
    assert answer["data"] == []
    assert answer["meta"]["reason"] == "1 scores are known, none of them by the model's maker"


def test_as_of_hides_what_was_found_later(desk: Desk) -> None:
    answer = ask(desk, "--as-of", "2026-09-15")
    assert {row["status"] for row in answer["data"]} == {"pending"}


def test_bundled_claims_are_compared_only_under_the_same_terms(desk: Desk) -> None:
    done = desk.run("claims", "--json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    told = {row["detail"] for row in answer["data"] if row["status"] == "not_comparable"}
    assert "dataset public (assumed) against hard-aa" in told
    assert "harness Terminus-2 against Claude Code" in told
    # Metrics are unified by the catalogue; what keeps pairs apart is how they were measured.
    assert {row["reason"] for row in answer["data"]} == {None, "different settings"}
    table = desk.run("claims", "-f", "table", COLUMNS="100")
    assert max(map(len, table.out.splitlines())) <= 100
    assert "claims of makers" in table.err
