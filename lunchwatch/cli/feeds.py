"""`lunchwatch feeds`: which feeds are read, lists from and for other readers, and the stories they tell."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.options import DayType, as_of_option, world_option
from lunchwatch.cli.output import emit, emit_json, format_options, print_table, say
from lunchwatch.printing import one_line
from lunchwatch.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzers.stories import Story
    from lunchwatch.feed_lists import KnownFeed

COLUMNS = ("name", "kind", "lab", "provenance", "origin", "read", "every_hours", "url")
STORY_COLUMNS = (
    "first_told_at",
    "title",
    "url",
    "model",
    "primary",
    "first",
    "also_told_by",
    "entries",
    "basis",
)
_MOST_TOLD = 20
_DAYS = 7


@click.group()
def feeds() -> None:
    """Feeds: list, import and export them, and see what several of them tell as one story."""


@feeds.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also those that are known and not read.")
@format_options
def list_(is_all: bool, format_: str) -> None:
    """List the feeds that are read, and who names them: catalogue, settings or an import.

    Feeds of the catalogue that are off by default are read when the setting feeds.also names them.
    """
    known = _list_known()
    shown = [feed for feed in known if is_all or feed.is_read]
    rows = [_feed_row(feed) for feed in shown]
    read = sum(feed.is_read for feed in known)
    if format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print_feeds(shown)
    else:
        meta = {"known": len(known), "read": read}
        emit("lunchwatch/feeds@1", COLUMNS, rows, format_, meta=meta)
    if format_ not in ("json", "jsonl"):
        off = len(known) - read
        more = "" if is_all or not off else f"; {off} more are known and not read (--all)"
        say(f"{read} feeds are read{more}.")


@feeds.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Say what would be added; change nothing.")
@click.option("--json", "is_json", is_flag=True, help="Write the result as JSON.")
def import_(file: str, dry_run: bool, is_json: bool) -> None:
    """Add the feeds of an OPML FILE (- for standard input) to those that are read.

    They are kept in feeds.opml in the data folder. A feed that is read already, under whatever spelling of
    its address, is left out, and so is an outline without a usable address; each is named with its line.
    """
    from lunchwatch.feed_lists import import_feeds, list_path
    from lunchwatch.settings import load_settings
    from store.catalogue import load_catalogue
    from store.errors import Unreadable

    with click.open_file(file, "rb") as opened:
        body = opened.read()
    settings = load_settings()
    try:
        done = import_feeds(settings, load_catalogue(), body, is_dry=dry_run)
    except Unreadable as error:
        raise Unreadable(f"{file}: {error}", remedy="an OPML file is what feed readers export") from error
    if is_json:
        data = {
            "added": [
                {"name": feed.name, "url": redact_text(feed.url), "line": feed.line} for feed in done.added
            ],
            "left_out": list(done.left_out),
        }
        emit_json("lunchwatch/feeds-import@1", data, {"dry_run": dry_run, "list": str(list_path(settings))})
        return
    for feed in done.added:
        click.echo(one_line(f"{feed.name}\t{redact_text(feed.url)}"))
    for problem in done.left_out[:_MOST_TOLD]:
        say(f"left out: {problem}")
    if len(done.left_out) > _MOST_TOLD:
        say(f"left out: {len(done.left_out) - _MOST_TOLD} more (--json names all)")
    count = f"{len(done.added)} feed{'' if len(done.added) == 1 else 's'}"
    if dry_run:
        say(f"{count} would be added, {len(done.left_out)} left out.")
    else:
        place = f" to {list_path(settings)}" if done.added else ""
        say(f"{count} added{place}, {len(done.left_out)} left out.")


@feeds.command("remove")
@click.argument("names", nargs=-1, required=True)
def remove(names: tuple[str, ...]) -> None:
    """Take imported feeds out again, by NAME; what they told stays.

    Feeds of the catalogue are left out with the setting feeds.without, those of the settings by taking them
    out of feeds.extra.
    """
    from lunchwatch.feed_lists import remove_feeds
    from lunchwatch.settings import load_settings

    for feed in remove_feeds(load_settings(), names):
        click.echo(one_line(f"{feed.name}\t{redact_text(feed.url)}"))


@feeds.command("export")
@click.option("--all", "is_all", is_flag=True, help="Also those that are known and not read.")
@click.option(
    "--with-passwords", is_flag=True, help="Also the passwords and keys in addresses; keep the file safe."
)
def export(is_all: bool, with_passwords: bool) -> None:
    """Write the feeds that are read as OPML to standard output, for any reader.

    Passwords and keys in addresses are left out, and it is said of which feeds.
    """
    from lunchwatch.feed_lists import export_feeds, holds_secret

    shown = [feed for feed in _list_known() if is_all or feed.is_read]
    click.echo(export_feeds(shown, with_secrets=with_passwords), nl=False)
    private = [feed.options.name for feed in shown if holds_secret(feed.options.url)]
    if private and not with_passwords:
        say(f"Left out (--with-passwords): the password or key in the address of {', '.join(private)}.")


@feeds.command("stories")
@click.option("--since", type=DayType(), default=None, help="First day; default: seven days before --as-of.")
@click.option("--single", "with_single", is_flag=True, help="Also what only one outlet told.")
@world_option
@as_of_option
@format_options
def stories(
    since: date | None, with_single: bool, world: str | None, as_of: date | None, format_: str
) -> None:
    """Show what several outlets told as one story: the primary source, who told it first, and who else.

    Entries are one story when they link the same page, announce the same model, or have titles alike within
    a few days. The primary source is the maker's own account where there is one, else the earliest.
    """
    from datetime import timedelta

    from analyzers.stories import NOBODYS, Told, group_stories
    from lunchwatch.outlets import read_outlets
    from lunchwatch.wiring import open_query
    from store.catalogue import load_catalogue

    with open_query(world, as_of) as query:
        outlets = read_outlets(query, load_catalogue())
        start = since or query.as_of - timedelta(days=_DAYS)
        told = []
        for stored in query.list_documents(start):
            subject = stored.document.subject
            if subject.source == "feeds":
                told.append(Told(stored.document, outlets.get(subject.name, NOBODYS)))
        found = group_stories(told, query.list_models())
    several = [story for story in found if len({member.outlet for member in story.members}) > 1]
    shown = found if with_single else several
    meta = {"since": start, "as_of": query.as_of, "world": query.world, "entries": len(told)}
    meta |= {"stories": len(found), "told_by_several": len(several)}
    if format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print_stories(shown)
    elif format_ == "json":
        emit_json("lunchwatch/stories@1", [_describe(story) for story in shown], meta)
    else:
        emit(
            "lunchwatch/stories@1", STORY_COLUMNS, [_story_row(story) for story in shown], format_, meta=meta
        )
    if format_ not in ("json", "jsonl"):
        say(
            f"{len(told)} entries since {start} are {len(found)} stories; {len(several)} were told by several"
            " outlets."
            if told
            else f"Not enough data: no entry of a feed is known since {start}."
        )


def _list_known() -> list[KnownFeed]:
    from lunchwatch.feed_lists import list_feeds
    from lunchwatch.settings import load_settings
    from store.catalogue import load_catalogue

    return list_feeds(load_settings(), load_catalogue())


def _feed_row(feed: KnownFeed) -> tuple[Any, ...]:
    own = feed.options
    every = None if own.every is None else int(own.every.total_seconds() // 3600)
    address = redact_text(own.url)
    return own.name, feed.kind, own.lab, own.provenance, feed.origin, feed.is_read, every, address


def _print_feeds(shown: Sequence[KnownFeed]) -> None:
    rows = []
    for feed in shown:
        own = feed.options
        origin = feed.origin if own.provenance == "official" else f"{feed.origin}, copy"
        address = redact_text(own.url).split("://", 1)[-1]
        rows.append((one_line(own.name), own.lab, origin, feed.is_read, one_line(address)))
    print_table(("Feed", "Lab", "From", "Read", "Address"), rows, narrow=("Lab", "Read"), cut=("Address",))


def _describe(story: Story) -> dict[str, Any]:
    row = dict(zip(STORY_COLUMNS, _story_row(story), strict=True))
    keys = {member.document.key: number for number, member in enumerate(story.members)}
    return {
        **row,
        "also_told_by": list(story.told_by),
        "basis": [
            {"entries": [keys[join.left], keys[join.right]], "basis": join.basis, "detail": join.detail}
            for join in story.joins
        ],
        "entries": [
            {
                "outlet": member.outlet,
                "lab": member.lab,
                "title": member.document.title,
                "url": member.document.url,
                "published_at": member.document.published_at,
                "published_basis": member.document.published_basis,
            }
            for member in story.members
        ],
    }


def _story_row(story: Story) -> tuple[Any, ...]:
    return (
        story.first.document.published_at,
        story.primary.document.title,
        story.primary.document.url,
        story.model,
        story.primary.outlet,
        story.first.outlet,
        ", ".join(story.told_by),
        len(story.members),
        ", ".join(dict.fromkeys(join.basis for join in story.joins)),
    )


def _print_stories(shown: Sequence[Story]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not shown:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Day", no_wrap=True)
    table.add_column("Story", overflow="fold", ratio=5)
    table.add_column("Told by", overflow="fold", ratio=3)
    table.add_column("Joined by", overflow="fold", ratio=2)
    for story in shown:
        first = "" if story.first.outlet == story.primary.outlet else f"; first {story.first.outlet}"
        also = f", also {', '.join(story.told_by)}" if story.told_by else ""
        table.add_row(
            f"{story.first.document.published_at:%Y-%m-%d}",
            Text(one_line(story.primary.document.title)),
            Text(one_line(f"{story.primary.outlet}{also}{first}")),
            Text(", ".join(dict.fromkeys(join.basis for join in story.joins))),
        )
    Console().print(table)
