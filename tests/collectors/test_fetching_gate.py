from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from collectors.fetching import HostGate, host_of
from collectors.fetching.gate import DEFAULT_WAIT
from collectors.fetching.limits import LONGEST_WAIT, Window, parse_wait, parse_windows
from store.errors import RateLimited, SourceUnavailable
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
            {"x-ratelimit-remaining": "59", "x-ratelimit-reset": str(int(NOW.timestamp()) + 1800)},
            {"core": Window(59, at(1800))},
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30", "x-ratelimit-resource": "graphql"},
            {"graphql": Window(0, at(30))},
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
    with pytest.raises(RateLimited):
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
