"""`lunchwatch sql`: one read-only statement on the documented views."""

from __future__ import annotations

import os
import sys

import click

from lunchwatch.cli.options import SpanType
from lunchwatch.cli.output import emit, format_options, say


@click.command()
@click.argument("query")
@click.option(
    "--limit", type=click.IntRange(0, 10_000_000), default=1000, show_default=True, help="Rows; 0: all."
)
@click.option("--seconds", type=SpanType(0.1, 3600), default=2.0, show_default=True, help="Time limit.")
@format_options
def sql(query: str, limit: int, seconds: float, format_: str) -> None:
    """Run one read-only SQL statement on the documented views.

    QUERY is one SELECT; `-` reads it from standard input. The views are v_observation, v_fact, v_model,
    v_release, v_document, v_claim, v_figure, v_run, v_coverage, v_subject, v_metric, v_source and more:
    `select name from sqlite_schema where type = 'view'` lists them on SQLite,
    `select viewname from pg_views where viewname like 'v_%'` on PostgreSQL.
    """
    from lunchwatch.wiring import ready_database
    from store.statement import run_statement

    text = _read(query)
    with ready_database() as (database, _settings):
        answer = run_statement(database, text, limit=limit, seconds=seconds)
    emit("lunchwatch/sql@1", answer.columns, answer.rows, format_, meta={"is_cut": answer.is_cut})
    if answer.is_cut:
        say(f"only the first {limit} rows are shown; --limit 0 shows all")


def _read(query: str) -> str:
    """The statement, whose bytes are UTF-8 whatever the locale says."""
    try:
        return (sys.stdin.buffer.read() if query == "-" else os.fsencode(query)).decode("utf-8")
    except UnicodeError as error:
        raise click.BadParameter("the statement is no valid UTF-8 text", param_hint="QUERY") from error
