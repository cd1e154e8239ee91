"""One row of a file, and what is said of one that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LONGEST_QUOTE = 60


class BadField(ValueError):
    """A field that cannot be read; `column` may be empty where the row as a whole is meant."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class BadLine:
    """A row that was left out: the line it begins on, the column, and why."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row that are not blank, by column, as they were written. JSON's numbers are kept
    as their text, so that both formats are read the same way."""

    line: int
    fields: Mapping[str, str]

    def text(self, column: str) -> str:
        """The field without blanks around it; empty where nothing is stated."""
        return self.fields.get(column, "").strip()

    def need(self, column: str) -> str:
        """The field without blanks around it. Raises BadField where nothing is stated."""
        text = self.text(column)
        if not text:
            raise BadField(column, "is missing")
        return text


@dataclass(frozen=True, slots=True)
class Table:
    """A file's lines in order, read as they are asked for, once: rows, and lines that are none. `unknown`
    names the columns nobody knows; those of JSON lines are complete when all lines are read."""

    lines: Iterator[Row | BadLine]
    unknown: Mapping[str, None]


def quote(value: str) -> str:
    """A value as it is shown in a message: short and in quotes."""
    return repr(value if len(value) <= _LONGEST_QUOTE else f"{value[: _LONGEST_QUOTE - 1]}…")
