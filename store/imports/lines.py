"""From bytes to rows: CSV with a header, or one JSON object per line, in UTF-8.

Line numbers are those of the file: a row that spans several lines (a line break inside quotes) has the
number of its first one. Blank lines are no rows. Lines are read one after the other, as they are asked for:
a file of many millions of short ones takes no more memory than its bytes.
"""

from __future__ import annotations

import csv
import io
import json
import re
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
_START = re.compile(rb"\s*(.?)", re.DOTALL)
_LONGEST_RECORD = 4 * 1024 * 1024
"""Characters of one record of CSV: some thirty fields of the length at which a field is too long."""

_HALF = re.compile("[\ud800-\udfff]")
"""A byte that could not be decoded; UTF-8 itself cannot spell half of a surrogate pair."""

_MOST_UNKNOWN = 10_000
_NOT_UTF8 = "is not UTF-8"
_TWICE = "names a member twice"
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
    file that is neither, for a header that lacks a required column or names one twice; reading the lines
    raises it too, where nobody can say any more where a row ends.
    """
    content = content.removeprefix(_BOM)
    for mark, remedy in _FOREIGN:
        if content.startswith(mark):
            raise Unreadable(f"{file_name} is not UTF-8 text", remedy=remedy)
    head = content[:64]
    if head.count(0) * 3 >= len(head) > 0:  # every second byte of English text in UTF-16
        raise Unreadable(f"{file_name} is not UTF-8 text", remedy="it looks like UTF-16; save it as UTF-8")
    known = {*required, *optional}
    start = found[1] if (found := _START.match(content)) else b""
    is_json = PurePath(file_name).suffix.lower() in _JSON_SUFFIXES
    if is_json and start == b"[":
        raise Unreadable(f"{file_name} holds a JSON array", remedy="write one object per line")
    if is_json or start == b"{":
        return _read_json(content, file_name, known)
    if only_json:
        raise Unreadable(f"{file_name} holds no JSON lines", remedy="write one JSON object per line")
    return _read_csv(content, file_name, required, known)


class _Lines:
    """The file's lines with their ends. What cannot be decoded becomes halves of surrogate pairs, so that
    quotes stay where they are. Since the last `begin`: `count` characters were read, `is_utf8` tells
    whether all could be decoded, and `last` is the line read last."""

    def __init__(self, content: bytes) -> None:
        self._lines = io.TextIOWrapper(
            io.BytesIO(content), encoding="utf-8", errors="surrogateescape", newline=""
        )
        self.begin()

    def begin(self) -> None:
        self.count = 0
        self.is_utf8 = True
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.count += len(line)
            self.is_utf8 = self.is_utf8 and (line.isascii() or _HALF.search(line) is None)
            self.last = line
            yield line


# --------------------------------------------------------------------------- JSON lines


def _read_json(content: bytes, file_name: str, known: set[str]) -> Table:
    unknown: dict[str, None] = {}
    return Table(_list_json(content, file_name, known, unknown), unknown)


def _list_json(
    content: bytes, file_name: str, known: set[str], unknown: dict[str, None]
) -> Iterator[Row | BadLine]:
    decode = json.JSONDecoder(
        object_pairs_hook=_object, parse_float=_Token, parse_int=_Token, parse_constant=_Token
    ).decode
    lines = _Lines(content)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        members = _decode(decode, line) if lines.is_utf8 else _NOT_UTF8
        lines.begin()
        if isinstance(members, str):
            yield BadLine(number, "", members)
            continue
        fields = {name.strip().casefold(): value for name, value in members.items()}
        if len(fields) != len(members):
            yield BadLine(number, "", _TWICE)
            continue
        unknown |= dict.fromkeys(name for name in fields if name not in known and is_sound(name))
        if len(unknown) > _MOST_UNKNOWN:
            raise Unreadable(f"{file_name} names more than {_MOST_UNKNOWN:,} columns nobody knows")
        problem = _fault(fields, known)
        if problem is None:
            texts = {name: str(fields[name]) for name in known & fields.keys() if fields[name] is not None}
            yield Row(number, {name: text for name, text in texts.items() if text.strip()})
        else:
            yield BadLine(number, *problem)


def _decode(decode: Callable[[str], Any], line: str) -> dict[str, Any] | str:
    """The object of one line, or what is wrong with it."""
    try:
        value = decode(line.strip())
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
        raise _TwiceNamed(_TWICE)
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
    records = _records(content, file_name)
    _, header = next(records, (0, None))
    if header is None:
        raise Unreadable(f"{file_name} is empty", remedy=f"its header names {', '.join(required)}")
    if isinstance(header, str):
        raise Unreadable(f"the header of {file_name} {header}")
    columns = [name.strip().casefold() for name in header]
    _require(columns, file_name, required, known)
    unknown = dict.fromkeys(name for name in columns if name and name not in known)
    return Table(_list_csv(records, columns, known), unknown)


def _list_csv(
    records: Iterator[tuple[int, list[str] | str]], columns: Sequence[str], known: set[str]
) -> Iterator[Row | BadLine]:
    wanted = [(at, name) for at, name in enumerate(columns) if name in known]
    for line, values in records:
        if isinstance(values, str):
            yield BadLine(line, "", values)
        elif len(values) != len(columns):
            found = f"has {len(values)} values where the header names {len(columns)} columns"
            yield BadLine(line, "", found)
        elif not all(map(is_sound, values)):
            column = next(columns[at] for at, value in enumerate(values) if not is_sound(value))
            yield BadLine(line, column, _UNSOUND)
        else:
            fields = {name: values[at] for at, name in wanted if values[at] and not values[at].isspace()}
            yield Row(line, fields)


def _records(content: bytes, file_name: str) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, values or what is wrong) of each record that is not blank."""
    lines = _Lines(content)
    reader = csv.reader(_bounded(lines, file_name), strict=True)
    while True:
        first = reader.line_num + 1
        lines.begin()
        try:
            values: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            values = f"is no CSV: {error}"
            if "unexpected end" in str(error):
                values = f"opens a quote that is never closed (the file ends on line {reader.line_num})"
            elif "field limit" in str(error) and (reader.line_num > first or lines.last.count('"') % 2):
                raise Unreadable(
                    f"line {first} of {file_name} opens a quote, and {csv.field_size_limit():,} characters"
                    " later it is not closed",
                    remedy="nobody can say where that row ends; close the quote",
                ) from error
        if not lines.is_utf8:
            values = _NOT_UTF8
        if values:
            yield first, values


def _bounded(lines: _Lines, file_name: str) -> Iterator[str]:
    """The lines, as long as a record has not become too long to be one."""
    for line in lines:
        if lines.count > _LONGEST_RECORD:
            raise Unreadable(f"{file_name} has a row of more than {_LONGEST_RECORD:,} characters")
        yield line


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
