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
    assert "anchor benchmark" in found["meta"]["reason"]


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
    assert (before["lag_months"], before["reason"]) == (None, "one side has no dated model")
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


def test_a_world_without_an_index_and_without_claims_says_so(stocked_desk: Desk) -> None:
    put(stocked_desk, "bare", MODELS, "model,benchmark,score,unit\nc1,MMLU,0.5,fraction\n")
    found = answer(stocked_desk, "--world", "bare")
    assert {row["reason"] for row in found["data"]} == {found["meta"]["reason"]}
    assert "none can be fitted" in found["meta"]["reason"]


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
