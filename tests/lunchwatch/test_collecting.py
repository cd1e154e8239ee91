"""A round over several collectors: what each one's run says afterwards, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from collectors.contract import Context, Target
from collectors.fetching import Fetcher, HostGate
from lunchwatch.collecting import CollectorResult, collect
from store.database import Database
from store.errors import AccessDenied, HostUnreachable, RateLimited, SourceGone, SourceUnavailable, StoreError
from store.records import Batch, Coverage, CoverageStatus, Outcome
from tests.store.worlds import downloads, hub_model, rows

Work = Callable[[Mapping[str, object], Context], Iterator[Batch]]


class Scripted:
    """A collector whose targets do what the test says."""

    def __init__(self, name: str = "hub", **targets: Work) -> None:
        self.name = self.source = name
        self._targets = targets

    def list_targets(self) -> Sequence[Target]:
        return [Target(key, key, "host") for key in self._targets]

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

    def run(self, *collectors: Scripted) -> list[CollectorResult]:
        fetcher = Fetcher(HostGate(lambda: self.now), lambda: self.now, self.stop, "test")
        try:
            return collect(
                self.database,
                collectors,
                fetcher=fetcher,
                clock=lambda: self.now,
                stop=self.stop,
                workers=3,
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
