"""`lunchwatch show`: everything known about one model, repository, offer or feed."""

from __future__ import annotations

from datetime import date

import click

from lunchwatch.cli.options import as_of_option
from lunchwatch.cli.output import emit, format_options, say


@click.command()
@click.argument("subject")
@as_of_option
@format_options
def show(subject: str, as_of: date | None, format_: str) -> None:
    """Show everything known about SUBJECT: `hub:Qwen/Qwen3-8B`, `github:vllm-project/vllm` or a name.

    A name may be that of a model, a repository, an offer or a board entry; one that means several things
    lists them. A former name finds what it is called now.
    """
    from lunchwatch import clock
    from lunchwatch.wiring import ready_database
    from store.catalogue import load_catalogue
    from store.dossier import find_dossier
    from store.query import StoreQuery
    from store.records import LIVE

    day = as_of or clock.now().date()
    with ready_database() as (database, _settings), database.read() as connection:
        dossier = find_dossier(StoreQuery(connection, load_catalogue(), LIVE, day), subject)
    rows = [(e.section, e.name, e.value, e.day, e.basis, e.source) for e in dossier.entries]
    columns = ("section", "name", "value", "day", "basis", "source")
    meta = {"subject": dossier.title, "as_of": day}
    if format_ not in ("json", "jsonl"):
        say(dossier.title)
    emit("lunchwatch/show@1", columns, rows, format_, meta=meta)
