"""Running collectors: every target once, several hosts at a time, each batch saved as it comes.

A target that fails leaves a row of coverage with the reason; the others go on. A stop request ends the
round after the batch that is being saved. Nothing here knows a source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from collectors.contract import Collector, Context, Target
from collectors.fetching import Fetcher
from store.checkpoint import Checkpoint, load_checkpoints
from store.database import Database
from store.errors import Interrupted, LunchwatchError, RateLimited, SourceError, SourceGone
from store.recorder import Recorder
from store.records import LIVE, Basis, Batch, Coverage, CoverageStatus, Outcome
from store.transaction import Counts, RunSpec

log = structlog.get_logger()


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
    """One collector's run while its targets are worked on in several threads."""

    def __init__(self, database: Database, collector: Collector, clock: Callable[[], datetime]) -> None:
        self.collector = collector
        self.targets = list(collector.list_targets())
        with database.read() as connection:
            self.checkpoints = load_checkpoints(connection, LIVE, collector.name)
        spec = RunSpec(LIVE, collector.name, collector.name, Basis.OBSERVED)
        self.recorder = Recorder(database, spec, clock)
        self.problems: list[Problem] = []
        self.reached = 0
        self.open = len(self.targets)
        self.crash: BaseException | None = None
        self.was_stopped = False

    @property
    def outcome(self) -> Outcome:
        if self.crash is not None:
            return Outcome.CRASHED
        if self.was_stopped:
            return Outcome.INTERRUPTED
        if self.problems:
            return Outcome.PARTIAL if self.reached else Outcome.FAILED
        return Outcome.OK

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


def collect(
    database: Database,
    collectors: Sequence[Collector],
    *,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    stop: threading.Event,
    workers: int,
    progress: Progress | None = None,
) -> list[CollectorResult]:
    """Run every collector once over all its targets; return what each did, in the given order.

    A target that a source asked us to leave alone until later is postponed, not tried. Bugs mark their
    run as crashed and are logged with their traceback; they do not end the round.
    """
    progress = progress or Silent()
    fetcher.gate.new_round()
    runs = [_Run(database, collector, clock) for collector in collectors]
    for run in runs:
        progress.begin(run.collector.name, len(run.targets))
        if not run.targets:
            run.recorder.finish(Outcome.OK)
    lock = threading.Lock()
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="collect") as pool:
        work = {
            pool.submit(_collect_target, run, target, fetcher, clock, stop): run
            for run, target in _by_turns(runs)
        }
        for done in as_completed(work):
            run = work[done]
            counts, problem = done.result()
            with lock:
                run.open -= 1
                if problem is not None:
                    run.problems.append(problem)
                progress.advance(run.collector.name, counts.written)
                if run.open == 0:
                    _finish(run)
    return [run.result() for run in runs]


def _by_turns(runs: Sequence[_Run]) -> list[tuple[_Run, Target]]:
    """The targets of all runs, one of each in turn, so that no host waits behind another's list."""
    longest = max((len(run.targets) for run in runs), default=0)
    return [(run, run.targets[i]) for i in range(longest) for run in runs if i < len(run.targets)]


def _finish(run: _Run) -> None:
    run.problems.sort(key=lambda p: p.target)
    reasons = dict.fromkeys(p.reason for p in run.problems)
    error: BaseException | None = run.crash
    if error is None and run.problems and not run.reached:
        error = SourceError("; ".join(reasons))
    run.recorder.finish(run.outcome, error)
    log.info(
        "collect.done",
        source=run.collector.name,
        run_id=run.recorder.run_id,
        outcome=str(run.outcome),
        new=run.recorder.counts.written,
        unchanged=run.recorder.counts.unchanged,
        skipped=run.recorder.counts.skipped,
        requests=run.recorder.counts.requests,
    )


def _collect_target(
    run: _Run,
    target: Target,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> tuple[Counts, Problem | None]:
    """Work through one target; never raises, except for what must end the program."""
    context = Context(fetcher, clock, log.bind(source=run.collector.name, target=target.label), stop)
    started = clock()
    known = run.checkpoints.get(target.key, Checkpoint(target.key))
    checkpoint = replace(known, last_attempt_at=started)
    before = Counts()
    if not known.is_due(started):
        reason = f"{known.problem} (not before {known.next_check_at:%H:%M} UTC)"
        _save(run, target, checkpoint, CoverageStatus.POSTPONED, reason)
        return before, Problem(run.collector.name, target.label, reason, known.next_check_at)
    total = before
    try:
        context.raise_if_stopped()
        for batch in run.collector.collect(target, known.state, context):
            if batch.state is not None:
                checkpoint = replace(checkpoint, state=batch.state)
            total = total + run.recorder.save(batch, checkpoint)
            context.raise_if_stopped()
    except Interrupted:
        run.was_stopped = True
        return total, Problem(run.collector.name, target.label, "stopped before it was read")
    except LunchwatchError as error:
        return total, _note_failure(run, target, checkpoint, error)
    except Exception as error:
        log.exception("collect.crashed", source=run.collector.name, target=target.label)
        run.crash = error
        reason = f"a bug: {type(error).__name__}: {error}"
        _save(run, target, checkpoint, CoverageStatus.FAILED, reason)
        return total, Problem(run.collector.name, target.label, reason)
    healthy = replace(checkpoint, last_success_at=started, next_check_at=None, failures=0, problem="")
    run.recorder.save(Batch(), healthy)
    run.reached += 1
    return total, None


def _note_failure(run: _Run, target: Target, checkpoint: Checkpoint, error: LunchwatchError) -> Problem:
    retry_at = error.retry_at if isinstance(error, RateLimited) else None
    failed = replace(checkpoint, failures=checkpoint.failures + 1, problem=str(error), next_check_at=retry_at)
    status = CoverageStatus.FAILED
    if isinstance(error, RateLimited):
        status = CoverageStatus.POSTPONED
    elif isinstance(error, SourceGone):
        status = CoverageStatus.GONE
    _save(run, target, failed, status, str(error))
    log.info("collect.failed", source=run.collector.name, target=target.label, reason=str(error))
    return Problem(run.collector.name, target.label, str(error), retry_at)


def _save(run: _Run, target: Target, checkpoint: Checkpoint, status: CoverageStatus, reason: str) -> None:
    run.recorder.save(Batch(coverage=[Coverage(target.key, status, 0, reason)]), checkpoint)


def unreachable(results: Sequence[CollectorResult]) -> Mapping[str, list[Problem]]:
    """The problems by collector, for those that have any."""
    return {r.collector: list(r.problems) for r in results if r.problems}
