"""Turns a frozen sentence (template, values with units, evidence) into words, plain or as HTML.

The only door from numbers to prose: a template that names a value the sentence does not hold is a
mistake of the rule that made it and is refused when the issue is built, not when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from string import Formatter

from markupsafe import Markup, escape

from reports.content import Quantity, Sentence
from reports.formatting import (
    NO_VALUE,
    PLACEHOLDER_UNITS,
    clean_text,
    find_unit,
    format_change,
    format_date,
    format_moment,
    format_month,
    format_value,
)

SIGNED = "change:"
"""A unit with this prefix is written as a difference, with its sign."""


def form_sentence(
    template: str,
    numbers: Mapping[str, float | int | str | date],
    evidence: Iterable[str] = (),
    *,
    units: Mapping[str, str] = PLACEHOLDER_UNITS,
    named_units: Mapping[str, str] | None = None,
) -> Sentence:
    """Freeze a template with the values it uses. `units` maps a placeholder's suffix to a unit,
    `named_units` a whole placeholder. Raises ValueError for a placeholder without a value."""
    named = named_units or {}
    held: dict[str, Quantity] = {}
    for name in list_placeholders(template):
        if name not in numbers:
            raise ValueError(f"the template {template!r} names {{{name}}}, which has no value")
        held[name] = _freeze(numbers[name], named.get(name) or find_unit(name, units))
    return {"template": template, "numbers": held, "evidence": list(evidence)}


def list_placeholders(template: str) -> list[str]:
    """The names in a template, in order; ValueError when it is not a plain named template."""
    names = []
    for _, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"the template {template!r} may hold plain named placeholders only")
        names.append(name)
    return names


def phrase(sentence: Sentence) -> str:
    """The sentence as plain text."""
    return "".join(text for text, _ in _fill(sentence))


def phrase_html(sentence: Sentence) -> Markup:
    """The sentence as HTML: everything escaped, numbers set in bold."""
    return Markup("").join(
        Markup("<b>{}</b>").format(text) if is_number else escape(text) for text, is_number in _fill(sentence)
    )


def format_quantity(quantity: Quantity) -> str:
    value, unit = quantity["value"], quantity["unit"]
    if unit.startswith(SIGNED) and not isinstance(value, str):
        return format_change(value, unit.removeprefix(SIGNED))
    return format_value(value, unit)


def write_day(text: str | date | None) -> str:
    """A frozen `YYYY-MM-DD` as a reader sees it; a dash for none."""
    if text is None:
        return NO_VALUE
    return format_date(text if isinstance(text, date) else date.fromisoformat(text))


def write_month(text: str) -> str:
    return format_month(date.fromisoformat(text))


def write_moment(text: str | datetime | None) -> str:
    """A frozen moment as a reader sees it; "never" for none."""
    if text is None:
        return "never"
    return format_moment(text if isinstance(text, datetime) else datetime.fromisoformat(text))


def _fill(sentence: Sentence) -> Iterator[tuple[str, bool]]:
    for text, name, _, _ in Formatter().parse(sentence["template"]):
        if text:
            yield text, False
        if name is not None:
            quantity = sentence["numbers"][name]
            yield format_quantity(quantity), not isinstance(quantity["value"], str)


def _freeze(value: float | str | date, unit: str) -> Quantity:
    if isinstance(value, date):
        return {"value": value.isoformat(), "unit": "date"}
    if isinstance(value, str):
        return {"value": clean_text(value), "unit": unit if unit == "date" else "text"}
    return {"value": value, "unit": unit}
