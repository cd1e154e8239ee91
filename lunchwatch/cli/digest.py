"""`lunchwatch digest`: the weekly mail."""

from __future__ import annotations

import sys

import click

from lunchwatch.cli.output import say
from lunchwatch.printing import printable


@click.group()
def digest() -> None:
    """The weekly mail: send."""


@digest.command()
@click.option("--week", default=None, help="2026-W47, current or last; default: the latest issue.")
@click.option("--dry-run", is_flag=True, help="Say who would get mail; write nothing.")
def send(week: str | None, dry_run: bool) -> None:
    """Write the mail of an issue for every reader who has not had it, as .eml files in the mail folder.

    Sending twice sends nothing twice.
    """
    from lunchwatch import clock
    from lunchwatch.lock import single_instance
    from lunchwatch.mailing import prepare_mails, send_digest
    from lunchwatch.weekly import read_issue
    from lunchwatch.weeks import parse_week
    from lunchwatch.wiring import ready_database
    from reports.charts.drawing import Drawings, draw_charts
    from store.errors import NotFound
    from store.outbox import find_issue, list_subscribers, list_waiting
    from store.records import LIVE

    now = clock.now()
    chosen = str(parse_week(week, now)) if week else None
    with ready_database() as (database, settings):
        stored = find_issue(database, LIVE, chosen)
        if stored is None:
            raise NotFound(
                f"there is no issue of {chosen or 'any week'} yet", remedy="run: lunchwatch report build"
            )
        waiting = list_waiting(database, stored.issue_id, "folder")
        if dry_run:
            for subscriber in waiting:
                click.echo(printable(subscriber.email))
            click.echo(f"{len(waiting)} would get {stored.week} r{stored.revision}. Nothing was written.")
            return
        with single_instance(settings.data_folder):
            mails = None
            if waiting:
                issue = read_issue(stored)
                drawings = draw_charts(issue) if settings.reports.charts else Drawings()
                mails = prepare_mails(settings)(issue, drawings)
            sent = send_digest(database, settings, stored, mails=mails, now=now)
            readers = len(list_subscribers(database))
    click.echo(
        f"{stored.week} r{stored.revision}: {sent.queued} queued, {sent.sent} written to"
        f" {settings.mail_folder}, {sent.failed} failed; {readers} readers"
    )
    for problem in sent.problems:
        say(f"  {problem}")
    if sent.failed:
        sys.exit(1)
