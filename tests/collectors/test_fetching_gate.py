from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from collectors.fetching import HostGate, account_with, has_credential, host_in, host_of
from collectors.fetching.account import account_of
from collectors.fetching.gate import DEFAULT_WAIT
from collectors.fetching.limits import (
    LARGEST_BUDGET,
    LONGEST_WAIT,
    MOST_BUCKETS,
    Window,
    parse_wait,
    parse_windows,
)
from store.errors import Interrupted, RateLimited, SourceUnavailable
from tests.collectors.stand import NOW, Clock

HOST = "hub.example"


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ratelimit": '"api";r=487;t=212'}, {"api": Window(487, at(212))}),
        (
            {"ratelimit": '"api"; r=0; t=5, "pages";r=99;t=60'},
            {"api": Window(0, at(5)), "pages": Window(99, at(60))},
        ),
        ({"ratelimit-policy": '"fixed window";"api";q=500;w=300'}, {}),
        (
            {"ratelimit": '"api";r=487;t=212', "ratelimit-policy": '"fixed window";"api";q=500;w=300'},
            {"api": Window(487, at(212), limit=500)},
        ),
        (
            {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "30"},
            {"core": Window(7, at(30), limit=60)},
        ),
        (
            {"x-ratelimit-remaining": "59", "x-ratelimit-reset": str(int(NOW.timestamp()) + 1800)},
            {"core": Window(59, at(1800))},
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30", "x-ratelimit-resource": "graphql"},
            {"graphql": Window(0, at(30))},
        ),
        (
            {"x-ratelimit-remaining": "1e308", "x-ratelimit-limit": "1e300", "x-ratelimit-reset": "30"},
            {"core": Window(LARGEST_BUDGET, at(30), limit=LARGEST_BUDGET)},
        ),
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "30"}, {}),
        ({"x-ratelimit-remaining": "nan", "x-ratelimit-reset": "inf"}, {}),
        ({"ratelimit": "limit=100, remaining=3"}, {}),
        ({}, {}),
    ],
)
def test_budget_windows_are_read_from_each_header_style(
    headers: dict[str, str], expected: dict[str, Window]
) -> None:
    assert parse_windows(headers, NOW) == expected


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (429, "120", at(120)),
        (503, "3600", at(3600)),
        (403, "60", at(60)),
        (429, "Sun, 22 Nov 2026 12:05:00 GMT", at(300)),
        (429, "Sun, 22 Nov 2026 13:05:00 +0100", at(300)),
        (429, "Sun, 22 Nov 2026 11:00:00 GMT", NOW),
        (429, "99999999999999", NOW + LONGEST_WAIT),
        (429, "-5", None),
        (429, "soon", None),
        (429, "Mon, 01 Jan 2024 00:00:00 +99999999999999", None),
        (429, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        (429, None, None),
        (200, "120", None),
        (301, "120", None),
    ],
)
def test_wait_is_read_from_refusals_only(status: int, text: str | None, expected: datetime | None) -> None:
    headers = {} if text is None else {"retry-after": text}
    assert parse_wait(status, headers, NOW) == expected


def test_host_is_refused_until_the_wait_it_asked_for_is_over(gate: HostGate, clock: Clock) -> None:
    gate.note_response(HOST, 429, {"Retry-After": "120"})
    with pytest.raises(RateLimited) as refusal:
        gate.admit(HOST)
    assert refusal.value.retry_at == at(120)
    assert refusal.value.host == HOST
    clock.advance(timedelta(seconds=120))
    gate.admit(HOST)


def test_host_that_refuses_without_saying_for_how_long_gets_the_usual_wait(gate: HostGate) -> None:
    gate.note_response(HOST, 429, {})
    with pytest.raises(RateLimited) as refusal:
        gate.admit(HOST)
    assert refusal.value.retry_at == NOW + DEFAULT_WAIT


