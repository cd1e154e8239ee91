"""Dated rating boards: `board,board_date,model,rating[,ci_low,ci_high,votes,organisation,licence]`."""

from __future__ import annotations

from store.boards import BoardRef
from store.catalogue import midnight
from store.errors import Refused
from store.imports.entry import Context, Entry, ImportKind, Statement
from store.imports.field import check_key, check_score, find_count, find_number, read_day, read_number
from store.imports.row import BadField, Row
from store.records import Fact, Kind, Observation, Record, SubjectRef


def parse_row(row: Row, context: Context) -> Entry:
    """One line of one publication, known from the board's date on. `ci_low` and `ci_high` are ratings."""
    board = _board(row, context)
    day = read_day(row, "board_date", context.now)
    model = row.need("model")
    subject = SubjectRef(board.source, Kind.BOARD_ENTRY, check_key(board.subject_name(model), "model"))
    values = {
        "rating": check_score(read_number(row, "rating"), "rating"),
        "rating_ci_low": check_score(find_number(row, "ci_low"), "ci_low"),
        "rating_ci_high": check_score(find_number(row, "ci_high"), "ci_high"),
        "votes": find_count(row, "votes"),
    }
    _check_interval(values["rating"], values["rating_ci_low"], values["rating_ci_high"])
    facts = {name: row.text(name) for name in ("organisation", "licence")}
    content = (*values.values(), *facts.values())
    known_at = midnight(day)
    records: list[Record] = [
        Observation(subject, board.metric(column), day, value, known_at)
        for column, value in values.items()
        if value is not None
    ]
    records += [
        Fact(subject, name, text, valid_from=day, known_at=known_at) for name, text in facts.items() if text
    ]
    said = Statement("the same board, board_date and model", (board.name, model, day), content)
    declared = () if board.metric("rating") in context.metrics else board.metrics()
    return Entry(row.line, known_at, (said,), tuple(records), declared)


def _board(row: Row, context: Context) -> BoardRef:
    try:
        return context.board(row.need("board"))
    except Refused as error:
        raise BadField("board", f"{error}; {error.remedy}") from error


def _check_interval(rating: float | None, low: float | None, high: float | None) -> None:
    """The interval's ends are ratings, not distances from one."""
    if rating is None:
        return
    if low is not None and low > rating:
        raise BadField("ci_low", f"{low:g} is above the rating {rating:g}")
    if high is not None and high < rating:
        raise BadField("ci_high", f"{high:g} is below the rating {rating:g}; write it as a rating")


KIND = ImportKind(
    "ratings",
    ("board", "board_date", "model", "rating"),
    ("ci_low", "ci_high", "votes", "organisation", "licence"),
    parse_row,
)
