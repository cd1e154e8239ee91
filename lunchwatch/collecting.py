"""Running collectors: every target that is due once, several hosts at a time, each batch saved as it comes.

A target that fails leaves a row of coverage with the reason; the others go on. A stop request ends the
round after the batch that is being saved, within five seconds in any case. Nothing here knows a source.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from collectors.contract import Collector, Context, Target
from collectors.fetching import Fetcher
from lunchwatch.accounts import recall, remember
from lunchwatch.batches import list_batches
from lunchwatch.dispatch import Finished, run_by_host
from lunchwatch.due import Choice, Turn, find_turn, postpone_further
from lunchwatch.interruption import do_unless_stopped
from lunchwatch.reasons import clean_reason, name_error
from store.checkpoint import KEPT, Checkpoint, load_checkpoints
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
_REMEMBER_SECONDS = 5.0
"""How often what hosts said is saved while a round goes on."""

_LONGEST_END = 3.0
"""Seconds after a stop request until a round is left as it is: its database does not answer. What was saved
is saved; the next process marks its runs as interrupted. The rest of five seconds is for ending."""

_LONG = 100
"""Targets of so many requests (a sweep) wait behind the others at their host, which they may use up."""

_TOLD = frozenset({CoverageStatus.COMPLETE, CoverageStatus.PARTIAL, CoverageStatus.UNCHANGED})
_NOT_READ = frozenset({CoverageStatus.FAILED, CoverageStatus.PARTIAL, CoverageStatus.GONE})


@dataclass(frozen=True, slots=True)
class Problem:
    """A target, or a part of one, that could not be read (or not wholly), and why. `key` is the target's,
    `target` its label or the part's scope.

    `retry_at`: when it may be asked for again. `is_postponed`: nothing is wrong, it only has to wait.
    """

    collector: str
    target: str
    reason: str
    retry_at: datetime | None = None
    key: str = ""
    host: str = ""
    is_postponed: bool = False


@dataclass(frozen=True, slots=True)
class CollectorResult:
    """What one collector's run did. `run_id` is None when there was nothing to do: then nothing was run.

    `targets` are those that were tried or would have been, had nobody asked to wait; `not_due` further ones
    succeeded so lately that they were left out."""

    collector: str
    run_id: int | None
    outcome: Outcome
    counts: Counts
    targets: int
    reached: int
    problems: tuple[Problem, ...]
    not_due: int = 0

    @property
    def has_answered(self) -> bool:
        """Whether the source said anything, or there was nothing to ask."""
        return self.run_id is None or self.outcome in (Outcome.OK, Outcome.PARTIAL)

    @property
    def has_failed(self) -> bool:
        """Whether the source was asked in vain; one that only has to wait was not."""
        return self.outcome in (Outcome.FAILED, Outcome.CRASHED)


def has_all_failed(results: Sequence[CollectorResult]) -> bool:
    """Whether everything that was asked failed. What was not due, has no targets or has to wait was not
    asked."""
    asked = [r for r in results if r.targets and r.run_id is not None and r.outcome is not Outcome.POSTPONED]
    return bool(asked) and all(r.has_failed for r in asked)


class Progress(Protocol):
    """Told about the round; draws bars or logs lines."""

    def begin(self, collector: str, targets: int) -> None: ...
    def advance(self, collector: str, written: int, *, is_postponed: bool = False) -> None: ...


class Silent:
    """Progress for nobody."""

    def begin(self, collector: str, targets: int) -> None:
        pass

    def advance(self, collector: str, written: int, *, is_postponed: bool = False) -> None:
        pass


class _Run:
    """One collector's run while its targets are worked on in several threads. Only the thread that
    leads the round changes it; workers only save."""

    def __init__(
        self,
        database: Database,
        collector: Collector,
        clock: Callable[[], datetime],
        basis: Basis,
        choice: Choice,
    ) -> None:
        self.collector = collector
        self.began_at = clock()
        with database.read() as connection:
            self.checkpoints = load_checkpoints(connection, LIVE, collector.name)
        targets = [each for each in collector.list_targets() if choice.has(collector.name, each)]
        turns = [(each, *find_turn(each, self.known(each), self.began_at, choice)) for each in targets]
        self.due = [each for each, turn, _ in turns if turn is Turn.DUE]
        self.not_due = sum(turn is Turn.NOT_DUE for _, turn, _ in turns)
        self.targets = len(targets) - self.not_due
        self.problems: list[Problem] = []
        self.reached = 0
        self.open = len(self.due)
        self.has_told = False
        self.crash: str | None = None
        self.was_stopped = False
        self.is_closed = False
        self._door = threading.Lock()  # a worker that is writing is waited for before the run is closed
        self.recorder: Recorder | None = None
        if self.targets or not targets:
            spec = RunSpec(LIVE, collector.name, collector.source, basis)
            self.recorder = Recorder(database, spec, clock)
            self._tell_postponed([(each, until) for each, turn, until in turns if turn is Turn.POSTPONED])

    def known(self, target: Target) -> Checkpoint:
        return self.checkpoints.get(target.key, Checkpoint(target.key))

    def save(self, batch: Batch, checkpoint: Checkpoint | None = None) -> int:
        """Write one batch; returns how many rows were news. Raises Interrupted after the run was closed: the
        worker was left behind."""
        with self._door:
            if self.is_closed or self.recorder is None:
                raise Interrupted("the round is over")
            return self.recorder.save(batch, checkpoint).written

    def _tell_postponed(self, waiting: Sequence[tuple[Target, datetime | None]]) -> None:
        coverage = []
        for target, until in waiting:
            reason = self.known(target).problem
            said = f"{reason} (not before {until:%Y-%m-%d %H:%M} UTC)"
            coverage.append(Coverage(target.key, CoverageStatus.POSTPONED, 0, said))
            self.problems.append(_problem(self.collector, target, reason, until, is_postponed=True))
        if coverage:
            self.save(Batch(coverage=coverage))

    def note(self, end: _End) -> None:
        """Take over how one target ended."""
        self.open -= 1
        self.reached += end.is_reached
        self.has_told |= end.has_told
        self.was_stopped |= end.was_stopped
        self.crash = self.crash or end.crash
        if end.problem is not None:
            self.problems.append(end.problem)
        self.problems += end.parts

    @property
    def outcome(self) -> Outcome:
        if self.crash is not None:
            return Outcome.CRASHED
        if self.was_stopped or self.open:
            return Outcome.INTERRUPTED
        if self.problems:
            if self.reached or self.has_told:
                return Outcome.PARTIAL
            is_waiting = all(problem.is_postponed for problem in self.problems)
            return Outcome.POSTPONED if is_waiting else Outcome.FAILED
        return Outcome.OK

    def finish(self) -> None:
        """Close the run; what it saved stays."""
        with self._door:
            if self.is_closed:
                return
            self.is_closed = True
        self.problems.sort(key=lambda p: p.target)
        if self.recorder is None:
            return
        is_failed = self.outcome is Outcome.FAILED
        kind = self.crash or ("SourceError" if is_failed else None)
        reasons = "; ".join(dict.fromkeys(p.reason for p in self.problems))
        self.recorder.finish(self.outcome, kind, reasons if kind else None)
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
            self.recorder.run_id if self.recorder else None,
            self.outcome,
            self.recorder.counts if self.recorder else Counts(),
            self.targets,
            self.reached,
            tuple(self.problems),
            self.not_due,
        )


@dataclass(frozen=True, slots=True)
class _End:
    """How the work on one target ended. `has_told`: something was read, if not all of it. `parts`: what its
    collector said it could not read, without ending for that."""

    written: int
    problem: Problem | None = None
    parts: tuple[Problem, ...] = ()
    is_reached: bool = False
    has_told: bool = False
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
    choice: Choice | None = None,
) -> list[CollectorResult]:
    """Run every collector once over its targets that are due; return what each did, in the given order.

    `basis` is what the runs' rows stand on: a history that is fetched afterwards is back-filled. `choice`:
    which targets; all of them unless told otherwise.

    What hosts asked of earlier processes holds for this round too, and what they say in it is kept for later
    ones. A target that a source asked us to leave alone until later is postponed, not tried. Bugs mark their
    run as crashed and are logged with their traceback; they do not end the round. A database that cannot
    be written to does: every run is closed as far as that works, and the StoreError passes on.

    Raises Interrupted when the round did not end in time after a stop request; else a stopped round returns
    what it did.
    """
    leader = _Leader(database, fetcher, clock, stop, workers, progress or Silent())
    # A database that somebody else has locked is waited for inside its driver, where nothing interrupts it.
    return do_unless_stopped(
        lambda: leader.lead(collectors, basis, choice or Choice()),
        stop,
        grace=_LONGEST_END,
        left_behind="stopped; what was collected is saved, the end of the round is not noted",
    )


class _Leader:
    """Leads one round. Everything here runs in one thread but `_collect_target`, which the workers run."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        stop: threading.Event,
        workers: int,
        progress: Progress,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._clock = clock
        self._stop = stop
        self._workers = workers
        self._progress = progress
        self._remembered_at = time.monotonic()

    def lead(self, collectors: Sequence[Collector], basis: Basis, choice: Choice) -> list[CollectorResult]:
        recall(self._database, self._fetcher.gate, self._clock())
        self._fetcher.gate.new_round()
        runs: list[_Run] = []
        try:
            for collector in collectors:  # one by one: those that were opened are closed below
                run = _Run(self._database, collector, self._clock, basis, choice)
                runs.append(run)
            for run in runs:
                self._progress.begin(run.collector.name, len(run.due))
                if not run.due:
                    run.finish()
            self._work_through(runs)
        finally:
            for run in runs:
                run.finish()
            remember(self._database, self._fetcher.gate, self._clock())
        return [run.result() for run in runs]

    def _work_through(self, runs: Sequence[_Run]) -> None:
        pieces = [(target.host, (run, target)) for run in runs for target in run.due]
        pieces.sort(key=lambda piece: piece[1][1].requests >= _LONG)
        ends = run_by_host(
            pieces,
            self._collect_target,
            workers=self._workers,
            stop=self._stop,
            idle=self._remember_now_and_then,
        )
        with closing(ends):  # when something is raised here: nothing more is begun, and the threads end
            for finished in ends:
                run, end = _take(finished)
                run.note(end)
                is_postponed = end.problem is not None and end.problem.is_postponed
                self._progress.advance(run.collector.name, end.written, is_postponed=is_postponed)
                if run.open == 0:
                    run.finish()
                if is_postponed:
                    remember(self._database, self._fetcher.gate, self._clock())
                self._remember_now_and_then()

    def _remember_now_and_then(self) -> None:
        if time.monotonic() - self._remembered_at >= _REMEMBER_SECONDS:
            remember(self._database, self._fetcher.gate, self._clock())
            self._remembered_at = time.monotonic()

    def _collect_target(self, work: tuple[_Run, Target]) -> _End:
        """Work through one target in a worker. Raises StoreError when the database cannot be written to."""
        run, target = work
        collector = run.collector
        context = Context(
            self._fetcher, self._clock, log.bind(source=collector.name, target=target.label), self._stop
        )
        known = run.known(target)
        checkpoint = replace(known, state=KEPT, last_attempt_at=self._clock())
        sent_before = self._fetcher.gate.requests_of_this_thread
        written, has_told, told = 0, False, dict[str, Coverage]()
        try:
            context.raise_if_stopped()
            for batch in list_batches(collector, target, known.state, context):
                written += run.save(batch, checkpoint)  # and the batch's state with it
                has_told |= bool(batch.records) or any(each.status in _TOLD for each in batch.coverage)
                told.update((each.scope, each) for each in batch.coverage)
                context.raise_if_stopped()
        except StoreError:  # of our database: a collector's own would be a CollectorBug
            raise
        except Interrupted:
            self._note_stop(run, checkpoint)
            problem = _problem(collector, target, "stopped before it was read")
            parts = _list_parts(collector, target, told)
            return _End(written, problem, parts, has_told=has_told, was_stopped=True)
        except LunchwatchError as error:
            was_asked = self._fetcher.gate.requests_of_this_thread > sent_before
            end = _End(written, parts=_list_parts(collector, target, told), has_told=has_told)
            return self._note_failure(run, target, checkpoint, error, end, was_asked)
        except Exception as error:
            log.exception("collect.crashed", source=collector.name, target=target.label)
            reason = f"a bug: {name_error(error)}"
            _save(run, target, checkpoint, CoverageStatus.FAILED, reason)
            problem = _problem(collector, target, reason)
            parts = _list_parts(collector, target, told)
            return _End(written, problem, parts, has_told=has_told, crash=type(error).__name__)
        # Walks tell of their parts; that the target as a whole can be read again, nobody else would say.
        recovered = [Coverage(target.key, CoverageStatus.COMPLETE, 0)] if known.problem else []
        run.save(
            Batch(coverage=[each for each in recovered if each.scope not in told]),
            replace(checkpoint, last_success_at=run.began_at, next_check_at=None, failures=0, problem=""),
        )
        parts = _list_parts(collector, target, told)
        return _End(written, parts=parts, is_reached=True, has_told=has_told)

    def _note_stop(self, run: _Run, checkpoint: Checkpoint) -> None:
        """Let a walk that was broken off go on as soon as somebody collects again, whatever `every` says."""
        if not run.is_closed:
            run.save(Batch(), replace(checkpoint, next_check_at=self._clock()))

    def _note_failure(
        self,
        run: _Run,
        target: Target,
        checkpoint: Checkpoint,
        error: LunchwatchError,
        end: _End,
        was_asked: bool,
    ) -> _End:
        """Remember why, and until when the source is left alone: as long as it asked; a thing that it says is
        gone for good is looked at again after a month. A host that could not be reached asked for nothing."""
        now = self._clock()
        has_asked = isinstance(error, SourceError) and not isinstance(error, HostUnreachable)
        retry_at = error.retry_at if isinstance(error, SourceError) and has_asked else None
        status, failures = CoverageStatus.FAILED, checkpoint.failures + 1
        if isinstance(error, RateLimited):
            status = CoverageStatus.POSTPONED
            failures = 0 if end.has_told else checkpoint.failures + was_asked
            retry_at = postpone_further(retry_at, failures, now)
        elif isinstance(error, SourceGone):
            status, retry_at = CoverageStatus.GONE, retry_at or now + _GONE_FOR
        else:
            retry_at = postpone_further(retry_at, failures, now)
        reason = clean_reason(error)
        _save(
            run,
            target,
            replace(checkpoint, failures=failures, problem=reason, next_check_at=retry_at),
            status,
            reason,
        )
        log.info("collect.failed", source=run.collector.name, target=target.label, reason=reason)
        is_postponed = retry_at is not None and status is not CoverageStatus.GONE
        problem = _problem(run.collector, target, reason, retry_at, is_postponed=is_postponed)
        return replace(end, problem=problem)


