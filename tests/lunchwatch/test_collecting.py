"""A round over several collectors: what each one's run says afterwards, on both databases."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from collectors.contract import Context, Target
from collectors.fetching import Fetcher, HostGate, account_with
from lunchwatch import dispatch
from lunchwatch.accounts import load_accounts
from lunchwatch.collecting import CollectorResult, collect, has_all_failed
from lunchwatch.due import Choice
from store.catalogue import load_catalogue
from store.checkpoint import Checkpoint
from store.database import Database, open_database
from store.errors import (
    AccessDenied,
    HostUnreachable,
    Interrupted,
    RateLimited,
    SourceGone,
    SourceUnavailable,
    StoreError,
)
from store.query import StoreQuery
from store.recorder import Recorder
from store.records import LIVE, Basis, Batch, Coverage, CoverageStatus, Outcome, SourceStatus
from store.schema import checkpoint
from store.transaction import Counts
from tests.store.worlds import downloads, hub_model, rows

Work = Callable[[Mapping[str, object], Context], Iterator[Batch]]


class Scripted:
    """A collector whose targets do what the test says."""

    def __init__(self, name: str = "hub", **targets: Work) -> None:
        self.name = self.source = name
        self._targets = targets

    every: timedelta | None = None

    def list_targets(self) -> Sequence[Target]:
        return [Target(key, key, "host", every=self.every) for key in self._targets]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        return self._targets[target.key](state, context)


def tells(name: str, value: float = 1) -> Work:
    def work(_state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        yield Batch(
            records=[downloads(value, subject=hub_model(name))],
            coverage=[Coverage(name, CoverageStatus.COMPLETE, 1)],
            state={"seen": name},
            requests=1,
        )

    return work


def fails(error: Exception, *, after: Work | None = None) -> Work:
    def work(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        if after is not None:
            yield from after(state, context)
        raise error

    return work


class Round:
    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        self.stop = threading.Event()

    def run(
        self, *collectors: Scripted, choice: Choice | None = None, basis: Basis = Basis.OBSERVED
    ) -> list[CollectorResult]:
        fetcher = Fetcher(HostGate(lambda: self.now), lambda: self.now, self.stop, "test")
        try:
            return collect(
                self.database,
                collectors,
                fetcher=fetcher,
                clock=lambda: self.now,
                stop=self.stop,
                workers=3,
                choice=choice,
                basis=basis,
            )
        finally:
            fetcher.close()


@pytest.fixture
def a_round(database: Database, now: datetime) -> Round:
    return Round(database, now)


def test_one_target_that_fails_leaves_the_others_alone(a_round: Round) -> None:
    (result,) = a_round.run(Scripted(a=tells("x/a"), b=fails(SourceUnavailable("503")), c=tells("x/c")))
    assert (result.outcome, result.reached, result.counts.written) == (Outcome.PARTIAL, 2, 2)
    assert [(p.target, p.reason) for p in result.problems] == [("b", "503")]
    assert rows(a_round.database, "select scope, status, reason from v_coverage where scope = 'b'") == [
        ("b", "failed", "503")
    ]


def test_a_source_of_which_nothing_was_reached_has_failed_with_its_reasons(a_round: Round) -> None:
    (result,) = a_round.run(Scripted(a=fails(AccessDenied("403")), b=fails(AccessDenied("403"))))
    assert result.outcome is Outcome.FAILED
    assert rows(a_round.database, "select outcome, error from v_run") == [("failed", "403")]


def test_what_a_target_told_before_it_failed_stays(a_round: Round) -> None:
    (result,) = a_round.run(Scripted(a=fails(SourceUnavailable("503"), after=tells("x/a"))))
    assert result.counts.written == 1
    assert rows(a_round.database, "select count(*) from v_observation") == [(1,)]


def test_a_bug_marks_its_run_alone_as_crashed(a_round: Round) -> None:
    first, second = a_round.run(
        Scripted("hub", a=fails(ZeroDivisionError("oh"))), Scripted("github", b=tells("x/b"))
    )
    assert (first.outcome, second.outcome) == (Outcome.CRASHED, Outcome.OK)
    assert rows(a_round.database, "select error_kind from v_run where outcome = 'crashed'") == [
        ("ZeroDivisionError",)
    ]


def test_a_source_that_asked_us_to_wait_is_left_alone_until_then(a_round: Round) -> None:
    until = a_round.now + timedelta(hours=1)
    calls: list[datetime] = []

    def limited(_state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        calls.append(a_round.now)
        yield Batch()
        if len(calls) == 1:
            raise RateLimited("slow down", retry_at=until)

    scripted = Scripted(a=limited)
    a_round.run(scripted)
    a_round.now += timedelta(minutes=30)
    (waiting,) = a_round.run(scripted)
    assert len(calls) == 1
    assert waiting.problems[0].retry_at == until
    a_round.now += timedelta(minutes=40)
    (done,) = a_round.run(scripted)
    assert (len(calls), done.outcome) == (2, Outcome.OK)


def test_a_host_that_could_not_be_reached_is_tried_again_at_once(a_round: Round) -> None:
    until = a_round.now + timedelta(hours=1)
    a_round.run(Scripted(a=fails(HostUnreachable("no network", retry_at=until))))
    (result,) = a_round.run(Scripted(a=tells("x/a")))
    assert result.outcome is Outcome.OK


def test_what_is_gone_for_good_is_asked_for_again_after_a_month(a_round: Round) -> None:
    a_round.run(Scripted(a=fails(SourceGone("410"))))
    assert rows(a_round.database, "select status from v_coverage") == [("gone",)]
    a_round.now += timedelta(days=29)
    (result,) = a_round.run(Scripted(a=tells("x/a")))
    assert result.reached == 0
    a_round.now += timedelta(days=2)
    (result,) = a_round.run(Scripted(a=tells("x/a")))
    assert result.reached == 1


def test_a_stop_ends_the_round_with_what_was_saved(a_round: Round) -> None:
    def stopping(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        yield from tells("x/a")(state, context)
        a_round.stop.set()
        yield from tells("x/b")(state, context)
        yield from tells("x/never")(state, context)

    (result,) = a_round.run(Scripted(a=stopping))
    assert result.outcome is Outcome.INTERRUPTED
    assert rows(a_round.database, "select subject from v_observation order by 1") == [("x/a",), ("x/b",)]


def test_the_state_a_target_ended_with_is_where_it_goes_on(a_round: Round) -> None:
    seen: list[object] = []

    def remembering(state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        seen.append(dict(state))
        yield Batch(state={"cursor": len(seen)})

    for _ in range(3):
        a_round.run(Scripted(a=remembering))
    assert seen == [{}, {"cursor": 1}, {"cursor": 2}]


def test_no_token_gets_into_a_reason(a_round: Round) -> None:
    leak = SourceUnavailable("Illegal header value b'Bearer hf_abcdefgh12345678\\n'")
    (result,) = a_round.run(Scripted(a=fails(leak)))
    told = rows(a_round.database, "select reason from v_coverage") + rows(
        a_round.database, "select error from v_run"
    )
    assert all("hf_abcdefgh" not in str(words) for words in [*told, result.problems])


def test_a_database_that_fails_ends_the_round_with_every_run_closed(
    a_round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store import recorder

    real = recorder.write_batch

    def failing(transaction: object, batch: Batch) -> object:
        if batch.records:
            raise StoreError("disk full")
        return real(transaction, batch)  # type: ignore[arg-type] # handed through

    monkeypatch.setattr(recorder, "write_batch", failing)
    with pytest.raises(StoreError, match="disk full"):
        a_round.run(Scripted("hub", a=tells("x/a")), Scripted("github", b=tells("x/b")))
    assert rows(a_round.database, "select count(*) from v_run where outcome = 'running'") == [(0,)]


def asks(*answers: dict[str, str], status: int = 200) -> Work:
    """A target that gets these answers from "host", one in each batch, and asks the gate before each."""

    def work(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        for headers in answers:
            context.fetcher.gate.admit("host")
            context.fetcher.gate.note_response("host", status, headers)
            yield from tells("x/a")(state, context)

    return work


SPENT = {"RateLimit": '"api";r=0;t=600', "RateLimit-Policy": '"fixed window";"api";q=500;w=600'}


def test_what_a_host_said_holds_for_the_next_process(a_round: Round) -> None:
    a_round.run(Scripted(a=asks(SPENT)))
    account = load_accounts(a_round.database)["host"]
    assert account.standing.windows["api"].remaining == 0
    assert account.standing.windows["api"].limit == 500
    a_round.now += timedelta(minutes=5)
    (refused,) = a_round.run(Scripted(a=asks({})))
    assert refused.problems[0].is_postponed
    assert refused.problems[0].retry_at == a_round.now + timedelta(minutes=5)
    assert refused.counts.written == 0
    a_round.now += timedelta(minutes=5)
    (done,) = a_round.run(Scripted(a=asks({})))
    assert done.outcome is Outcome.OK


def test_what_was_spent_is_kept_by_the_hour_for_a_day(a_round: Round) -> None:
    def spent() -> tuple[int, int]:
        account = load_accounts(a_round.database)["host"]
        return account.standing.in_round, account.spent_since_yesterday(a_round.now)

    a_round.run(Scripted(a=asks({}, {})))
    assert spent() == (2, 2)
    a_round.now += timedelta(hours=12)
    a_round.run(Scripted(a=asks({})))
    assert spent() == (1, 3)
    a_round.now += timedelta(hours=13)
    a_round.run(Scripted(a=asks({})))
    assert spent() == (1, 2)


def test_target_whose_success_lasts_is_neither_looked_at_nor_a_problem(a_round: Round) -> None:
    daily = Scripted(a=tells("x/a"), b=fails(SourceUnavailable("503")))
    daily.every = timedelta(days=1)
    a_round.run(daily)
    a_round.now += timedelta(hours=6)
    (second,) = a_round.run(daily)
    assert (second.targets, second.reached, second.not_due) == (1, 0, 1)
    assert [problem.target for problem in second.problems] == ["b"]
    assert rows(a_round.database, "select count(*) from v_coverage where scope = 'x/a'") == [(1,)]
    (named,) = a_round.run(daily, choice=Choice(is_named=True))
    assert (named.targets, named.reached, named.not_due) == (2, 1, 0)


def test_collector_with_nothing_due_leaves_no_run(a_round: Round) -> None:
    daily = Scripted(a=tells("x/a"))
    daily.every = timedelta(days=1)
    a_round.run(daily)
    (nothing,) = a_round.run(daily)
    assert (nothing.run_id, nothing.outcome, nothing.not_due) == (None, Outcome.OK, 1)
    assert nothing.has_answered
    assert rows(a_round.database, "select count(*) from v_run") == [(1,)]


def test_chosen_targets_alone_are_run(a_round: Round) -> None:
    scripted = Scripted(a=tells("x/a"), b=tells("x/b"))
    (result,) = a_round.run(scripted, choice=Choice(only={"hub": {"b"}}))
    assert (result.targets, result.reached) == (1, 1)
    assert rows(a_round.database, "select subject from v_observation") == [("x/b",)]


def test_target_that_is_postponed_after_it_told_something_is_no_failure(a_round: Round) -> None:
    until = a_round.now + timedelta(minutes=5)
    (result,) = a_round.run(Scripted(a=fails(RateLimited("slow", retry_at=until), after=tells("x/a"))))
    assert (result.outcome, result.reached, result.has_answered) == (Outcome.PARTIAL, 0, True)
    assert result.problems[0].is_postponed


def test_round_in_which_everything_has_to_wait_is_postponed_and_not_failed(a_round: Round) -> None:
    until = a_round.now + timedelta(minutes=5)
    limited = Scripted(
        a=fails(RateLimited("slow", retry_at=until)), b=fails(RateLimited("slow", retry_at=until))
    )
    for _ in range(2):  # asked and refused; then not asked at all
        (result,) = a_round.run(limited)
        assert (result.outcome, result.reached, result.has_failed) == (Outcome.POSTPONED, 0, False)
    assert rows(a_round.database, "select outcome, error from v_run") == [("postponed", None)] * 2
    until_named = Scripted(a=tells("x/a"), b=fails(AccessDenied("403")))
    (named,) = a_round.run(until_named, choice=Choice(is_named=True))
    assert (named.outcome, named.reached) == (Outcome.PARTIAL, 1)


def test_round_of_which_one_part_failed_and_the_others_wait_has_failed(a_round: Round) -> None:
    until = a_round.now + timedelta(minutes=5)
    (result,) = a_round.run(
        Scripted(a=fails(RateLimited("slow", retry_at=until)), b=fails(AccessDenied("403")))
    )
    assert result.outcome is Outcome.FAILED


def covers(*coverage: Coverage) -> Work:
    def work(_state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        for each in coverage:
            yield Batch(coverage=[each], state={})

    return work


def test_parts_that_were_not_read_make_the_run_partial_and_are_told(a_round: Round) -> None:
    (result,) = a_round.run(
        Scripted(
            a=covers(
                Coverage("x/1", CoverageStatus.GONE, reason="404"),
                Coverage("x/2", CoverageStatus.COMPLETE, 1),
                Coverage("x/3", CoverageStatus.PARTIAL, reason="not to its end yet"),
                Coverage("x/3", CoverageStatus.COMPLETE, 1),  # what is said last of a part holds
                Coverage("a", CoverageStatus.PARTIAL, reason="1 malformed"),
            )
        )
    )
    assert (result.outcome, result.reached, result.targets) == (Outcome.PARTIAL, 1, 1)
    told = [(each.target, each.key, each.reason, each.is_postponed) for each in result.problems]
    assert told == [("a", "a", "1 malformed", False), ("x/1", "a", "404", False)]
    assert rows(a_round.database, "select outcome, error from v_run") == [("partial", None)]
    (again,) = a_round.run(Scripted(a=tells("x/1")))
    assert again.outcome is Outcome.OK


def test_everything_has_failed_only_when_all_that_was_asked_did() -> None:
    def ended(outcome: Outcome, *, run_id: int | None = 1, targets: int = 1) -> CollectorResult:
        return CollectorResult("hub", run_id, outcome, Counts(), targets, 0, ())

    failed, postponed = ended(Outcome.FAILED), ended(Outcome.POSTPONED)
    not_due, without_targets = ended(Outcome.OK, run_id=None), ended(Outcome.OK, targets=0)
    assert has_all_failed([failed, not_due, postponed, without_targets])
    assert has_all_failed([failed, ended(Outcome.CRASHED)])
    assert not has_all_failed([failed, ended(Outcome.PARTIAL)])
    assert not has_all_failed([postponed, not_due, without_targets])
    assert not has_all_failed([])


class TestStatus:
    def find(self, a_round: Round) -> dict[str, SourceStatus]:
        with a_round.database.read() as connection:
            query = StoreQuery(connection, load_catalogue(), LIVE, a_round.now.date())
            return {f"{each.source} {each.basis}": each for each in query.list_sources()}

    def test_source_that_has_to_wait_keeps_its_state_and_says_until_when(self, a_round: Round) -> None:
        a_round.run(Scripted(a=tells("x/a")))
        a_round.now += timedelta(minutes=5)
        until = a_round.now + timedelta(minutes=5)
        a_round.run(Scripted(a=fails(RateLimited("slow", retry_at=until))))
        status = self.find(a_round)["hub observed"]
        assert (status.outcome, status.goes_on_at) == (Outcome.OK, until)
        assert status.last_success_at == a_round.now - timedelta(minutes=5)
        assert any("slow" in problem for problem in status.problems)
        a_round.now = until
        a_round.run(Scripted(a=tells("x/a")))
        status = self.find(a_round)["hub observed"]
        assert (status.outcome, status.goes_on_at, status.problems) == (Outcome.OK, None, ())

    def test_source_that_never_did_anything_but_wait_is_postponed(self, a_round: Round) -> None:
        until = a_round.now + timedelta(minutes=5)
        a_round.run(Scripted(a=fails(RateLimited("slow", retry_at=until))))
        status = self.find(a_round)["hub observed"]
        assert (status.outcome, status.last_success_at) == (Outcome.POSTPONED, None)

    def test_back_fill_has_a_row_of_its_own(self, a_round: Round) -> None:
        a_round.run(Scripted(a=tells("x/a")))
        a_round.run(Scripted(span=fails(AccessDenied("403"))), basis=Basis.BACKFILLED)
        found = self.find(a_round)
        assert {name: status.outcome for name, status in found.items()} == {
            "hub observed": Outcome.OK,
            "hub backfilled": Outcome.FAILED,
        }
        assert found["hub observed"].problems == ()


def test_host_that_refuses_again_and_again_is_asked_less_and_less(a_round: Round) -> None:
    def refused(_state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        context.fetcher.gate.note_response("host", 429, {})
        yield Batch()
        raise RateLimited("429", retry_at=a_round.now + timedelta(minutes=1))

    waits = []
    for _ in range(5):
        (result,) = a_round.run(Scripted(a=refused))
        until = result.problems[0].retry_at
        assert until is not None
        waits.append(until - a_round.now)
        a_round.now = until
    hour = timedelta(hours=1)
    assert waits == [hour / 60, hour / 4, hour, 4 * hour, 4 * hour]


def test_host_that_fails_again_and_again_is_asked_less_and_less(a_round: Round) -> None:
    # 503 with `Retry-After: 30` each time: the daemon would ask every half minute, for ever
    waits = []
    for _ in range(4):
        error = SourceUnavailable("503", retry_at=a_round.now + timedelta(seconds=30))
        (result,) = a_round.run(Scripted(a=fails(error)))
        until = result.problems[0].retry_at
        assert until is not None
        waits.append(until - a_round.now)
        a_round.now = until
    hour = timedelta(hours=1)
    assert waits == [hour / 120, hour / 4, hour, 4 * hour]


def test_a_target_that_can_be_read_again_is_said_to_be(a_round: Round) -> None:
    # its collector tells of its parts only
    a_round.run(Scripted(a=fails(SourceUnavailable("503"))))
    a_round.run(Scripted(a=tells("x/a")))
    a_round.run(Scripted(a=tells("x/a")))
    said = rows(a_round.database, "select run_id, scope, status from v_coverage order by run_id, scope")
    assert said == [
        (1, "a", "failed"),
        (2, "a", "complete"),
        (2, "x/a", "complete"),
        (3, "x/a", "complete"),
    ]


def test_what_was_noted_before_the_clock_was_set_back_binds_nobody(a_round: Round) -> None:
    a_round.now += timedelta(days=400)
    a_round.run(Scripted(a=fails(RateLimited("slow", retry_at=a_round.now + timedelta(days=1)))))
    a_round.run(Scripted(b=asks(SPENT)))
    a_round.now -= timedelta(days=400)
    (result,) = a_round.run(Scripted(a=tells("x/a"), b=asks({})))
    assert (result.outcome, result.reached) == (Outcome.OK, 2)
    account = load_accounts(a_round.database)["host"]
    assert account.standing.windows == {}
    assert account.spent_since_yesterday(a_round.now) == 1


def test_walk_that_was_broken_off_is_due_at_once_whatever_its_target_says(a_round: Round) -> None:
    def stopping(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        yield from tells("x/a")(state, context)
        a_round.stop.set()
        yield from tells("x/b")(state, context)

    daily = Scripted(a=tells("x/a"))
    daily.every = timedelta(days=1)
    a_round.run(daily)
    broken = Scripted(a=stopping)
    a_round.run(broken, choice=Choice(is_named=True))
    a_round.stop.clear()
    (resumed,) = a_round.run(daily)
    assert resumed.reached == 1


def test_no_credential_is_kept_with_what_hosts_said(a_round: Round) -> None:
    def asking(_state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        account = account_with("host", "Bearer a-secret-credential")
        context.fetcher.gate.note_response("host", 200, SPENT, account=account)
        yield Batch()

    a_round.run(Scripted(a=asking))
    (name,) = load_accounts(a_round.database)
    assert name.startswith("host#")
    with a_round.database.read() as connection:
        kept = [str(row) for row in connection.execute(select(checkpoint))]
    assert not any("secret" in row for row in kept)


class TestStopping:
    """A stop request ends a round within seconds, whatever its worker is in, with all that was saved."""

    def stop_in(self, a_round: Round, work: Work) -> list[CollectorResult]:
        def working(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
            yield from tells("x/a")(state, context)
            a_round.stop.set()
            yield from work(state, context)

        return a_round.run(Scripted(a=working, b=tells("x/b")))

    def test_a_long_parse_is_left_behind_and_cannot_write_any_more(self, a_round: Round) -> None:
        may_end, is_over = threading.Event(), threading.Event()

        def parse(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
            try:
                may_end.wait(60)
                yield from tells("x/late")(state, context)
            finally:
                is_over.set()

        (result,) = self.stop_in(a_round, parse)
        assert result.outcome is Outcome.INTERRUPTED
        may_end.set()
        assert is_over.wait(10)
        assert rows(a_round.database, "select subject from v_observation") == [("x/a",)]
        assert rows(a_round.database, "select outcome from v_run") == [("interrupted",)]

    def test_a_run_is_not_closed_while_a_worker_is_about_to_write(
        self, a_round: Round, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        is_closing, events = threading.Event(), list[str]()
        save, finish = Recorder.save, Recorder.finish

        def slow_save(recorder: Recorder, batch: Batch, checkpoint: Checkpoint | None = None) -> Counts:
            if batch.records and is_ours(recorder):
                a_round.stop.set()
                is_closing.wait(1)  # in vain
                events.append("saved")
            return save(recorder, batch, checkpoint)

        def noted_finish(recorder: Recorder, *how: Any) -> None:
            if is_ours(recorder):
                is_closing.set()
                events.append("closed")
            finish(recorder, *how)

        def is_ours(recorder: Recorder) -> bool:  # and not that of a worker some other test left behind
            return recorder._database is a_round.database

        monkeypatch.setattr(dispatch, "GRACE_SECONDS", 0.0)
        monkeypatch.setattr(Recorder, "save", slow_save)
        monkeypatch.setattr(Recorder, "finish", noted_finish)
        a_round.run(Scripted(a=tells("x/a")))
        assert events == ["saved", "closed"]

    def test_a_resolver_that_hangs_is_left_behind(
        self, a_round: Round, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def hang(*_: object, **__: object) -> list[object]:
            threading.Event().wait(60)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        asked = threading.Event()

        def ask(_state: Mapping[str, object], context: Context) -> Iterator[Batch]:
            asked.set()
            context.fetcher.fetch("http://slow.example/")
            yield Batch()

        def stop_soon() -> None:
            asked.wait(10)
            a_round.stop.set()

        threading.Thread(target=stop_soon).start()
        (result,) = a_round.run(Scripted(a=ask))
        assert result.outcome is Outcome.INTERRUPTED

    def test_a_database_that_somebody_else_holds_is_not_waited_for(
        self, sqlite_url: str, now: datetime
    ) -> None:
        database = open_database(sqlite_url)
        a_round = Round(database, now)

        def hold(state: Mapping[str, object], context: Context) -> Iterator[Batch]:
            holder_began.set()
            may_go_on.wait(10)
            yield from tells("x/b")(state, context)

        holder_began, may_go_on = threading.Event(), threading.Event()

        def take_and_stop() -> None:
            assert holder_began.wait(10)
            other = sqlite3.connect(
                sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
            )
            other.execute("BEGIN IMMEDIATE")
            held.append(other)
            may_go_on.set()
            a_round.stop.set()

        held: list[sqlite3.Connection] = []
        thread = threading.Thread(target=take_and_stop)
        thread.start()
        with pytest.raises(Interrupted):
            a_round.run(Scripted(a=hold))
        thread.join()
        held[0].rollback()
        held[0].close()
        database.close()
