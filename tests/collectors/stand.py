"""A stand for collectors: it does what the runner does with batches, in memory, and counts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from collectors.contract import Collector, Context, Target
from collectors.fetching import Fetcher, HostGate, Limits, RetryPolicy
from store.records import Batch, Coverage, Record

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USER_AGENT = "lunchwatch-tests/1"


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span


def make_gate(clock: Clock) -> HostGate:
    return HostGate(clock)


def make_context(
    clock: Clock,
    gate: HostGate,
    stop: threading.Event,
    *,
    limits: Limits | None = None,
    retry: RetryPolicy | None = None,
) -> Context:
    """A context as the runner makes it, but for pauses and the address check."""
    fetcher = Fetcher(
        gate,
        clock,
        stop,
        USER_AGENT,
        limits=limits,
        retry=retry or RetryPolicy(first_wait=0),
        allow_private_addresses=True,
    )
    return Context(fetcher, clock, structlog.get_logger("tests"), stop)


@dataclass
class Ledger:
    """What was saved: each target's state, and everything its batches held."""

    states: dict[str, Mapping[str, object]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    requests: int = 0
    batches: int = 0

    def save(self, target: Target, batch: Batch) -> None:
        self.records += batch.records
        self.coverage += batch.coverage
        self.skipped += batch.skipped
        self.requests += batch.requests
        self.batches += 1
        if batch.state is not None:
            self.states[target.key] = batch.state

    def collect(self, collector: Collector, context: Context, *, most_batches: int | None = None) -> bool:
        """Run every target; True when all were finished, False when stopped after `most_batches`."""
        for target in collector.list_targets():
            if not self.collect_target(collector, target, context, most_batches=most_batches):
                return False
        return True

    def collect_target(
        self, collector: Collector, target: Target, context: Context, *, most_batches: int | None = None
    ) -> bool:
        """Save the target's batches, at most so many in this ledger's life."""
        batches = iter(collector.collect(target, self.states.get(target.key, {}), context))
        for batch in batches:
            self.save(target, batch)
            if most_batches is not None and self.batches >= most_batches:
                close = getattr(batches, "close", None)
                if close is not None:
                    close()
                return False
        return True