def _take(finished: Finished[tuple[_Run, Target], _End]) -> tuple[_Run, _End]:
    run, target = finished.work
    if finished.result is not None:
        return run, finished.result
    error = finished.error or RuntimeError("a worker ended without a word")
    if isinstance(error, LunchwatchError):  # the database, or we were asked to stop
        raise error
    log.error("collect.crashed", source=run.collector.name, target=target.label, exc_info=error)
    problem = _problem(run.collector, target, f"a bug: {name_error(error)}")
    return run, _End(0, problem, crash=type(error).__name__)


def _problem(
    collector: Collector,
    target: Target,
    reason: str,
    retry_at: datetime | None = None,
    *,
    is_postponed: bool = False,
) -> Problem:
    return Problem(
        collector.name, target.label, reason, retry_at, target.key, target.host, is_postponed=is_postponed
    )


def _list_parts(collector: Collector, target: Target, told: Mapping[str, Coverage]) -> tuple[Problem, ...]:
    """What of a target was not read, or not wholly, as its collector said last of each scope."""
    return tuple(
        replace(
            _problem(collector, target, clean_reason(each.reason or each.status)),
            target=target.label if each.scope == target.key else each.scope,
        )
        for each in told.values()
        if each.status in _NOT_READ
    )


def _save(run: _Run, target: Target, checkpoint: Checkpoint, status: CoverageStatus, reason: str) -> None:
    run.save(Batch(coverage=[Coverage(target.key, status, 0, reason)]), checkpoint)
