"""Lines of a board as records, the same ones that an imported and a bundled board become. Pure.

    subject      BOARD/MODEL of the source arena
    metrics      arena.BOARD.rating, .rating_ci_low, .rating_ci_high (ratings, not distances), .votes
    facts        organisation and licence as the board spells them ("Propretary" is one it has used)

A publication holds a rating per model and category; the category `overall` is the board. Boards with and
without style control are folders of their own and never mixed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from collectors.offers import MalformedItem, describe_problem
from collectors.parquet import Row, Table, read_day
from collectors.text import clean_text, is_identifier
from store.boards import BoardRef
from store.errors import SourceChanged
from store.limits import LARGEST_SCORE, LONGEST_KEY
from store.records import Fact, Kind, Observation, Record, SubjectRef

OVERALL = "overall"
_FACT_LENGTH = 200
_AHEAD = timedelta(days=1)
"""A publication may be dated tomorrow where it is written; further ahead it is a mistake."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a board's columns are called in this file; None: it has none of them."""

    model: str
    rating: str
    category: str
    published: str
    low: str | None
    high: str | None
    votes: str | None
    organisation: str | None
    licence: str | None

    @property
    def names(self) -> list[str]:
        """All that are there, for the reader."""
        stated = (
            *(self.model, self.rating, self.category, self.published),
            *(self.low, self.high, self.votes, self.organisation, self.licence),
        )
        return [name for name in stated if name is not None]


def find_columns(table: Table) -> Columns:
    """The columns under the names in use in 2026, or those of the Arena's earlier files.

    Raises SourceChanged, which names the first required one that is missing."""
    return Columns(
        model=table.need("model_name", "model"),
        rating=table.need("rating", "arena_score"),
        category=table.need("category"),
        published=table.need("leaderboard_publish_date", "publish_date"),
        low=table.find("rating_lower", "rating_q025"),
        high=table.find("rating_upper", "rating_q975"),
        votes=table.find("vote_count", "num_battles"),
        organisation=table.find("organization", "organisation"),
        licence=table.find("license", "licence"),
    )


@dataclass(slots=True)
class ParsedBoard:
    """`lines`: the records of each model on each day of publication."""

    lines: dict[tuple[date, str], list[Record]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        return sorted({day for day, _ in self.lines})

    @property
    def records(self) -> list[Record]:
        return [record for line in self.lines.values() for record in line]

    def add(self, day: date, name: str, records: list[Record]) -> None:
        if (day, name) in self.lines:
            raise MalformedItem(f"line: stands twice on {day}")
        self.lines[day, name] = records

    def check(self) -> None:
        """Raises SourceChanged when more than half of the lines cannot be read."""
        if len(self.skipped) > len(self.lines):
            path, _, problem = self.skipped[0].partition(": ")
            raise SourceChanged(path, f"{problem} (and {len(self.skipped)} lines like it)")


def parse_rows(rows: Iterable[Row], columns: Columns, board: BoardRef, today: date) -> ParsedBoard:
    """The board's lines. One that cannot be used is skipped; of a model that stands twice on a day the first
    counts."""
    parsed = ParsedBoard()
    for row in rows:
        if row.get(columns.category) != OVERALL:
            continue
        try:
            day, name = _parse_key(row, columns, board, today)
            parsed.add(day, name, _list_records(row, columns, board, name, day))
        except MalformedItem as error:
            path, _, problem = str(error).partition(": ")
            who = str(row.get(columns.model))[:60]
            parsed.skipped.append(describe_problem(path, MalformedItem(f"{problem} ({who})")))
    return parsed


def _parse_key(row: Row, columns: Columns, board: BoardRef, today: date) -> tuple[date, str]:
    """The day of publication and the model's name."""
    day, name = read_day(row.get(columns.published)), row.get(columns.model)
    if day is None:
        raise MalformedItem(f"{columns.published}: {str(row.get(columns.published))[:40]!r} is no day")
    if day > today + _AHEAD:
        raise MalformedItem(f"{columns.published}: {day} is still to come")
    if not isinstance(name, str) or not name or not is_identifier(board.subject_name(name), LONGEST_KEY):
        raise MalformedItem(f"{columns.model}: no name that can be kept")
    return day, name


def _list_records(row: Row, columns: Columns, board: BoardRef, name: str, day: date) -> list[Record]:
    rating = _parse_number(row, columns.rating)
    low, high = _parse_number(row, columns.low), _parse_number(row, columns.high)
    votes = _parse_number(row, columns.votes)
    if rating is None:
        raise MalformedItem(f"{columns.rating}: missing")
    if (low is not None and low > rating) or (high is not None and high < rating):
        raise MalformedItem(
            f"{columns.low if low is not None and low > rating else columns.high}: "
            f"the interval {low} to {high} does not hold the rating {rating}"
        )
    if votes is not None and votes < 0:
        raise MalformedItem(f"{columns.votes}: {votes} votes")
    subject = SubjectRef(board.source, Kind.BOARD_ENTRY, board.subject_name(name))
    known_at = datetime.combine(day, time(), UTC)
    values = {"rating": rating, "rating_ci_low": low, "rating_ci_high": high, "votes": votes}
    facts = {
        "organisation": _parse_text(row, columns.organisation),
        "licence": _parse_text(row, columns.licence),
    }
    return [
        *(
            Observation(subject, board.metric(column), day, value, known_at)
            for column, value in values.items()
            if value is not None
        ),
        *(
            Fact(subject, attribute, text, valid_from=day, known_at=known_at)
            for attribute, text in facts.items()
            if text
        ),
    ]


def _parse_number(row: Row, column: str | None) -> float | None:
    value = row.get(column) if column is not None else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedItem(f"{column}: {str(value)[:40]!r} is no number")
    if math.isnan(value):
        return None  # how pandas writes a missing number
    if not math.isfinite(value) or (
        column is not None and "vote" not in column and abs(value) > LARGEST_SCORE
    ):
        raise MalformedItem(f"{column}: {value} is beyond any board")
    return float(value)


def _parse_text(row: Row, column: str | None) -> str:
    value = row.get(column) if column is not None else None
    return clean_text(value, _FACT_LENGTH) if isinstance(value, str) else ""
