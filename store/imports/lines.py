"""From bytes to rows: CSV with a header, or one JSON object per line, in UTF-8.

Line numbers are those of the file: a row that spans several lines (a line break inside quotes) has the
number of its first one. Blank lines are no rows.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from store.errors import Unreadable
from store.imports.row import BadLine, Row, Table, quote
from store.limits import is_sound

_BOM = b"\xef\xbb\xbf"
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
_FOREIGN = (
    (b"\x1f\x8b", "it is compressed; unpack it first"),
    (b"PK\x03\x04", "it is a spreadsheet or an archive; save the table as CSV"),
    (b"\xff\xfe", "it looks like UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "it looks like UTF-16; save it as UTF-8"),
)
_NOT_UTF8 = "is not UTF-8"
_UNSOUND = "holds a character that is no text (NUL or half of a surrogate pair)"


class _Token(str):
    """A number of JSON as it was written, so that none is rounded before it is read."""

    __slots__ = ()


class _TwiceNamed(ValueError):
    """An object of JSON that names one member twice."""


def read_table(
    content: bytes,
    file_name: str,
    required: Sequence[str],
    optional: Sequence[str],
    *,
    only_json: bool = False,
) -> Table:
    """The rows of a file. Its columns may stand in any order; unknown ones are named and left out.

    JSON lines are recognised by the file's suffix or by a first character `{`. Raises Unreadable for a
    file that is neither, for a header that lacks a required column or names one twice.
    """
    content = content.removeprefix(_BOM)
    for mark, remedy in _FOREIGN:
        if content.startswith(mark):
            raise Unreadable(f"{file_name} is not UTF-8 text", remedy=remedy)
    known = {*required, *optional}
    start = content.lstrip()[:1]
    is_json = PurePath(file_name).suffix.lower() in _JSON_SUFFIXES
    if is_json and start == b"[":
        raise Unreadable(f"{file_name} holds a JSON array", remedy="write one object per line")
    if is_json or start == b"{":
        return _read_json(content, known)
    if only_json:
        raise Unreadable(f"{file_name} holds no JSON lines", remedy="write one JSON object per line")
    return _read_csv(content, file_name, required, known)


# --------------------------------------------------------------------------- JSON lines


def _read_json(content: bytes, known: set[str]) -> Table:
    decode = json.JSONDecoder(
        object_pairs_hook=_object, parse_float=_Token, parse_int=_Token, parse_constant=_Token
    ).decode
    rows: list[Row] = []
    bad: list[BadLine] = []
    unknown: dict[str, None] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        members = _decode(decode, line)
        if isinstance(members, str):
            bad.append(BadLine(number, "", members))
            continue
        fields = {name.strip().casefold(): value for name, value in members.items()}
        unknown |= dict.fromkeys(name for name in fields if name not in known)
        problem = _fault(fields, known)
        if problem is None:
            texts = {name: str(fields[name]) for name in known & fields.keys() if fields[name] is not None}
            rows.append(Row(number, {name: text for name, text in texts.items() if text.strip()}))
        else:
            bad.append(BadLine(number, *problem))
    return Table(tuple(rows), tuple(bad), tuple(filter(is_sound, unknown)))


def _decode(decode: Callable[[str], Any], line: bytes) -> dict[str, Any] | str:
    """The object of one line, or what is wrong with it."""
    try:
        value = decode(line.decode().strip())
    except UnicodeDecodeError:
        return _NOT_UTF8
    except _TwiceNamed as error:
        return str(error)
    except json.JSONDecodeError as error:
        return f"is no JSON: {error.msg} (character {error.pos + 1})"
    except RecursionError:
        return "is nested too deeply"
    return value if isinstance(value, dict) else "is no JSON object"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _TwiceNamed("names a member twice")
    return members


def _fault(fields: dict[str, Any], known: set[str]) -> tuple[str, str] | None:
    """The first known column whose value is neither text nor number, and why."""
    for name in sorted(known & fields.keys()):
        value = fields[name]
        if isinstance(value, str):
            if not is_sound(value):
                return name, _UNSOUND
        elif value is not None:
            return name, f"{quote(json.dumps(value))} is neither text nor a number"
    return None


# --------------------------------------------------------------------------- CSV


def _read_csv(content: bytes, file_name: str, required: Sequence[str], known: set[str]) -> Table:
    undecodable: set[int] = set()
    reader = csv.reader(_texts(content, undecodable), strict=True)
    records = _records(reader, undecodable)
    _, _, header = next(records, (0, 0, None))
    if header is None:
        raise Unreadable(f"{file_name} is empty", remedy=f"its header names {', '.join(required)}")
    if isinstance(header, str):
        raise Unreadable(f"the header of {file_name} {header}")
    columns = [name.strip().casefold() for name in header]
    _require(columns, file_name, required, known)
    wanted = [(at, name) for at, name in enumerate(columns) if name in known]
    rows: list[Row] = []
    bad: list[BadLine] = []
    for line, _, values in records:
        if isinstance(values, str):
            bad.append(BadLine(line, "", values))
        elif len(values) != len(columns):
            found = f"has {len(values)} values where the header names {len(columns)} columns"
            bad.append(BadLine(line, "", found))
        elif not all(map(is_sound, values)):
            column = next(columns[at] for at, value in enumerate(values) if not is_sound(value))
            bad.append(BadLine(line, column, _UNSOUND))
        else:
            fields = {name: values[at] for at, name in wanted if values[at] and not values[at].isspace()}
            rows.append(Row(line, fields))
    unknown = tuple(name for name in columns if name and name not in known)
    return Table(tuple(rows), tuple(bad), unknown)


def _texts(content: bytes, undecodable: set[int]) -> Iterator[str]:
    """The file's lines; what cannot be decoded is noted and marked, so that quotes stay where they are."""
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            undecodable.add(number)
            yield line.decode(errors="replace")


def _records(reader: Any, undecodable: set[int]) -> Iterator[tuple[int, int, list[str] | str]]:
    """(first line, last line, values or what is wrong) of each record that is not blank."""
    while True:
        first = reader.line_num + 1
        try:
            values: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            values = f"is no CSV: {error}"
            if "unexpected end" in str(error):
                values = f"opens a quote that is never closed (the file ends on line {reader.line_num})"
        if not undecodable.isdisjoint(range(first, reader.line_num + 1)):
            values = _NOT_UTF8
        if values:
            yield first, reader.line_num, values


def _require(columns: Sequence[str], file_name: str, required: Sequence[str], known: Iterable[str]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        remedy = f"it names {', '.join(map(quote, columns[:20]))}"
        if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
            remedy = "values are separated by commas"
        raise Unreadable(f"the header of {file_name} lacks {', '.join(missing)}", remedy=remedy)
    twice = [name for name in known if columns.count(name) > 1]
    if twice:
        raise Unreadable(f"the header of {file_name} names {', '.join(sorted(twice))} twice")
