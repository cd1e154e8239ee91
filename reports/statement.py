"""One statement of an issue, and how its numbers are taken from what was frozen."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reports.content import FindingPart, Interval, Sentence
from reports.formatting import format_change, format_value
from reports.phrasing import SIGNED, format_quantity, list_placeholders

H = TypeVar("H", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Number:
    """One frozen number. `printed`: as readers see it; `day` and `subjects`: what it is about, where it
    is one of several (a chart's point)."""

    name: str
    value: float | int
    unit: str
    printed: str
    day: str | None = None
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What the report says in one place. `places`: the sections that print it, none for a finding that
    was cut for length; `subjects`: what it is about, by the names it can be asked for."""

    id: str
    places: tuple[str, ...]
    text: str
    numbers: tuple[Number, ...] = ()
    evidence: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    rule: FindingPart | None = None
    notes: tuple[str, ...] = field(default=())


def make_number(name: str, value: float, unit: str) -> Number:
    return Number(name, value, unit, format_value(value, unit))


def list_fields(row: Any, *fields: tuple[str, str]) -> Iterator[Number]:
    """The numbers that stand under these names in a frozen row, each with its unit; a unit that begins
    with `SIGNED` is written as a difference."""
    for name, unit in fields:
        value = row[name]
        if value is not None:
            plain = unit.removeprefix(SIGNED)
            printed = format_value(value, plain) if plain == unit else format_change(value, plain)
            yield Number(name, value, plain, printed)


def list_interval(name: str, interval: Interval | None) -> Iterator[Number]:
    """An estimate's value under `name`, its ends and its count."""
    if interval is None:
        return
    for part, value in ((name, interval["value"]), ("low", interval["low"]), ("high", interval["high"])):
        if value is not None:
            yield make_number(part, value, interval["unit"])
    if interval["n"] is not None:
        yield make_number("n", interval["n"], "count")


def list_numbers(*sentences: Sentence) -> Iterator[Number]:
    """The numbers that fill the sentences' placeholders, in the order of the words."""
    for sentence in sentences:
        for name in list_placeholders(sentence["template"]):
            quantity = sentence["numbers"][name]
            value = quantity["value"]
            if not isinstance(value, str):
                yield Number(name, value, quantity["unit"].removeprefix(SIGNED), format_quantity(quantity))


def list_texts(sentence: Sentence, unit: str) -> tuple[str, ...]:
    """The texts of one unit ("text", "date") that fill the sentence's placeholders."""
    held = [sentence["numbers"][name] for name in list_placeholders(sentence["template"])]
    return tuple(str(quantity["value"]) for quantity in held if quantity["unit"] == unit)


def one(text: str | None) -> tuple[str, ...]:
    """The text alone, or nothing."""
    return (text,) if text else ()


def unite(*lists: Iterable[H]) -> tuple[H, ...]:
    """All items in order, each once."""
    return tuple(dict.fromkeys(item for items in lists for item in items))
