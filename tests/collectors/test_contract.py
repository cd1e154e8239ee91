"""What every collector must do, whatever it collects (the collector contract's promises).

Cases are found in the modules `tests/collectors/*_cases.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pkgutil
import threading
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import tests.collectors
from collectors.contract import Collector, Context, Target
from collectors.fetching.gate import DEFAULT_WAIT
from store.errors import Interrupted, RateLimited, SourceChanged, SourceError, SourceUnavailable
from store.records import CoverageStatus, Observation
from tests.collectors.contract_case import Case, Drift
from tests.collectors.stand import NOW, USER_AGENT, Clock, Ledger, make_context, make_gate
from tests.replica.server import Replica


def list_cases() -> list[Case]:
    modules = [
        importlib.import_module(f"tests.collectors.{found.name}")
        for found in pkgutil.iter_modules(tests.collectors.__path__)
        if found.name.endswith("_cases")
    ]
    return [case for module in modules for case in module.CASES]


ALL_CASES = list_cases()
each_case = pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)


def quick_first(kinds: Iterable[str], quick: Container[str]) -> list[Any]:
    """All kinds as parameters; in the quick tier the `quick` ones only, of each collector."""
    return [pytest.param(kind, marks=() if kind in quick else pytest.mark.slow) for kind in kinds]


HOSTILE = {
    "nothing": b"",
    "zeros": b"\x00" * 4096,
    "null": b"null",
    "a number": b"1e999999",
    "an error page": b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>",
    "half a document": b'{"data": [{"id": "a',
    "deep nesting": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "not text": bytes(range(256)) * 16,
    "entities": (
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
        b"<rss version='2.0'><channel><title>&c;&d;</title><item><title>&c;&d;</title></item></channel></rss>"
    ),
}


@contextmanager
def open_stand(case: Case, clock: Clock | None = None) -> Iterator[tuple[Replica, Context]]:
    """A fresh world, and a context that reaches it."""
    used = clock or Clock()
    with Replica(case.make_sites()) as replica:
        context = make_context(used, make_gate(used), threading.Event())
        try:
            yield replica, context
        finally:
            context.fetcher.close()


@contextmanager
def reopen() -> Iterator[Context]:
    """Another context: a later process, to which no host has said anything yet."""
    clock = Clock()
    context = make_context(clock, make_gate(clock), threading.Event())
    try:
        yield context
    finally:
        context.fetcher.close()


def collect_as_far_as_possible(case: Case, replica: Replica, context: Context) -> list[SourceError]:
    """Every target once; the errors that targets ended with. Any other exception passes through."""
    collector = case.make_collector(replica.url)
    ledger = Ledger()
    errors: list[SourceError] = []
    for target in collector.list_targets():
        try:
            ledger.collect_target(collector, target, context)
        except SourceError as error:
            errors.append(error)
    return errors


def test_cases_are_found() -> None:
    assert {"feeds", "models.dev", "openrouter"} <= {case.name for case in ALL_CASES}
    assert len({case.name for case in ALL_CASES}) == len(ALL_CASES)


@each_case
def test_collecting_brings_records_and_says_what_was_looked_at(case: Case) -> None:
    with open_stand(case) as (replica, context):
        ledger = Ledger()
        assert ledger.collect(case.make_collector(replica.url), context)
    assert ledger.records
    assert ledger.coverage
    assert ledger.requests == len(replica.log) > 0
    assert all(entry.headers["user-agent"].startswith(USER_AGENT) for entry in replica.log)


@each_case
def test_second_collection_of_an_unchanged_world_tells_nothing_new(case: Case) -> None:
    with open_stand(case) as (replica, context):
        collector = case.make_collector(replica.url)
        ledger = Ledger()
        ledger.collect(collector, context)
        first = set(ledger.records)
        again = Ledger(states=dict(ledger.states))
        again.collect(collector, context)
    assert set(again.records) <= first
    assert {entry.status for entry in again.coverage} <= {CoverageStatus.UNCHANGED, CoverageStatus.COMPLETE}


@each_case
def test_collection_stopped_after_any_batch_and_resumed_equals_one_that_was_not(case: Case) -> None:
    with open_stand(case) as (replica, context):
        collector = case.make_collector(replica.url)
        whole = Ledger()
        whole.collect(collector, context)
        for stopped_after in range(1, whole.batches):
            ledger = Ledger()
            assert not ledger.collect(collector, context, most_batches=stopped_after)
            assert ledger.collect(collector, context)
            assert set(ledger.records) == set(whole.records)
            assert ledger.states == whole.states


@each_case
def test_collector_reads_no_clock_but_its_context(case: Case) -> None:
    if case.is_dated_by_source:
        later = Clock(datetime(2031, 2, 28, 23, 59, tzinfo=UTC))
        assert collect_days(case, later) == collect_days(case, Clock())
        return
    long_ago = Clock(datetime(2019, 2, 28, 23, 59, tzinfo=UTC))
    assert collect_days(case, long_ago) <= {long_ago.now.date()}


def collect_days(case: Case, clock: Clock) -> set[date]:
    """The days that observations of a fresh world are about."""
    with open_stand(case, clock) as (replica, context):
        ledger = Ledger()
        ledger.collect(case.make_collector(replica.url), context)
    return {each.day for each in ledger.records if isinstance(each, Observation)}


@each_case
def test_state_survives_being_written_as_json(case: Case) -> None:
    with open_stand(case) as (replica, context):
        ledger = Ledger()
        ledger.collect(case.make_collector(replica.url), context)
    for state in ledger.states.values():
        assert json.loads(json.dumps(state)) == state


@pytest.mark.parametrize(
    ("case", "drift"),
    [(case, drift) for case in ALL_CASES for drift in case.drifts],
    ids=lambda each: each.name if isinstance(each, Case) else repr(each.body[:30]),
)
def test_answer_of_another_shape_is_a_named_error_with_its_path(case: Case, drift: Drift) -> None:
    with open_stand(case) as (replica, context):
        replica.fail_next(drift.path, 200, headers=drift.headers, body=drift.body, times=1000)
        collector = case.make_collector(replica.url)
        drifted: list[str] = []
        changed: dict[str, SourceChanged] = {}
        for target in collector.list_targets():
            replica.clear_log()
            try:
                Ledger().collect_target(collector, target, context)
            except SourceChanged as error:
                changed[target.key] = error
            if any(entry.path.startswith(drift.path) for entry in replica.log):
                drifted.append(target.key)
    assert drifted
    assert [*changed] == drifted
    assert all(error.path for error in changed.values())


@each_case
@pytest.mark.parametrize("kind", quick_first(HOSTILE, {"half a document", "not text"}))
def test_hostile_body_ends_in_a_source_error_or_is_skipped(case: Case, kind: str) -> None:
    for path in case.paths:
        with open_stand(case) as (replica, context):
            headers = {"Content-Type": "application/json" if kind != "entities" else "application/xml"}
            replica.fail_next(path, 200, headers=headers, body=HOSTILE[kind], times=1000)
            collect_as_far_as_possible(case, replica, context)
            assert replica.log


IN_FIVE_MINUTES = NOW + timedelta(seconds=300)
REFUSALS = {
    "RateLimit": {
        "RateLimit": '"api";r=0;t=300',
        "RateLimit-Policy": '"fixed window";"api";q=500;w=300',
    },
    "X-RateLimit": {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(IN_FIVE_MINUTES.timestamp())),
        "X-RateLimit-Resource": "core",
    },
    "Retry-After in seconds": {"Retry-After": "300"},
    "Retry-After as a date": {"Retry-After": "Sun, 22 Nov 2026 12:05:00 GMT"},
    "nothing": {},
}


@each_case
@pytest.mark.parametrize("style", quick_first(REFUSALS, {"X-RateLimit", "nothing"}))
def test_refusal_with_429_postpones_the_host_and_nothing_else_is_sent_to_it(case: Case, style: str) -> None:
    with open_stand(case) as (replica, context):
        replica.fail_next("/", 429, headers=REFUSALS[style], times=1000)
        errors = collect_as_far_as_possible(case, replica, context)
        sent = len(replica.log)
    assert errors
    assert all(isinstance(error, RateLimited) for error in errors)
    asked = IN_FIVE_MINUTES if style != "nothing" else NOW + DEFAULT_WAIT
    assert {error.retry_at for error in errors} == {asked}
    assert sent == 1


@each_case
def test_refusal_in_the_middle_keeps_what_was_saved_and_going_on_equals_no_refusal(case: Case) -> None:
    with open_stand(case) as (replica, context):
        collector = case.make_collector(replica.url)
        whole = Ledger()
        whole.collect(collector, context)
        requests = len(replica.log)
        for answered in sorted({1, requests // 2, requests - 1} & set(range(1, requests))):
            replica.sites = list(case.make_sites())
            replica.clear_log()
            replica.fail_next("/", 429, headers={"Retry-After": "600"}, after=answered)
            ledger = Ledger()
            with reopen() as refused:
                waiting = collect_and_list_waiting(collector, ledger, refused)
            assert waiting
            assert len(replica.log) == answered + 1
            assert set(ledger.records) <= set(whole.records)
            with reopen() as later:
                for target in waiting:
                    ledger.collect_target(collector, target, later)
            assert set(ledger.records) == set(whole.records)


def collect_and_list_waiting(collector: Collector, ledger: Ledger, context: Context) -> list[Target]:
    """Every target once; those that were refused, as a whole or in part."""
    waiting = []
    for target in collector.list_targets():
        told = len(ledger.coverage)
        try:
            ledger.collect_target(collector, target, context)
        except RateLimited:
            waiting.append(target)
            continue
        if any(each.status is CoverageStatus.POSTPONED for each in ledger.coverage[told:]):
            waiting.append(target)
    return waiting


@each_case
def test_answer_304_is_unchanged_and_never_taken_for_one_to_a_first_question(case: Case) -> None:
    with open_stand(case) as (replica, context):
        replica.fail_next("/", 304, times=1000)
        collector = case.make_collector(replica.url)
        empty = Ledger()
        for target in collector.list_targets():
            with contextlib.suppress(SourceError):
                empty.collect_target(collector, target, context)
        assert not empty.records
        assert CoverageStatus.UNCHANGED not in {each.status for each in empty.coverage}
    with open_stand(case) as (replica, context):
        first = Ledger()
        first.collect(collector := case.make_collector(replica.url), context)
        for target in collector.list_targets():
            replica.clear_log()
            again = Ledger(states=dict(first.states))
            again.collect_target(collector, target, context)
            if replica.log and {entry.status for entry in replica.log} == {304}:
                assert not again.records
                assert {each.status for each in again.coverage} == {CoverageStatus.UNCHANGED}


@each_case
def test_first_collection_costs_about_the_requests_that_were_planned_and_not_many_more(case: Case) -> None:
    """Fewer is no wonder: a plan is made for the real world, where lists are longer than here."""
    with open_stand(case) as (replica, context):
        collector = case.make_collector(replica.url)
        targets = collector.list_targets()
        assert all(target.requests >= 1 for target in targets)
        Ledger().collect(collector, context)
        spent = len(replica.log)
    assert spent <= 3 * sum(target.requests for target in targets)


@each_case
def test_dead_host_is_noticed_once(case: Case) -> None:
    with open_stand(case) as (replica, context):
        replica.go_offline()
        errors = collect_as_far_as_possible(case, replica, context)
    assert errors
    assert all(isinstance(error, SourceUnavailable) for error in errors)
    assert context.fetcher.gate.total_requests == 1


@each_case
def test_stop_request_ends_collecting_before_anything_is_sent(case: Case) -> None:
    with open_stand(case) as (replica, context):
        context.stop.set()
        with pytest.raises(Interrupted):
            Ledger().collect(case.make_collector(replica.url), context)
        assert replica.log == []
