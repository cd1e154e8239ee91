"""`lunchwatch db`: the database."""

from __future__ import annotations

import click


@click.group()
def db() -> None:
    """Database: upgrade."""


@db.command()
def upgrade() -> None:
    """Bring the database to the schema this version needs, and load catalogue and baseline."""
    from lunchwatch import clock
    from lunchwatch.redaction import redact_text
    from lunchwatch.wiring import prepare_database
    from store.catalogue import load_catalogue
    from store.loading import load_bundled

    with prepare_database() as (database, _settings, change):
        before, after = change
        changed = f"{before or 'empty'} -> {after}" if before != after else f"schema {after}, nothing to do"
        click.echo(f"{redact_text(database.label)}: {changed}")
        for loaded in load_bundled(database, load_catalogue(), clock.now):
            click.echo(f"  {loaded.name}: {loaded.records} records, {loaded.written} new")
