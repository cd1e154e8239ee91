"""`lunchwatch run`: the daemon, or one whole round."""

from __future__ import annotations

from typing import Any

import click

from lunchwatch.cli.output import say


@click.command()
@click.option("--once", is_flag=True, help="One whole round (collect, analyse, report, send), then exit.")
@click.pass_obj
def run(how: dict[str, Any], once: bool) -> None:
    """Run the daemon: collect on schedule, build the weekly issue, send the digest.

    The database is made or upgraded, the catalogue and the bundled baseline are loaded first. Sources
    that cannot be reached are named with the reason; the report is built all the same.
    """
    from lunchwatch import clock
    from lunchwatch.interruption import go_on_unless, stop_on_signals
    from lunchwatch.lock import single_instance
    from lunchwatch.wiring import close_killed_runs, prepare_database
    from store.catalogue import load_catalogue
    from store.loading import load_bundled

    with (
        stop_on_signals() as stop,
        prepare_database(stop) as (database, settings, _change),
        single_instance(settings.data_folder),
    ):
        close_killed_runs(database)
        for loaded in load_bundled(database, load_catalogue(), clock.now):
            if loaded.written:
                say(f"loaded {loaded.name}: {loaded.written:,} rows")
            if stop.is_set():
                break
        if not once:
            from lunchwatch.daemon import run_daemon
            from lunchwatch.logging import configure_logging

            # a daemon's log says what it did, not only what went wrong
            configure_logging(verbose=max(how["verbose"], 1), quiet=how["quiet"], style=how["log_format"])
            run_daemon(database, settings, stop)
            return
        go_on_unless(stop)
        from lunchwatch.cli.progress import printing_progress
        from lunchwatch.cli.tables import print_issue, print_problems, print_results
        from lunchwatch.rounds import one_round
        from store.errors import Interrupted

        with printing_progress() as progress:
            done = one_round(database, settings, now=clock.now(), stop=stop, progress=progress)
        print_results(done.results)
        print_problems(done.results)
        if done.built is None:
            raise Interrupted("stopped; what was collected is saved")
        print_issue(done.built)
        if done.built.drawings.failure:
            say(f"warning: no charts: {done.built.drawings.failure}")
        if done.sent is not None and (done.sent.sent or done.sent.failed):
            click.echo(f"mail: {done.sent.sent} written to {settings.mail_folder}, {done.sent.failed} failed")
