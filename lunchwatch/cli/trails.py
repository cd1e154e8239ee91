"""How an explanation looks on a terminal: lines folded to its width, addresses and statements whole."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.printing import one_line, printable
from store.errors import cut

if TYPE_CHECKING:
    from lunchwatch.explaining import Row, Run, Trail
    from reports.asking import Match
    from reports.explanation import Explanation, RuleText
    from reports.issue import Issue
    from reports.statement import Number

_WIDEST = 120
_IN_A_PIPE = 100
_CHOICES = 40
_NUMBERS = 14
_RUNS = 4
_CURVES = ("spark", "history")
_BARE = ("score", "number")
"""Units that say only how many decimals a bare number gets."""
_TABLE_COLUMNS = 6
"""More columns than these do not fit beside each other: such rows stand as paragraphs."""


def print_choices(issue: Issue, asked: str, matches: Sequence[Match]) -> None:
    """The statements that a question means, to choose one by its id."""
    width = _width()
    _say(f"{len(matches)} statements of the report {issue.name} bear {cut(asked)}; ask for one by its id:")
    for match in matches[:_CHOICES]:
        statement = match.statement
        _say("")
        place = "; ".join(statement.places) or "not printed: cut for length"
        _say(f"lunchwatch why {_quote(statement.id)}   {place}")
        _wrap(statement.text, width, indent=2)
        told = [*dict.fromkeys(_describe(number) for number in match.numbers)]
        if told:
            more = f" and {len(told) - 3} more" if len(told) > 3 else ""
            _wrap(f"there: {'; '.join(told[:3])}{more}", width, indent=2, hang=2)
    if len(matches) > _CHOICES:
        _say(f"\nand {len(matches) - _CHOICES} more; --json lists all")


def print_explanation(issue: Issue, explanation: Explanation, trails: Sequence[Trail]) -> None:
    """The sentence, the rule, the numbers, the arithmetic and each evidence with rows and addresses."""
    statement, width = explanation.statement, _width()
    _say(f"{statement.id}   report {issue.name}, as of {issue.as_of.isoformat()}, world {issue.world}")
    _say("")
    _wrap(statement.text, width, indent=2)
    _say("")
    place = "; ".join(statement.places) or "not printed: its perspective shows stronger findings"
    _fact("stands in", place, width)
    if explanation.rule:
        for name, text in _describe_rule(explanation.rule):
            _fact(name, text, width)
    for note in statement.notes:
        _fact("", note, width)
    for address in statement.urls:
        _fact("address", address, width)
    _print_numbers(explanation, width)
    if explanation.arithmetic:
        _head("Arithmetic", width)
        for line in explanation.arithmetic:
            _wrap(line, width, indent=2, hang=2)
    for trail in trails:
        _print_trail(trail, width)
    if not trails:
        _say("")
        _wrap("It stands on no rows: the report says here that there is nothing, or what is assumed.", width)


def _describe_rule(rule: RuleText) -> Iterator[tuple[str, str]]:
    side = {"open": "toward open", "closed": "toward closed", "neither": "no direction"}
    said = [rule.id, rule.perspective or "", side.get(rule.direction or "", "")]
    yield "rule", ", ".join(part for part in said if part)
    if rule.condition:
        yield "speaks when", rule.condition
    yield "template", rule.template
    if not rule.template_is_current:
        yield "", "the rule has another sentence in this version of lunchwatch"
    if rule.salience is not None and rule.importance is not None:
        if rule.grade and rule.grade_weight is not None:
            product = f"importance {rule.importance:g} × {rule.grade_weight:g} (data grade {rule.grade})"
            yield "salience", f"{rule.salience:g} = {product}"
        else:
            yield (
                "salience",
                f"{rule.salience:g}; the rule's importance is {rule.importance:g} in this version",
            )
    elif rule.importance is not None:
        yield "importance", f"{rule.importance:g}; this older report holds no salience"


def _print_numbers(explanation: Explanation, width: int) -> None:
    asked = explanation.asked_numbers
    # a curve's points are many: they are printed when asked for
    numbers = asked or [n for n in explanation.statement.numbers if n.name not in _CURVES]
    if explanation.asked_words and not asked:
        _fact("asked for", "; ".join(explanation.asked_words), width)
    if not numbers:
        return
    _head("Numbers", width)
    rows = [
        (
            number.name,
            number.printed,
            f"{number.value:.6g}" if isinstance(number.value, float) else str(number.value),
            "" if number.unit in _BARE else number.unit.replace("_", " "),
            _about(number),
        )
        for number in numbers[:_NUMBERS]
    ]
    columns = ["name", "as printed", "frozen value", "unit"]
    if any(row[4] for row in rows):
        columns.append("about")
    _print_table(columns, [row[: len(columns)] for row in rows], width, right={1, 2})
    left = len(asked or explanation.statement.numbers) - min(len(numbers), _NUMBERS)
    if left:
        _say(f"  and {left} more; --json lists all")


def _print_trail(trail: Trail, width: int) -> None:
    evidence = trail.evidence
    _head(f"Evidence {evidence['id']}: {evidence['title']}", width)
    day = f", as of {evidence['as_of']}" if evidence["as_of"] else ""
    _fact("basis", f"{evidence['basis']}{day}", width)
    for source in trail.sources:
        name = source.name or f"{source.key}, which this database's catalogue does not know"
        _fact("source", f"{name} ({source.licence})" if source.licence else name, width)
        if source.url:
            _fact("", source.url, width)
    if evidence["url"]:
        _fact("address", evidence["url"], width)
    for text in _list_runs(trail.runs):
        _fact("run", text, width)
    missing = set(evidence["run_ids"]) - {run.run_id for run in trail.runs}
    if missing:
        _fact("", f"{len(missing)} runs of it are not in this database: it is another one's report", width)
    _fact("rows", _count(trail), width)
    if trail.problem:
        _fact("not read", trail.problem, width)
    _say("  to read them again, with what is known now:")
    _say(f"  {evidence['command']}")
    if trail.rows:
        _say("")
        _print_rows(trail, width)
    _print_addresses(trail)


def _count(trail: Trail) -> str:
    counted = trail.evidence["rows"]
    if trail.problem:
        return f"{counted:,} counted in the report"
    said = [f"{counted:,} counted in the report"] if counted else []
    reads = f"the statement read {trail.known:,} at that time"
    if counted and trail.known > counted:
        reads += " (more than it used: see the title; or several values of one thing)"
    if trail.known < counted:
        reads += f": {counted - trail.known:,} of them are gone from this database"
    changes = []
    if trail.learned:
        changes.append(f"{trail.learned:,} learned since are left out here")
    if trail.outdated:
        changes.append(f"{trail.outdated:,} of the report's were corrected or overtaken since")
    since = f"; {'; '.join(changes)}" if changes else " and reads the same now"
    return "; ".join((*said, reads)) + since


def _list_runs(runs: Sequence[Run]) -> Iterator[str]:
    shown = runs if len(runs) <= _RUNS else [runs[0], *runs[-(_RUNS - 1) :]]
    for run in shown:
        yield f"{run.run_id}  {run.collector} ({run.basis}), {run.started_at[:16]} UTC, {run.outcome}"
    if len(runs) > len(shown):
        yield f"and {len(runs) - len(shown)} between the first and these"


def _print_rows(trail: Trail, width: int) -> None:
    """The rows, numbered; what all of them share is said once."""
    rows = trail.rows
    columns = [name for name in trail.columns if any(row.values[name] not in (None, "") for row in rows)]
    shared = [
        name
        for name in columns
        if name != "subject" and len(rows) > 1 and len({str(row.values[name]) for row in rows}) == 1
    ]
    told = sum(row.is_told for row in rows)
    order = "those that bear its names, days or values first" if told > 0 else "the newest first"
    if told == len(rows):
        order = "each bears its names, days or values"
    of = f" of {trail.known:,}" if trail.known > len(rows) else ""
    _wrap(f"{len(rows):,}{of} rows, {order}" if len(rows) > 1 else "1 row" + of, width, indent=2)
    if shared:
        said = "; ".join(f"{name} {_cell(rows[0].values[name])}" for name in shared)
        _wrap(f"all of them: {said}", width, indent=2, hang=2)
    own = [name for name in columns if name not in shared]
    numbered = [(position, row) for position, row in enumerate(rows, 1)]
    if len(own) <= _TABLE_COLUMNS:
        cells = [(_mark(n, row), *(_cell(row.values[name]) for name in own)) for n, row in numbered]
        right = {
            place for place, name in enumerate(own, 1) if any(_is_number(row.values[name]) for row in rows)
        }
        _print_table(["#", *own], cells, width, right={0, *right})
    else:
        for n, row in numbered:
            said = "; ".join(
                f"{name} {_cell(row.values[name])}" for name in own if row.values[name] not in (None, "")
            )
            _wrap(f"{_mark(n, row)}  {said}", width, indent=2, hang=3)
    if any(not row.is_current for row in rows):
        _say("  † corrected or overtaken since the report")


def _print_addresses(trail: Trail) -> None:
    """Each address on a line of its own, with the numbers of the rows it belongs to before it."""
    by_address: dict[str, list[int]] = {}
    for position, row in enumerate(trail.rows, 1):
        for address in row.addresses:
            by_address.setdefault(address, []).append(position)
    if not by_address:
        return
    _say("  where these rows can be looked at:")
    everywhere = list(range(1, len(trail.rows) + 1))
    for address, positions in by_address.items():
        _say(f"  {address}" + ("" if positions == everywhere else f"   {_ranges(positions)}"))


def _print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], width: int, *, right: set[int]
) -> None:
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(columns):
        table.add_column(Text(name), justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    Console(width=width).print(Padding(table, (0, 0, 0, 2), expand=False))


def _fact(name: str, text: str, width: int) -> None:
    """A named fact, folded under itself; an address or a word wider than the line stays whole."""
    _wrap(f"{name:<12}{text}", width, indent=2, hang=12)


def _head(text: str, width: int) -> None:
    _say("")
    _wrap(text, width, hang=2)
    _say("─" * min(width, 60))


def _wrap(text: str, width: int, *, indent: int = 0, hang: int = 0) -> None:
    from reports.formatting import NBSP
    from reports.text import wrap

    for line in wrap(one_line(text), indent=indent, hang=hang, width=width):
        _say(line.rstrip().replace(NBSP, " "))


def _say(text: str) -> None:
    click.echo(printable(text))


def _describe(number: Number) -> str:
    about = _about(number)
    return f"{number.name.replace('_', ' ')} {number.printed}" + (f" ({about})" if about else "")


def _about(number: Number) -> str:
    return ", ".join((*([number.day] if number.day else []), *number.subjects))


def _mark(position: int, row: Row) -> str:
    return f"{position}{'' if row.is_current else '†'}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    text = one_line(str(value))
    return text.removesuffix(" 00:00:00.000000").removesuffix(" 00:00:00+00:00")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _ranges(positions: Sequence[int]) -> str:
    """`1–3, 5`."""
    parts: list[list[int]] = []
    for position in positions:
        if parts and position == parts[-1][-1] + 1:
            parts[-1].append(position)
        else:
            parts.append([position])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)


def _quote(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _width() -> int:
    if not sys.stdout.isatty():
        return _IN_A_PIPE
    return max(40, min(shutil.get_terminal_size((_IN_A_PIPE, 24)).columns, _WIDEST))
