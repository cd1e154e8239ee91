"""`lunchwatch link`: which names are the same model, and correcting it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, emit_json, format_options, say

if TYPE_CHECKING:
    from lunchwatch.linking import Change

_BASES = ("hub_id", "alias", "normalised_name", "by_hand")
_writing_world = click.option(
    "--world", metavar="NAME", default=None, help="Correct an imported world; default: live."
)
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
_as_json = click.option("--json", "as_json", is_flag=True, help="What was done, as JSON.")


@click.group()
def link() -> None:
    """Which names are the same model: list, add, rm, suggest.

    A Hub repository, an entry of a board, an offer and the name in a claim are linked with a model when
    their source names its repository, when the catalogue knows the name, or when the names are the same
    but for spelling. What was linked wrongly, or not at all, is corrected here; results follow.
    """


@link.command("list")
@click.argument("text", required=False)
@click.option("--basis", type=click.Choice(_BASES), default=None, help="Only links of that basis.")
@world_option
@as_of_option
@format_options
def list_(text: str | None, basis: str | None, world: str | None, as_of: date | None, format_: str) -> None:
    """List links whose subject or model contains TEXT; without it, all.

    Automatic links follow from the names; stored ones were told on the day `since`; replaced ones were told
    by hand before the one in force; withdrawn ones were told to be wrong and are not made again.
    """
    from collections import Counter

    from lunchwatch.linking import list_links
    from lunchwatch.wiring import open_query

    with open_query(world, as_of) as query:
        lines = list_links(query, text, basis)
    columns = ["subject", "model", "basis", "confidence", "state", "since"]
    if format_ in ("json", "jsonl"):  # for people the basis says enough
        columns.append("reason")
    rows = [[getattr(line, column) for column in columns] for line in lines]
    meta = {
        "world": query.world,
        "as_of": query.as_of,
        "links": len(rows),
        "by_basis": dict(sorted(Counter(x.basis for x in lines).items())),
        "by_state": dict(sorted(Counter(x.state for x in lines).items())),
    }
    emit("lunchwatch/link-list@1", columns, rows, format_, meta=meta)
    say(f"{len(rows):,} links" + (f" with {text}" if text else ""))


@link.command()
@click.argument("subject")
@click.argument("model")
@_writing_world
@_dry_run
@_as_json
def add(subject: str, model: str, world: str | None, dry_run: bool, as_json: bool) -> None:
    """Say that SUBJECT is MODEL.

    SUBJECT is source:name (hub:Qwen/Qwen3-8B, arena:text/GPT-4o-2024-05-13, claims:GPT-4) or an
    unambiguous name, MODEL a model's key. Your word stands before every automatic link; your latest word
    before earlier ones. `link rm` takes it back.
    """
    from lunchwatch import clock
    from lunchwatch.linking import add_link

    _tell(add_link(world, subject, model, is_trial=dry_run, clock=clock.now), dry_run, as_json)


@link.command()
@click.argument("subject")
@click.argument("model", required=False)
@_writing_world
@_dry_run
@_as_json
def rm(subject: str, model: str | None, world: str | None, dry_run: bool, as_json: bool) -> None:
    """Say that SUBJECT is not MODEL, or not the model it is linked with.

    A link by hand is taken back: what holds without it, an earlier one by hand or the automatic one, holds
    again. An automatic link is forbidden: it is not made again.
    """
    from lunchwatch import clock
    from lunchwatch.linking import remove_link

    _tell(remove_link(world, subject, model, is_trial=dry_run, clock=clock.now), dry_run, as_json)


@link.command()
@click.argument("text", required=False)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=30, show_default=True, help="How many.")
@world_option
@as_of_option
@format_options
def suggest(text: str | None, limit: int, world: str | None, as_of: date | None, format_: str) -> None:
    """Names that are linked with no model, and the models they may mean.

    Nothing here is linked: every score is below the threshold, and the reason says what speaks against
    it. `link add` makes the right ones links.
    """
    from lunchwatch.linking import list_names, list_suggestions, write_subject
    from lunchwatch.wiring import open_query
    from store.resolution import THRESHOLD

    with open_query(world, as_of) as query:
        found = list_suggestions(query, text)
        names = len(list_names(query))
    rows = [(write_subject(s.subject), s.model, s.score, s.reason) for s in found[:limit]]
    meta = {
        "world": query.world,
        "as_of": query.as_of,
        "threshold": THRESHOLD,
        "names": names,
        "suggestions": len(found),
        "left_out": {"beyond the limit": max(len(found) - limit, 0)},
    }
    emit("lunchwatch/link-suggest@1", ("subject", "model", "score", "reason"), rows, format_, meta=meta)
    say(f"{len(rows):,} of {len(found):,} suggestions; linked is only what is {THRESHOLD:.2f} sure or more")


def _tell(change: Change, dry_run: bool, as_json: bool) -> None:
    if as_json:
        data = {
            "subject": change.subject,
            "model": change.model,
            "did": change.did,
            "before": change.before,
            "after": change.after,
            "after_basis": change.after_basis,
        }
        emit_json("lunchwatch/link@1", data, {"dry_run": dry_run, "run_id": change.run_id})
        return
    trial = " (dry run, not written)" if dry_run else ""
    if change.did == "linked":
        click.echo(f"{change.subject} is {change.model}{trial}")
        if change.before not in (None, change.model):
            say(f"it was linked with {change.before}")
        return
    if change.did == "nothing":
        is_linked = change.after == change.model
        click.echo(f"{change.subject} is {'' if is_linked else 'not '}{change.model}: nothing to do")
    elif change.did == "withdrawn":
        click.echo(f"{change.subject} is not linked with {change.model} by hand any more{trial}")
    else:
        click.echo(f"{change.subject} is not {change.model}, whatever the names say{trial}")
    say(_phrase_after(change, "would be" if dry_run and change.did != "nothing" else "is"))


def _phrase_after(change: Change, verb: str) -> str:
    if change.after is None:
        return f"it {verb} linked with no model"
    how = "by hand" if change.after_basis == "by_hand" else "automatically"
    return f"it {verb} linked with {change.after}, {how}"
