"""`lunchwatch top`, above all the Relative Adoption Metric."""

from __future__ import annotations

import json
from datetime import date, timedelta

from lunchwatch.cli.top import AGES
from tests.lunchwatch.conftest import Desk

RELEASED = date(2026, 1, 1)
TOTALS = [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 50, 275]


def furnish(desk: Desk, factor: int = 10_000) -> None:
    """Twelve models of one size, released on one day, each with its downloads 30 days later."""
    models = ["model,lab,name,released_on,openness,hub_id"]
    rows = ["source,kind,key,metric,day,value"]
    for k, total in enumerate(TOTALS):
        models.append(f"maker/m{k}-7b,maker,m{k}-7b,{RELEASED},open,maker/m{k}-7b")
        day = RELEASED + timedelta(days=30)
        rows.append(f"hub,hub_model,maker/m{k}-7b,hub.downloads.all_time,{day},{factor * total}")
    (desk.folder / "models.csv").write_text("\n".join(models) + "\n")
    (desk.folder / "rows.csv").write_text("\n".join(rows) + "\n")
    for kind, name in (("models", "models.csv"), ("observations", "rows.csv")):
        done = desk.run("import", kind, name, "--world", "ram")
        assert done.code == 0, done.err


def test_ages_offered_are_those_of_the_measure() -> None:
    from analyzers.momentum import adoption

    assert tuple(map(int, AGES)) == adoption.AGES


def test_the_published_example_comes_out_of_imported_rows(furnished_desk: Desk) -> None:
    furnish(furnished_desk)
    for version, expected in (("1", 0.50), ("2", 2.75)):
        done = furnished_desk.run("top", "ram", "--world", "ram", "--version", version, "--json")
        answer = json.loads(done.out)
        ram = {row["subject"]: row["ram"] for row in answer["data"]}
        assert ram["hub:maker/m11-7b"] == expected
        assert answer["meta"]["version"] == int(version)
        assert answer["meta"]["buckets"] == {"5–10": 12}


def test_an_age_that_history_does_not_reach_is_counted_never_zero(furnished_desk: Desk) -> None:
    furnish(furnished_desk)
    done = furnished_desk.run("top", "ram", "--world", "ram", "--age", "90", "--json")
    answer = json.loads(done.out)
    assert answer["data"] == []
    assert answer["meta"]["left_out"] == {"not enough history for 90 days": 12}
    assert answer["meta"]["reason"] == "no model has a number at 90 days"


def test_models_below_the_minimum_are_counted(furnished_desk: Desk) -> None:
    furnish(furnished_desk, factor=150)
    meta = json.loads(furnished_desk.run("top", "ram", "--world", "ram", "--json").out)["meta"]
    assert meta["left_out"]["at most 100,000 downloads"] == 8


def test_a_world_without_totals_says_so(furnished_desk: Desk) -> None:
    done = furnished_desk.run("top", "ram", "--as-of", "2026-08-23", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["meta"]["reason"] == "no repository has a value of hub.downloads.all_time"


def test_age_and_version_belong_to_the_adoption_metric(furnished_desk: Desk) -> None:
    done = furnished_desk.run("top", "github.stars", "--age", "30")
    assert done.code == 2
    assert "top ram" in done.err


def test_a_terminal_gets_a_table_that_fits(furnished_desk: Desk) -> None:
    furnish(furnished_desk)
    done = furnished_desk.run("top", "ram", "--world", "ram", "-f", "table", "-n", "3")
    assert "10.00" in done.out
    assert "* size as the name tells it" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_footer_says_that_a_model_is_not_its_own_yardstick(furnished_desk: Desk) -> None:
    furnish(furnished_desk)
    done = furnished_desk.run("top", "ram", "--world", "ram")
    assert "over those of the tenth of the other models of its size at that age." in done.err


def test_scores_are_ranked_within_their_latest_publication(furnished_desk: Desk) -> None:
    lines = ["source,kind,key,metric,day,value"]
    for model, day, value in (
        ("old-1", "2026-04-10", 160),
        ("new-1", "2026-04-10", 130),
        ("new-1", "2026-11-10", 140),
        ("new-2", "2026-11-10", 150),
    ):
        lines.append(f"epoch,board_entry,eci/{model},epoch.eci,{day},{value}")
    (furnished_desk.folder / "scores.csv").write_text("\n".join(lines) + "\n")
    done = furnished_desk.run("import", "observations", "scores.csv", "--world", "scores")
    assert done.code == 0, done.err
    answer = json.loads(furnished_desk.run("top", "epoch.eci", "--world", "scores", "--json").out)
    assert [(row["subject"], row["value"]) for row in answer["data"]] == [
        ("eci/new-2", 150),
        ("eci/new-1", 140),
    ]
    assert answer["meta"]["published_on"] == "2026-11-10"
    assert (answer["meta"]["subjects"], answer["meta"]["older_left_out"]) == (2, 1)
    told = furnished_desk.run("top", "epoch.eci", "--world", "scores", "--format", "csv")
    assert "The publication of 2026-11-10; left out: 1 entry that stands in older ones only." in told.err


def test_counters_are_no_publications(furnished_desk: Desk) -> None:
    furnish(furnished_desk)
    answer = json.loads(furnished_desk.run("top", "hub.downloads.all_time", "--world", "ram", "--json").out)
    assert answer["meta"]["published_on"] is None
    assert answer["meta"]["older_left_out"] == 0
