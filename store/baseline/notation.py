"""The notation of the bundled files: lines that a person can compare, small enough to ship.

A file is UTF-8 text. `#` begins a comment, `@` a group (what the following lines have in common), the
columns of a line are separated by tabs, `-` means "not stated". A series is one line per subject:

    days      2026-02-15 6 41       the first day, then the number of days since the one before
    values    4789898 360549 -120   the first value, then the difference to the one before; `-` is
                                    a day without a value and does not move the next difference

Everything here is pure. A line of another shape raises ValueError: the files ship with the program,
so that is a defect of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

from store.records import Precision

NOT_STATED = "-"
_EVENT = re.compile(r"(\d*)([^\d\s])(\S*)")


@dataclass(frozen=True, slots=True)
class Line:
    """The columns of one line and of the group it stands in; columns left out at the end are not stated."""

    group: tuple[str, ...]
    columns: tuple[str, ...]

    def text(self, position: int) -> str | None:
        """A column, or None where it is not stated."""
        if position >= len(self.columns) or self.columns[position] == NOT_STATED:
            return None
        return self.columns[position]


def read_lines(file_name: str) -> Iterator[Line]:
    """The lines of a file that ships in this package."""
    group: tuple[str, ...] = ()
    text = files("store.baseline").joinpath(file_name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("@"):
            group = tuple(line[1:].split("\t"))
        elif line and not line.startswith("#"):
            yield Line(group, tuple(line.split("\t")))


def parse_days(text: str) -> list[date]:
    first, *steps = text.split(" ")
    days = [date.fromisoformat(first)]
    for step in steps:
        days.append(days[-1] + timedelta(days=int(step)))
    return days


def parse_values(text: str, count: int) -> list[float | None]:
    """`count` values, None where there is none on that day; a single `-` means none on any day."""
    if text == NOT_STATED:
        return [None] * count
    values: list[float | None] = []
    current = Decimal(0)  # prices and ratings in decimals, so that sums of differences stay exact
    for step in text.split(" "):
        if step == NOT_STATED:
            values.append(None)
        else:
            current += Decimal(step)
            values.append(float(current))
    if len(values) != count:
        raise ValueError(f"{count} days but {len(values)} values: {text}")
    return values


def parse_events(first_day: str, text: str) -> Iterator[tuple[date, str, str]]:
    """(day, mark, rest) of events written as `+3/15 12=2.5/10 300x`: days since the one before, a mark
    of one character, and what follows it."""
    day = date.fromisoformat(first_day)
    for token in text.split(" "):
        match = _EVENT.fullmatch(token)
        if match is None:
            raise ValueError(f"not an event: {token!r}")
        day += timedelta(days=int(match[1] or 0))
        yield day, match[2], match[3]


def parse_date(text: str) -> tuple[date, Precision]:
    """A day, or a month as its first day."""
    if len(text) == len("2026-01"):
        return date.fromisoformat(f"{text}-01"), Precision.MONTH
    return date.fromisoformat(text), Precision.DAY
