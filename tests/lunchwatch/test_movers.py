"""`lunchwatch movers` as people run it."""

from __future__ import annotations

import json
import math
import shlex

import numpy as np

from tests.lunchwatch.conftest import Desk
from tests.lunchwatch.test_trend import END, ask, load, write_observations


def wavy(seed: int, start: float = 50_000) -> list[float]:
    noise = np.random.default_rng(seed).normal(0.004, 0.004, 40).cumsum()
    return [round(start * math.exp(e)) for e in noise]


def test_a_jump_is_a_mover_with_its_evidence(furnished_desk: Desk) -> None:
    rows = {f"o/{k}": wavy(k) for k in range(6)}
    rows["o/0"][-1] *= 2
    load(furnished_desk, write_observations(furnished_desk, rows))
    answer = ask(furnished_desk, "movers", "-n", "3")
    assert answer["schema"] == "lunchwatch/movers@1"
    first = answer["data"][0]
    assert (first["subject"], first["metric"], first["is_mover"]) == ("github:o/0", "github.stars", True)
    assert first["z"] > 3.5
    assert first["value"] == rows["o/0"][-1]
    assert first["change"] > 0.8
    assert len(answer["data"]) == 3
    assert answer["meta"]["movers"] >= 1
    again = furnished_desk.run(*shlex.split(first["evidence"]["command"])[1:], "--json")
    assert json.loads(again.out)["data"]["value"] == first["value"]
    points = furnished_desk.sql(first["evidence"]["sql"])
    assert len(points) == 40
    assert float(points[-1][1]) == first["value"]


def test_what_is_left_out_is_counted(furnished_desk: Desk) -> None:
    rows = {"o/small": [50.0] * 40, "o/short": [50_000.0], "o/calm": wavy(3)}
    load(furnished_desk, write_observations(furnished_desk, rows))
    meta = ask(furnished_desk, "movers")["meta"]
    assert meta["left_out"] == {
        "stale": 0,
        "below_minimum_base": 1,
        "too_short": 1,
        "in_source_event": 0,
        "unchanged": 0,
    }
    assert meta["judged"] == 1


def test_a_jump_of_the_whole_source_is_set_apart(furnished_desk: Desk) -> None:
    rows = {f"o/{k}": [*wavy(k)[:-1], 10_000.0] for k in range(12)}
    load(furnished_desk, write_observations(furnished_desk, rows))
    answer = ask(furnished_desk, "movers")
    assert answer["data"] == []
    assert answer["meta"]["left_out"]["in_source_event"] == 12
    (event,) = answer["meta"]["source_events"]
    assert (event["direction"], event["series"], len(event["jumped"])) == ("down", 12, 12)
    assert "moved by an event of their source" in answer["meta"]["reason"]
    table = furnished_desk.run("movers", "--world", "mine", "--as-of", str(END), "-f", "table")
    line = f"Source event {END}: 12 of 12 github.stars series jumped down together: o/0, o/1 and 10 more."
    assert line in table.err.splitlines()


def test_a_flat_series_has_no_z_with_the_reason(furnished_desk: Desk) -> None:
    load(furnished_desk, write_observations(furnished_desk, {"o/flat": [50_000.0] * 40}))
    (row,) = ask(furnished_desk, "movers")["data"]
    assert row["z"] is None
    assert "MAD is zero" in row["no_z_because"]
    assert row["is_mover"] is False


def test_scores_do_not_move(furnished_desk: Desk) -> None:
    done = furnished_desk.run("movers", "--metric", "arena.text.rating")
    assert done.code == 2
    assert "is a score" in done.err


def test_totals_are_compared_by_what_arrived(furnished_desk: Desk) -> None:
    arrived = [10_000.0] * 36 + [20_000.0] * 4
    rows = {"o/m": list(np.cumsum(arrived))}
    path = write_observations(
        furnished_desk, rows, metric="hub.downloads.all_time", source="hub", kind="hub_model"
    )
    load(furnished_desk, path)
    (row,) = ask(furnished_desk, "movers", "--metric", "hub.downloads.all_time")["data"]
    assert row["growth_of"] == "flows"
    assert math.isclose(row["change"], 1, abs_tol=1e-3)


def test_a_world_without_these_metrics_says_so(furnished_desk: Desk) -> None:
    load(furnished_desk, write_observations(furnished_desk, {"o/m": [1.0, 2.0]}))
    answer = ask(furnished_desk, "movers", "--metric", "hub.likes")
    reason = "no series of these metrics; the world mine has github.stars"
    assert (answer["data"], answer["meta"]["reason"]) == ([], reason)


def test_the_bundled_world_has_movers_and_a_table_of_them(furnished_desk: Desk) -> None:
    done = furnished_desk.run("movers", "--as-of", "2026-08-23", "-f", "table", "-n", "2")
    assert done.code == 0, done.err
    assert "Left out: " in done.err
    assert "Subject" in done.out
