"""The command line: one module per noun. Modules import click only; the rest loads inside commands.

Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 failed, 2 usage, 3 check failed,
4 credentials, 5 not found, 75 busy, 78 configuration, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from lunchwatch.cli.collect import collect
from lunchwatch.cli.db import db
from lunchwatch.cli.digest import digest
from lunchwatch.cli.report import report
from lunchwatch.cli.run import run
from lunchwatch.cli.show import show
from lunchwatch.cli.sql import sql
from lunchwatch.cli.status import status
from lunchwatch.cli.subscribers import subscribers
from lunchwatch.cli.top import top
from lunchwatch.cli.version import version
from store.errors import LunchwatchError


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


for command in (run, collect, status, report, digest, subscribers, top, show, sql, db, version):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line; every error of ours ends in one line and its exit code."""
    is_debugging = "-vv" in sys.argv or os.environ.get("LUNCHWATCH_DEBUG") == "1"
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader of our output has left, as `head` does: not an error of anybody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except LunchwatchError as error:
        if is_debugging:
            raise
        click.echo(f"error: {error}" + (f"\n  {error.remedy}" if error.remedy else ""), err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if is_debugging:
            raise
        click.echo(
            f"error: this is a bug in lunchwatch: {type(error).__name__}: {error}\n"
            "  run it again with -vv for the traceback, and report it",
            err=True,
        )
        sys.exit(1)
