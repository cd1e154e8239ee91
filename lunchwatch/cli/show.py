"""`lunchwatch show`: everything known about one model, repository, offer or feed."""

from __future__ import annotations

from datetime import date

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, format_options, say


@click.command()
@click.argument("subject")
@world_option
@as_of_option
@format_options
def show(subject: str, world: str | None, as_of: date | None, format_: str) -> None:
    """Show everything known about SUBJECT: `hub:Qwen/Qwen3-8B`, `github:vllm-project/vllm` or a name.

    A name may be that of a model, a repository, an offer or a board entry; one that means several things
    lists them. A former name finds what it is called now.
    """
    from lunchwatch.wiring import open_query
    from store.dossier import find_dossier

    with open_query(world, as_of) as query:
        dossier = find_dossier(query, subject)
    rows = [(e.section, e.name, e.value, e.day, e.basis, e.source) for e in dossier.entries]
    columns = ("section", "name", "value", "day", "basis", "source")
    meta = {"subject": dossier.title, "world": query.world, "as_of": query.as_of}
    if format_ not in ("json", "jsonl"):
        say(dossier.title)
    emit("lunchwatch/show@1", columns, rows, format_, meta=meta, narrow=("source", "basis", "section"))
