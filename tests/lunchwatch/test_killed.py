"""The crash script: a collection killed at any moment and run again tells what an undisturbed one tells."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from store.database import open_database
from tests.lunchwatch.conftest import PROGRAM, Desk
from tests.replica.server import Replica

KILLS = 25
"""On each kind of database; fifty in all."""

LATEST = 2.0
"""Seconds after the first request of a collection, or after its start, in which the kills fall."""

VIEWS = {
    "v_observation": "world, source, kind, subject, metric, day, value",
    "v_fact": "world, source, kind, subject, attribute, value, valid_from",
    "v_model": "world, model, lab, name",
    "v_model_fact": "world, model, attribute, value, valid_from",
    "v_link": "world, source, kind, subject, model, link_basis, is_withdrawn",
    "v_release": "world, source, subject, kind, key, title, version, published_at",
    "v_document": "world, source, subject, key, title, url, text, content_hash",
    "v_claim": "world, model, benchmark, version, metric, score, standing, source_url, settings",
    "v_figure": "world, measure, value, unit, as_of",
    "v_subject": "world, source, kind, native_id, subject",
}
"""What the world is like, without who told it when."""

TABLES = ("observation", "fact", "model_fact", "link", "release", "document", "claim", "figure", "subject")
"""Everything that was ever told: a row told twice stands here twice."""


@dataclass(frozen=True, slots=True)
class World:
    """What a database holds: the rows of each view, and how many rows were told in all."""

    views: dict[str, list[str]]
    told: dict[str, int]


def read_world(url: str) -> World:
    database = open_database(url)
    try:
        with database.read() as connection:
            views = {
                view: sorted(
                    str([_plain(value) for value in row])
                    for row in connection.execute(text(f"select {columns} from {view}"))
                )
                for view, columns in VIEWS.items()
            }
            told = {
                table: connection.execute(text(f"select count(*) from {table}")).scalar_one()
                for table in TABLES
            }
    finally:
        database.close()
    return World(views, told)


def _plain(value: object) -> object:
    """A value as both databases can tell it: SQLite has moments and days as text, and no truth values."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    database = open_database(url)
    try:
        with database.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class Attempts:
    """How the killed collections ended: `killed` of them in the middle, `done` before the signal came."""

    killed: int
    done: int


def kill_again_and_again(desk: Desk, replica: Replica, seed: int) -> Attempts:
    """Start a collection and kill it: four times out of five once it asks for something, else at any time."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    killed = done = 0
    for number in range(KILLS):
        asked = len(replica.log)
        with (desk.folder / "collect.txt").open("w") as said:
            process = subprocess.Popen(
                [PROGRAM, "collect", "--all"],
                env=desk.environment,
                cwd=desk.folder,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        if number % 5:
            _await_request(replica, process, asked)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, LATEST))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
        else:
            done += 1
    return Attempts(killed, done)


def _await_request(replica: Replica, process: subprocess.Popen[bytes], asked: int) -> None:
    while process.poll() is None and len(replica.log) == asked:
        time.sleep(0.01)


@pytest.fixture
def seed() -> int:
    """A new one each time; `LUNCHWATCH_TEST_SEED` repeats one."""
    chosen = int(os.environ.get("LUNCHWATCH_TEST_SEED") or random.SystemRandom().randrange(10**9))
    sys.stdout.write(f"seed: LUNCHWATCH_TEST_SEED={chosen}\n")
    return chosen


@pytest.mark.slow
def test_collection_killed_at_random_moments_loses_and_doubles_nothing(
    desk: Desk, replica: Replica, database_url: str, seed: int
) -> None:
    undisturbed = Desk(desk.folder / "undisturbed", dict(desk.settings))
    undisturbed.folder.mkdir()
    reference = f"sqlite:///{undisturbed.folder / 'lunchwatch.db'}"
    undisturbed.settings["LUNCHWATCH_DATABASE_URL"] = reference
    assert undisturbed.run("collect", "--all").code == 0

    attempts = kill_again_and_again(desk, replica, seed)
    assert attempts.killed + attempts.done == KILLS
    assert attempts.killed > 0
    last = desk.run("collect", "--all")
    assert last.code == 0, last.err

    assert read_world(database_url) == read_world(reference)
    outcomes = {row[0]: row[1] for row in ask(database_url, "select outcome, count(*) from run group by 1")}
    if database_url.startswith("sqlite"):  # elsewhere an open run may be another machine's for six hours
        assert "running" not in outcomes
        assert outcomes["interrupted"]
    assert ask(database_url, "select count(*) from checkpoint where failures > 0") == [(0,)]
    assert "crashed" not in outcomes


def test_second_collection_of_everything_writes_nothing(desk: Desk) -> None:
    assert desk.run("collect", "--all").code == 0
    runs = desk.sql("select run_id, collector, written, outcome from v_run order by run_id")
    last = max(int(run[0]) for run in runs)
    assert {run[1] for run in runs if run[2] != "0"} >= {"hub", "github", "feeds", "policies"}
    done = desk.run("collect", "--all")
    assert done.code == 0, done.err
    again = desk.sql(f"select collector, written, outcome from v_run where run_id > {last}")
    assert again
    assert {run[0]: run[1] for run in again if run[1] != "0"} == {}
    assert {run[3] for run in runs} | {run[2] for run in again} == {"ok"}


@pytest.mark.slow
def test_second_collection_of_each_source_by_name_writes_nothing(desk: Desk, replica: Replica) -> None:
    """Named, a source is looked at again though its last success still lasts."""
    assert desk.run("collect", "--all").code == 0
    names = [row[0] for row in desk.sql("select distinct collector from v_run where written > 0")]
    replica.clear_log()
    assert desk.run("collect", *names).code == 0
    assert replica.log
    again = desk.sql("select collector, written from v_run order by run_id")[-len(names) :]
    assert {name: written for name, written in again if written != "0"} == {}
