"""`lunchwatch capability` on claims that somebody imported."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.lunchwatch.conftest import Desk

CAPABILITY = {"weak": -0.5, "fair": 0.2, "good": 0.9, "best": 1.7}
TESTS = {"Winogrande": (0.0, 1.0), "PIQA": (-0.8, 0.8), "GSM8K": (0.6, 1.6), "MMLU": (0.9, 1.2)}
MODELS = """model,lab,name,released_on,openness
weak,maker,Weak,2024-01-01,open
fair,maker,Fair,2024-06-01,closed
good,maker,Good,2025-01-01,open
best,maker,Best,2025-06-01,closed
"""
SCALE = ("--scale", "fair=130,best=150")


def write_claims(folder: Path, extra: str = "", day: str = "2025-07-01") -> Path:
    """A world without noise: every model on every benchmark."""
    lines = ["model,benchmark,score,unit,standing,date,source"]
    for model, capability in CAPABILITY.items():
        for test, (difficulty, slope) in TESTS.items():
            share = 100 / (1 + math.exp(-slope * (capability - difficulty)))
            lines.append(f"{model},{test},{share:.6f},percent,third_party,{day},https://example.org/")
    path = folder / "claims.csv"
    path.write_text("\n".join(lines) + "\n" + extra, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def stocked_desk(tmp_path_factory: pytest.TempPathFactory, sqlite_baseline: Path) -> Desk:
    """A desk whose worlds `w` and `more` hold four models on four benchmarks; made once, only read."""
    folder = tmp_path_factory.mktemp("capability")
    (folder / "data").mkdir()
    shutil.copyfile(sqlite_baseline, folder / "data" / "lunchwatch.db")
    desk = Desk(folder)
    (folder / "models.csv").write_text(MODELS, encoding="utf-8")
    more = (
        "best,METR Time Horizon,137,points,third_party,2025-07-01,https://example.org/\n"
        "good,MMLU,99,percent,self_reported,2025-07-02,https://example.org/other\n"
        "rare,MMLU,40,percent,third_party,2025-07-01,https://example.org/\n"
    )
    for world, extra in (("w", ""), ("more", more)):
        write_claims(folder, extra)
        for kind in ("models", "claims"):
            done = desk.run("import", kind, str(folder / f"{kind}.csv"), "--world", world)
            assert done.code == 0, done.err
    return desk


def answer(desk: Desk, *options: str, world: str = "w") -> dict[str, Any]:
    done = desk.run("capability", "--world", world, *options, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_models_are_ranked_on_the_scale_with_openness_and_release(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, *SCALE, "--draws", "0")
    assert found["schema"] == "lunchwatch/capability@1"
    assert [row["model"] for row in found["data"]] == ["best", "good", "fair", "weak"]
    first = found["data"][0]
    assert {"model", "capability", "eci", "ci90", "openness", "released_on"} <= set(first)
    assert first["eci"] == pytest.approx(150)
    assert (first["openness"], first["released_on"], first["is_open"]) == ("api", "2025-06-01", False)
    assert found["data"][1]["openness"] == "unrestricted"
    assert all(row["ci90"] is None and row["reason"] for row in found["data"])
    meta = found["meta"]
    assert (meta["models"], meta["benchmarks"], meta["rows"]) == (4, 4, 16)
    assert meta["cost"] > 0
    assert meta["anchors"] == {
        "benchmark": "winogrande",
        "scale": [{"model": "fair", "eci": 130.0}, {"model": "best", "eci": 150.0}],
    }
    assert meta["best"]["gap_points"] == pytest.approx(150 - found["data"][1]["eci"])
    assert (meta["world"], meta["open_rule"]) == ("w", "weights")


def test_a_missing_anchor_is_not_found_and_says_how_to_give_another(stocked_desk: Desk) -> None:
    done = stocked_desk.run("capability", "--world", "w")
    assert done.code == 5
    assert "claude-3-5-sonnet-20240620" in done.err
    assert "--scale MODEL=VALUE,MODEL=VALUE" in done.err
    other = stocked_desk.run("capability", "--world", "w", *SCALE, "--anchor-benchmark", "HellaSwag")
    assert other.code == 5
    assert "HellaSwag" in other.err
    assert "--anchor-benchmark" in other.err


def test_another_anchor_benchmark_is_understood_by_any_of_its_names(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, *SCALE, "--anchor-benchmark", "gsm8k", "--draws", "0")
    assert found["meta"]["anchors"]["benchmark"] == "gsm8k"


def test_intervals_come_with_draws_and_are_repeatable(stocked_desk: Desk) -> None:
    options = (*SCALE, "--draws", "40", "--seed", "3", "--min-benchmarks", "2")
    first = answer(stocked_desk, *options)
    assert first == answer(stocked_desk, *options)
    boot = first["meta"]["bootstrap"]
    assert boot["used"] + sum(boot["dropped"].values()) == 40
    assert boot["seed"] == 3


def test_benchmarks_show_difficulty_and_slope(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, *SCALE, "--draws", "0", "--benchmarks")
    assert found["schema"] == "lunchwatch/capability-benchmarks@1"
    names = [row["benchmark"] for row in found["data"]]
    assert names == ["piqa", "winogrande", "gsm8k", "mmlu"]
    assert found["data"][1]["difficulty"] == 0
    assert found["data"][1]["slope"] == 1


def test_what_cannot_be_a_performance_is_left_out_and_counted(stocked_desk: Desk) -> None:
    plain = answer(stocked_desk, *SCALE, "--draws", "0")
    found = answer(stocked_desk, *SCALE, "--draws", "0", world="more")
    assert sorted(found["meta"]["left_out"].values()) == [1, 1, 1]
    assert found["data"] == plain["data"]


def test_an_earlier_as_of_knows_no_later_claims(stocked_desk: Desk) -> None:
    done = stocked_desk.run("capability", "--world", "w", *SCALE, "--as-of", "2025-06-30")
    assert done.code == 5
    assert "among the 0 benchmarks" in done.err


def test_a_pipe_gets_flat_rows_and_the_basis_goes_to_stderr(stocked_desk: Desk) -> None:
    done = stocked_desk.run("capability", "--world", "w", *SCALE, "--draws", "0", "-n", "2")
    header, *rows = done.out.splitlines()
    assert header.split("\t")[:5] == ["model", "capability", "eci", "ci90_low", "ci90_high"]
    assert len(rows) == 2
    assert "4 models on 4 benchmarks, 16 claims of the world w" in done.err


@pytest.mark.parametrize("scale", ["fair=130", "fair=130,best=x", "fair=130,best=nan", "=1,best=2"])
def test_a_scale_that_is_none_is_a_usage_error(stocked_desk: Desk, scale: str) -> None:
    assert stocked_desk.run("capability", "--world", "w", "--scale", scale).code == 2


def test_the_live_world_says_which_anchor_it_lacks(stocked_desk: Desk) -> None:
    done = stocked_desk.run("capability")
    assert done.code == 5
    assert "winogrande" in done.err


def test_an_empty_anchor_is_refused_and_not_the_default(stocked_desk: Desk) -> None:
    done = stocked_desk.run("capability", "--world", "w", *SCALE, "--anchor-benchmark", "")
    assert done.code == 2
    assert "names no benchmark" in done.err


def test_benchmarks_are_rounded_on_a_terminal_and_left_out_claims_worded_as_in_lag(
    stocked_desk: Desk,
) -> None:
    done = stocked_desk.run(
        "capability", "--world", "more", *SCALE, "--draws", "0", "--benchmarks", "-f", "table"
    )
    header, _, *rows = [line.split() for line in done.out.splitlines() if line.strip()]
    assert header == ["Benchmark", "Difficulty", "Slope", "ECI", "Models"]
    assert rows[0][:3] == ["piqa", "−0.68", "0.84"]
    assert rows[1] == ["winogrande", "0.00", "1.00", "127.8", "4"]
    assert "Left out: 1 claim, the model has too few benchmarks." in done.err
