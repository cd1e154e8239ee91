"""A child process that answers over pipes, whatever becomes of it or of its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from collectors.child import Child, ChildLost, Patience, TooSlow
from store.errors import Interrupted
from tests.collectors.processes import await_end

PLAIN = json.dumps({"content_type": "text/plain"}).encode()


@pytest.fixture
def child() -> Iterator[Child]:
    """One that makes text of pages."""
    made = Child("collectors.policies.reading", "a page")
    yield made
    made.end()


def patience(seconds: float = 30.0, stop: threading.Event | None = None) -> Patience:
    return Patience(seconds, stop or threading.Event())


def ask(child: Child, body: bytes, most_bytes: int = 10_000_000) -> str:
    child.send(PLAIN, patience())
    child.send(body, patience())
    text: str = json.loads(child.receive(most_bytes, patience()))["text"]
    return text


def test_messages_of_any_length_come_back_whole(child: Child) -> None:
    for length in (0, 1, 65_536, 5_000_001):
        assert ask(child, b"a" * length) == "a" * length


def test_longer_message_than_is_allowed_is_not_read(child: Child) -> None:
    with pytest.raises(ChildLost, match="a message of"):
        ask(child, b"a" * 10_000, most_bytes=1_000)


def test_silence_ends_with_our_patience(child: Child) -> None:
    with pytest.raises(TooSlow):
        child.receive(10, patience(0.2))


def test_only_waiting_uses_up_patience(child: Child) -> None:
    ask(child, b"warm")
    left = patience(0.4)
    child.send(PLAIN, left)
    child.send(b"x", left)
    time.sleep(0.5)
    assert b"x" in child.receive(1_000, left)


def test_stop_request_ends_sending_to_a_child_that_does_not_listen(child: Child) -> None:
    stop = threading.Event()
    os.kill(child.pid, signal.SIGSTOP)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted, match="stopped while reading a page"):
        child.send(bytes(20_000_000), patience(stop=stop))
    assert time.monotonic() - began < 2


def test_how_a_child_ended_is_said(child: Child) -> None:
    ask(child, b"warm")
    os.kill(child.pid, signal.SIGSEGV)
    with pytest.raises(ChildLost, match="SIGSEGV"):
        child.receive(10, patience())


def test_signals_for_the_whole_group_are_left_to_the_parent(child: Child) -> None:
    ask(child, b"warm")
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(child.pid, number)
    assert ask(child, b"still here") == "still here"


def test_child_that_ends_because_we_are_stopped_is_no_fault_of_the_page(child: Child) -> None:
    stop = threading.Event()
    ask(child, b"warm")
    waiting = patience(stop=stop)

    def end_both() -> None:
        stop.set()
        child.kill()

    threading.Timer(0.2, end_both).start()
    with pytest.raises(Interrupted):
        child.receive(10, waiting)


PARENT = """
import json, sys, threading, time
from collectors.child import Child, Patience
child, patience = Child("collectors.policies.reading", "a page"), Patience(60, threading.Event())
for content_type, body in (("text/plain", b"warm"), ("text/html", b"<p>word word word</p>" * 150_000)):
    child.send(json.dumps({"content_type": content_type}).encode(), patience)
    child.send(body, patience)
    if content_type == "text/plain":
        child.receive(1_000, patience)
print(child.pid, flush=True)
time.sleep(600)
"""


def test_busy_child_ends_with_a_parent_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    await_end(pid)