def test_refusal_whose_window_is_over_already_gets_the_usual_wait(gate: HostGate) -> None:
    # a server whose clock is behind ours; without a wait it would be asked again at once
    gate.note_response(HOST, 429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"})
    assert gate.retry_at(HOST) == NOW + DEFAULT_WAIT


def test_spent_budget_is_noticed_before_the_host_refuses(gate: HostGate, clock: Clock) -> None:
    gate.note_response(HOST, 200, {"RateLimit": '"api";r=0;t=55'})
    with pytest.raises(RateLimited) as refusal:
        gate.admit(HOST)
    assert refusal.value.retry_at == at(55)
    assert gate.retry_at(HOST) == at(55)
    clock.advance(timedelta(seconds=55))
    gate.admit(HOST)
    assert gate.retry_at(HOST) is None


def test_reserve_is_left_unspent(clock: Clock) -> None:
    gate = HostGate(clock, reserve=10)
    gate.note_response(HOST, 200, {"X-RateLimit-Remaining": "11", "X-RateLimit-Reset": "60"})
    gate.admit(HOST)
    gate.note_response(HOST, 200, {"X-RateLimit-Remaining": "10", "X-RateLimit-Reset": "60"})
    with pytest.raises(RateLimited, match="10 left in 'core', 10 held back"):
        gate.admit(HOST)


def test_one_spent_bucket_leaves_the_others_open(gate: HostGate) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60", "X-RateLimit-Resource": "core"}
    gate.note_response(HOST, 200, spent)
    gate.admit(HOST, "graphql")
    with pytest.raises(RateLimited):
        gate.admit(HOST, "core")
    with pytest.raises(RateLimited):
        gate.admit(HOST)


def test_own_cap_holds_for_one_round(clock: Clock) -> None:
    gate = HostGate(clock, caps={HOST: 2}, default_cap=1)
    gate.note_response(HOST, 200, {})
    gate.admit(HOST)
    gate.note_response(HOST, 200, {})
    with pytest.raises(RateLimited) as refusal:
        gate.admit(HOST)
    assert refusal.value.retry_at is None
    gate.note_response("other.example", 200, {})
    with pytest.raises(RateLimited):
        gate.admit("other.example")
    gate.new_round()
    gate.admit(HOST)
    assert gate.requests(HOST) == 0
    assert gate.total_requests == 3


def test_unreachable_host_is_refused_for_the_rest_of_the_round(gate: HostGate) -> None:
    gate.note_failure(HOST, OSError("no route"))
    with pytest.raises(SourceUnavailable, match="no route") as refusal:
        gate.admit(HOST)
    assert refusal.value.retry_at is not None
    gate.admit("other.example")
    gate.new_round()
    gate.admit(HOST)


def test_wait_that_a_host_asked_for_outlives_the_round(gate: HostGate) -> None:
    gate.note_response(HOST, 429, {"Retry-After": "900"})
    gate.new_round()
    with pytest.raises(RateLimited):
        gate.admit(HOST)


def test_network_is_taken_to_be_down_when_nobody_could_be_reached(clock: Clock) -> None:
    gate = HostGate(clock, network_down_after=3)
    for number in range(3):
        gate.admit(f"{number}.example")
        gate.note_failure(f"{number}.example", OSError("no route"))
    with pytest.raises(SourceUnavailable, match="network seems to be down"):
        gate.admit("fourth.example")
    gate.new_round()
    gate.admit("fourth.example")


def test_one_answer_proves_that_there_is_a_network(clock: Clock) -> None:
    gate = HostGate(clock, network_down_after=3)
    gate.note_response("alive.example", 200, {})
    for number in range(5):
        gate.note_failure(f"{number}.example", OSError("no route"))
    gate.admit("sixth.example")


def test_host_names_are_compared_without_case_and_with_their_port() -> None:
    assert host_of("https://Hub.Example/api") == "hub.example"
    assert host_of("http://user:secret@127.0.0.1:8123/feeds") == "127.0.0.1:8123"


def test_one_request_at_a_time_per_host_while_other_hosts_go_on(gate: HostGate) -> None:
    entered, may_leave, second_entered = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with gate.lock(HOST):
            entered.set()
            assert may_leave.wait(10)
            assert not second_entered.is_set()

    def second() -> None:
        with gate.lock(HOST):
            second_entered.set()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    with gate.lock("other.example"):
        may_leave.set()
    for thread in threads:
        thread.join(10)
    assert second_entered.is_set()


def test_counts_are_right_when_many_threads_report(gate: HostGate) -> None:
    def report() -> None:
        for _ in range(200):
            gate.admit(HOST)
            gate.note_response(HOST, 200, {"RateLimit": '"api";r=400;t=60'})

    threads = [threading.Thread(target=report) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gate.requests(HOST) == gate.total_requests == 1600


def test_clock_given_in_utc_is_what_retry_at_is_in(gate: HostGate) -> None:
    gate.note_response(HOST, 429, {"retry-after": "1"})
    moment = gate.retry_at(HOST)
    assert moment is not None
    assert moment.tzinfo is UTC


class TestAccounts:
    def test_credentials_are_told_apart_by_a_name_that_gives_none_of_them_away(self) -> None:
        secret = "a-very-long-secret-value"
        names = {
            account_of(HOST, {}),
            account_of(HOST, {"Authorization": f"Bearer {secret}"}),
            account_of(HOST, {"authorization": "Bearer another-secret-value"}),
            account_of(HOST, {"X-Api-Key": "a-third-secret-value"}),
        }
        assert len(names) == 4
        assert {host_in(name) for name in names} == {HOST}
        assert sum(has_credential(name) for name in names) == 3
        assert not any(secret[:4] in name for name in names)

    def test_the_same_credential_is_one_account_whatever_scheme_it_is_sent_by(self) -> None:
        by_rest = account_of(HOST, {"Authorization": "token some-credential"})
        by_graph = account_of(HOST, {"Authorization": "Bearer some-credential"})
        assert by_rest == by_graph == account_with(HOST, "some-credential")
        assert account_with(HOST, None) == account_with(HOST, " ") == HOST

    def test_spent_budget_of_one_credential_leaves_the_others_alone(self, gate: HostGate) -> None:
        rich = account_with(HOST, "rich")
        gate.note_response(HOST, 429, {"Retry-After": "120"}, account=HOST)
        with pytest.raises(RateLimited):
            gate.admit(HOST, account=HOST)
        gate.admit(HOST, account=rich)
        assert gate.retry_at(HOST, account=rich) is None
        gate.note_response(HOST, 200, {"RateLimit": '"api";r=0;t=60'}, account=rich)
        assert gate.retry_at(HOST, account=rich) == at(60)
        assert gate.retry_at(HOST, account=HOST) == at(120)
        assert gate.requests(HOST) == 2

    def test_unreachable_host_is_so_for_every_credential(self, gate: HostGate) -> None:
        gate.note_failure(HOST, OSError("no route"), account=account_with(HOST, "one"))
        for account in (HOST, account_with(HOST, "another")):
            with pytest.raises(SourceUnavailable, match="no route"):
                gate.admit(HOST, account=account)

    def test_host_alone_means_the_credential_the_thread_asked_with_last(self, gate: HostGate) -> None:
        account = account_with(HOST, "mine")
        gate.admit(HOST, account=account)
        gate.note_response(HOST, 429, {"Retry-After": "120"}, account=account)
        assert gate.retry_at(HOST) == at(120)
        seen: list[datetime | None] = []
        thread = threading.Thread(target=lambda: seen.append(gate.retry_at(HOST)))
        thread.start()
        thread.join()
        assert seen == [None]

    def test_each_thread_counts_what_it_sent_itself(self, gate: HostGate) -> None:
        thread = threading.Thread(target=lambda: gate.note_response(HOST, 200, {}))
        thread.start()
        thread.join()
        assert (gate.requests_of_this_thread, gate.total_requests) == (0, 1)
        gate.note_silence(HOST)
        assert (gate.requests_of_this_thread, gate.total_requests) == (1, 2)

    def test_what_a_host_said_to_an_earlier_process_holds(self, gate: HostGate, clock: Clock) -> None:
        account = account_with(HOST, "mine")
        gate.note_response(HOST, 200, {"RateLimit": '"api";r=0;t=60'}, account=account)
        gate.note_response(HOST, 429, {"Retry-After": "120"}, account=HOST)
        later = HostGate(clock)
        later.restore(gate.take_changes())
        with pytest.raises(RateLimited) as spent:
            later.admit(HOST, account=account)
        with pytest.raises(RateLimited) as asked:
            later.admit(HOST, account=HOST)
        assert (spent.value.retry_at, asked.value.retry_at) == (at(60), at(120))
        assert later.requests(HOST) == 0
        assert later.take_changes() == []

    def test_changes_are_told_once_and_again_when_they_could_not_be_kept(self, gate: HostGate) -> None:
        gate.note_response(HOST, 200, {})
        changes = gate.take_changes()
        assert [(change.account, change.requests, change.in_round) for change in changes] == [(HOST, 1, 1)]
        assert gate.take_changes() == []
        gate.put_back(changes)
        gate.note_response(HOST, 200, {})
        assert [change.requests for change in gate.take_changes()] == [2]

    def test_host_that_invents_windows_does_not_fill_our_memory(self, gate: HostGate) -> None:
        for number in range(3 * MOST_BUCKETS):
            gate.note_response(HOST, 200, {"RateLimit": f'"b{number}";r=9;t={number}'})
        (change,) = gate.take_changes()
        assert len(change.windows) == MOST_BUCKETS
        assert f"b{3 * MOST_BUCKETS - 1}" in change.windows


def test_waiting_for_a_host_that_another_thread_asks_ends_with_a_stop_request(gate: HostGate) -> None:
    stop, inside, may_leave = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with gate.lock(HOST):
            inside.set()
            may_leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(10)
    stop.set()
    with pytest.raises(Interrupted), gate.lock(HOST, stop):
        pass
    may_leave.set()
    thread.join()
    with gate.lock(HOST, stop):
        pass


@pytest.mark.parametrize("header", ["wait", "window"])
def test_clock_that_was_ahead_and_is_set_back_leaves_no_host_silent(
    gate: HostGate, clock: Clock, header: str
) -> None:
    clock.advance(timedelta(days=400))
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"} if header == "window" else {}
    gate.note_response(HOST, 429, headers or {"Retry-After": "60"})
    with pytest.raises(RateLimited):
        gate.admit(HOST)
    later = HostGate(clock)
    later.restore(gate.take_changes())
    clock.advance(-timedelta(days=400))
    for each in (gate, later):
        each.admit(HOST)
        assert each.retry_at(HOST) is None
        each.note_response(HOST, 429, {"Retry-After": "60"})
        assert each.retry_at(HOST) == at(60)
