"""One field at a time: numbers, days and moments as they must be written. All raise BadField."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from store.catalogue import midnight
from store.imports.row import BadField, Row, quote
from store.limits import LARGEST_SCORE, LONGEST_KEY, is_key
from store.records import Precision

FIRST_DAY = date(1900, 1, 1)
_LONGEST_NUMBER = 64
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?P<zone>Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_NOT_ZERO = re.compile(r"[+-]?[0.]*[1-9]", re.ASCII)


def read_key(row: Row, column: str) -> str:
    """A name that identifies something: stated, and at most 400 characters."""
    return check_key(row.need(column), column)


def check_key(key: str, column: str) -> str:
    if not is_key(key):
        raise BadField(column, f"{quote(key)} is longer than {LONGEST_KEY} characters")
    return key


def find_number(row: Row, column: str) -> float | None:
    """A finite number; None where nothing is stated."""
    text = row.text(column)
    return None if not text else _number(text, column)


def read_number(row: Row, column: str) -> float:
    return _number(row.need(column), column)


def _number(text: str, column: str) -> float:
    if not _NUMBER.fullmatch(text) or len(text) > _LONGEST_NUMBER:
        raise BadField(column, f"{quote(text)} is no number{_hint(text)}")
    value = float(text)
    if not math.isfinite(value):
        raise BadField(column, f"{quote(text)} is not finite")
    if value == 0 and _NOT_ZERO.match(text):
        raise BadField(column, f"{quote(text)} is too small to be told from zero")
    return value


def _hint(text: str) -> str:
    if "," in text:
        return "; write 1234.5, without separators between thousands"
    return "; leave the sign out and state the unit" if text.endswith("%") else ""


def find_amount(row: Row, column: str) -> float | None:
    """A number that is not negative; None where nothing is stated."""
    value = find_number(row, column)
    if value is not None and value < 0:
        raise BadField(column, f"{quote(row.text(column))} is negative")
    return value


def check_score(value: float | None, column: str) -> float | None:
    """A rating or an index, in points, of a size that one can have."""
    if value is not None and abs(value) > LARGEST_SCORE:
        bound = f"{LARGEST_SCORE:,.0f}"
        raise BadField(column, f"{value:g} is no rating; they lie between -{bound} and {bound} points")
    return value


def find_count(row: Row, column: str) -> float | None:
    """A whole number that is not negative; None where nothing is stated."""
    value = find_amount(row, column)
    if value is not None and not value.is_integer():
        raise BadField(column, f"{quote(row.text(column))} is no whole number")
    return value


def find_decimal(row: Row, column: str) -> Decimal | None:
    """A finite number exactly as it was written; None where nothing is stated."""
    text = row.text(column)
    if not text:
        return None
    _number(text, column)
    try:
        return Decimal(text)
    except InvalidOperation as error:  # an exponent beyond what even decimals hold
        raise BadField(column, f"{quote(text)} is no number") from error


def read_day(row: Row, column: str, now: datetime) -> date:
    """A day as YYYY-MM-DD, at most tomorrow."""
    return parse_day(row.need(column), column, now)


def parse_day(text: str, column: str, now: datetime) -> date:
    if not _DAY.fullmatch(text):
        raise BadField(column, f"{quote(text)} is no day; write YYYY-MM-DD")
    return _within(_calendar_day(text, column), column, now)


def find_dated(row: Row, column: str, now: datetime) -> tuple[date, Precision] | None:
    """A day, or a month as YYYY-MM, which stands for its first day; None where nothing is stated."""
    text = row.text(column)
    if not text:
        return None
    if _MONTH.fullmatch(text):
        return _within(_calendar_day(f"{text}-01", column), column, now), Precision.MONTH
    if not _DAY.fullmatch(text):
        raise BadField(column, f"{quote(text)} is neither YYYY-MM-DD nor YYYY-MM")
    return parse_day(text, column, now), Precision.DAY


def read_moment(row: Row, column: str, now: datetime) -> datetime:
    """A moment with its time zone, in UTC; a day stands for its midnight in UTC. Of the many spellings of
    ISO 8601 one is read, YYYY-MM-DDTHH:MM[:SS[.f]] with Z or ±HH:MM: a typing error is no week date."""
    text = row.need(column)
    if _DAY.fullmatch(text):
        return midnight(parse_day(text, column, now))
    spelt = _MOMENT.fullmatch(text)
    if spelt is None:
        raise BadField(column, f"{quote(text)} is no moment; write 2025-11-11T15:19:43Z")
    if spelt["zone"] is None:
        raise BadField(column, f"{quote(text)} has no time zone; add Z for UTC")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadField(column, f"{quote(text)} is no moment of the calendar") from error
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise BadField(column, f"{quote(text)} is out of range") from error
    _within(moment.date(), column, now)
    return moment


def _calendar_day(text: str, column: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadField(column, f"{quote(text)} is no day of the calendar") from error


def _within(day: date, column: str, now: datetime) -> date:
    last = now.date() + timedelta(days=1)
    if not FIRST_DAY <= day <= last:
        raise BadField(column, f"{day} is not between {FIRST_DAY} and {last}")
    return day
