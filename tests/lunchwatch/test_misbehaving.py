"""Collectors that do what none may cost the others nothing, whatever they raise, return and name."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from collectors.contract import Context, Plugin, Target
from lunchwatch import plugins
from lunchwatch.collecting import CollectorResult
from lunchwatch.interruption import do_unless_stopped
from lunchwatch.plugins import GROUP, GuardedCollector, UnusableCollector, declare_plugins
from store.database import Database, open_database
from store.errors import Interrupted, StoreError
from store.records import Batch, DataSource, Metric, Outcome, Semantics
from tests.lunchwatch.test_collecting import Round, Scripted, fails, tells
from tests.store.worlds import rows


@pytest.fixture
def a_round(sqlite_url: str, now: datetime) -> Iterator[Round]:
    from store.migration import upgrade

    database = open_database(sqlite_url)
    upgrade(database)
    yield Round(database, now)
    database.close()


class Own:
    """Somebody's collector that lists and collects what the test says."""

    name = source = "own"

    def __init__(self, targets: Callable[[], Any], collect: Callable[[], Any] | None = None) -> None:
        self._targets = targets
        self._collect = collect or (lambda: iter(()))

    def list_targets(self) -> Sequence[Target]:
        return self._targets()  # type: ignore[no-any-return] # whatever the test wants to see refused

    def collect(self, _target: Target, _state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        return self._collect()  # type: ignore[no-any-return] # likewise


def run_beside(a_round: Round, collector: Any) -> CollectorResult:
    """Its result, of a round in which another collector has to succeed."""
    result, other = a_round.run(collector, Scripted("github", b=tells("x/b")))
    assert other.outcome is Outcome.OK
    return result


class Wordless(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        GeneratorExit(),
        KeyboardInterrupt(),
        asyncio.CancelledError(),
        StoreError("mine"),
        Interrupted("mine"),
        Wordless(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_no_collector_may_raise_is_its_own_crash(a_round: Round, error: Any) -> None:
    result = run_beside(a_round, Scripted(a=fails(error), c=tells("x/c")))
    assert (result.outcome, result.reached) == (Outcome.CRASHED, 1)
    assert type(error).__name__ in result.problems[0].reason
    assert rows(a_round.database, "select count(*) from v_run where outcome = 'running'") == [(0,)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(None, "returned NoneType, no iterator"), ([5], "yielded int, no Batch"), (7, "returned int")],
)
def test_what_is_no_batch_is_a_crash_that_says_so(a_round: Round, answer: object, reason: str) -> None:
    result = run_beside(a_round, Scripted(a=lambda _state, _context: answer))  # type: ignore[arg-type,return-value] # wrong
    assert result.outcome is Outcome.CRASHED
    assert reason in result.problems[0].reason


def test_reason_that_no_database_and_no_terminal_can_take_is_cleaned(
    database: Database, now: datetime
) -> None:
    error = RuntimeError("\x1b[31mboom\ud800 \x00 \u202e at https://me:secret@host/\nand on")
    (result,) = Round(database, now).run(Scripted(a=fails(error)))
    (reason,) = {problem.reason for problem in result.problems}
    assert reason.isprintable()
    assert "secret" not in reason
    assert "boom" in reason
    assert rows(database, "select reason from v_coverage") == [(reason,)]


A_TARGET: dict[str, Any] = {"key": "t", "label": "t", "host": "h"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": 5},
        {"key": ""},
        {"key": "k\ud800"},
        {"key": "k\x00"},
        {"key": "k" * 401},
        {"label": None},
        {"host": None},
        {"host": "h\x1b[31m"},
        {"requests": -5},
        {"requests": 0},
        {"requests": "x"},
        {"requests": True},
        {"every": 5},
        {"options": None},
    ],
    ids=repr,
)
def test_target_that_is_not_as_targets_are_is_the_failure_of_its_plug_in(wrong: dict[str, Any]) -> None:
    (target,) = GuardedCollector(Own(lambda: [Target(**A_TARGET | wrong)])).list_targets()
    assert target.key == GROUP


def test_label_that_steers_a_terminal_is_cleaned() -> None:
    guarded = GuardedCollector(Own(lambda: [Target("t", "\x1b[31mRED\u202e\ud800", "h")]))
    assert [target.label for target in guarded.list_targets()] == ["[31mRED"]


def exit_now() -> object:
    raise SystemExit(3)


def interrupt() -> object:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        (exit_now, "SystemExit: 3"),
        (interrupt, "KeyboardInterrupt"),
        (lambda: None, "TypeError"),
        (lambda: [5], "something that is no Target"),
        (lambda: (Target(f"t{number}", "t", "h") for number in itertools.count()), "more than"),
    ],
)
def test_list_of_targets_that_cannot_be_had_is_the_failure_of_its_plug_in(
    a_round: Round, monkeypatch: pytest.MonkeyPatch, targets: Callable[[], object], reason: str
) -> None:
    monkeypatch.setattr(plugins, "_MOST_TARGETS", 100)
    result = run_beside(a_round, GuardedCollector(Own(targets)))
    assert result.outcome is Outcome.FAILED
    assert reason in result.problems[0].reason


def test_plug_in_that_hangs_while_it_names_its_targets_does_not_hold_up_the_others(
    a_round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "_LIST_SECONDS", 0.0)
    may_end = threading.Event()
    try:
        result = run_beside(a_round, GuardedCollector(Own(lambda: may_end.wait(60))))
    finally:
        may_end.set()
    assert result.outcome is Outcome.FAILED
    assert "did not end within" in result.problems[0].reason


def test_stop_is_seen_while_a_plug_in_hangs() -> None:
    stop, may_end = threading.Event(), threading.Event()
    stop.set()
    try:
        with pytest.raises(Interrupted):
            GuardedCollector(Own(lambda: may_end.wait(60)), stop).list_targets()
    finally:
        may_end.set()


def test_metric_that_no_database_takes_is_the_failure_of_its_plug_in(database: Database) -> None:
    endless = Metric("own.count", "u", Semantics.ROLLING, "own", "c", window_days=2**70)
    (declared,) = declare_plugins(
        database, [Plugin(Own(list), DataSource("own", "Own", "u", "l"), [endless])]
    )
    assert isinstance(declared.collector, UnusableCollector)
    assert "cannot be declared" in str(declared.collector.error)


def test_what_is_done_in_time_is_returned_and_what_it_raises_is_raised() -> None:
    assert do_unless_stopped(lambda: 5, threading.Event()) == 5
    with pytest.raises(ZeroDivisionError):
        do_unless_stopped(lambda: 1 // 0, None)
