"""Epoch's CSV tables: UTF-8, at times with a byte order mark, blanks for what is not known. Pure."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from collectors.offers import MalformedItem, parse_date
from collectors.text import clean_text, is_identifier
from store.errors import SourceChanged
from store.limits import LONGEST_KEY
from store.records import Openness, Precision, Record

MOST_LINES = 200_000
TEXT_LENGTH = 300

ACCESSIBILITY: Mapping[str, Openness] = {
    "open weights (unrestricted)": Openness.UNRESTRICTED,
    "open weights (restricted use)": Openness.RESTRICTED,
    "open weights (non-commercial)": Openness.NONCOMMERCIAL,
    "api access": Openness.API,
    "hosted access (no api)": Openness.HOSTED,
    "unreleased": Openness.UNRELEASED,
}
"""Epoch's words for how a model can be had (https://epoch.ai/data). A blank means unknown, not closed."""


@dataclass(slots=True)
class Parsed:
    """`entries`: records by what they are about. `left_out`: lines that are no concern of ours."""

    entries: dict[str, list[Record]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def records(self) -> list[Record]:
        return [record for entry in self.entries.values() for record in entry]

    def add(self, name: str, records: list[Record]) -> None:
        """Raises MalformedItem for a name that stands there already."""
        if name in self.entries:
            raise MalformedItem(f"{name[:80]} stands twice")
        self.entries[name] = records

    def check(self) -> None:
        """Raises SourceChanged when more than half of the lines cannot be read."""
        if len(self.skipped) > len(self.entries):
            path, _, problem = self.skipped[0].partition(": ")
            raise SourceChanged(path, f"{problem} (and {len(self.skipped)} lines like it)")


Line = Mapping[str, str]


def read_table(body: bytes, what: str, required: Sequence[str]) -> Iterator[tuple[int, Line]]:
    """(number, line) of every line that is not wholly blank; values are stripped, a missing one is empty.

    Raises SourceChanged for what is no such table, and names a required column that is missing."""
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), restval="")
        columns = [name.strip() for name in reader.fieldnames or ()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceChanged(what, f"not a table: {clean_text(str(error), 120)}") from error
    for name in required:
        if name not in columns:
            there = clean_text(", ".join(columns), 200)
            raise SourceChanged(f"{what}[{name!r}]", f"there is no such column; there are: {there or 'none'}")
    lines = iter(reader)
    for number in range(2, MOST_LINES + 2):
        try:
            line = next(lines, None)
        except csv.Error as error:
            raise SourceChanged(f"{what}, line {number}", clean_text(str(error), 120)) from error
        if line is None:
            return
        values = {
            name.strip(): value.strip() for name, value in line.items() if name and isinstance(value, str)
        }
        if any(values.values()):
            yield number, values
    raise SourceChanged(what, f"more than {MOST_LINES:,} lines")


def check_name(name: str, stated: str) -> str:
    """`name`, a subject's; raises MalformedItem where the table states none or one that cannot be kept."""
    if not stated or not is_identifier(name, LONGEST_KEY):
        raise MalformedItem(f"{stated[:40]!r} is no name")
    return name


def read_openness(text: str) -> Openness:
    """The level on the scale; UNKNOWN for a blank and for words that are not on it."""
    return ACCESSIBILITY.get(text.strip().casefold(), Openness.UNKNOWN)


def read_number(line: Line, column: str) -> float | None:
    """A number, None for a blank; raises MalformedItem for anything else. `45.1%` is 45.1."""
    text = line.get(column, "").removesuffix("%").replace(",", "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise MalformedItem(f"{column}: {text[:40]!r} is no number") from None
    if not math.isfinite(value):
        raise MalformedItem(f"{column}: {text[:40]!r} is no number")
    return value


def read_release(line: Line, column: str) -> tuple[date, Precision] | None:
    """A day or month, None for a blank and for a year alone, which is no date to reckon with."""
    text = line.get(column, "")
    return None if not text or (len(text) == 4 and text.isdigit()) else parse_date(text)
