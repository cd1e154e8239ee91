"""A sweep that is killed without warning, again and again, and resumed: nothing lost, nothing doubled.

`python -m tests.collectors.test_sweep_killed URL DATABASE` goes on with the sweep to its end.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.sweep import SweepCollector, SweepOptions
from store.checkpoint import Checkpoint, load_checkpoints
from store.database import open_database
from store.recorder import Recorder
from store.records import LIVE, Basis, Outcome
from store.transaction import RunSpec
from tests.collectors.stand import Clock, make_context, make_gate
from tests.collectors.sweep_cases import classify
from tests.replica.server import Replica
from tests.replica.whole_hub import WholeHub

ROOT = Path(__file__).resolve().parents[2]
KILLS = 10
CHANCE = random.Random()  # noqa: S311 - moments to kill at, not secrets
PAGES = 60
PAGE_SIZE = 50


def go_on(url: str, database_url: str) -> None:
    """Sweep from where the database says, to the end, as the runner does."""
    clock = Clock()
    context = make_context(clock, make_gate(clock), threading.Event())
    collector = SweepCollector(SweepOptions(url, records_from=100, page_size=PAGE_SIZE), classify)
    database = open_database(database_url)
    (target,) = collector.list_targets()
    with database.read() as connection:
        known = load_checkpoints(connection, LIVE, collector.name).get(target.key, Checkpoint(target.key))
    spec = RunSpec(LIVE, collector.name, collector.source, Basis.OBSERVED)
    recorder = Recorder(database, spec, clock)
    for batch in collector.collect(target, known.state, context):
        recorder.save(batch, known)
    recorder.finish(Outcome.OK)
    context.fetcher.close()
    database.close()


def kill_after(requests: int, replica: Replica, database_url: str) -> bool:
    """Begin or go on, and kill the process soon after it has sent so many requests. False: it was done."""
    sent = len(replica.log)
    command = [sys.executable, "-m", "tests.collectors.test_sweep_killed", replica.url, database_url]
    with subprocess.Popen(command, cwd=ROOT) as process:
        while len(replica.log) < sent + requests and process.poll() is None:
            time.sleep(0.001)
        time.sleep(CHANCE.uniform(0, 0.02))
        process.kill()
    return process.returncode != 0


def list_rows(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored, whoever told it."""
    asked = {
        "observations": "select s.name, s.native_id, m.name, o.day, o.value from observation o join subject s"
        " using (subject_id) join metric m using (metric_id) order by 1, 3, 4",
        "facts": "select s.name, f.attribute, f.value, f.valid_from from fact f join subject s"
        " using (subject_id) order by 1, 2, 3",
        "coverage": "select scope, status, items, reason from coverage",
        "state": "select state from checkpoint",
        "subjects": "select count(*) from subject",
    }
    database = open_database(database_url)
    with database.read() as connection:
        rows = {name: [tuple(row) for row in connection.exec_driver_sql(sql)] for name, sql in asked.items()}
    database.close()
    return rows


@pytest.mark.slow
def test_a_sweep_killed_at_random_pages_and_resumed_equals_one_that_was_not(
    tmp_path: Path, sqlite_template: Path
) -> None:
    for name in ("whole.db", "killed.db"):
        shutil.copyfile(sqlite_template, tmp_path / name)
    whole, killed = f"sqlite:///{tmp_path}/whole.db", f"sqlite:///{tmp_path}/killed.db"
    with Replica([WholeHub(PAGES * PAGE_SIZE, quota=10_000)]) as replica:
        go_on(replica.url, whole)
        assert len(replica.log) == PAGES
        replica.clear_log()
        kills = sum(kill_after(CHANCE.randint(1, 6), replica, killed) for _ in range(KILLS))
        go_on(replica.url, killed)
        sent = len(replica.log)
    assert kills == KILLS
    assert PAGES <= sent <= PAGES + kills
    expected, found = list_rows(whole), list_rows(killed)
    assert len(expected["observations"]) > 300
    assert found == expected


if __name__ == "__main__":
    go_on(*sys.argv[1:])
