"""The command line: one module per noun. Modules import click only; the rest loads inside commands.

Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 failed, 2 usage, 3 check failed,
4 credentials, 5 not found, 75 busy, 78 configuration, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn

import click

from lunchwatch.cli.backfill import backfill
from lunchwatch.cli.budget import budget
from lunchwatch.cli.capability import capability
from lunchwatch.cli.claims import claims
from lunchwatch.cli.collect import collect
from lunchwatch.cli.db import db
from lunchwatch.cli.digest import digest
from lunchwatch.cli.feeds import feeds
from lunchwatch.cli.gap import gap
from lunchwatch.cli.import_ import import_
from lunchwatch.cli.lag import lag
from lunchwatch.cli.link import link
from lunchwatch.cli.movers import movers
from lunchwatch.cli.openness import openness
from lunchwatch.cli.policies import policies
from lunchwatch.cli.report import report
from lunchwatch.cli.run import run
from lunchwatch.cli.show import show
from lunchwatch.cli.sql import sql
from lunchwatch.cli.status import status
from lunchwatch.cli.subscribers import subscribers
from lunchwatch.cli.top import top
from lunchwatch.cli.trend import trend
from lunchwatch.cli.version import version
from lunchwatch.cli.why import why
from store.errors import Interrupted, LunchwatchError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("-v", "--verbose", count=True, help="Say more; -vv shows every request and tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option(
    "--log-format",
    type=click.Choice(["auto", "console", "json"]),
    default="auto",
    envvar="LUNCHWATCH_LOG_FORMAT",
    help="How messages on stderr look; auto: json when stderr is no terminal.",
)
@click.pass_context
def cli(context: click.Context, verbose: int, quiet: bool, log_format: str) -> None:
    """Is open source eating the closed AI labs' lunch? A tracker that shows its arithmetic."""
    from lunchwatch.logging import configure_logging

    context.obj = {"verbose": verbose, "quiet": quiet, "log_format": log_format}
    configure_logging(verbose=verbose, quiet=quiet, style=log_format)


for command in (
    run,
    capability,
    lag,
    link,
    collect,
    budget,
    backfill,
    status,
    report,
    digest,
    subscribers,
    top,
    movers,
    trend,
    show,
    feeds,
    gap,
    claims,
    import_,
    sql,
    db,
    version,
    openness,
    policies,
    why,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line; every error of ours ends in one line and its exit code."""
    from lunchwatch.interruption import end_on_sigterm
    from lunchwatch.streams import guard_streams

    streams = guard_streams()
    end_on_sigterm()
    sys.exit(streams.settle(_run()))


def _run() -> int:
    try:
        code = cli.main(standalone_mode=False)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("stopped")
        return Interrupted.exit_code
    except LunchwatchError as error:
        _tell_where(error)
        _say(f"error: {error}" + (f"\n  {error.remedy}" if error.remedy else ""))
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the outermost frame: a bug is told as one
        _tell_where(error)
        _say(
            f"error: this is a bug in lunchwatch: {type(error).__name__}: {error}\n"
            "  run it again with -vv for the traceback, and report it"
        )
        return 1
    return code if isinstance(code, int) else 0


def _tell_where(error: Exception) -> None:
    """The traceback, for those who asked for it."""
    if "-vv" in sys.argv or os.environ.get("LUNCHWATCH_DEBUG") == "1":
        _say("".join(traceback.format_exception(error)))


def _say(text: str) -> None:
    from lunchwatch.printing import printable
    from lunchwatch.redaction import redact_text

    click.echo(printable(redact_text(text)), err=True)
