"""`lunchwatch trend` as people run it: on the bundled world and on an imported one."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.lunchwatch.conftest import Desk, Done

END = date(2026, 6, 28)


def write_observations(
    desk: Desk,
    values: dict[str, list[float]],
    *,
    metric: str = "github.stars",
    source: str = "github",
    kind: str = "github_repo",
    step_days: int = 7,
    name: str = "rows.csv",
) -> Path:
    """A file of weekly values that end on END."""
    path = desk.folder / name
    lines = ["source,kind,key,metric,day,value"]
    for key, row in values.items():
        for k, value in enumerate(row):
            day = END - timedelta(days=step_days * (len(row) - 1 - k))
            lines.append(f"{source},{kind},{key},{metric},{day},{value}")
    path.write_text("\n".join(lines) + "\n")
    return path


def load(desk: Desk, path: Path, world: str = "mine") -> None:
    done = desk.run("import", "observations", path.name, "--world", world)
    assert done.code == 0, done.err


def ask(desk: Desk, *arguments: str, world: str = "mine") -> dict[str, Any]:
    done: Done = desk.run(*arguments, "--world", world, "--as-of", END.isoformat(), "--json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def test_trend_of_a_bundled_series_has_slope_interval_test_points_and_flags(furnished_desk: Desk) -> None:
    done = furnished_desk.run(
        "trend", "github.stars", "ggml-org/llama.cpp", "--json", "--as-of", "2026-08-23"
    )
    answer = json.loads(done.out)
    assert answer["schema"] == "lunchwatch/trend@1"
    data = answer["data"]
    assert data["subject"] == "github:ggml-org/llama.cpp"
    low, high = data["ci95"]
    assert low < data["slope_per_week"] < high
    assert 0 <= data["p_value"] <= 1
    assert data["series"][-1]["value"] == data["value"]
    assert all(point["day"] <= "2026-08-23" for point in data["series"])
    assert {"bundled"} <= {flag["flag"] for flag in data["flags"]}
    assert answer["meta"]["world"] == "live"
    assert answer["meta"]["as_of"] == "2026-08-23"


def test_trend_of_imported_rows_is_the_one_they_were_made_with(furnished_desk: Desk) -> None:
    rows = [round(1e6 * math.exp(0.01 * k)) for k in range(30)]
    load(furnished_desk, write_observations(furnished_desk, {"o/r": rows}))
    data = ask(furnished_desk, "trend", "github.stars", "o/r")["data"]
    assert data["slope_per_week"] == pytest.approx(0.01, abs=1e-5)
    assert data["percent_per_week"] == pytest.approx(100 * math.expm1(0.01), abs=1e-3)
    assert data["growth"] == pytest.approx(0.04, abs=1e-5)
    assert data["kendall_tau"] == 1
    assert data["n"] == 27
    assert data["flags"] == []


def test_later_rows_do_not_change_an_earlier_answer(furnished_desk: Desk) -> None:
    whole = write_observations(furnished_desk, {"o/r": [1000.0 + 10 * k + k % 3 for k in range(30)]})
    early = furnished_desk.folder / "early.csv"
    early.write_text("".join(whole.read_text().splitlines(keepends=True)[:21]))
    load(furnished_desk, early, "early")
    load(furnished_desk, whole, "whole")
    cut = (END - timedelta(weeks=10)).isoformat()
    answers = [
        furnished_desk.run("trend", "github.stars", "o/r", "--world", world, "--as-of", cut, "--json")
        for world in ("early", "whole")
    ]
    told = [json.loads(answer.out)["data"] for answer in answers]
    assert told[0] == told[1]
    assert told[0]["n"] == 20


def test_a_score_has_no_trend(furnished_desk: Desk) -> None:
    done = furnished_desk.run("trend", "arena.text.rating", "anything")
    assert done.code == 2
    assert "is a score" in done.err
    assert "Traceback" not in done.err


def test_an_unknown_subject_or_metric_names_the_near_ones(furnished_desk: Desk) -> None:
    subject = furnished_desk.run("trend", "github.stars", "ggml-org/lama.cpp")
    assert (subject.code, "near: " in subject.err) == (5, True)
    metric = furnished_desk.run("trend", "github.star", "ggml-org/llama.cpp")
    assert (metric.code, "github.stars" in metric.err) == (5, True)
    world = furnished_desk.run("trend", "github.stars", "ggml-org/llama.cpp", "--world", "nowhere")
    assert world.code == 5


def test_a_subject_without_that_metric_is_not_enough_data(furnished_desk: Desk) -> None:
    done = furnished_desk.run("trend", "hub.downloads.all_time", "hub:Qwen/Qwen3-8B", "--json")
    assert done.code == 0, done.err
    data = json.loads(done.out)["data"]
    assert data["series"] == []
    assert data["reason"] == "hub:Qwen/Qwen3-8B has no value of hub.downloads.all_time"


def test_a_model_means_the_one_subject_linked_to_it(furnished_desk: Desk) -> None:
    rows = furnished_desk.sql(
        "select l.model, l.subject from v_link l join v_observation o on o.subject = l.subject"
        " and o.metric = 'hub.downloads.30d' where l.kind = 'hub_model' group by 1, 2"
        " order by count(*) desc, 1"
    )
    model, subject = next((m, s) for m, s in rows if m != s.casefold())
    data = json.loads(furnished_desk.run("trend", "hub.downloads.30d", model, "--json").out)["data"]
    assert data["subject"] == f"hub:{subject}"


def test_few_values_say_what_is_missing(furnished_desk: Desk) -> None:
    load(furnished_desk, write_observations(furnished_desk, {"o/r": [100, 110]}))
    data = ask(furnished_desk, "trend", "github.stars", "o/r")["data"]
    assert data["slope_per_week"] is None
    assert data["reasons"]["slope_per_week"] == "2 values; a slope needs 3"
    assert set(data["reasons"]) == {"slope_per_week", "acceleration", "growth", "z", "p_value"}


def test_a_zero_is_flagged_and_never_a_fall(furnished_desk: Desk) -> None:
    rows = [1000.0 + 10 * k for k in range(30)]
    load(furnished_desk, write_observations(furnished_desk, {"o/r": [*rows, 0.0]}))
    data = ask(furnished_desk, "trend", "github.stars", "o/r")["data"]
    assert data["value"] == rows[-1]
    assert data["growth"] > 0
    assert "suspect_zero" in {flag["flag"] for flag in data["flags"]}


def test_counts_per_period_are_summed_by_week(furnished_desk: Desk) -> None:
    path = write_observations(
        furnished_desk,
        {"m": [float(k % 7 + 1) for k in range(140)]},
        metric="usage.tokens",
        source="import",
        kind="package",
        step_days=1,
    )
    load(furnished_desk, path)
    data = ask(furnished_desk, "trend", "usage.tokens", "import:m", "--weeks", "13")["data"]
    assert {point["value"] for point in data["grid"]} == {28.0}
    assert data["growth_of"] == "flows"
    assert data["growth"] == 0
    low, high = data["growth_ci90"]
    assert low < 0 < high


def test_a_pipe_gets_the_points_and_the_sentence_goes_beside(furnished_desk: Desk) -> None:
    load(furnished_desk, write_observations(furnished_desk, {"o/r": [1000.0 * 1.01**k for k in range(30)]}))
    done = furnished_desk.run("trend", "github.stars", "o/r", "--world", "mine")
    assert done.out.splitlines()[0] == "day\tvalue\tbasis"
    assert done.out.splitlines()[1].endswith("\timported")
    assert "% a week, 95 %" in done.err
    table = furnished_desk.run("trend", "github.stars", "o/r", "--world", "mine", "-f", "table")
    assert "▁" in table.out
    assert "a rise" in table.out


def test_slope_can_be_recomputed_from_the_points_of_the_grid(furnished_desk: Desk) -> None:
    noise = np.random.default_rng(4).normal(0.01, 0.01, 40).cumsum()
    rows = [float(round(50_000 * math.exp(step))) for step in noise]
    load(furnished_desk, write_observations(furnished_desk, {"o/r": rows}, step_days=10))
    data = ask(furnished_desk, "trend", "github.stars", "o/r")["data"]
    assert [point["week_ending"] for point in data["grid"]] == [
        str(END - timedelta(weeks=back)) for back in range(26, -1, -1)
    ]
    known = [point for point in data["grid"] if point["value"] is not None]
    assert any(point["day"] != point["week_ending"] for point in known)
    assert all(point["day"] is None for point in data["grid"] if point["value"] is None)
    weeks = [date.fromisoformat(point["day"]).toordinal() / 7 for point in known]
    found = stats.theilslopes(np.log1p([point["value"] for point in known]), weeks, 0.95)
    assert (len(known), found.slope) == (data["n"], pytest.approx(data["slope_per_week"], rel=1e-9))
    assert data["ci95"] == pytest.approx([found.low_slope, found.high_slope], rel=1e-9)


def test_slope_of_four_values_has_no_interval_and_says_why(furnished_desk: Desk) -> None:
    load(furnished_desk, write_observations(furnished_desk, {"o/r": [1000, 1010, 1030, 1020]}))
    data = ask(furnished_desk, "trend", "github.stars", "o/r")["data"]
    assert data["slope_per_week"] is not None
    assert data["ci95"] is None
    assert data["reasons"]["ci95"] == "4 values; a 95 % interval needs 5"
    told = furnished_desk.run("trend", "github.stars", "o/r", "--world", "mine")
    assert "% a week (no interval: 4 values; a 95 % interval needs 5)" in told.err


def test_an_imported_price_that_holds_is_unchanged_and_not_stale(furnished_desk: Desk) -> None:
    path = furnished_desk.folder / "prices.csv"
    path.write_text(
        "at,provider,model,input_usd_per_mtok,output_usd_per_mtok\n"
        "2026-04-01T00:00:00Z,host,m,3,9\n2026-04-08T00:00:00Z,host,m,2,8\n"
    )
    done = furnished_desk.run("import", "prices", path.name, "--world", "mine")
    assert done.code == 0, done.err
    (name,) = {row[0] for row in furnished_desk.sql("select subject from v_observation where world = 'mine'")}
    question = ("trend", "price.input_usd_per_mtok", name)
    flags = {flag["flag"]: flag for flag in ask(furnished_desk, *question)["data"]["flags"]}
    assert "stale" not in flags
    assert flags["unchanged"]["text"].startswith("unchanged since 2026-04-08")
    table = furnished_desk.run(*question, "--world", "mine", "--as-of", str(END), "-f", "table")
    assert "(1 week before 3)" in table.out
