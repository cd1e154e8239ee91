"""`lunchwatch subscribers`: who gets mail."""

from __future__ import annotations

import click

from lunchwatch.addresses import is_address
from lunchwatch.cli.output import emit, format_options


@click.group()
def subscribers() -> None:
    """Who gets mail: add, rm, list."""


@subscribers.command()
@click.argument("email")
def add(email: str) -> None:
    """Send every weekly issue to EMAIL from now on."""
    from lunchwatch import clock
    from lunchwatch.wiring import ready_database
    from store.outbox import add_subscriber

    if not email.isascii():
        raise click.BadParameter("only ASCII addresses can be written to for now", param_hint="EMAIL")
    if not is_address(email):
        raise click.BadParameter(f"{email!r} is no mail address", param_hint="EMAIL")
    with ready_database() as (database, _settings):
        is_new = add_subscriber(database, email, clock.now())
    click.echo(f"Added {email}." if is_new else f"{email} gets mail already.")


@subscribers.command()
@click.argument("email")
def rm(email: str) -> None:
    """Send nothing more to EMAIL."""
    from lunchwatch.wiring import ready_database
    from store.errors import NotFound
    from store.outbox import remove_subscriber

    with ready_database() as (database, _settings):
        if not remove_subscriber(database, email):
            raise NotFound(f"{email} gets no mail", remedy="lunchwatch subscribers list shows who does")
    click.echo(f"Removed {email}.")


@subscribers.command("list")
@format_options
def list_(format_: str) -> None:
    """List the readers."""
    from lunchwatch.wiring import ready_database
    from store.outbox import list_subscribers

    with ready_database() as (database, _settings):
        rows = [(s.email, s.added_at, s.is_active) for s in list_subscribers(database)]
    emit("lunchwatch/subscribers@1", ("email", "added_at", "is_active"), rows, format_)
