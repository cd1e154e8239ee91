"""`lunchwatch status`: how fresh everything is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from lunchwatch.cli.output import ago, emit, format_options, say

if TYPE_CHECKING:
    from datetime import datetime

    from store.records import Basis

_COLUMNS = (
    "source",
    "basis",
    "state",
    "last_good_run",
    "through",
    "rows",
    "skipped",
    "goes_on_at",
    "problem",
)


@click.command()
@format_options
def status(format_: str) -> None:
    """Show freshness of each source, the last issue and the mail queue.

    A source that has to wait keeps the state of its last run, with the time at which it goes on. What was
    back-filled has a row of its own.
    """
    from lunchwatch import clock
    from lunchwatch.cli.tables import SIGNS
    from lunchwatch.redaction import redact_text
    from lunchwatch.wiring import ready_database
    from store.catalogue import load_catalogue
    from store.outbox import count_deliveries, find_issue
    from store.query import StoreQuery
    from store.records import LIVE

    now = clock.now()
    with ready_database() as (database, settings):
        with database.read() as connection:
            sources = StoreQuery(connection, load_catalogue(), LIVE, now.date()).list_sources()
        issue = find_issue(database, LIVE)
        mails = count_deliveries(database, issue.issue_id) if issue else {}
    is_table = format_ == "table" or (format_ == "auto" and sys.stdout.isatty())
    rows = []
    for source in sources:
        is_bundled = source.basis == "bundled"
        state = "bundled" if is_bundled else str(source.outcome)
        sign = "■" if is_bundled else SIGNS[source.outcome]
        problem = source.problems[0] if source.problems else ""
        if len(source.problems) > 1:
            problem += f" (and {len(source.problems) - 1} more)"
        waits_until = source.goes_on_at if source.goes_on_at and source.goes_on_at > now else None
        if waits_until and is_table:
            problem = f"{describe_wait(source.basis, waits_until, now)}; {problem}"
        last = source.last_success_at
        rows.append(
            (
                source.source,
                str(source.basis),
                f"{sign} {state}" if is_table else state,
                last if not is_table else "" if is_bundled else ago(last, now),
                source.through,
                source.rows,
                source.skipped,
                *(() if is_table else (waits_until,)),
                problem,
            )
        )
    label = redact_text(database.label)
    meta = {
        "database": label,
        "issue": f"{issue.week} r{issue.revision}" if issue else None,
        "built_at": issue.built_at if issue else None,
        "mails": mails,
    }
    columns = [name for name in _COLUMNS if name != "goes_on_at"] if is_table else _COLUMNS
    emit(
        "lunchwatch/status@1",
        columns,
        rows,
        format_,
        meta=meta,
        narrow=("skipped", "rows", "basis", "through"),
    )
    said = ", ".join(f"{count} {state}" for state, count in sorted(mails.items())) or "no mail"
    latest = f"issue {meta['issue']} built {ago(issue.built_at, now)}, {said}" if issue else "no issue yet"
    say(f"{label}   {latest}   reports in {settings.reports_folder}")


def describe_wait(basis: Basis, until: datetime, now: datetime) -> str:
    """When what is postponed goes on. A back-fill does so when somebody asks for it again."""
    moment = f"{until:%H:%M}" if until.date() == now.date() else f"{until:%d %b %H:%M}"
    return f"may be asked for again at {moment}" if basis == "backfilled" else f"goes on at {moment}"
