"""One policy and two of its texts as JSON, as rows and on a terminal. Nothing is computed here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.printing import printable
from store.errors import NotFound

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from analyzers.policies.comparison import Line
    from analyzers.policies.readings import Spell
    from lunchwatch.policies import Account, Difference

Row = tuple[str, str, str | int | None, date | None, date | None, str]

_MARKS = {"same": " ", "removed": "-", "added": "+"}
_STYLES = {"removed": ("red", "bold white on red"), "added": ("green", "bold black on green")}
"""Of a line, and of the words in it that differ."""

KINDS = {
    "first": "first seen",
    "change": "changed",
    "return": "an earlier text came back",
    "extraction": "our extraction changed, not the page",
    "unclear": "page and our extraction changed at once",
}


def text_in_force(account: Account) -> str:
    """The latest text. Raises NotFound where none is kept."""
    key = account.history.steps[-1].key if account.history.steps else ""
    if key not in account.texts:
        raise NotFound(f"no text of {account.policy.name} is kept", remedy="lunchwatch collect policies")
    return printable(account.texts[key])


def describe(account: Account) -> dict[str, Any]:
    """The `data` of the JSON envelope."""
    policy = account.policy
    return {
        "document": policy.name,
        "source": policy.subject.source,
        "url": policy.url or None,
        "lab": policy.lab or None,
        "kind": policy.kind or None,
        "texts": [
            {"key": key, "since": step.day, "characters": len(account.texts.get(key, ""))}
            for key in account.history.texts
            for step in account.history.steps
            if step.key == key and step.kind not in ("alternation", "return")
        ],
        "history": [
            {
                "day": each.step.day,
                "what": each.step.kind,
                "text": each.step.key,
                "compared_with": each.counterpart,
                "lines_added": each.added,
                "lines_removed": each.removed,
            }
            for each in account.moved
        ],
        "alternations": [
            {"since": each.since, "until": each.until, "texts": each.keys, "flips": each.flips}
            for each in account.alternations
        ],
        "counted_changes": policy.counted,
        "rules": [
            {
                "rule": spell.rule,
                "value": spell.value,
                "since": spell.since,
                "until": spell.until,
                "text": spell.key,
                "quotes": spell.quotes,
            }
            for spell in account.spells
        ],
    }


def list_rows(account: Account) -> list[Row]:
    """The same as rows: section, name, value, day, until, text."""
    rows: list[Row] = []
    for each in account.moved:
        moved = "" if each.added is None else f"+{each.added} -{each.removed}"
        rows.append(("history", each.step.kind, moved, each.step.day, None, each.step.key))
    for run in account.alternations:
        keys = " ".join(key[:8] for key in run.keys)
        rows.append(("alternation", "flips", run.flips, run.since, run.until, keys))
    rows += [("counted", "change", None, day, None, "") for day in account.policy.counted]
    for spell in account.spells:
        rows.append(("rule", spell.rule, spell.value, spell.since, spell.until, spell.key))
        rows += [("quote", spell.rule, quote, spell.since, spell.until, spell.key) for quote in spell.quotes]
    return rows


def print_account(account: Account) -> None:
    """The view for people."""
    from rich.console import Console

    console = Console(highlight=False)
    policy, history = account.policy, account.history
    console.print(_text(policy.name, "bold"))
    about = [each for each in (policy.kind.replace("_", " "), policy.lab, policy.url) if each]
    if about:
        console.print(_text("   ".join(about), "dim"), soft_wrap=True)
    if history.steps:
        console.print(_text(_summarise(account)))
        console.print(_history_table(account))
    if policy.counted:
        console.print(_text(f"{_count_days(policy.counted)} are known by their moved lines alone.\n"))
    if account.spells:
        console.print(_text("What it says", "bold"))
        stated = [spell for spell in account.spells if _is_worth_showing(spell, account)]
        notes: dict[str, int] = {}
        console.print(_rules_table(stated, notes))
        for quote, number in notes.items():
            console.print(_text(f"[{number}] {quote}", "dim"))
        silent = sorted({s.rule for s in account.spells} - {s.rule for s in stated})
        if silent:
            console.print(_text(f"not stated: {', '.join(silent)}"))


def _summarise(account: Account) -> str:
    history = account.history
    parts = [f"{len(history.texts)} texts", f"{history.count('change')} changes"]
    if history.count("return"):
        parts.append(f"{history.count('return')} returns")
    flips = history.count("alternation")
    if flips:
        parts.append(f"{flips} flips between forms that are served at once (no changes)")
    return f"{', '.join(parts)} since {history.steps[0].day}"


def _count_days(days: tuple[date, ...]) -> str:
    since = (
        f"changes on {len(days)} days, {days[0]} to {days[-1]},"
        if len(days) > 1
        else f"a change on {days[0]}"
    )
    return since[0].upper() + since[1:]


def _is_worth_showing(spell: Spell, account: Account) -> bool:
    """A rule that was never stated is named in one line below."""
    return any(other.rule == spell.rule and other.quotes for other in account.spells)


def _history_table(account: Account) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("Day", "left"), ("What", "left"), ("Lines", "right"), ("Text", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    lines: list[tuple[date, str, str, str]] = []
    for each in account.moved:
        moved = "" if each.added is None else f"+{each.added} −{each.removed}"
        lines.append((each.step.day, KINDS[each.step.kind], moved, each.step.key[:8]))
    for run in account.alternations:
        flips = f"{run.flips} flip{'s' * (run.flips > 1)} until {run.until}"
        lines.append((run.since, flips, "", " ".join(key[:8] for key in run.keys)))
    for day, what, moved, text in sorted(lines, key=lambda line: line[0]):
        table.add_row(_text(str(day)), _text(what), _text(moved), _text(text, "dim"))
    return table


def _rules_table(spells: list[Spell], notes: dict[str, int]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Matter", "Value", "Since", "Until", "Sentence"):
        table.add_column(name)
    for spell in spells:
        marks = [f"[{notes.setdefault(quote, len(notes) + 1)}]" for quote in spell.quotes]
        table.add_row(
            _text(spell.rule.removeprefix("limit.").replace("_", " ")),
            _text(spell.value.replace("_", " ")),
            _text(str(spell.since)),
            _text(str(spell.until or "")),
            _text(" ".join(marks), "dim"),
        )
    return table


def describe_difference(difference: Difference) -> dict[str, Any]:
    """The `data` of the JSON envelope."""
    done = difference.comparison
    return {
        "document": difference.policy.name,
        "before": {"text": difference.before, "since": difference.before_since},
        "after": {"text": difference.after, "since": difference.after_since},
        "lines_added": done.added,
        "lines_removed": done.removed,
        "hunks": [
            {
                "start": hunk.start,
                "lines": [
                    {"sign": line.sign, "pieces": [[piece.sign, piece.text] for piece in line.pieces]}
                    for line in hunk.lines
                ],
            }
            for hunk in done.hunks
        ],
    }


def print_difference(difference: Difference) -> None:
    """Coloured on a terminal, words marked; plain lines with signs in a pipe."""
    done = difference.comparison
    heads = (
        f"--- {difference.policy.name}   {difference.before[:8]} since {difference.before_since}",
        f"+++ {difference.policy.name}   {difference.after[:8]} since {difference.after_since}",
    )
    if not sys.stdout.isatty():
        for plain in _plain_lines(difference, heads):
            click.echo(printable(plain))
        return
    from rich.console import Console

    console = Console(highlight=False)
    for head in heads:
        console.print(_text(head, "bold"))
    for hunk in done.hunks:
        console.print(_text(f"line {hunk.start}", "cyan"))
        for line in hunk.lines:
            console.print(_colour(line))
    console.print(_text(f"{done.added} lines added, {done.removed} removed", "bold"))


def _plain_lines(difference: Difference, heads: tuple[str, str]) -> Iterator[str]:
    yield from heads
    for hunk in difference.comparison.hunks:
        yield f"@@ line {hunk.start} @@"
        for line in hunk.lines:
            yield _MARKS[line.sign] + line.text


def _colour(line: Line) -> Text:
    from rich.text import Text

    if line.sign == "same":
        return Text(f"  {printable(line.text)}", style="dim")
    whole, marked = _STYLES[line.sign]
    is_changed_in_part = any(piece.sign == "same" for piece in line.pieces)
    shown = Text(f"{_MARKS[line.sign]} ", style=whole)
    for piece in line.pieces:
        differs = is_changed_in_part and piece.sign != "same"
        shown.append(printable(piece.text), style=marked if differs else whole)
    return shown


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text), style=style)
