"""How results look: a table on a terminal, tab-separated values in a pipe, or what --format asks for."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import click

from lunchwatch.printing import escape_in_json, one_line, printable

FORMATS = ("auto", "table", "tsv", "csv", "json", "jsonl", "md")
F = TypeVar("F", bound=Callable[..., Any])


def format_options(command: F) -> F:
    """Add --format and --json to a command; it gets `format_`."""
    command = click.option("--json", "format_", flag_value="json", help="The same as --format json.")(command)
    return click.option(
        "-f",
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        default="auto",
        show_default=True,
        help="How the result is written; auto: a table on a terminal, TSV in a pipe.",
    )(command)


def emit(
    schema: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    format_: str,
    *,
    meta: Mapping[str, Any] | None = None,
    narrow: Sequence[str] = (),
) -> None:
    """Write rows to stdout. JSON comes in an envelope that names its schema, with raw values. `narrow`: which
    columns a narrow terminal does without, first things first."""
    if format_ == "auto":
        format_ = "table" if sys.stdout.isatty() else "tsv"
    if format_ == "table":
        print_table(columns, rows, narrow=narrow)
    elif format_ == "json":
        names = make_unique(columns)
        emit_json(schema, [dict(zip(names, row, strict=True)) for row in rows], meta)
    elif format_ == "jsonl":
        names = make_unique(columns)
        for row in rows:
            click.echo(dump(dict(zip(names, row, strict=True))))
    elif format_ == "md":
        click.echo("| " + " | ".join(_cell(name) for name in columns) + " |")
        click.echo("|" + " --- |" * len(columns))
        for row in rows:
            click.echo("| " + " | ".join(_cell(value) for value in row) + " |")
    else:
        _emit_separated(columns, rows, format_)


def emit_json(schema: str, data: Any, meta: Mapping[str, Any] | None = None) -> None:
    """Write the JSON envelope: schema, data, meta."""
    click.echo(dump({"schema": schema, "data": data, "meta": dict(meta or {})}))


def dump(value: Any) -> str:
    """One line of JSON; a number that JSON does not know becomes null."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, default=_plain, allow_nan=False)
    return escape_in_json(text)


def say(text: str) -> None:
    """Write a line beside the result, to stderr; foreign text in it does not steer the terminal."""
    click.echo(printable(text), err=True)


def make_unique(names: Sequence[str]) -> list[str]:
    """The names with a number where one occurs again: a, a_2."""
    unique: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in unique or (number > 1 and candidate in names):
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    narrow: Sequence[str] = (),
    cut: Sequence[str] = (),
) -> None:
    """A table as wide as the terminal. `narrow`: what is left out where it is too narrow, which is said;
    `cut`: columns whose cells lose their ends instead of being folded."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lunchwatch.cli.fitting import fit

    console = Console()
    titles = [one_line(column) for column in columns]
    cells = [[_readable(value) for value in row] for row in rows]
    widths = fit(titles, cells, console.width, narrow=narrow, cut=cut)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, width in widths.items():
        is_number = any(_is_number(row[i]) for row in rows) and all(
            row[i] is None or _is_number(row[i]) for row in rows
        )
        table.add_column(
            Text(titles[i]),
            justify="right" if is_number else "left",
            overflow="ellipsis" if columns[i] in cut else "fold",
            no_wrap=columns[i] in cut,
            width=width,
        )
    for line in cells:
        table.add_row(*(Text(line[i]) for i in widths))
    console.print(table)
    left_out = [title for i, title in enumerate(titles) if i not in widths]
    if left_out:
        say(f"Too narrow for {', '.join(left_out)}; a wider terminal or --format tsv shows all.")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _emit_separated(columns: Sequence[str], rows: Sequence[Sequence[Any]], format_: str) -> None:
    buffer = io.StringIO()
    if format_ == "csv":
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([printable(_text(value)) for value in row] for row in (columns, *rows))
    else:
        for row in (columns, *rows):
            buffer.write("\t".join(one_line(_text(value)) for value in row) + "\n")
    click.echo(buffer.getvalue(), nl=False)


def _text(value: Any) -> str:
    if value is None:
        return ""
    plain = _plain(value) if isinstance(value, (date, bytes)) else value
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e15:
        return str(int(plain))
    return str(plain)


def _readable(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.6g}"
    return printable(_text(value))


def _cell(value: Any) -> str:
    return one_line(_text(value)).replace("|", "\\|")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def ago(moment: datetime | None, now: datetime) -> str:
    """`2 h ago`, for people."""
    if moment is None:
        return "never"
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} d ago"
