"""Running collectors: every target once, several hosts at a time, each batch saved as it comes.

A target that fails leaves a row of coverage with the reason; the others go on. A stop request ends the
round after the batch that is being saved. Nothing here knows a source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from collectors.contract import Collector, Context, Target
from collectors.fetching import Fetcher
from lunchwatch.redaction import redact_text
from store.checkpoint import Checkpoint, load_checkpoints
from store.database import Database
from store.errors import (
    HostUnreachable,
    Interrupted,
    LunchwatchError,
    RateLimited,
    SourceError,
    SourceGone,
    StoreError,
)
from store.recorder import Recorder
from store.records import LIVE, Basis, Batch, Coverage, CoverageStatus, Outcome
from store.transaction import Counts, RunSpec

log = structlog.get_logger()

_GONE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Problem:
    """A target that could not be read (or not wholly), and why."""

    collector: str
    target: str
    reason: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CollectorResult:
    """What one collector's run did."""

    collector: str
    run_id: int
    outcome: Outcome
    counts: Counts
    targets: int
    reached: int
    problems: tuple[Problem, ...]


class Progress(Protocol):
    """Told about the round; draws bars or logs lines."""

    def begin(self, collector: str, targets: int) -> None: ...
    def advance(self, collector: str, written: int) -> None: ...


class Silent:
    """Progress for nobody."""

    def begin(self, collector: str, targets: int) -> None:
        pass

    def advance(self, collector: str, written: int) -> None:
        pass


class _Run:
    """One collector's run while its targets are worked on in several threads. Only the thread that
    leads the round changes it."""

    def __init__(
        self, database: Database, collector: Collector, clock: Callable[[], datetime], basis: Basis
    ) -> None:
        self.collector = collector
        self.targets = list(collector.list_targets())
        with database.read() as connection:
            self.checkpoints = load_checkpoints(connection, LIVE, collector.name)
        spec = RunSpec(LIVE, collector.name, collector.source, basis)
        self.recorder = Recorder(database, spec, clock)
        self.problems: list[Problem] = []
        self.reached = 0
        self.open = len(self.targets)
        self.crash: str | None = None
        self.was_stopped = False
        self.is_finished = False

    def note(self, end: _End) -> None:
        """Take over how one target ended."""
        self.open -= 1
        self.reached += end.is_reached
        self.was_stopped |= end.was_stopped
        self.crash = self.crash or end.crash
        if end.problem is not None:
            self.problems.append(end.problem)

    @property
    def outcome(self) -> Outcome:
        if self.crash is not None:
            return Outcome.CRASHED
        if self.was_stopped or self.open:
            return Outcome.INTERRUPTED
        if self.problems:
            return Outcome.PARTIAL if self.reached else Outcome.FAILED
        return Outcome.OK

    def finish(self) -> None:
        """Close the run; what it saved stays."""
        self.problems.sort(key=lambda p: p.target)
        kind = self.crash or ("SourceError" if self.problems and not self.reached else None)
        reasons = "; ".join(dict.fromkeys(p.reason for p in self.problems))
        self.recorder.finish(self.outcome, kind, reasons if kind else None)
        self.is_finished = True
        log.info(
            "collect.done",
            source=self.collector.name,
            run_id=self.recorder.run_id,
            outcome=str(self.outcome),
            **asdict(self.recorder.counts),
        )

    def result(self) -> CollectorResult:
        return CollectorResult(
            self.collector.name,
            self.recorder.run_id,
            self.outcome,
            self.recorder.counts,
            len(self.targets),
            self.reached,
            tuple(self.problems),
        )


@dataclass(frozen=True, slots=True)
class _End:
    """How the work on one target ended."""

    written: int
    problem: Problem | None = None
    is_reached: bool = False
    was_stopped: bool = False
    crash: str | None = None  # the kind of the bug


