"""Building a weekly issue: read the world as of a day, analyse it, freeze what it says, write the files.

An issue of a week that exists already is frozen again, as a new revision, only when it says something
else; the files are written anew each time, so that a lost folder comes back.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from lunchwatch.weeks import Week
from store.catalogue import Catalogue, load_catalogue
from store.database import Database
from store.errors import Busy, Interrupted, Refused, StoreError
from store.outbox import Mails, NewIssue, StoredIssue, find_issue, list_issues_before, save_issue
from store.query import StoreQuery
from store.records import LIVE

if TYPE_CHECKING:
    from reports.charts.drawing import Drawings
    from reports.issue import Issue

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Built:
    """An issue, where it is stored and written. `is_new`: this call froze it."""

    issue: Issue
    stored: StoredIssue
    drawings: Drawings
    page: Path
    is_new: bool


def build_weekly(
    database: Database,
    week: Week,
    *,
    folder: Path,
    now: datetime,
    with_charts: bool = True,
    mails: Callable[[Issue, Drawings], Mails] | None = None,
    world: str = LIVE,
    stop: threading.Event | None = None,
) -> Built:
    """Build the issue of `week` and write it to `folder`; its mails are queued as it is frozen.

    Raises Interrupted when `stop` is set before it is frozen, Busy when another process froze the same
    revision meanwhile.
    """
    from reports.charts.drawing import Drawings, draw_charts

    stored = find_issue(database, world, str(week))
    issue, last_run_id = _compute(database, week, now, stored, world)
    is_new = stored is None or stored.content_hash != issue.content_hash
    if not is_new:
        issue = _read(stored)
    if stop is not None and stop.is_set():
        raise Interrupted("stopped before the report was frozen")
    drawings = draw_charts(issue) if with_charts else Drawings()
    if is_new:
        new = NewIssue(
            world=world,
            week=issue.week,
            revision=issue.revision,
            as_of=issue.as_of,
            built_at=issue.built_at,
            last_run_id=last_run_id,
            content=issue.to_json(),
            content_hash=issue.content_hash,
            inputs_hash=issue.inputs_hash,
        )
        try:
            stored = save_issue(database, new, mails(issue, drawings) if mails else None)
        except Refused as error:
            raise Busy(f"{error}: another process built it meanwhile", remedy="run it again") from error
    if stored is None:
        raise StoreError(f"issue {week} was neither found nor frozen")
    return Built(issue, stored, drawings, write_issue(issue, drawings, folder), is_new)


def _compute(
    database: Database, week: Week, now: datetime, stored: StoredIssue | None, world: str
) -> tuple[Issue, int]:
    """The issue as the database has it now, and the last run it knew: both from one state."""
    from analyzers.weekly.week import analyse_week
    from lunchwatch.outlets import read_outlets
    from reports.building import build_issue

    catalogue = load_catalogue()
    weeks_before = [_read_before(b) for b in list_issues_before(database, world, str(week))]
    known_before = [issue for issue in weeks_before if issue is not None]
    before = _read_before(stored) if stored else next(reversed(known_before), None)
    with database.read() as connection:
        query = StoreQuery(connection, catalogue, world, week.as_of(now))
        analysis = analyse_week(
            query,
            roles=repository_roles(catalogue),
            now=now,
            earlier=list_composites(known_before, week),
            outlets=read_outlets(query, catalogue),
        )
        run_ids = query.list_runs()
    issue = build_issue(
        analysis,
        week=str(week),
        revision=stored.revision + 1 if stored else 1,
        built_at=now,
        catalogue_sources=catalogue.sources,
        run_ids=run_ids,
        previous=before,
    )
    return issue, max(run_ids, default=0)


def list_composites(issues: Sequence[Issue], week: Week) -> list[float]:
    """The composites of the weeks right before `week`, oldest first, from which the step is replayed; a
    week without an issue, or without a composite, ends them: two values far apart are no two weeks."""
    by_week = {issue.week: issue.content["verdict"]["composite"] for issue in issues}
    found: list[float] = []
    while True:
        week = week.before
        composite = by_week.get(str(week))
        if composite is None:
            return found[::-1]
        found.append(composite["value"])


def _read_before(stored: StoredIssue) -> Issue | None:
    """An earlier issue; one that cannot be read any more keeps no new one from being built."""
    try:
        return _read(stored)
    except StoreError as error:
        log.warning("issue.unreadable", reason=str(error))
        return None


def repository_roles(catalogue: Catalogue) -> dict[str, str]:
    """Which basket each tracked repository belongs to: open_stack or closed_sdk."""
    return {repository.name: repository.role for repository in catalogue.repositories}


def _read(stored: StoredIssue | None) -> Issue:
    from reports.issue import Issue

    if stored is None:
        raise StoreError("there is no such issue")
    try:
        return Issue.from_json(stored.content)
    except ValueError as error:
        raise StoreError(f"issue {stored.week} r{stored.revision} cannot be read: {error}") from error


def read_issue(stored: StoredIssue) -> Issue:
    """The issue as it was frozen; raises StoreError when it was altered since."""
    return _read(stored)


def write_issue(issue: Issue, drawings: Drawings, folder: Path) -> Path:
    """Write page, text and JSON of an issue to `folder`/r/WEEK; return the page's path."""
    from reports.html import render_html
    from reports.text import render_text

    place = folder / "r" / issue.week
    page = place / "index.html"
    try:
        place.mkdir(parents=True, exist_ok=True)
        write_file(page, render_html(issue, drawings))
        write_file(place / "issue.txt", render_text(issue))
        write_file(place / "issue.json", issue.to_json())
    except OSError as error:
        raise StoreError(
            f"cannot write the report to {place}: {error.strerror}", remedy="set reports.folder"
        ) from error
    return page


def write_file(path: Path, content: str) -> None:
    """Replace a file as a whole: a reader sees the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
