"""`lunchwatch openness`: how open one model is, since when, and on whose word."""

from __future__ import annotations

import sys
from datetime import date

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, emit_json, format_options


@click.command()
@click.argument("subject")
@world_option
@as_of_option
@format_options
def openness(subject: str, world: str | None, as_of: date | None, format_: str) -> None:
    """Show the layers, MOF class, score and licence history of SUBJECT.

    SUBJECT is a model's key, name or alias, or a Hub repository: `allenai/OLMo-7B`, `gpt-oss-120b`.
    Layers: weights anybody can have, an approved licence, open science (class I of the Model Openness
    Framework), each with the day since when and who says so. The score is a range where parts are unknown.
    """
    from analyzers.openness.judging import judge_openness
    from lunchwatch.openness_view import describe, list_left_out, list_rows, print_openness
    from lunchwatch.wiring import open_query
    from store.openness import find_disclosure

    with open_query(world, as_of) as query:
        disclosure = find_disclosure(query, subject)
        catalogue = query.catalogue
    judged = judge_openness(disclosure, catalogue.find_licence)
    meta = {"world": query.world, "as_of": query.as_of, "left_out": list_left_out(judged)}
    if format_ == "json":
        emit_json("lunchwatch/openness@1", describe(disclosure, judged, catalogue), meta)
    elif format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        print_openness(disclosure, judged, catalogue)
    else:
        columns = ("section", "name", "value", "day", "basis", "source")
        emit("lunchwatch/openness@1", columns, list_rows(judged), format_, meta=meta)
