"""`lunchwatch import`: the command, and the page that describes what it reads."""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import signal
import sqlite3
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lunchwatch.cli.import_ import import_
from store.catalogue import load_catalogue
from store.imports import KINDS, Context, parse_table, read_table
from tests.documents import ROOT
from tests.lunchwatch.conftest import PROGRAM, Desk

CLAIMS = "model,benchmark,score,unit\nm,SWE-Bench Verified,41.2,percent\nn,SWE-Bench Verified,0.3,fraction\n"
BAD = CLAIMS + "o,SWE-Bench Verified,900,percent\np,Elsewhere,41.2,\n"


def file(desk: Desk, text: str, name: str = "claims.csv") -> str:
    (desk.folder / name).write_text(text, encoding="utf-8")
    return name


def count(desk: Desk, view: str) -> int:
    return int(desk.sql(f"select count(*) from {view}")[0][0])


def test_an_import_is_the_first_command_of_a_new_user(lone_desk: Desk) -> None:
    done = lone_desk.run("import", "claims", file(lone_desk, CLAIMS), "--world", "paper")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "claims.csv: 2 rows\nworld paper: 2 records: 2 new, 0 corrected, 0 unchanged (run 1)\n"
    )
    assert lone_desk.sql("select world, model, score, unit from v_claim order by model") == [
        ["paper", "m", "41.2", "percent"],
        ["paper", "n", "30", "percent"],
    ]
    again = lone_desk.run("import", "claims", "claims.csv", "--world", "paper")
    assert "0 new, 0 corrected, 2 unchanged" in again.out
    assert (
        lone_desk.sql("select scope, status, items from v_coverage") == [["claims.csv", "complete", "2"]] * 2
    )


def test_a_bad_line_is_told_with_its_number_and_nothing_is_written(desk: Desk) -> None:
    done = desk.run("import", "claims", file(desk, BAD), "--world", "paper")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "line 4, score: 900 is not between 0 and 100 (percent, as stated)",
        (
            "line 5, score: 41.2 is not between 0 and 1 (fraction: no unit is declared for 'Elsewhere');"
            " state percent or points in the column unit"
        ),
        "error: 2 of 4 rows of claims.csv cannot be read; nothing was written",
        "  mend them, or leave them out with --skip-bad",
    ]
    assert (count(desk, "v_claim"), count(desk, "v_run")) == (0, 0)


def test_skipping_bad_lines_writes_the_good_ones_and_the_run_counts_the_others(desk: Desk) -> None:
    done = desk.run("import", "claims", file(desk, BAD), "--world", "paper", "--skip-bad")
    assert done.code == 0
    assert done.out.startswith("claims.csv: 4 rows, 2 left out\nworld paper: 2 records: 2 new")
    assert done.err.count("line ") == 2
    assert desk.sql("select outcome, written, skipped from v_run") == [["partial", "2", "2"]]
    assert desk.sql("select status, items, reason from v_coverage") == [
        ["partial", "2", "2 of 4 rows could not be read"]
    ]


def test_a_dry_run_counts_and_writes_nothing_not_even_a_run(desk: Desk) -> None:
    done = desk.run("import", "claims", file(desk, CLAIMS), "--world", "paper", "--dry-run")
    assert done.code == 0
    assert "2 new, 0 corrected, 0 unchanged (dry run: nothing was written)" in done.out
    assert (count(desk, "v_claim"), count(desk, "v_run"), count(desk, "v_coverage")) == (0, 0, 0)
    bad = desk.run("import", "claims", file(desk, BAD), "--world", "paper", "--dry-run")
    assert bad.code == 1
    assert "4 rows, 2 left out" in bad.out


def test_a_dry_run_makes_no_database(lone_desk: Desk) -> None:
    done = lone_desk.run("import", "claims", file(lone_desk, CLAIMS), "--dry-run")
    assert (done.code, "2 new" in done.out) == (0, True)
    assert list(lone_desk.folder.rglob("*.db")) == []