def collect(
    database: Database,
    collectors: Sequence[Collector],
    *,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    stop: threading.Event,
    workers: int,
    progress: Progress | None = None,
    basis: Basis = Basis.OBSERVED,
) -> list[CollectorResult]:
    """Run every collector once over all its targets; return what each did, in the given order.

    `basis` is what the runs' rows stand on: a history that is fetched afterwards is back-filled.

    A target that a source asked us to leave alone until later is postponed, not tried. Bugs mark their
    run as crashed and are logged with their traceback; they do not end the round. A database that cannot
    be written to does: every run is closed as far as that works, and the StoreError passes on.
    """
    progress = progress or Silent()
    fetcher.gate.new_round()
    runs = [_Run(database, collector, clock, basis) for collector in collectors]
    try:
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="collect") as pool:
            work = {}
            for run, target in _by_turns(runs):
                work[pool.submit(_collect_target, run, target, fetcher, clock, stop)] = run
            for run in runs:
                progress.begin(run.collector.name, len(run.targets))
                if not run.targets:
                    run.finish()
            try:
                for done in as_completed(work):
                    run = work[done]
                    end = done.result()
                    run.note(end)
                    progress.advance(run.collector.name, end.written)
                    if run.open == 0:
                        run.finish()
            except StoreError:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        for run in runs:
            if not run.is_finished:
                run.finish()
    return [run.result() for run in runs]


def _by_turns(runs: Sequence[_Run]) -> list[tuple[_Run, Target]]:
    """The targets of all runs, one of each in turn, so that no host waits behind another's list."""
    longest = max((len(run.targets) for run in runs), default=0)
    return [(run, run.targets[i]) for i in range(longest) for run in runs if i < len(run.targets)]


def _collect_target(
    run: _Run,
    target: Target,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> _End:
    """Work through one target in a worker. Raises StoreError when the database cannot be written to."""
    name = run.collector.name
    context = Context(fetcher, clock, log.bind(source=name, target=target.label), stop)
    started = clock()
    known = run.checkpoints.get(target.key, Checkpoint(target.key))
    checkpoint = replace(known, last_attempt_at=started)
    if not known.is_due(started):
        reason = f"{known.problem} (not before {known.next_check_at:%Y-%m-%d %H:%M} UTC)"
        _save(run, target, checkpoint, CoverageStatus.POSTPONED, reason)
        return _End(0, Problem(name, target.label, reason, known.next_check_at))
    written = 0
    try:
        context.raise_if_stopped()
        for batch in run.collector.collect(target, known.state, context):
            if batch.state is not None:
                checkpoint = replace(checkpoint, state=batch.state)
            written += run.recorder.save(batch, checkpoint).written
            context.raise_if_stopped()
    except StoreError:
        raise
    except Interrupted:
        return _End(written, Problem(name, target.label, "stopped before it was read"), was_stopped=True)
    except LunchwatchError as error:
        return _End(written, _note_failure(run, target, checkpoint, error, started))
    except Exception as error:
        log.exception("collect.crashed", source=name, target=target.label)
        reason = redact_text(f"a bug: {type(error).__name__}: {error}")
        _save(run, target, checkpoint, CoverageStatus.FAILED, reason)
        return _End(written, Problem(name, target.label, reason), crash=type(error).__name__)
    healthy = replace(checkpoint, last_success_at=started, next_check_at=None, failures=0, problem="")
    run.recorder.save(Batch(), healthy)
    return _End(written, is_reached=True)


def _note_failure(
    run: _Run, target: Target, checkpoint: Checkpoint, error: LunchwatchError, now: datetime
) -> Problem:
    """Remember why, and until when the source is left alone: as long as it asked; a thing that it says is
    gone for good is looked at again after a month. A host that could not be reached asked for nothing."""
    has_asked = isinstance(error, SourceError) and not isinstance(error, HostUnreachable)
    retry_at = error.retry_at if isinstance(error, SourceError) and has_asked else None
    status = CoverageStatus.FAILED
    if isinstance(error, RateLimited):
        status = CoverageStatus.POSTPONED
    elif isinstance(error, SourceGone):
        status, retry_at = CoverageStatus.GONE, retry_at or now + _GONE_FOR
    reason = redact_text(str(error))
    failed = replace(checkpoint, failures=checkpoint.failures + 1, problem=reason, next_check_at=retry_at)
    _save(run, target, failed, status, reason)
    log.info("collect.failed", source=run.collector.name, target=target.label, reason=reason)
    return Problem(run.collector.name, target.label, reason, retry_at)


def _save(run: _Run, target: Target, checkpoint: Checkpoint, status: CoverageStatus, reason: str) -> None:
    run.recorder.save(Batch(coverage=[Coverage(target.key, status, 0, reason)]), checkpoint)
