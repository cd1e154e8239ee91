"""Models with their days of retirement, read from the tables of a deprecation page.

Columns are found by their heads, which every provider words differently: model, the day of the
announcement, the day of the end, the replacement. A table without a model's and a day's column is about
something else. A day that is only a bound ("not sooner than", "earliest") is told as one; a month is its
first day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collectors.text import clean_text, is_identifier
from store.records import Fact, Kind, Precision, SubjectRef

MOST_MODELS = 2_000
_NAME_LENGTH = 120

_HEADS = {
    "replacement": re.compile(
        r"replace|alternative|recommend|suggest|migrat|upgrade|successor", re.IGNORECASE
    ),
    "end": re.compile(
        r"shut ?down|retire|\beol\b|end[- ]of[- ]life|removal|removed|sunset|discontinu", re.IGNORECASE
    ),
    "announced": re.compile(r"deprecat(?:ed|ion)\b|announce|notice|legacy (?:date|since)", re.IGNORECASE),
    "model": re.compile(r"\bmodels?\b|\bsystem\b|\bname\b|\bslug\b", re.IGNORECASE),
}
"""Looked for in this order: "model retirement date" is a day, "recommended model" a replacement."""

_RULE = re.compile(r"^\|?[\s|:-]*-{2,}[\s|:-]*\|?$")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_NOT_BEFORE = re.compile(
    r"not (?:sooner|before|earlier)|no sooner|earliest|tentative|at least", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAYS = (
    re.compile(r"\b(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>20\d\d)\b", re.IGNORECASE),
    re.compile(r"\b(?P<number>\d{1,2})/(?P<day>\d{1,2})/(?P<year>20\d\d)\b"),
    re.compile(rf"\b{_MONTH},?\s+(?P<year>20\d\d)\b", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a table states it. `is_bound`: not before it."""

    day: date
    precision: Precision
    is_bound: bool


@dataclass(frozen=True, slots=True)
class Retirement:
    """One model that ends."""

    model: str
    announced: Day | None
    end: Day | None
    replacement: str


def parse_retirements(text: str) -> tuple[Retirement, ...]:
    """The models of all tables of a page, each once: where a model is listed twice the first line counts,
    since pages put the newest announcement on top."""
    found: dict[str, Retirement] = {}
    for heads, rows in _list_tables(text):
        columns = _find_columns(heads)
        if "model" not in columns or not columns.keys() & {"end", "announced"}:
            continue
        for row in rows:
            for retirement in _parse_row(row, columns):
                if len(found) < MOST_MODELS:
                    found.setdefault(retirement.model, retirement)
    return tuple(found.values())


def list_facts(
    retirements: Sequence[Retirement], source: str, service: str, today: date, url: str
) -> list[Fact]:
    """The same as facts of the service's offers, known from today."""
    facts: list[Fact] = []
    for each in retirements:
        subject = SubjectRef(source, Kind.OFFER, f"{service}/{each.model}")
        told: list[tuple[str, str, Precision]] = []
        if each.announced is not None:
            told.append(("deprecated_on", each.announced.day.isoformat(), each.announced.precision))
        if each.end is not None:
            name = "shutdown_not_before" if each.end.is_bound else "shutdown_on"
            told.append((name, each.end.day.isoformat(), each.end.precision))
        if each.replacement:
            told.append(("replacement", each.replacement, Precision.DAY))
        facts += [Fact(subject, name, value, today, precision, url) for name, value, precision in told]
    return facts


def parse_day(text: str) -> Day | None:
    """The first day that a cell names; None for none ("N/A", "no date announced")."""
    for pattern in _DAYS:
        match = pattern.search(text)
        if match is None:
            continue
        parts = match.groupdict()
        month = int(parts["number"]) if "number" in parts else 1 + _MONTHS.index(parts["month"].lower())
        try:
            day = date(int(parts["year"]), month, int(parts.get("day") or 1))
        except ValueError:  # 31 February
            return None
        precision = Precision.DAY if "day" in parts else Precision.MONTH
        return Day(day, precision, bool(_NOT_BEFORE.search(text)))
    return None


def _list_tables(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Each table's heads and rows: lines with bars, of which the second is a rule."""
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], start=1):
        if _RULE.fullmatch(line) and "|" in lines[number - 1]:
            rows: list[list[str]] = []
            for following in lines[number + 1 :]:
                if "|" not in following:
                    break
                rows.append(_split_cells(following))
            yield _split_cells(lines[number - 1]), rows


def _split_cells(line: str) -> list[str]:
    return [_plain(cell) for cell in line.strip().strip("|").split("|")]


def _plain(cell: str) -> str:
    return _LINK.sub(r"\1", cell).replace("`", "").replace("**", "").replace("\\", "").strip()


def _find_columns(heads: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for number, head in enumerate(heads):
        for what, pattern in _HEADS.items():
            if pattern.search(head):
                columns.setdefault(what, number)
                break
    return columns


def _parse_row(row: Sequence[str], columns: Mapping[str, int]) -> Iterator[Retirement]:
    cells = {what: row[number] if number < len(row) else "" for what, number in columns.items()}
    announced, end = parse_day(cells.get("announced", "")), parse_day(cells.get("end", ""))
    if announced is None and end is None:
        return
    replacement = clean_text(cells.get("replacement", ""), _NAME_LENGTH)
    if replacement.strip("-–—").lower() in ("", "n/a", "none", "not applicable"):
        replacement = ""
    for part in re.split(r",\s+|\s+(?:and|or)\s+|<br\s*/?>|;\s*", cells["model"]):
        name = re.sub(r"\s*\([^()]*\)$", "", part.strip())
        is_model = not name.startswith("/") and any(sign.isalpha() for sign in name)
        if is_model and is_identifier(name, _NAME_LENGTH):
            yield Retirement(name, announced, end, replacement)
