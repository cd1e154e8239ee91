"""Handing out work: several hosts at a time, one piece of work per host, nothing waits for a slow one."""

from __future__ import annotations

import threading

from lunchwatch.dispatch import run_by_host


def nothing() -> None:
    pass


def test_slow_host_holds_no_other_host_back() -> None:
    """Two threads, one host that does not answer with a long list: the others' work is all done beside it."""
    others_done = threading.Event()
    pieces = [("slow", f"slow {n}") for n in range(20)]
    pieces += [(f"host {n % 5}", f"quick {n}") for n in range(20)]

    def do(work: str) -> str:
        if work.startswith("slow"):
            assert others_done.wait(10)
        return work

    ended: list[str] = []
    for finished in run_by_host(pieces, do, workers=2, stop=threading.Event(), idle=nothing):
        assert finished.error is None
        ended.append(finished.work)
        if sum(work.startswith("quick") for work in ended) == 20:
            others_done.set()
    assert all(work.startswith("quick") for work in ended[:20])
    assert ended[20:] == [f"slow {n}" for n in range(20)]


def test_of_a_host_one_piece_at_a_time_in_order_and_of_hosts_as_many_as_there_are_threads() -> None:
    mutex, inside, most = threading.Lock(), set[str](), [0]
    all_in = threading.Barrier(3, timeout=10)

    def do(work: tuple[str, int]) -> None:
        host, number = work
        with mutex:
            assert host not in inside
            inside.add(host)
            most[0] = max(most[0], len(inside))
        if number == 0:
            all_in.wait()
        with mutex:
            inside.remove(host)

    pieces = [(host, (host, number)) for number in range(3) for host in "abc"]
    done = list(run_by_host(pieces, do, workers=3, stop=threading.Event(), idle=nothing))
    assert [each.error for each in done] == [None] * 9
    assert most == [3]
    for host in "abc":
        assert [each.work[1] for each in done if each.work[0] == host] == [0, 1, 2]


def test_what_a_piece_raises_is_handed_over() -> None:
    (finished,) = run_by_host(
        [("host", 0)], lambda work: 1 // work, workers=1, stop=threading.Event(), idle=nothing
    )
    assert isinstance(finished.error, ZeroDivisionError)


def test_after_a_stop_request_nothing_is_begun_and_what_does_not_end_is_left_behind() -> None:
    stop, may_end, begun = threading.Event(), threading.Event(), list[int]()

    def do(work: int) -> None:
        begun.append(work)
        stop.set()
        may_end.wait(60)

    pieces = [("host", number) for number in range(10)]
    assert list(run_by_host(pieces, do, workers=4, stop=stop, idle=nothing)) == []
    assert begun == [0]
    may_end.set()


def test_idle_time_is_used() -> None:
    idled = threading.Event()
    calls: list[int] = []

    def idle() -> None:
        calls.append(1)
        if len(calls) == 3:
            idled.set()

    list(run_by_host([("host", 0)], lambda _: idled.wait(30), workers=1, stop=threading.Event(), idle=idle))
    assert len(calls) >= 3
