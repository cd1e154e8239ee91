"""`lunchwatch version`: what runs here."""

from __future__ import annotations

import platform
from importlib.metadata import version as installed

import click

from lunchwatch.cli.output import emit, format_options

LIBRARIES = ("huggingface_hub", "PyGithub", "SQLAlchemy", "APScheduler", "feedparser", "vl-convert-python")


@click.command()
@format_options
def version(format_: str) -> None:
    """Show the version, the schema it needs and the libraries it uses."""
    from store.migration import head_revision

    rows = [
        ("lunchwatch", installed("lunchwatch")),
        ("schema", head_revision()),
        ("python", platform.python_version()),
        *((name, installed(name)) for name in LIBRARIES),
    ]
    emit("lunchwatch/version@1", ("name", "version"), rows, format_)
