"""`lunchwatch show`: everything known about one model, repository, offer or feed."""

from __future__ import annotations

import click

from lunchwatch.cli.output import emit, format_options


@click.command()
@click.argument("subject")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="As known on that day.")
@format_options
def show(subject: str, as_of: object, format_: str) -> None:
    """Show everything known about SUBJECT: `hub:Qwen/Qwen3-8B`, `github:vllm-project/vllm` or a name.

    A name may be that of a model, a repository, an offer or a board entry; one that means several things
    lists them. A former name finds what it is called now.
    """
    from datetime import datetime

    from lunchwatch import clock
    from lunchwatch.wiring import ready_database
    from store.catalogue import load_catalogue
    from store.dossier import find_dossier
    from store.query import StoreQuery
    from store.records import LIVE

    day = as_of.date() if isinstance(as_of, datetime) else clock.now().date()
    with ready_database() as (database, _settings), database.read() as connection:
        dossier = find_dossier(StoreQuery(connection, load_catalogue(), LIVE, day), subject)
    rows = [(e.section, e.name, e.value, e.day, e.basis, e.source) for e in dossier.entries]
    columns = ("section", "name", "value", "day", "basis", "source")
    meta = {"subject": dossier.title, "as_of": day}
    if format_ not in ("json", "jsonl"):
        click.echo(dossier.title, err=True)
    emit("lunchwatch/show@1", columns, rows, format_, meta=meta)