def test_json_gives_counts_and_what_was_left_out_even_where_nothing_was_written(lone_desk: Desk) -> None:
    header, *lines = BAD.splitlines()
    name = file(lone_desk, "\n".join([f"{header},colour", *(f"{line},red" for line in lines)]))
    refused = lone_desk.run("import", "claims", name, "--world", "w", "--json")
    answer = json.loads(refused.out)
    assert refused.code == 1
    assert answer["schema"] == "lunchwatch/import@1"
    assert answer["data"] == {
        "kind": "claims",
        "file": "claims.csv",
        "rows": 4,
        "bad": 2,
        "repeated": 0,
        "replaced": 0,
        "records": 2,
        "new": None,
        "corrected": None,
        "unchanged": None,
    }
    assert [(bad["line"], bad["column"]) for bad in answer["meta"]["left_out"]] == [
        (4, "score"),
        (5, "score"),
    ]
    assert (answer["meta"]["world"], answer["meta"]["run_id"]) == ("w", None)
    assert answer["meta"]["unknown_columns"] == ["colour"]
    assert "note: left out 1 column nobody knows: colour" in refused.err
    written = json.loads(lone_desk.run("import", "claims", name, "--world", "w", "--skip-bad", "--json").out)
    assert (written["data"]["new"], written["meta"]["run_id"]) == (2, 1)


def test_many_bad_lines_are_counted_and_not_all_printed(lone_desk: Desk) -> None:
    text = "model,benchmark,score\n" + "m,b,much\n" * 100
    done = lone_desk.run("import", "claims", file(lone_desk, text), "--dry-run")
    assert done.err.count("is no number") == 20
    assert "… and 80 more" in done.err


def test_standard_input_is_a_file_too(lone_desk: Desk) -> None:
    done = subprocess.run(
        [PROGRAM, "import", "claims", "-", "--world", "paper"],
        env=lone_desk.environment,
        cwd=lone_desk.folder,
        input=b'\xef\xbb\xbf{"model": "m", "benchmark": "b", "score": 0.5}\r\n',
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"standard input: 1 row\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["claims", "claims.csv", "--world", "Not A World"], 2, "cannot be the name of a world"),
        (["claims", "claims.csv", "--world", ""], 2, "'' cannot be the name of a world"),
        (["claims", "missing.csv"], 2, "does not exist"),
        (["claims", "."], 2, "is a directory"),
        (["nonsense", "claims.csv"], 2, "No such command"),
        (["ratings", "claims.csv"], 1, "lacks board, board_date, rating"),
        (["documents", "claims.csv"], 1, "no JSON lines"),
    ],
)
def test_what_cannot_be_imported_ends_with_its_code(
    lone_desk: Desk, arguments: list[str], code: int, said: str
) -> None:
    file(lone_desk, CLAIMS)
    done = lone_desk.run("import", *arguments)
    assert done.code == code
    assert said in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_the_empty_name_is_no_world_anywhere(lone_desk: Desk) -> None:
    """Only to leave the option out means the live one: an unset variable in a script must not write to it."""
    assert lone_desk.run("db", "upgrade").code == 0
    for command in ("gap", "top github.stars", "why lag", "link add hub:a/b m"):
        done = lone_desk.run(*command.split(), "--world", "")
        assert (done.code, "'' cannot be the name of a world" in done.err) == (2, True), (command, done)
    file(lone_desk, CLAIMS)
    assert lone_desk.run("import", "claims", "claims.csv", "--world", "", "--dry-run").code == 2
    assert lone_desk.sql("select count(*) from v_run where basis = 'imported'") == [["0"]]


