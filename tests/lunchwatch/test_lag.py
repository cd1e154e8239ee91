"""`lunchwatch lag` on the bundled index, on benchmarks that somebody imported, and on published numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.analyzers.epoch_2024 import main as convert_epoch_2024
from tests.lunchwatch.conftest import Desk

MODELS = """model,lab,name,released_on,openness,valid_from
c1,maker,c1,2024-01-01,closed,
c2,maker,c2,2024-04-01,closed,
c3,maker,c3,2024-12-01,closed,
later,maker,later,2024-02-01,closed,
later,maker,later,2024-02-01,open,2024-07-01
licensed,maker,licensed,2024-03-01,open,2024-09-01
unknown,maker,unknown,2024-01-01,unknown,
"""
CLAIMS = """model,benchmark,score,unit
c1,MMLU,0.50,fraction
later,MMLU,0.60,fraction
c2,MMLU,0.70,fraction
licensed,MMLU,0.70,fraction
c3,MMLU,1,fraction
unknown,MMLU,0.9,fraction
nobody,MMLU,0.9,fraction
c1,METR Time Horizon,12,points
"""


@pytest.fixture(scope="module")
def stocked_desk(tmp_path_factory: pytest.TempPathFactory, sqlite_baseline: Path) -> Desk:
    """A desk with the baseline, whose world `w` has models that were opened after their release. Made once;
    tests only read, or make a world of their own."""
    folder = tmp_path_factory.mktemp("lag")
    (folder / "data").mkdir()
    shutil.copyfile(sqlite_baseline, folder / "data" / "lunchwatch.db")
    desk = Desk(folder)
    put(desk, "w", MODELS, CLAIMS)
    return desk


def put(desk: Desk, world: str, models: str, claims: str) -> None:
    for kind, text in (("models", models), ("claims", claims)):
        path = desk.folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        done = desk.run("import", kind, str(path), "--world", world)
        assert done.code == 0, done.err


def answer(desk: Desk, *options: str) -> dict[str, Any]:
    done = desk.run("lag", *options, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_all_three_estimators_stand_beside_each_other_on_the_bundled_index(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, "--draws", "200")
    assert found["schema"] == "lunchwatch/lag@1"
    assert [row["estimator"] for row in found["data"]] == ["horizontal", "catchup", "daily"]
    for row in found["data"]:
        assert set(row) == {"estimator", "lag_months", "ci90", "n", "censored", "catchups", "reason"}
        assert row["ci90"][0] < row["lag_months"] < row["ci90"][1]
    catchup = found["data"][1]
    assert len(catchup["catchups"]) == catchup["n"]
    assert set(catchup["catchups"][0]) == {
        "closed_model",
        "closed_date",
        "open_model",
        "open_date",
        "months",
    }
    mean = sum(match["months"] for match in catchup["catchups"]) / catchup["n"]
    assert catchup["lag_months"] == pytest.approx(mean)
    meta = found["meta"]
    assert (meta["basis"]["kind"], meta["basis"]["through"]) == ("published", "2026-04-10")
    assert meta["default_estimator"] == "horizontal"
    assert meta["survival"]["events"] > 0
    assert meta["survival"]["censored"] > 0
    assert len(meta["waiting"]) == catchup["censored"]
    assert "hold back" in meta["note"]
    assert meta["bootstrap"]["over"] == "models"


def test_horizontal_lag_is_the_report_s(stocked_desk: Desk) -> None:
    (row,) = answer(stocked_desk, "--estimator", "horizontal", "--as-of", "2026-05-03")["data"]
    built = stocked_desk.run("report", "build", "--week", "2026-W18", "--no-charts")
    assert built.code == 0, built.err
    shown = json.loads(stocked_desk.run("report", "show", "--week", "2026-W18", "--json").out)
    (measure,) = [m for m in shown["data"]["content"]["measures"] if m["id"] == "lag"]
    assert measure["estimate"]["value"] == pytest.approx(row["lag_months"], rel=1e-5)
    assert measure["estimate"]["low"] == pytest.approx(row["ci90"][0], rel=1e-5)


def test_an_as_of_before_the_index_is_not_enough_data(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, "--as-of", "2026-01-01")
    assert [row["lag_months"] for row in found["data"]] == [None, None, None]
    assert found["meta"]["reason"].startswith("no index was published by 2026-01-01 and no ")
    shown = stocked_desk.run("lag", "--as-of", "2026-01-01", "-f", "table")
    assert (shown.out + shown.err).count("no index was published") == 1


def test_published_lags_of_2024_come_out_of_the_imported_files(
    stocked_desk: Desk, shared_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    convert_epoch_2024(str(shared_folder / "data" / "epoch-2024"), str(stocked_desk.folder))
    for kind in ("models", "claims"):
        path = stocked_desk.folder / f"{kind}.csv"
        assert stocked_desk.run("import", kind, str(path), "--world", "epoch").code == 0
    expected = {"MMLU": [25.4, 14.6, 16.6, 19.0, 16.3], "GPQA": [4.6, 4.6]}
    for benchmark, months in expected.items():
        found = answer(stocked_desk, "--estimator", "catchup", "--benchmark", benchmark, "--world", "epoch")
        (row,) = found["data"]
        assert [round(match["months"], 1) for match in row["catchups"]] == months


def test_an_opened_model_matches_from_the_day_of_its_weights_on(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, "--estimator", "catchup", "--benchmark", "MMLU", "--world", "w")
    (row,) = found["data"]
    # later: closed since February, open since July; licensed: nothing known before its licence of September
    assert [(m["closed_model"], m["open_model"], m["open_date"]) for m in row["catchups"]] == [
        ("c1", "later", "2024-07-01"),
        ("c2", "licensed", "2024-09-01"),
    ]
    assert found["meta"]["left_out"] == {
        "the model is not among the world's models": 1,
        "the openness is not known": 1,
    }


def test_an_as_of_before_the_opening_knows_no_open_model(stocked_desk: Desk) -> None:
    # claims without a date are known from the import on, so these get one
    put(
        stocked_desk,
        "dated",
        MODELS,
        "model,benchmark,score,unit,date\nc1,MMLU,0.5,fraction,2024-05-01\nlater,MMLU,0.6,fraction,2024-05-01\n",
    )
    options = ("--benchmark", "MMLU", "--world", "dated", "--estimator", "catchup")
    (before,) = answer(stocked_desk, *options, "--as-of", "2024-06-30")["data"]
    assert (before["lag_months"], before["reason"]) == (None, "no model is open under the rule weights")
    (after,) = answer(stocked_desk, *options, "--as-of", "2024-07-01")["data"]
    assert after["n"] == 1


def test_a_perfect_accuracy_is_no_crash_and_is_said(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, "--benchmark", "mmlu", "--world", "w")
    assert found["meta"]["notes"] == ["accuracies above 0.999 count as 0.999: 1"]
    assert [entry["model"] for entry in found["meta"]["waiting"]] == ["c3"]
    assert found["meta"]["survival"]["censored"] == 1


def test_a_wider_tolerance_lets_a_weaker_model_match(stocked_desk: Desk) -> None:
    options = ("--estimator", "catchup", "--benchmark", "MMLU", "--world", "w")
    found = answer(stocked_desk, *options, "--tolerance", "0.5")
    assert found["meta"]["tolerance"] == 0.5
    assert found["data"][0]["catchups"] != answer(stocked_desk, *options)["data"][0]["catchups"]


def test_a_tolerance_wider_than_all_scores_is_refused_with_their_span(stocked_desk: Desk) -> None:
    done = stocked_desk.run("lag", "--estimator", "catchup", "--tolerance", "1e9", "--draws", "0")
    assert (done.code, done.out) == (2, "")
    assert "they lie" in done.err
    put(
        stocked_desk,
        "narrow",
        MODELS,
        "model,benchmark,score,unit\nc1,MMLU,0,fraction\nlater,MMLU,0.5,fraction\n",
    )
    options = ("--benchmark", "MMLU", "--world", "narrow", "--draws", "0", "--tolerance")
    assert stocked_desk.run("lag", *options, "0.7").code == 2
    assert stocked_desk.run("lag", *options, "0.69").code == 0


def test_a_benchmark_on_which_all_scored_the_same_is_not_enough_data(stocked_desk: Desk) -> None:
    claims = "model,benchmark,score,unit\nc1,MMLU,0,fraction\nc2,MMLU,0,fraction\nlater,MMLU,0,fraction\n"
    put(stocked_desk, "flat", MODELS, claims)
    for more in ((), ("--tolerance", "5")):
        found = answer(stocked_desk, "--benchmark", "MMLU", "--world", "flat", "--draws", "0", *more)
        assert [(row["lag_months"], row["n"]) for row in found["data"]] == [(None, 0)] * 3
        assert {row["reason"] for row in found["data"]} == {"every model scored the same, 0"}
        assert found["meta"]["survival"]["reason"] == "every model scored the same, 0"
        assert found["meta"]["waiting"] == []


def test_a_world_without_an_index_and_without_claims_says_so(stocked_desk: Desk) -> None:
    put(stocked_desk, "bare", MODELS, "model,benchmark,score,unit\nc1,MMLU,0.5,fraction\n")
    found = answer(stocked_desk, "--world", "bare")
    assert {row["reason"] for row in found["data"]} == {found["meta"]["reason"]}
    assert "no model has claims on 4 benchmarks" in found["meta"]["reason"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--benchmark", "nope", "--world", "w"), 5, "there are: "),
        (("--benchmark", "METR Time Horizon", "--world", "w"), 2, "is an accuracy"),
        (("--world", "nowhere"), 5, "no world nowhere"),
        (("--estimator", "horizontal", "--tolerance", "1"), 2, "has no tolerance"),
        (("--tolerance", "nan"), 2, "finite"),
    ],
)
def test_a_question_without_an_answer_says_why(
    stocked_desk: Desk, options: tuple[str, ...], code: int, words: str
) -> None:
    done = stocked_desk.run("lag", *options)
    assert (done.code, words in done.err) == (code, True), done.err


def test_a_pipe_gets_flat_rows_and_the_basis_goes_to_stderr(stocked_desk: Desk) -> None:
    done = stocked_desk.run("lag", "--draws", "0")
    header, *rows = [line.split("\t") for line in done.out.splitlines()]
    assert header == ["estimator", "lag_months", "ci90_low", "ci90_high", "n", "censored", "reason"]
    assert [row[0] for row in rows] == ["horizontal", "catchup", "daily"]
    assert {row[6] for row in rows} == {"no bootstrap was drawn"}
    assert "Epoch Capabilities Index as published on 2026-04-10" in done.err
    assert "hold back" in done.err


def put_four_models(desk: Desk, world: str, tests: tuple[str, ...]) -> None:
    models = "model,lab,name,released_on,openness\n" + "".join(
        f"{name},maker,{name},{day},{openness}\n"
        for name, day, openness in (
            ("fair", "2024-02-01", "closed"),
            ("weak", "2024-03-01", "open"),
            ("good", "2025-01-01", "open"),
            ("best", "2025-06-01", "closed"),
        )
    )
    shares = {"weak": 0.3, "fair": 0.45, "good": 0.6, "best": 0.8}
    claims = "model,benchmark,score,unit,date\n" + "".join(
        f"{name},{test},{share + k / 50},fraction,2025-07-01\n"
        for name, share in shares.items()
        for k, test in enumerate(tests)
    )
    put(desk, world, models, claims)


def test_a_fitted_lag_needs_no_scale_models_and_no_certain_benchmark(stocked_desk: Desk) -> None:
    put_four_models(stocked_desk, "own", ("HellaSwag", "PIQA", "GSM8K", "MMLU"))
    raw = answer(stocked_desk, "--world", "own", "--draws", "0")
    basis = raw["meta"]["basis"]
    assert (basis["kind"], basis["unit"], basis["anchors"]) == (
        "fitted",
        "logits",
        {"benchmark": "gsm8k", "scale": []},
    )
    assert any("claude-3-5-sonnet-20240620" in note for note in raw["meta"]["notes"])
    scaled = answer(stocked_desk, "--world", "own", "--draws", "0", "--scale", "fair=130,best=150")
    assert scaled["meta"]["basis"]["unit"] == "index points"
    for mine, theirs in zip(raw["data"], scaled["data"], strict=True):
        assert (mine["n"], mine["censored"]) == (theirs["n"], theirs["censored"])
        assert mine["lag_months"] == pytest.approx(theirs["lag_months"], abs=1e-6)
    assert raw["data"][0]["lag_months"] is not None
    other = answer(stocked_desk, "--world", "own", "--draws", "0", "--anchor-benchmark", "piqa")
    assert other["meta"]["basis"]["anchors"]["benchmark"] == "piqa"
    refused = stocked_desk.run("lag", "--world", "own", "--tolerance", "0.5")
    assert (refused.code, "--scale" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--anchor-benchmark", "nope"), 5),
        (("--scale", "a=1,b=2"), 5),
        (("--benchmark", "MMLU", "--world", "w", "--anchor-benchmark", "MMLU"), 2),
    ],
)
def test_a_named_anchor_is_never_passed_over(stocked_desk: Desk, options: tuple[str, ...], code: int) -> None:
    assert stocked_desk.run("lag", *options, "--draws", "0").code == code


def test_models_dated_otherwise_than_the_index_are_named(stocked_desk: Desk) -> None:
    (note,) = answer(stocked_desk, "--draws", "0")["meta"]["notes"]
    assert "dated otherwise than the index: phi-4 open from 2025-01-08" in note
    shown = stocked_desk.run("lag", "--draws", "0", "-f", "table")
    assert "dated otherwise than the index: phi-4 open from 2025-01-08" in shown.err
    assert "; the default" in shown.out
    assert "<-" not in shown.out


def test_the_science_rule_says_that_nobody_assessed_the_open_weights(stocked_desk: Desk) -> None:
    found = answer(stocked_desk, "--open-rule", "science", "--draws", "0")
    assert {row["reason"] for row in found["data"]} == {"no model is open under the rule science"}
    assert found["meta"]["left_out"]["open-weight models nobody has assessed"] > 10
