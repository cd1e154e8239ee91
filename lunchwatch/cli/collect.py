"""`lunchwatch collect`: ask the sources now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lunchwatch.collecting import CollectorResult, Problem
    from lunchwatch.settings import Settings
    from store.database import Database


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="Every configured source (the default).")
@click.option("--wait", is_flag=True, help="Wait for what a source postpones, and go on with it.")
def collect(sources: tuple[str, ...], all_: bool, wait: bool) -> None:
    """Collect from SOURCES now, once; without any, from all of them.

    What succeeded lately and is asked for daily or weekly only is left out, unless its source is named. What
    a source postpones is shown with the time until which it waits: the daemon goes on with it then, and so
    does --wait; naming the source asks again at once, as far as the host allows. `lunchwatch budget` says
    beforehand what a collection costs.

    Ends with 1 when everything that was asked failed; with 0 when something answered, or when nothing was
    asked because it is not due or has to wait.
    """
    from lunchwatch.cli.tables import print_problems, print_results, say_when_it_goes_on
    from lunchwatch.collecting import has_all_failed
    from lunchwatch.interruption import go_on_unless, stop_on_signals
    from lunchwatch.lock import single_instance
    from lunchwatch.wiring import close_killed_runs, prepare_database
    from store.errors import Interrupted
    from store.records import Outcome

    if all_ and sources:
        raise click.UsageError("name sources or say --all, not both")
    with (
        stop_on_signals() as stop,
        prepare_database(stop) as (database, settings, _change),
        single_instance(settings.data_folder),
    ):
        go_on_unless(stop)
        close_killed_runs(database)
        results = _collect(database, settings, sources, stop, is_waiting=wait)
        was_stopped = stop.is_set()
    print_results(results)
    print_problems(results)
    say_when_it_goes_on(results)
    if was_stopped or any(r.outcome is Outcome.INTERRUPTED for r in results):
        raise Interrupted("stopped; what was collected is saved")
    if has_all_failed(results):
        sys.exit(1)


def _collect(
    database: Database,
    settings: Settings,
    sources: Sequence[str],
    stop: threading.Event,
    *,
    is_waiting: bool,
) -> list[CollectorResult]:
    from lunchwatch import clock
    from lunchwatch.cli.output import say
    from lunchwatch.cli.progress import printing_progress
    from lunchwatch.waiting import describe_waiting, go_on_waiting
    from lunchwatch.wiring import collect_round, continue_round

    with printing_progress() as progress:
        results = collect_round(database, settings, sources, stop=stop, progress=progress)
    if not is_waiting:
        return results

    def tell(until: datetime, problems: Sequence[Problem]) -> None:
        say(f"waiting until {until:%Y-%m-%d %H:%M:%S} UTC for {', '.join(describe_waiting(problems))}")

    def go_on(only: Mapping[str, frozenset[str]]) -> list[CollectorResult]:
        with printing_progress() as progress:
            return continue_round(database, settings, only, stop=stop, progress=progress)

    def tell_given_up(waits: int) -> None:
        say(f"gave up after {waits} waits in which nothing was got; what is postponed stays so")

    return go_on_waiting(results, go_on, clock=clock.now, stop=stop, tell=tell, tell_given_up=tell_given_up)
