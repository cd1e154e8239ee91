"""`lunchwatch report`: weekly issues."""

from __future__ import annotations

import click

from lunchwatch.cli.output import emit_json, say
from lunchwatch.printing import printable


@click.group()
def report() -> None:
    """Weekly issues: build, show."""


@report.command()
@click.option("--week", default="current", show_default=True, help="2026-W47, current or last.")
@click.option("--no-charts", is_flag=True, help="Leave the charts out.")
def build(week: str, no_charts: bool) -> None:
    """Build the issue of a week from what is in the database; collect nothing.

    A week that says the same as before keeps its revision. No mail is sent; see `lunchwatch digest send`.
    """
    from lunchwatch import clock
    from lunchwatch.lock import single_instance
    from lunchwatch.weekly import build_weekly
    from lunchwatch.weeks import parse_week
    from lunchwatch.wiring import ready_database

    now = clock.now()
    chosen = parse_week(week, now)
    with ready_database() as (database, settings), single_instance(settings.data_folder):
        built = build_weekly(
            database,
            chosen,
            folder=settings.reports_folder,
            now=now,
            with_charts=settings.reports.charts and not no_charts,
        )
    issue = built.issue
    state = "built" if built.is_new else "unchanged"
    click.echo(f"{issue.week} r{issue.revision} {state}   {built.page}   sha256 {issue.content_hash[:8]}…")
    if built.drawings.failure:
        say(f"warning: no charts: {built.drawings.failure}")


@report.command()
@click.option("--week", default=None, help="2026-W47, current or last; default: the latest issue.")
@click.option("--json", "as_json", is_flag=True, help="The frozen issue as JSON.")
def show(week: str | None, as_json: bool) -> None:
    """Show an issue as text, as it was frozen."""
    from lunchwatch import clock
    from lunchwatch.weekly import read_issue
    from lunchwatch.weeks import parse_week
    from lunchwatch.wiring import ready_database
    from store.errors import NotFound
    from store.outbox import find_issue
    from store.records import LIVE

    chosen = str(parse_week(week, clock.now())) if week else None
    with ready_database() as (database, _settings):
        stored = find_issue(database, LIVE, chosen)
    if stored is None:
        raise NotFound(
            f"there is no issue of {chosen or 'any week'} yet", remedy="run: lunchwatch report build"
        )
    issue = read_issue(stored)
    if as_json:
        import json

        emit_json("lunchwatch/report@1", json.loads(issue.to_json()))
        return
    from reports.text import render_text

    click.echo(printable(render_text(issue)), nl=False)
