"""`lunchwatch gap`, as people run it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.lunchwatch.conftest import Desk

HEADER = "board,board_date,model,rating,ci_low,ci_high,licence"


def load(desk: Desk, kind: str, text: str, world: str = "mine") -> None:
    path = desk.folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    done = desk.run("import", kind, str(path), "--world", world)
    assert done.code == 0, done.err


def publish(board: str, months: int) -> list[str]:
    """A board whose gap shrinks by a point a month from 40; the best closed model stands at 1,320."""
    lines = []
    for month in range(1, months + 1):
        day = f"2025-{month:02}-20"
        lines += [
            f"{board},{day},Fast A,1320,1316,1324,Proprietary",
            f"{board},{day},Free B,{1279 + month},{1276 + month},{1282 + month},MIT",
        ]
    return lines


def list_boards() -> str:
    """Several boards of one world, each with something of its own."""
    lines = [HEADER, *publish("one", 1), *publish("ten", 10), *publish("turned", 2), *publish("scaled", 3)]
    lines += [f"turned,2025-{month:02}-20,Turned,1310,,," for month in (1, 2)]
    for month in (4, 5, 6):
        day = f"2025-{month:02}-20"
        lines += [f"scaled,{day},Fast A,1350,,,Proprietary", f"scaled,{day},Free B,1310,,,MIT"]
    lines += [*publish("odd", 1), "odd,2025-01-20,Typo,1390,1380,1400,Propietery"]
    lines += ["odd,2025-01-20,Typo too,1380,1370,1390,Propretary", "odd,2025-01-20,Whose,1399,,,Other"]
    return "\n".join(lines) + "\n"


MODELS = """\
model,lab,name,released_on,openness,valid_from
lab/turned,lab,Turned,2024-12-01,api,2024-12-01
lab/turned,lab,Turned,2024-12-01,open,2025-02-01
"""


@pytest.fixture(scope="module")
def desk(sqlite_baseline: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with the baseline and a world of boards; the tests only read."""
    folder = tmp_path_factory.mktemp("gap")
    (folder / "data").mkdir()
    shutil.copyfile(sqlite_baseline, folder / "data" / "lunchwatch.db")
    made = Desk(folder)
    load(made, "ratings", list_boards())
    load(made, "models", MODELS)
    return made


