"""What the daemon decides, without waiting: when an issue is due, and that it is published once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lunchwatch import daemon
from lunchwatch.collecting import CollectorResult
from lunchwatch.due import Choice
from lunchwatch.settings import Settings
from lunchwatch.wiring import continue_round
from store.checkpoint import Checkpoint, save_checkpoint
from store.database import Database
from store.outbox import add_subscriber
from store.records import Outcome
from store.transaction import Counts
from tests.store.worlds import rows

MONDAY = datetime(2026, 11, 16, 6, tzinfo=UTC)


class Stage:
    """A daemon whose collections are counted instead of made: everything else is real."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.settings = Settings(
            data_folder=folder,
            reports={"charts": False},  # type: ignore[arg-type] # pydantic makes the section of it
        )
        self.collected: list[datetime] = []
        self.continued: list[tuple[datetime, object]] = []
        self.now = MONDAY

    def tick(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        daemon.tick(self.database, self.settings, self.now, threading.Event())

    @property
    def issues(self) -> list[tuple[object, ...]]:
        return list(rows(self.database, "select week, revision from v_issue order by week, revision"))


@pytest.fixture
def stage(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(database, tmp_path)

    def count(*_arguments: object, **_named: object) -> list[object]:
        made.collected.append(made.now)
        return []

    def go_on(*arguments: object, **_named: object) -> list[object]:
        made.continued.append((made.now, arguments[2]))
        return []

    monkeypatch.setattr(daemon, "collect_round", count)
    monkeypatch.setattr(daemon, "continue_round", go_on)
    monkeypatch.setattr(daemon.clock, "now", lambda: made.now)
    return made


def test_the_first_issue_is_built_at_once_for_the_week_under_way(stage: Stage) -> None:
    stage.tick(0)
    assert stage.issues == [("2026-W47", 1)]
    assert len(stage.collected) == 1


def test_nothing_is_done_again_until_it_is_due(stage: Stage) -> None:
    for _ in range(8):
        stage.tick(1)
    assert len(stage.collected) == 1
    stage.tick(5)
    assert len(stage.collected) == 2
    assert stage.issues == [("2026-W47", 1)]


def test_each_week_gets_its_issue_after_its_end_once(stage: Stage) -> None:
    stage.tick(0)
    for _ in range(27):  # through Sunday 29 November, in steps of half a day
        stage.tick(12)
    assert {week for week, _ in stage.issues} == {"2026-W47"}
    stage.tick(14)  # Monday 30 November, 08:00
    before = stage.issues
    assert {week for week, _ in before} == {"2026-W47", "2026-W48"}
    stage.tick(1)
    assert stage.issues == before


def test_a_machine_that_slept_for_weeks_catches_up_once(stage: Stage) -> None:
    stage.tick(0)
    stage.tick(24 * 24)  # Thursday of W50
    assert [week for week, _ in stage.issues] == ["2026-W47", "2026-W49"]
    assert len(stage.collected) == 2


def test_every_reader_gets_one_mail_per_issue_and_ticks_add_none(stage: Stage) -> None:
    add_subscriber(stage.database, "ana@example.org", stage.now)
    stage.tick(0)
    for _ in range(5):
        stage.tick(1)
    mails = list(stage.settings.mail_folder.glob("*.eml"))
    assert len(mails) == 1
    assert rows(stage.database, "select state, deliveries from v_delivery") == [("sent", 1)]


def test_a_mail_that_could_not_be_written_is_written_by_a_later_tick(stage: Stage) -> None:
    add_subscriber(stage.database, "ana@example.org", stage.now)
    stage.settings.mail_folder.parent.mkdir(parents=True, exist_ok=True)
    stage.settings.mail_folder.write_text("a file where the folder should be")
    stage.tick(0)
    assert rows(stage.database, "select state from v_delivery") == [("failed",)]
    stage.settings.mail_folder.unlink()
    stage.tick(1)
    assert rows(stage.database, "select state from v_delivery") == [("sent",)]
    assert len(list(stage.settings.mail_folder.glob("*.eml"))) == 1


def test_a_tick_after_the_stop_does_nothing(stage: Stage) -> None:
    stop = threading.Event()
    stop.set()
    daemon.tick(stage.database, stage.settings, stage.now, stop)
    assert (stage.collected, stage.issues) == ([], [])


def test_a_round_that_reached_nothing_is_tried_again_soon(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = CollectorResult("hub", 1, Outcome.FAILED, Counts(), 3, 0, ())

    def fail(*_arguments: object, **_named: object) -> list[CollectorResult]:
        stage.collected.append(stage.now)
        return [outage]

    monkeypatch.setattr(daemon, "collect_round", fail)
    for hours in (0, 0.1, 0.2, 0.1):
        stage.tick(hours)
    assert len(stage.collected) == 2


def postpone(stage: Stage, collector: str, target: str, **known: object) -> None:
    with stage.database.write() as connection:
        save_checkpoint(connection, "live", collector, Checkpoint(target, **known))  # type: ignore[arg-type] # its fields


def test_what_was_postponed_is_gone_on_with_as_soon_as_its_time_has_come(stage: Stage) -> None:
    stage.tick(0)
    postpone(stage, "hub.sweep", "sweep", next_check_at=stage.now + timedelta(minutes=5))
    stage.tick(4 / 60)
    assert stage.continued == []
    stage.tick(1 / 60)
    assert stage.continued == [(stage.now, {"hub.sweep": frozenset({"sweep"})})]
    assert len(stage.collected) == 1


def test_what_is_postponed_again_waits_for_its_new_time(stage: Stage) -> None:
    stage.tick(0)
    for _ in range(3):
        postpone(stage, "hub.sweep", "sweep", next_check_at=stage.now + timedelta(minutes=5))
        for _ in range(5):
            stage.tick(1 / 60)
    assert len(stage.continued) == 3


def test_what_failed_is_tried_after_a_quarter_of_an_hour_one_and_four_hours_then_with_the_round(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.tick(0)
    began, failures = stage.now, 1
    tries: list[timedelta] = []

    def fail_again(*_arguments: object, **_named: object) -> list[object]:
        nonlocal failures
        failures += 1
        tries.append(stage.now - began)
        postpone(stage, "feeds", "a feed", failures=failures, last_attempt_at=stage.now)
        return []

    monkeypatch.setattr(daemon, "continue_round", fail_again)
    postpone(stage, "feeds", "a feed", failures=1, last_attempt_at=stage.now)
    for _ in range(4 * 10):
        stage.tick(15 / 60)
    hour = timedelta(hours=1)
    assert tries == [hour / 4, hour / 4 + hour, hour / 4 + hour + 4 * hour]


def test_a_round_that_was_stopped_goes_on_at_the_next_start_without_what_it_had(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices: list[object] = []
    outcomes = iter([Outcome.INTERRUPTED, Outcome.OK, Outcome.OK])

    def collect(*_arguments: object, **named: object) -> list[CollectorResult]:
        choices.append(named["choice"])
        return [CollectorResult("hub", 1, next(outcomes), Counts(), 1, 1, ())]

    monkeypatch.setattr(daemon, "collect_round", collect)
    began = stage.now
    stage.tick(0)
    stage.tick(1)
    assert choices == [Choice(since=began)] * 2
    stage.tick(10.9)
    assert len(choices) == 2
    stage.tick(0.2)
    assert choices[2] == Choice(since=stage.now)


def test_a_round_that_was_killed_goes_on_a_quarter_of_an_hour_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices: list[object] = []

    def die(*_arguments: object, **named: object) -> list[CollectorResult]:
        choices.append(named["choice"])
        raise KeyboardInterrupt

    monkeypatch.setattr(daemon, "collect_round", die)
    began = stage.now
    with pytest.raises(KeyboardInterrupt):
        stage.tick(0)
    stage.tick(0.2)
    assert len(choices) == 1
    with pytest.raises(KeyboardInterrupt):
        stage.tick(0.1)
    assert choices == [Choice(since=began)] * 2


def test_targets_that_are_not_there_any_more_are_left_alone(desk_settings: Settings, stage: Stage) -> None:
    """A back-fill's own, or of a source that was switched off: nothing is run for them."""
    postpone(stage, "packages", "torch 2026-01-01..2026-02-01", next_check_at=stage.now)
    found = continue_round(
        stage.database, desk_settings, {"packages": {"torch 2026-01-01..2026-02-01"}}, stop=threading.Event()
    )
    assert found == []
    assert rows(stage.database, "select count(*) from v_run where basis = 'observed'") == [(0,)]


@pytest.fixture
def desk_settings(tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path)
