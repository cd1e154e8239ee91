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
    for nonsense in (
        "ana",
        "ana@",
        "@x.org",
        "a b@x.org",
        "a@x.org\nBcc: b@x.org",
        "a@x..org",
        "a@x.org\n",
        "ä@x.org",
    ):
        assert desk.run("subscribers", "add", nonsense).code == 2, nonsense
    listed = json.loads(desk.run("subscribers", "list", "--json").out)
    assert [row["email"] for row in listed["data"]] == ["ana@example.org"]
    assert desk.run("subscribers", "rm", "ana@example.org").out == "Removed ana@example.org.\n"
    assert desk.run("subscribers", "rm", "ana@example.org").code == 5


def test_a_source_nobody_knows_names_the_ones_there_are(desk: Desk) -> None:
    done = desk.run("collect", "myspace")
    assert done.code == 5
    for name in ("hub", "github", "github.stars", "feeds", "models.dev", "openrouter"):
        assert f" {name}," in done.err


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
    replica.slow("/openrouter", 8)
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


def _shell(desk: Desk, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which $L is the program; the codes of its pipe come last on stdout."""
    return subprocess.run(
        ["/bin/bash", "-c", f"{script}; echo ${{PIPESTATUS[*]}}"],
        env={**desk.environment, "L": str(PROGRAM), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("style", ["tsv", "table", "json"])
def test_a_reader_that_leaves_early_is_no_error(furnished_desk: Desk, style: str) -> None:
    query = "select * from v_observation limit 900"
    done = _shell(furnished_desk, f"$L sql '{query}' --limit 0 -f {style} | head -c 9 >/dev/null")
    assert done.stdout.splitlines()[-1] == "0 0"
    assert done.stderr == ""


@pytest.mark.slow
def test_a_collection_is_not_broken_off_because_nobody_reads_its_messages(
    desk: Desk, replica: Replica
) -> None:
    done = _shell(desk, "($L -vv collect feeds openrouter 2>&1 >&3 | head -c 0) 3>/dev/null")
    assert done.stderr == ""
    assert desk.sql("select collector, outcome from v_run where collector = 'openrouter'") == [
        ["openrouter", "ok"]
    ]


@pytest.mark.parametrize("script", ["$L status >/dev/full", "$L status >&-"])
def test_a_result_that_cannot_be_written_is_said_in_one_line(furnished_desk: Desk, script: str) -> None:
    done = _shell(furnished_desk, script)
    assert done.stdout.splitlines()[-1] == "1"
    assert done.stderr.splitlines()[-1].startswith("error: cannot write the result: ")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("script", ["$L status 2>/dev/full", "$L status 2>&-"])
def test_a_result_comes_whole_when_messages_cannot_be_written(furnished_desk: Desk, script: str) -> None:
    done = _shell(furnished_desk, script)
    assert done.stdout.splitlines()[-1] == "1"
    assert done.stdout.startswith("source\tbasis")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "settings", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}], ids=["locale", "streams"]
)
@pytest.mark.parametrize("style", ["table", "tsv", "json"])
def test_an_encoding_that_cannot_say_everything_stops_nothing(
    furnished_desk: Desk, settings: dict[str, str], style: str
) -> None:
    done = furnished_desk.run("sql", "select '模型 ■' as name", "-f", style, **settings)
    assert (done.code, done.err) == (0, "")
    assert "name" in done.out


@pytest.mark.parametrize("style", ["table", "tsv", "csv", "md", "json", "jsonl"])
def test_foreign_text_does_not_steer_the_terminal(furnished_desk: Desk, style: str) -> None:
    steering = "char(27) || '[31m' || char(155) || '1m' || char(8238) || char(13)"
    done = furnished_desk.run("sql", f'select {steering} as "\x1b[2J[red]"', "-f", style)
    assert done.code == 0, done.err
    assert "[31m" in done.out
    assert not set(done.out) & set("\x1b\x9b\u202e\r")
    unknown = furnished_desk.run("show", "\x1b[31mnobody")
    assert unknown.code == 5
    assert "\x1b" not in unknown.err


def test_columns_of_the_same_name_are_told_apart_in_json(furnished_desk: Desk) -> None:
    done = furnished_desk.run("sql", "select 1 as a, 2 as a, 9e999 as a_2", "--json")
    assert json.loads(done.out)["data"] == [{"a": 1, "a_3": 2, "a_2": None}]


@pytest.mark.parametrize(
    "arguments",
    [
        ("sql", "select 1", "--seconds", "inf"),
        ("sql", "select 1", "--seconds", "nan"),
        ("sql", "select 1", "--limit", "10000001"),
        ("sql", "select '\udcff'"),
        ("top", "github.stars", "--as-of", "1969-12-31"),
        ("show", "github:vllm-project/vllm", "--as-of", "9999-12-31"),
        ("show", "github:vllm-project/vllm", "--as-of", "2024-13-01"),
        ("report", "build", "--week", "0001-W01"),
        ("report", "build", "--week", "1999-W52"),
    ],
)
def test_a_number_or_day_out_of_reason_is_a_usage_error(
    furnished_desk: Desk, arguments: tuple[str, ...]
) -> None:
    done = furnished_desk.run(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "bug" not in done.err


def test_a_secret_in_a_setting_is_not_even_in_a_traceback(lone_desk: Desk) -> None:
    for name, value in (
        ("LUNCHWATCH_HUB__TOKEN", "hush hush"),
        ("LUNCHWATCH_GITHUB", '{"token": "hush hush", "x": 1}'),
        ("LUNCHWATCH_FEEDS__EXTRA", '[{"name": "x", "url": "ftp://ana:hush@host/"}]'),
    ):
        done = lone_desk.run("-vv", "status", **{name: value})
        assert done.code == 78, done.err
        assert "Traceback" in done.err
        assert "hush" not in done.err


def test_a_password_in_the_databases_address_is_shown_nowhere(lone_desk: Desk, postgres_url: str) -> None:
    address = f"{postgres_url}{'&' if '?' in postgres_url else '?'}password=hush"
    for arguments in (("db", "upgrade"), ("status", "--json"), ("-vv", "status")):
        done = lone_desk.run(*arguments, LUNCHWATCH_DATABASE_URL=address)
        assert "hush" not in done.out + done.err
        assert "***" in done.out + done.err


@pytest.mark.parametrize("arguments", [("run", "--once"), ("db", "upgrade")])
def test_a_command_that_is_asked_to_stop_at_once_ends_with_a_line_and_130(
    lone_desk: Desk, arguments: tuple[str, ...]
) -> None:
    process = lone_desk.start(*arguments)
    assert wait_until((lone_desk.folder / "data").exists)
    assert stop(process) == 130
    said = (lone_desk.folder / "err.txt").read_text()
    assert "stopped" in said
    assert "Traceback" not in said
    assert lone_desk.run("db", "upgrade").code == 0


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
