"""What collector tests share: a clock that stands still, a replica, and a context to reach it with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.contract import Context
from collectors.fetching import HostGate
from tests.collectors.stand import Clock, make_context, make_gate
from tests.replica.server import Replica


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def gate(clock: Clock) -> HostGate:
    return make_gate(clock)


@pytest.fixture
def context(clock: Clock, gate: HostGate, stop: threading.Event) -> Iterator[Context]:
    """A context whose fetcher may reach the replica and does not pause between attempts."""
    made = make_context(clock, gate, stop)
    yield made
    made.fetcher.close()


@pytest.fixture
def replica() -> Iterator[Replica]:
    """A running replica without sites; a test puts its own into `replica.sites`."""
    with Replica([]) as running:
        yield running


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings beside the repository."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no folder of real recordings beside the repository")
    return folder