def ask(desk: Desk, *arguments: str) -> dict[str, Any]:
    done = desk.run("gap", *arguments, "--json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    assert answer["schema"] == "lunchwatch/gap@1"
    return answer


def test_gap_of_an_imported_board_is_points_percent_and_win_rate(desk: Desk) -> None:
    answer = ask(desk, "--board", "one", "--world", "mine")
    (row,) = answer["data"]
    assert row["board_date"] == "2025-01-20"
    assert (row["closed_model"], row["closed_rating"]) == ("Fast A", 1320)
    assert (row["open_model"], row["open_rating"]) == ("Free B", 1280)
    assert (row["gap_points"], row["gap_percent"]) == (40, 3.125)
    assert row["win_rate"] == pytest.approx(0.5573, abs=1e-4)
    assert row["gap_points_low"] == pytest.approx(35.8038, abs=1e-3)
    meta = answer["meta"]
    assert (meta["world"], meta["open_rule"], meta["boards"]) == ("mine", "weights", 1)
    assert meta["trend"]["theil_sen_pp_per_month"] is None
    assert meta["trend"]["reason"] == "1 months with a board; a trend needs three"


def test_trend_is_that_of_the_monthly_medians_of_the_whole_series(desk: Desk) -> None:
    trend = ask(desk, "--board", "ten", "--world", "mine")["meta"]["trend"]
    # 100·40/1280 = 3.125 in January, 100·31/1289 = 2.405 in October: about −0.08 a month
    assert trend["theil_sen_pp_per_month"] == pytest.approx(-0.08, abs=0.001)
    assert (trend["kendall_tau"], trend["n"], trend["board_versions"]) == (-1, 10, 1)
    assert trend["p_value"] < 0.001
    assert trend["ci95"][0] <= trend["theil_sen_pp_per_month"] <= trend["ci95"][1] < 0
    done = desk.run("gap", "--board", "ten", "--world", "mine", "-f", "table")
    assert "the gap narrows (10 months, 2025-01-20 to 2025-10-20, 1 board version)" in done.err


def test_trend_of_four_months_has_no_interval_and_says_why(desk: Desk) -> None:
    four = ("--board", "ten", "--to", "2025-04-30", "--world", "mine")
    trend = ask(desk, *four)["meta"]["trend"]
    assert (trend["n"], trend["ci95"]) == (4, None)
    assert trend["no_interval_because"] == "4 values; a 95 % interval needs 5"
    assert "pp a month (no interval: 4 values; a 95 % interval needs 5), p" in desk.run("gap", *four).err


def test_chosen_dates_are_shown_beside_the_trend_of_the_whole_board(desk: Desk) -> None:
    answer = ask(desk, "--board", "ten", "--world", "mine", "--from", "2025-08-01")
    assert [row["board_date"] for row in answer["data"]] == ["2025-08-20", "2025-09-20", "2025-10-20"]
    assert answer["meta"]["trend"]["n"] == 3
    assert answer["meta"]["trend_of_whole_board"]["n"] == 10


def test_licence_that_is_misspelt_is_closed_and_flagged_and_an_unknown_one_on_neither_side(
    desk: Desk,
) -> None:
    answer = ask(desk, "--board", "odd", "--world", "mine")
    (row,) = answer["data"]
    assert (row["closed_model"], row["open_model"]) == ("Typo", "Free B")
    suspects = [(s["licence"], s["counted_as"]) for s in answer["meta"]["suspect_licences"]]
    assert suspects == [("Propietery", "closed"), ("Propretary", "closed")]
    assert answer["meta"]["unknown_openness"] == {"rows": 1, "models": ["Whose"]}


def test_rescaled_board_is_a_new_version_and_the_trend_says_so(desk: Desk) -> None:
    answer = ask(desk, "--board", "scaled", "--world", "mine")
    assert [row["board_version"] for row in answer["data"]] == [1, 1, 1, 2, 2, 2]
    assert answer["meta"]["trend"]["board_versions"] == 2
    assert [version["median_shift"] for version in answer["meta"]["board_versions"]] == [None, 29]


def test_gap_without_a_percentage_and_a_rating_that_is_none_give_reasons(desk: Desk) -> None:
    rows = [f"low,2025-0{m}-20,{line}" for m in (1, 2, 3) for line in ("C,40,,,Proprietary", "O,-5,,,MIT")]
    load(desk, "ratings", "\n".join([HEADER, *rows]), world="low")
    meta = ask(desk, "--board", "low", "--world", "low")["meta"]
    assert [one["reason"] for one in meta["without_percent"]] == ["the open rating -5 is not above zero"] * 3
    assert meta["trend"]["reason"].startswith("0 months with a board (3 without a percentage")
    told = desk.run("gap", "--board", "low", "--world", "low", "-f", "table").err
    assert "Publications without a percentage: 2025-01-20 (the open rating -5 is not above zero)" in told
    (desk.folder / "huge.csv").write_text(f"{HEADER}\nlow,2025-01-20,H,1e308,,,MIT\n", encoding="utf-8")
    huge = desk.run("import", "ratings", "huge.csv", "--world", "low")
    assert (huge.code, "1e+308 is no rating" in huge.err) == (1, True)


def test_model_opened_later_is_closed_on_the_boards_before(desk: Desk) -> None:
    answer = ask(desk, "--board", "turned", "--world", "mine")
    assert [(row["open_model"], row["gap_points"]) for row in answer["data"]] == [
        ("Free B", 40),
        ("Turned", 10),
    ]


def test_bundled_board_gives_a_table_and_one_sentence_on_its_trend(desk: Desk) -> None:
    done = desk.run("gap", "--from", "2025-06-01", "-f", "table", COLUMNS="160")
    assert done.code == 0, done.err
    assert "1434 ± 9" in done.out
    assert "no significant trend (15 months, 2024-06-19 to 2025-08-04, 2 board versions)" in done.err
    narrow = desk.run("gap", "-f", "table", COLUMNS="80")
    assert max(map(len, narrow.out.splitlines())) <= 80
    assert "…" not in narrow.out  # names stay whole: the open model stands below the closed one


def test_variants_never_released_are_named_and_can_be_counted(desk: Desk) -> None:
    left_out = ask(desk)["meta"]["unreleased_left_out"]
    assert "chocolate (Early Grok-3)" in left_out["models"]
    everything = ask(desk, "--include-unreleased")
    assert everything["meta"]["unreleased_left_out"] == {"rows": 0, "models": []}
    assert "chocolate (Early Grok-3)" in {row["closed_model"] for row in everything["data"]}


def test_board_that_nobody_knows_is_not_found_and_one_not_published_yet_is_no_error(
    desk: Desk,
) -> None:
    assert desk.run("gap", "--board", "nope").code == 5
    early = desk.run("gap", "--as-of", "2020-01-01", "--json")
    assert (early.code, json.loads(early.out)["data"]) == (0, [])
    assert json.loads(early.out)["meta"]["reason"] == "the board was not published by then"
    between = desk.run("gap", "--from", "2020-01-01", "--to", "2020-02-01")
    assert between.code == 0
    assert "Not enough data: no publication from 2020-01-01 to 2020-02-01" in between.err
    turned = desk.run("gap", "--from", "2025-02-01", "--to", "2025-01-01")
    assert turned.code == 2


def test_board_of_another_world_is_not_found(desk: Desk) -> None:
    assert desk.run("gap", "--board", "text", "--world", "mine").code == 5
    assert desk.run("gap", "--board", "ten").code == 5
    assert desk.run("gap", "--world", "nobodys").code == 5


def convert_boards(packed: Path) -> str:
    """The recorded boards in the import's columns: the interval is recorded as distances, `+3/-4`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*HEADER.split(","), "votes", "organisation"])
    with gzip.open(packed, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            up, _, down = row["ci95"].partition("/")
            ends = [float(row["arena_score"]) + float(end) if end else "" for end in (down, up)]
            names = [row["version_date"], row["model"], row["arena_score"]]
            writer.writerow(["text", *names, *ends, row["license"], row["votes"], row["organization"]])
    return out.getvalue()


def test_real_boards_give_the_published_gaps(desk: Desk, shared_folder: Path) -> None:
    boards = convert_boards(shared_folder / "data/arena/boards_2024-06_2025-01.csv.gz")
    load(desk, "ratings", boards, world="arena")
    answer = ask(
        desk,
        *("--board", "text", "--world", "arena", "--include-unreleased"),
        *("--from", "2024-06-01", "--to", "2025-01-31"),
    )
    percents = {row["board_date"]: round(row["gap_percent"], 2) for row in answer["data"]}
    assert [percents[day] for day in ("2024-06-19", "2024-07-31", "2024-12-07")] == [6.54, 1.90, 7.90]
    meta = answer["meta"]
    assert (len(percents), meta["trend"]["n"], meta["trend"]["board_versions"]) == (45, 8, 1)
    assert meta["trend"]["p_value"] > 0.05
    assert [(one["model"], one["counted_as"]) for one in meta["suspect_licences"]] == [
        ("Claude 3.5 Haiku (20241022)", "closed")
    ]
    assert meta["unknown_openness"]["rows"] == 24  # "Other"
