"""Going on with what was postponed when its time comes, in the foreground: `lunchwatch collect --wait`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from lunchwatch.collecting import CollectorResult, Problem
from store.records import Outcome

_LONGEST_NAP = 30.0
"""Seconds after which the clock is looked at again: it may have been set, or the machine have slept."""

_MOST_FRUITLESS = 3
"""Waits in a row after which nothing was got: then it is given up, and left to the daemon or another day."""

Continue = Callable[[Mapping[str, frozenset[str]]], list[CollectorResult]]


def go_on_waiting(
    results: Sequence[CollectorResult],
    go_on: Continue,
    *,
    clock: Callable[[], datetime],
    stop: threading.Event,
    tell: Callable[[datetime, Sequence[Problem]], object],
    tell_given_up: Callable[[int], object] = lambda _: None,
) -> list[CollectorResult]:
    """Wait for what `results` postponed, go on with it, until nothing is left to wait for or `stop` is set.

    Waits in the calling thread. `tell` is told before each wait until when it lasts and for what,
    `tell_given_up` after how many waits in a row without anything new it is not waited any longer. Returns
    everything that was done, results of the same collector added up."""
    done = list(results)
    fruitless = 0
    while waiting := list_waiting(done):
        moment = min(until for until, _ in waiting)
        tell(moment, [problem for _, problem in waiting])
        if not wait_until(moment, clock, stop):
            break
        now = clock()
        ripe: dict[str, set[str]] = {}
        for until, problem in waiting:
            if until <= now:
                ripe.setdefault(problem.collector, set()).add(problem.key)
        only = {collector: frozenset(keys) for collector, keys in ripe.items()}
        gone_on = go_on(only)
        done = add_up(done, gone_on, only)
        has_moved = any(r.reached or r.counts.written or r.counts.unchanged for r in gone_on)
        fruitless = 0 if has_moved else fruitless + 1
        if fruitless >= _MOST_FRUITLESS:
            tell_given_up(fruitless)
            break
    return done


def list_waiting(results: Sequence[CollectorResult]) -> list[tuple[datetime, Problem]]:
    """What was postponed to a moment, the earliest first."""
    waiting = [
        (problem.retry_at, problem)
        for result in results
        for problem in result.problems
        if problem.is_postponed and problem.retry_at is not None
    ]
    return sorted(waiting, key=lambda entry: entry[0])


def wait_until(moment: datetime, clock: Callable[[], datetime], stop: threading.Event) -> bool:
    """Wait for a moment; False when `stop` was set before."""
    while (left := (moment - clock()).total_seconds()) > 0:
        if stop.wait(min(left, _LONGEST_NAP)):
            return False
    return not stop.is_set()


def add_up(
    before: Sequence[CollectorResult],
    after: Sequence[CollectorResult],
    only: Mapping[str, frozenset[str]],
) -> list[CollectorResult]:
    """What was done in both rounds; of the targets of the second one its word holds."""
    later = {result.collector: result for result in after}
    return [_add(result, later.get(result.collector), only) for result in before]


def _add(
    result: CollectorResult, later: CollectorResult | None, only: Mapping[str, frozenset[str]]
) -> CollectorResult:
    tried = only.get(result.collector, frozenset())
    kept = tuple(problem for problem in result.problems if problem.key not in tried)
    if later is None:
        return replace(result, problems=kept)
    outcome = later.outcome
    is_fruitless = outcome in (Outcome.FAILED, Outcome.POSTPONED)
    if (outcome is Outcome.OK and kept) or (is_fruitless and result.has_answered):
        outcome = Outcome.PARTIAL
    elif outcome is Outcome.POSTPONED:
        outcome = result.outcome
    return replace(
        result,
        run_id=later.run_id,
        outcome=outcome,
        counts=result.counts + later.counts,
        reached=result.reached + later.reached,
        problems=(*kept, *later.problems),
    )


def describe_waiting(problems: Sequence[Problem]) -> Iterator[str]:
    """For each host how many targets wait for it."""
    by_host: dict[str, int] = {}
    for problem in problems:
        by_host[problem.host] = by_host.get(problem.host, 0) + 1
    for host, count in by_host.items():
        yield f"{host} ({count} target{'s' if count > 1 else ''})"
