"""One whole round: collect, build the week's issue, write the mails that are due."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lunchwatch.mailing import Sent, prepare_mails, send_digest
from lunchwatch.weekly import Built, build_weekly
from lunchwatch.weeks import Week
from lunchwatch.wiring import collect_round

if TYPE_CHECKING:
    from lunchwatch.collecting import CollectorResult, Progress
    from lunchwatch.settings import Settings
    from store.database import Database


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did. `built` is None when it was stopped before the report."""

    results: Sequence[CollectorResult]
    built: Built | None
    sent: Sent | None


def one_round(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    stop: threading.Event,
    progress: Progress | None = None,
) -> Round:
    """Collect from every source, build the issue of the current week and mail it."""
    results = collect_round(database, settings, (), stop=stop, progress=progress)
    if stop.is_set():
        return Round(results, None, None)
    built, sent = publish(database, settings, Week.of(now.date()), now, stop)
    return Round(results, built, sent)


def publish(
    database: Database, settings: Settings, week: Week, now: datetime, stop: threading.Event
) -> tuple[Built, Sent]:
    """Build a week's issue, queue its mails as it is frozen, and deliver what is queued."""
    built = build_weekly(
        database,
        week,
        folder=settings.reports_folder,
        now=now,
        with_charts=settings.reports.charts,
        mails=prepare_mails(settings),
        stop=stop,
    )
    return built, send_digest(database, settings, built.stored, mails=None, now=now)
