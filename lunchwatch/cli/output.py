"""How results look: a table on a terminal, tab-separated values in a pipe, or what --format asks for."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import click

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
) -> None:
    """Write rows to stdout. JSON comes in an envelope that names its schema, with raw values."""
    if format_ == "auto":
        format_ = "table" if sys.stdout.isatty() else "tsv"
    if format_ == "table":
        _emit_table(columns, rows)
    elif format_ == "json":
        emit_json(schema, [dict(zip(columns, row, strict=True)) for row in rows], meta)
    elif format_ == "jsonl":
        for row in rows:
            click.echo(dump(dict(zip(columns, row, strict=True))))
    elif format_ == "md":
        click.echo("| " + " | ".join(columns) + " |")
        click.echo("|" + " --- |" * len(columns))
        for row in rows:
            click.echo("| " + " | ".join(_text(v).replace("|", "\\|").replace("\n", " ") for v in row) + " |")
    else:
        _emit_separated(columns, rows, format_)


def emit_json(schema: str, data: Any, meta: Mapping[str, Any] | None = None) -> None:
    """Write the JSON envelope: schema, data, meta."""
    click.echo(dump({"schema": schema, "data": data, "meta": dict(meta or {})}))


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _emit_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        is_number = any(isinstance(row[index], (int, float)) for row in rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_readable(value)) for value in row))
    Console().print(table)


def _emit_separated(columns: Sequence[str], rows: Sequence[Sequence[Any]], format_: str) -> None:
    buffer = io.StringIO()
    if format_ == "csv":
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([columns, *([_text(value) for value in row] for row in rows)])
    else:
        for row in (columns, *rows):
            cells = (_text(v).replace("\t", " ").replace("\r", " ").replace("\n", " ") for v in row)
            buffer.write("\t".join(cells) + "\n")
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
    return _printable(_text(value))


def _printable(text: str) -> str:
    """Control characters of foreign texts must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


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
