"""What collector tests share: a clock that stands still, a replica, and a context to reach it with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
def real_data(shared_folder: Path) -> Path:
    """The folder of real recordings; the test is skipped where it is not beside the checkout."""
    return shared_folder / "data"


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, object]:
    """How exchanges are recorded: readable, and without anything secret or of the day."""
    return {
        "filter_headers": ["authorization", "cookie", "x-request-id"],
        "decode_compressed_response": True,
        "before_record_response": _scrub,
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
    }


_TRACES = frozenset(
    {"set-cookie", "date", "x-request-id", "x-amzn-trace-id", "x-github-request-id", "x-amz-cf-id"}
)


def _scrub(response: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in response["headers"].items() if name.lower() not in _TRACES}
    return {**response, "headers": kept}