def test_the_live_world_waits_for_whoever_holds_the_lock_and_others_do_not(lone_desk: Desk) -> None:
    name = file(lone_desk, CLAIMS)
    folder = lone_desk.folder / "data"
    folder.mkdir()
    with (folder / "lunchwatch.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        busy = lone_desk.run("import", "claims", name)
        assert (busy.code, "already running" in busy.err) == (75, True)
        assert lone_desk.run("import", "claims", name, "--world", "paper").code == 0
    assert lone_desk.run("import", "claims", name).code == 0


@pytest.mark.slow
def test_a_killed_import_leaves_nothing_or_all(lone_desk: Desk) -> None:
    lines = ["source,kind,key,metric,day,value"]
    lines += [f"hub,hub_model,a/m{n},hub.likes,2026-01-01,{n}" for n in range(30_000)]
    name = file(lone_desk, "\n".join(lines), "observations.csv")
    assert lone_desk.run("db", "upgrade").code == 0
    database = lone_desk.folder / "data" / "lunchwatch.db"
    for wait in (0.5, 1.5, 2.5):
        world = f"killed-{wait}"
        process = lone_desk.start("import", "observations", name, "--world", world)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with contextlib.closing(sqlite3.connect(database)) as connection:
            [runs] = connection.execute(
                "select count(*), coalesce(sum(written), 0) from run where world = ?", [world]
            )
            [[stored]] = connection.execute(
                "select count(*) from observation join run using (run_id) where world = ?", [world]
            )
        assert (*runs, stored) in ((0, 0, 0), (1, 30_000, 30_000))


def test_the_commands_columns_are_the_readers_columns() -> None:
    assert set(import_.commands) == set(KINDS)
    for name, command in import_.commands.items():
        kind = KINDS[name]
        optional = f"[,{','.join(kind.optional)}]" if kind.optional else ""
        assert f"Columns: {','.join(kind.required)}{optional}" in (command.help or "")


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_page_describes_each_kind_with_an_example_that_can_be_read(name: str) -> None:
    kind = KINDS[name]
    page = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", page, flags=re.MULTILINE)
    [text] = [part for part in section if part.startswith(f"{name}\n")]
    described = re.findall(r"^\| `(\w+)` \| (yes|column|) ?\|", text, flags=re.MULTILINE)
    assert tuple(column for column, required in described if required) == kind.required
    assert tuple(column for column, required in described if not required) == kind.optional
    [(language, example)] = re.findall(r"^```(csv|json)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    table = read_table(
        example.encode(), f"example.{language}", kind.required, kind.optional, only_json=kind.only_json
    )
    catalogue = load_catalogue()
    parsed = parse_table(
        kind, table, Context(datetime(2026, 11, 18, tzinfo=UTC), catalogue, catalogue.metrics)
    )
    assert (parsed.bad, parsed.unknown, parsed.notes) == ((), (), ())
    assert parsed.records


def test_real_boards_recomputed_from_an_import_keep_every_line(lone_desk: Desk, shared_folder: Path) -> None:
    """The archived boards of an independent collection, as ratings with absolute intervals."""
    import csv
    import gzip

    archive = shared_folder / "data" / "arena" / "boards_2024-06_2025-01.csv.gz"
    with gzip.open(archive, "rt", encoding="utf-8") as source:
        lines = list(csv.DictReader(source))
    rows = []
    for line in lines:
        up, down = (float(end) for end in line["ci95"].split("/"))
        score = float(line["arena_score"])
        rows.append(
            {
                "board": line["arena"],
                "board_date": line["version_date"],
                "model": line["model"],
                "rating": score,
                "ci_low": score + down,
                "ci_high": score + up,
                "votes": line["votes"],
                "licence": line["license"],
                "organisation": line["organization"],
            }
        )
    name = file(lone_desk, "\n".join(map(json.dumps, rows)), "boards.jsonl")
    done = lone_desk.run("import", "ratings", name, "--world", "arena", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["data"]["rows"] == len(lines)
    [[stored, dates]] = lone_desk.sql(
        "select count(*), count(distinct day) from v_observation"
        " where world = 'arena' and metric = 'arena.text.rating'"
    )
    assert (int(stored), int(dates)) == (len(lines), len({line["version_date"] for line in lines}))
