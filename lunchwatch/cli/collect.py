"""`lunchwatch collect`: ask the sources now."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="Every configured source (the default).")
def collect(sources: tuple[str, ...], all_: bool) -> None:
    """Collect from SOURCES now, once; without any, from all of them.

    Ends with 0 when at least one source answered, with 1 when none did.
    """
    from lunchwatch.cli.progress import printing_progress
    from lunchwatch.cli.tables import print_problems, print_results
    from lunchwatch.interruption import go_on_unless, stop_on_signals
    from lunchwatch.lock import single_instance
    from lunchwatch.wiring import close_killed_runs, collect_round, prepare_database
    from store.errors import Interrupted
    from store.records import Outcome

    if all_ and sources:
        raise click.UsageError("name sources or say --all, not both")
    with (
        stop_on_signals() as stop,
        prepare_database() as (database, settings, _change),
        single_instance(settings.data_folder),
        printing_progress() as progress,
    ):
        go_on_unless(stop)
        close_killed_runs(database)
        results = collect_round(database, settings, sources, stop=stop, progress=progress)
    print_results(results)
    print_problems(results)
    if any(r.outcome is Outcome.INTERRUPTED for r in results):
        raise Interrupted("stopped; what was collected is saved")
    if not any(r.reached for r in results):
        sys.exit(1)
