"""`collect --wait`: going on with what was postponed, in the foreground."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lunchwatch.collecting import CollectorResult, Problem
from lunchwatch.waiting import describe_waiting, go_on_waiting
from store.records import Outcome
from store.transaction import Counts

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


class Time(threading.Event):
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timedelta(seconds=timeout or 0)
        return self.is_set()


def waits(target: str, minutes: float, host: str = "hub.example") -> Problem:
    until = NOW + timedelta(minutes=minutes)
    return Problem("hub", target, "asked us to wait", until, target, host, is_postponed=True)


def result(*problems: Problem, reached: int = 0, written: int = 1) -> CollectorResult:
    outcome = Outcome.PARTIAL if problems else Outcome.OK
    return CollectorResult("hub", 1, outcome, Counts(written), 3, reached, problems)


def test_each_target_is_gone_on_with_when_its_time_has_come_until_none_waits() -> None:
    time, asked, told = Time(), list[tuple[datetime, list[str]]](), list[datetime]()
    answers = iter([result(waits("sweep", 10), reached=0), result(reached=1), result(reached=1)])

    def go_on(only: Mapping[str, frozenset[str]]) -> Sequence[CollectorResult]:
        asked.append((time.now, sorted(only["hub"])))
        return [next(answers)]

    (done,) = go_on_waiting(
        [result(waits("sweep", 5), waits("stars", 60), reached=1)],
        lambda only: list(go_on(only)),
        clock=time,
        stop=time,
        tell=lambda until, _: told.append(until),
    )
    assert [(moment - NOW, names) for moment, names in asked] == [
        (timedelta(minutes=5), ["sweep"]),
        (timedelta(minutes=10), ["sweep"]),
        (timedelta(minutes=60), ["stars"]),
    ]
    assert told == [moment for moment, _ in asked]
    assert (done.outcome, done.reached, done.counts.written, done.problems) == (Outcome.OK, 3, 4, ())


def test_what_is_only_broken_or_gone_is_not_waited_for() -> None:
    time = Time()
    gone = Problem("hub", "x", "410", NOW + timedelta(days=30), "x")
    before = [result(gone, Problem("hub", "y", "503", None, "y"))]
    assert go_on_waiting(before, lambda _: [], clock=time, stop=time, tell=lambda *_: None) == before
    assert time.now == NOW


def test_stop_request_ends_the_wait_with_what_there_is() -> None:
    time = Time()
    before = [result(waits("sweep", 5))]
    assert go_on_waiting(before, lambda _: [], clock=time, stop=time, tell=lambda *_: time.set()) == before


def test_wait_is_given_up_and_said_to_be_when_it_brings_nothing_again_and_again() -> None:
    time, given_up = Time(), list[int]()

    def refuse(_only: Mapping[str, frozenset[str]]) -> list[CollectorResult]:
        minutes = (time.now - NOW) / timedelta(minutes=1) + 5
        return [replace(result(waits("sweep", minutes), written=0), outcome=Outcome.POSTPONED)]

    before = [replace(result(waits("sweep", 5), written=0), outcome=Outcome.POSTPONED)]
    (done,) = go_on_waiting(
        before, refuse, clock=time, stop=time, tell=lambda *_: None, tell_given_up=given_up.append
    )
    assert (given_up, time.now - NOW) == ([3], timedelta(minutes=15))
    assert (done.outcome, len(done.problems)) == (Outcome.POSTPONED, 1)


def test_target_that_is_not_there_any_more_is_waited_for_once() -> None:
    time = Time()
    (done,) = go_on_waiting(
        [result(waits("sweep", 5))], lambda _: [], clock=time, stop=time, tell=lambda *_: None
    )
    assert done.problems == ()


def test_wait_names_each_host_with_its_targets() -> None:
    problems = [waits("a", 1), waits("b", 2), waits("c", 3, "api.example")]
    assert list(describe_waiting(problems)) == ["hub.example (2 targets)", "api.example (1 target)"]
