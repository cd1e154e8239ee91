"""`lunchwatch policies`: what providers' terms say, since when, and what changed."""

from __future__ import annotations

import sys
from datetime import date

import click

from lunchwatch.cli.options import DayType, as_of_option, world_option
from lunchwatch.cli.output import emit, emit_json, format_options, say


@click.group(invoke_without_command=True)
@click.pass_context
def policies(context: click.Context) -> None:
    """Terms, privacy and usage policies, deprecations: list, show, diff.

    A page that goes back and forth between two forms has changed once; a text that our own new version made
    of an unchanged page is no change. What a policy says on training, retention and limits is read by plain
    rules: go by the sentence, not by the word.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


@policies.command("list")
@click.argument("text", required=False)
@world_option
@as_of_option
@format_options
def list_(
    text: str | None = None, world: str | None = None, as_of: date | None = None, format_: str = "auto"
) -> None:
    """List the documents whose name contains TEXT; without it, all.

    `texts` that are kept, `changes` among them, `returns` to an earlier one, `flips` between forms that are
    served at once, and `counted`: days of changes of which only the moved lines are known.
    """
    from lunchwatch.policies import list_overviews
    from lunchwatch.wiring import open_query

    with open_query(world, as_of) as query:
        overviews = list_overviews(query, text)
    columns = ("document", "texts", "changes", "returns", "flips", "counted", "last_change", "source")
    rows = [
        (
            each.policy.name,
            len(each.history.texts),
            each.history.count("change"),
            each.history.count("return"),
            each.history.count("alternation"),
            each.counted,
            each.last_change,
            each.policy.subject.source,
        )
        for each in overviews
    ]
    meta = {"world": query.world, "as_of": query.as_of, "documents": len(rows)}
    narrow = ("returns", "flips", "source", "counted", "texts")
    emit("lunchwatch/policies@1", columns, rows, format_, meta=meta, narrow=narrow)
    say(f"{len(rows):,} documents" + (f" with {text}" if text else ""))


@policies.command()
@click.argument("document")
@click.option("--text", "wants_text", is_flag=True, help="The text in force, and nothing else.")
@world_option
@as_of_option
@format_options
def show(document: str, wants_text: bool, world: str | None, as_of: date | None, format_: str) -> None:
    """Show the history of DOCUMENT and what it says.

    DOCUMENT is SERVICE/DOCUMENT, such as "ChatGPT/Terms of Service", or a part of it that fits one only.
    """
    from lunchwatch.policies import give_account
    from lunchwatch.policies_view import describe, list_rows, print_account, text_in_force
    from lunchwatch.wiring import open_query

    with open_query(world, as_of) as query:
        account = give_account(query, document)
    if wants_text:
        click.echo(text_in_force(account))
        return
    meta = {"world": query.world, "as_of": query.as_of}
    if format_ == "json":
        emit_json("lunchwatch/policy@1", describe(account), meta)
    elif format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        print_account(account)
    else:
        columns = ("section", "name", "value", "day", "until", "text")
        emit("lunchwatch/policy@1", columns, list_rows(account), format_, meta=meta)


@policies.command()
@click.argument("document")
@click.option("--from", "since", type=DayType(), default=None, help="The text in force on that day.")
@click.option("--to", "until", type=DayType(), default=None, help="Compared with that of this day.")
@click.option("--json", "as_json", is_flag=True, help="The comparison as JSON.")
@world_option
@as_of_option
def diff(
    document: str,
    since: date | None,
    until: date | None,
    as_json: bool,
    world: str | None,
    as_of: date | None,
) -> None:
    """Compare two texts of DOCUMENT: those in force on two days, or the last change.

    With one day only, the other is the first or the last that is known. Of a page with two forms the last
    change is compared with its own earlier form.
    """
    from lunchwatch.policies import compare_days
    from lunchwatch.policies_view import describe_difference, print_difference
    from lunchwatch.wiring import open_query

    with open_query(world, as_of) as query:
        difference = compare_days(query, document, since, until)
    if as_json:
        meta = {"world": query.world, "as_of": query.as_of}
        emit_json("lunchwatch/policy-diff@1", describe_difference(difference), meta)
    elif difference.before == difference.after:
        when = "between these days" if since or until else "since it was first seen"
        say(f"{difference.policy.name} has not changed {when} ({difference.before_since}).")
    else:
        print_difference(difference)
