"""What each command promises: output, exit codes, errors that say what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lunchwatch.conftest import PROGRAM, Desk, stop, wait_until
from tests.replica.server import Replica


def test_sql_answers_in_tabs_when_piped_and_in_an_envelope_when_asked(desk: Desk) -> None:
    assert desk.run("sql", "select count(*) from v_observation").out.splitlines()[1:] == ["0"]
    answer = json.loads(desk.run("sql", "select 1 as one", "--json").out)
    assert answer == {"schema": "lunchwatch/sql@1", "data": [{"one": 1}], "meta": {"is_cut": False}}


@pytest.mark.parametrize(
    "statement", ["delete from run", "select 1; drop table run", "update run set world='x'"]
)
def test_sql_refuses_to_write_with_exit_2(desk: Desk, statement: str) -> None:
    done = desk.run("sql", statement)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err


def test_a_missing_database_names_the_command_that_makes_it(lone_desk: Desk) -> None:
    done = lone_desk.run("status")
    assert done.code == 5
    assert "lunchwatch run --once" in done.err


def test_db_upgrade_makes_the_database_and_loads_the_baseline_once(lone_desk: Desk) -> None:
    first = lone_desk.run("db", "upgrade")
    assert first.code == 0, first.err
    assert "empty -> 0001" in first.out
    again = lone_desk.run("db", "upgrade")
    assert "nothing to do" in again.out
    assert all(line.endswith(" 0 new") for line in again.out.splitlines()[1:])
    assert int(lone_desk.sql("select count(*) from v_observation")[0][0]) > 5000


def test_top_show_and_status_read_what_was_bundled(furnished_desk: Desk) -> None:
    top = json.loads(furnished_desk.run("top", "github.stars", "-n", "3", "--json").out)
    assert len(top["data"]) == 3
    assert top["data"][0]["basis"] == "bundled"
    assert top["meta"]["semantics"] == "instant"
    name = top["data"][0]["subject"]
    shown = json.loads(furnished_desk.run("show", f"github:{name}", "--json").out)
    assert any(e["name"] == "github.stars" and e["value"] == top["data"][0]["value"] for e in shown["data"])
    states = json.loads(furnished_desk.run("status", "--json").out)
    assert {row["basis"] for row in states["data"]} == {"bundled"}
    earlier = json.loads(furnished_desk.run("top", "github.stars", "--as-of", "2024-01-01", "--json").out)
    assert all(row["day"] <= "2024-01-01" for row in earlier["data"])


def test_an_unknown_metric_or_subject_names_the_near_ones(furnished_desk: Desk) -> None:
    metric = furnished_desk.run("top", "github.star")
    assert (metric.code, "github.stars" in metric.err) == (5, True)
    subject = furnished_desk.run("show", "Qwen/Qwen3-8")
    assert subject.code == 5
    assert "near: " in subject.err


def test_a_report_of_an_old_week_knows_nothing_later(furnished_desk: Desk) -> None:
    built = furnished_desk.run("report", "build", "--week", "2025-W30", "--no-charts")
    assert built.code == 0, built.err
    shown = json.loads(furnished_desk.run("report", "show", "--week", "2025-W30", "--json").out)["data"]
    assert shown["as_of"] == "2025-07-27"
    assert shown["content"]["through"] <= "2025-07-27"
    again = furnished_desk.run("report", "build", "--week", "2025-W30", "--no-charts")
    assert "r1 unchanged" in again.out


def test_a_week_that_is_none_or_to_come_is_refused(lone_desk: Desk) -> None:
    assert lone_desk.run("report", "build", "--week", "2026-W60").code == 2
    assert lone_desk.run("report", "build", "--week", "2999-W01").code == 2
    assert lone_desk.run("report", "build", "--week", "soon").code == 2


def test_subscribers_are_added_once_and_nonsense_is_refused(desk: Desk) -> None:
    assert desk.run("subscribers", "add", "ana@example.org").out == "Added ana@example.org.\n"
    assert "already" in desk.run("subscribers", "add", "Ana@example.org").out
    for nonsense in ("ana", "ana@", "@x.org", "a b@x.org", "a@x.org\nBcc: b@x.org", "a@x..org"):
        assert desk.run("subscribers", "add", nonsense).code == 2, nonsense
    listed = json.loads(desk.run("subscribers", "list", "--json").out)
    assert [row["email"] for row in listed["data"]] == ["ana@example.org"]


def test_a_source_nobody_knows_names_the_ones_there_are(desk: Desk) -> None:
    done = desk.run("collect", "myspace")
    assert done.code == 5
    assert "hub, github, feeds, models.dev, openrouter" in done.err


def test_collect_ends_with_1_when_nothing_could_be_reached(desk: Desk, replica: Replica) -> None:
    replica.go_offline()
    assert desk.run("collect", "openrouter").code == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LUNCHWATCH_HUB__ENDPONT": "x"}, ["hub.endpont", "no such setting", "LUNCHWATCH_HUB__ENDPONT"]),
        ({"LUNCHWATCH_HUBB__ENDPOINT": "x"}, ["hubb", "no such setting", "LUNCHWATCH_HUBB__ENDPOINT"]),
        ({"LUNCHWATCH_SCHEDULE__COLLECT_EVERY": "often"}, ["schedule.collect_every", "COLLECT_EVERY"]),
        ({"LUNCHWATCH_DATABASE_URL": "nonsense"}, ["database_url"]),
        ({"LUNCHWATCH_DATABASE_URL": "mysql://x/y"}, ["mysql", "PostgreSQL"]),
        ({"LUNCHWATCH_HUB__ENDPOINT": "ftp://x"}, ["endpoint"]),
    ],
)
def test_a_wrong_setting_names_its_key_and_where_it_stands(
    lone_desk: Desk, settings: dict[str, str], words: list[str]
) -> None:
    done = lone_desk.run("collect", **settings)
    assert done.code == 78, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err


def test_a_wrong_setting_in_a_file_names_the_file(lone_desk: Desk) -> None:
    file = lone_desk.folder / "home" / ".config" / "lunchwatch" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[hub]\nendpont = "x"\n')
    done = lone_desk.run("status")
    assert done.code == 78
    assert "hub.endpont" in done.err
    assert str(file) in done.err
    file.write_text("[hub\n")
    broken = lone_desk.run("status")
    assert broken.code == 78
    assert str(file) in broken.err


def test_the_environment_wins_over_the_file(lone_desk: Desk) -> None:
    file = lone_desk.folder / "home" / ".config" / "lunchwatch" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('database_url = "mysql://x/y"\n')
    done = lone_desk.run("db", "upgrade", LUNCHWATCH_DATABASE_URL=f"sqlite:///{lone_desk.folder}/own.db")
    assert done.code == 0, done.err


def test_a_second_instance_names_the_first_and_exits_75(desk: Desk, replica: Replica) -> None:
    replica.slow("/openrouter", 20)
    first = desk.start("collect", "openrouter")
    try:
        assert wait_until(lambda: any(r.path.startswith("/openrouter") for r in replica.log))
        second = desk.run("collect", "openrouter")
        assert second.code == 75
        assert f"pid {first.pid}" in second.err
    finally:
        stop(first)


def test_every_command_has_help_and_an_unknown_one_is_usage(lone_desk: Desk) -> None:
    overview = lone_desk.run("--help")
    assert overview.code == 0
    for command in (
        "run",
        "collect",
        "status",
        "report",
        "digest",
        "subscribers",
        "top",
        "show",
        "sql",
        "db",
        "version",
    ):
        assert f"\n  {command} " in overview.out
        assert lone_desk.run(command, "--help").code == 0
    assert lone_desk.run("dance").code == 2


def test_version_names_the_schema_and_the_libraries(lone_desk: Desk) -> None:
    out = lone_desk.run("version").out
    for name in ("lunchwatch", "schema", "huggingface_hub", "PyGithub", "SQLAlchemy"):
        assert name in out


def test_a_reader_that_leaves_early_is_no_error(furnished_desk: Desk) -> None:
    script = f"'{PROGRAM}' sql 'select * from v_observation' --limit 0 | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        env=furnished_desk.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_help_and_status_load_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys; sys.argv = ['lunchwatch', '--help']\n"
        "from lunchwatch.cli import cli\n"
        "heavy = {'sqlalchemy', 'pydantic', 'httpx2', 'numpy', 'scipy', 'rich', 'huggingface_hub', 'github',"
        " 'jinja2', 'vl_convert', 'feedparser', 'apscheduler'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    assert done.stdout.strip() == "[]"
