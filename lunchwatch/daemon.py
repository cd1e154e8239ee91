"""The daemon: APScheduler is its clock only; `tick(now)` decides what is due and does it.

What is due follows from the database: when the last collection began, what of it was postponed and until
when, which issues exist. So a restart, a sleeping machine or a missed tick catches up once, and nothing is
built or sent twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from lunchwatch import clock
from lunchwatch.due import Choice, list_due_between_rounds
from lunchwatch.mailing import send_digest
from lunchwatch.rounds import publish
from lunchwatch.weeks import Week, last_scheduled
from lunchwatch.wiring import collect_round, continue_round
from store.checkpoint import Checkpoint, list_unfinished, load_checkpoints, save_checkpoint
from store.database import Database
from store.errors import Interrupted, LunchwatchError
from store.outbox import find_issue
from store.records import LIVE, Outcome

if TYPE_CHECKING:
    from lunchwatch.collecting import CollectorResult
    from lunchwatch.settings import Settings

log = structlog.get_logger()

_LONGEST_TICK = timedelta(seconds=30)
_RETRY_AFTER_OUTAGE = timedelta(minutes=15)
"""When nothing at all was reached, the network was most likely away: that is no reason to wait half a day.
Nor is it one that the process was killed in the middle of a round."""
_NAME = "daemon"
_COLLECT = "collect"
_ISSUE = "issue"


def run_daemon(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Tick until `stop` is set; then let the work under way save its batch and return."""
    every = min(_LONGEST_TICK, settings.schedule.collect_every)
    scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": MemoryJobStore()})
    scheduler.add_listener(_note_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    scheduler.add_job(
        lambda: tick(database, settings, clock.now(), stop),
        "interval",
        seconds=max(every.total_seconds(), 1),
        id="tick",
        next_run_time=clock.now(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    due = _load(database, _COLLECT).next_check_at
    log.info(
        "ready",
        next_collection=due.isoformat(timespec="seconds") if due else "now",
        issue=f"{settings.schedule.issue_day} {settings.schedule.issue_hour:02d}:00 UTC",
        database=database.label,
    )
    while not stop.wait(1):
        pass
    log.info("stopping")
    scheduler.shutdown(wait=True)
    log.info("stopped")


def tick(database: Database, settings: Settings, now: datetime, stop: threading.Event) -> None:
    """Do what is due: collect, go on with what was postponed, then build and send an issue, then deliver mail
    that was left over.

    One part that fails is logged and does not keep the others from their turn.
    """
    steps: list[Callable[[], None]] = [
        lambda: _collect_if_due(database, settings, now, stop),
        lambda: _continue_if_due(database, settings, now, stop),
        lambda: _publish_if_due(database, settings, now, stop),
        lambda: _deliver_leftovers(database, settings, now),
    ]
    for step in steps:
        if stop.is_set():
            return
        try:
            step()
        except Interrupted:
            return
        except LunchwatchError as error:
            log.error("tick.failed", reason=str(error), remedy=error.remedy)  # noqa: TRY400 - ours; no traceback


def _collect_if_due(database: Database, settings: Settings, now: datetime, stop: threading.Event) -> None:
    last = _load(database, _COLLECT)
    went_back = last.last_attempt_at is not None and now < last.last_attempt_at  # the machine's clock did
    if not last.is_due(now) and not went_back:
        return
    every = settings.schedule.collect_every
    soon = min(every, _RETRY_AFTER_OUTAGE)
    began_at = _find_open_round(last, now, every) or now
    is_open = {"began_at": began_at.isoformat()}
    _save(database, replace(last, state=is_open, last_attempt_at=now, next_check_at=now + soon))
    results = collect_round(database, settings, (), stop=stop, choice=Choice(since=began_at))
    was_reached = any(r.reached or r.outcome is Outcome.PARTIAL for r in results)  # wholly, or in part
    if any(r.outcome is Outcome.INTERRUPTED for r in results):
        state, next_at = is_open, now  # goes on when the daemon is back
    else:
        # What was only postponed is gone on with when its time comes, not with an early round.
        has_tried = any(r.targets and r.outcome is not Outcome.POSTPONED for r in results)
        state, next_at = {}, began_at + every if was_reached or not has_tried else now + soon
    _save(
        database,
        replace(
            last,
            state=state,
            last_attempt_at=now,
            last_success_at=clock.now() if was_reached else last.last_success_at,
            next_check_at=next_at,
        ),
    )
    _log_results("collected", results, next_at)


def _find_open_round(last: Checkpoint, now: datetime, every: timedelta) -> datetime | None:
    """When the round began that was stopped or killed and is to be gone on with: what succeeded in it is not
    asked for again. None when there is none, or it is too old."""
    text = last.state.get("began_at")
    began_at = datetime.fromisoformat(text) if isinstance(text, str) else None
    return began_at if began_at is not None and began_at <= now < began_at + every else None


def _continue_if_due(database: Database, settings: Settings, now: datetime, stop: threading.Event) -> None:
    """Go on with what was postponed and may be asked for now, and try again what failed a while ago.

    A round that is due comes first and does this too; it has just been tried, then."""
    with database.read() as connection:
        due = list_due_between_rounds(list_unfinished(connection, LIVE), now)
    if not due:
        return
    results = continue_round(database, settings, due, stop=stop)
    if results:
        _log_results("continued", results, _load(database, _COLLECT).next_check_at)


def _log_results(event: str, results: Sequence[CollectorResult], next_at: datetime | None) -> None:
    log.info(
        event,
        new=sum(r.counts.written for r in results),
        unchanged=sum(r.counts.unchanged for r in results),
        postponed=sum(p.is_postponed for r in results for p in r.problems),
        unreached=sum(not p.is_postponed for r in results for p in r.problems),
        not_due=sum(r.not_due for r in results),
        next_at=next_at.isoformat(timespec="seconds") if next_at else None,
    )


def find_due_week(database: Database, settings: Settings, now: datetime) -> Week | None:
    """The week whose issue should be built now, if any.

    The first issue ever is built at once, for the week under way; from then on each week's issue on
    the configured day and hour after its end, once.
    """
    newest = find_issue(database, LIVE)
    if newest is None:
        return Week.of(now.date())
    scheduled = last_scheduled(now, settings.schedule.issue_day, settings.schedule.issue_hour)
    week = Week.of(scheduled.date() - timedelta(days=7))
    done = str(_load(database, _ISSUE).state.get("week", ""))
    began = Week.of(newest.built_at.date()) if not done else None
    if str(week) <= done or (began is not None and week < began):
        return None
    return week


def _publish_if_due(database: Database, settings: Settings, now: datetime, stop: threading.Event) -> None:
    week = find_due_week(database, settings, now)
    if week is None:
        return
    built, sent = publish(database, settings, week, now, stop)
    if now >= week.end:
        _save(database, replace(_load(database, _ISSUE), state={"week": str(week)}, last_success_at=now))
    log.info(
        "published",
        week=str(week),
        revision=built.issue.revision,
        is_new=built.is_new,
        page=str(built.page),
        mails=sent.sent,
        failed=sent.failed,
        charts=built.drawings.failure or "drawn",
    )


def _deliver_leftovers(database: Database, settings: Settings, now: datetime) -> None:
    newest = find_issue(database, LIVE)
    if newest is not None:
        sent = send_digest(database, settings, newest, mails=None, now=now)
        if sent.sent or sent.failed:
            log.info("delivered", week=newest.week, mails=sent.sent, failed=sent.failed)


def _load(database: Database, target: str) -> Checkpoint:
    with database.read() as connection:
        return load_checkpoints(connection, LIVE, _NAME).get(target, Checkpoint(target))


def _save(database: Database, checkpoint: Checkpoint) -> None:
    with database.write() as connection:
        save_checkpoint(connection, LIVE, _NAME, checkpoint)


def _note_event(event: JobEvent) -> None:
    if event.code == EVENT_JOB_ERROR:
        exception = getattr(event, "exception", None)
        log.error("tick.crashed", exc_info=exception)
    elif event.code == EVENT_JOB_MISSED:
        log.warning("tick.missed")
    else:
        log.info("tick.busy")
