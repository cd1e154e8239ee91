"""`lunchwatch backfill` as people use it: what there is, what it costs, what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lunchwatch.sources import HISTORIES
from tests.lunchwatch.conftest import Desk
from tests.replica.server import Replica

TODAY = datetime.now(UTC).date()
SINCE, UNTIL = f"{TODAY - timedelta(days=60)}", f"{TODAY - timedelta(days=20)}"


def test_without_a_source_the_histories_are_listed(lone_desk: Desk) -> None:
    lines = lone_desk.run("backfill").out.splitlines()
    assert [line.split()[0] for line in lines] == list(HISTORIES)
    assert all(history.description in line for line, history in zip(lines, HISTORIES.values(), strict=True))
    assert lines[2].endswith("from 2023-05-08")


def test_a_span_in_the_future_is_called_that(lone_desk: Desk) -> None:
    done = lone_desk.run("backfill", "packages", "--from", f"{TODAY + timedelta(days=40)}")
    assert done.code == 2
    assert "is in the future" in done.err


def test_a_dry_run_says_which_days_nobody_has(desk: Desk) -> None:
    done = desk.run("backfill", "arena", "--from", "2022-01-01", "--dry-run")
    assert "the first day there is 2023-05-08" in done.out
    done = desk.run("backfill", "arena", "--from", "2022-01-01", "--to", "2022-02-01", "--dry-run")
    assert "nothing will come" in done.out


def test_a_history_goes_by_the_name_of_its_source_too(desk: Desk) -> None:
    done = desk.run("backfill", "pypistats", "--from", SINCE, "--to", UNTIL, "--dry-run")
    assert done.code == 0, done.err


def test_an_unknown_history_names_those_there_are(lone_desk: Desk) -> None:
    done = lone_desk.run("backfill", "nobody", "--from", SINCE)
    assert done.code != 0
    assert all(name in done.err for name in ("nobody", *HISTORIES))


def test_a_history_without_a_first_day_or_up_to_today_is_refused_with_what_to_say(lone_desk: Desk) -> None:
    assert "--from YYYY-MM-DD" in lone_desk.run("backfill", "packages").err
    tomorrow = f"{TODAY + timedelta(days=1)}"
    done = lone_desk.run("backfill", "packages", "--from", SINCE, "--to", tomorrow)
    assert done.code != 0
    assert "--to" in done.err


def test_a_dry_run_says_what_it_would_cost_and_asks_nobody(desk: Desk, replica: Replica) -> None:
    done = desk.run("backfill", "packages", "--from", SINCE, "--to", UNTIL, "--dry-run")
    assert done.code == 0, done.err
    assert done.out.startswith(f"packages from {SINCE} to {UNTIL}: 2 targets, about 2 requests to ")
    assert replica.log == []


@pytest.mark.slow
@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_is_always_marked_as_back_filled_and_asked_for_again_it_adds_nothing(
    desk: Desk, name: str
) -> None:
    done = desk.run("backfill", name, "--from", SINCE, "--to", UNTIL)
    assert done.code == 0, done.err
    told = "select day, value, basis from v_observation where basis <> 'bundled' order by 1, 2"
    first = desk.sql(told)
    assert {basis for _, _, basis in first} == {"backfilled"}
    assert all(SINCE <= day <= UNTIL for day, _, _ in first)
    assert desk.run("backfill", name, "--from", SINCE, "--to", UNTIL).code == 0
    assert desk.sql(told) == first
    (_, (written_again,)) = desk.sql("select written from v_run where basis = 'backfilled' order by run_id")
    assert written_again == "0"
