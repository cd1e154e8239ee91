"""`lunchwatch backfill`: fetch history that was there before we looked."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collectors.contract import Collector, Span

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("source", required=False)
@click.option("--from", "since", type=DAY, metavar="DAY", help="First day, YYYY-MM-DD.")
@click.option(
    "--to", "until", type=DAY, metavar="DAY", help="Last day, YYYY-MM-DD; default: yesterday (UTC)."
)
@click.option("--dry-run", is_flag=True, help="Say what would be fetched and what it costs; fetch nothing.")
def backfill(source: str | None, since: datetime | None, until: datetime | None, dry_run: bool) -> None:
    """Fetch the history of SOURCE between two days; without SOURCE, list the histories there are.

    What is fetched is marked as back-filled and never counts as our own observation. A stopped
    or postponed one goes on where it was when the same days are asked for again; what is known already is
    not written twice.

    Ends with 1 when everything that was asked failed, with 0 otherwise, also when it only has to wait.
    """
    from lunchwatch import clock
    from lunchwatch.sources import HISTORIES

    if source is None:
        today = clock.now().date()
        for name, history in HISTORIES.items():
            first = history.earliest(today)
            click.echo(f"{name:<15}{history.description}" + (f", from {first}" if first else ""))
        return
    if since is None:
        raise click.UsageError("say from which day on: --from YYYY-MM-DD")
    _fetch(source, since.date(), until.date() if until else None, is_dry=dry_run)


def _fetch(source: str, since: date, until: date | None, *, is_dry: bool) -> None:
    from datetime import timedelta

    from collectors.contract import Span
    from lunchwatch import clock
    from lunchwatch.cli.progress import printing_progress
    from lunchwatch.cli.tables import print_problems, print_results, say_when_it_goes_on
    from lunchwatch.collecting import has_all_failed
    from lunchwatch.due import Choice
    from lunchwatch.interruption import go_on_unless, stop_on_signals
    from lunchwatch.lock import single_instance
    from lunchwatch.sources import build_history, find_history
    from lunchwatch.wiring import close_killed_runs, prepare_database, run_collectors
    from store.catalogue import load_catalogue
    from store.errors import Interrupted, Refused
    from store.records import Basis, Outcome

    today = clock.now().date()
    if since >= today:
        when = "today" if since == today else "in the future"
        raise Refused(
            f"--from {since} is {when}; a history ends before today ({today})",
            remedy="say an earlier day",
        )
    span = Span(since, until or today - timedelta(days=1))
    if span.until >= today:
        raise Refused(
            f"a history ends before today ({today})",
            remedy=f"say --to {today - timedelta(days=1)} or leave it out; today is what collect is for",
        )
    with (
        stop_on_signals() as stop,
        prepare_database(stop) as (database, settings, _change),
    ):
        collector = build_history(source, settings, load_catalogue(), span)
        if is_dry:
            _describe(source, collector, span, find_history(source).earliest(today))
            return
        with single_instance(settings.data_folder), printing_progress() as progress:
            go_on_unless(stop)
            close_killed_runs(database)
            results = run_collectors(
                database,
                settings,
                [collector],
                stop=stop,
                progress=progress,
                basis=Basis.BACKFILLED,
                choice=Choice(is_named=True),
            )
    print_results(results)
    print_problems(results)
    say_when_it_goes_on(results)
    if any(r.outcome is Outcome.INTERRUPTED for r in results):
        raise Interrupted("stopped; what was fetched is saved, the same command goes on from there")
    if has_all_failed(results):
        sys.exit(1)


def _describe(source: str, collector: Collector, span: Span, earliest: date | None) -> None:
    from lunchwatch.cli.wording import count_of

    targets = collector.list_targets()
    requests = sum(target.requests for target in targets)
    hosts = ", ".join(sorted({target.host for target in targets}))
    click.echo(
        f"{source} from {span.since} to {span.until}: {count_of(len(targets), 'target')},"
        f" about {count_of(requests, 'request')} to {hosts or 'nobody'}"
    )
    for target in targets:
        click.echo(f"  {target.label}: {target.requests:,}")
    if earliest is not None and span.until < earliest:
        click.echo(f"  nothing will come: the first day there is {earliest}")
    elif earliest is not None and span.since < earliest:
        click.echo(f"  the first day there is {earliest}; nothing comes for the days before")
