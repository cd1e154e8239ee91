"""Named rules and the findings they yield (methodology 11).

A rule has an id, a perspective, an importance and templates with named placeholders; it phrases nothing
else. A placeholder's suffix gives its unit (`SUFFIX_UNITS`); the renderer formats the value and adds the
unit's name, so a template never writes it:

    *_months  months          *_points  index or rating points    *_pct    percent, 0 to 100
    *_usd     US dollars      *_ratio   a factor                  *_count  a whole number
    *_on      a date          *_score   a value on the index      *_tokens tokens a month
    *_index   0 to 100        *_low, *_high  a bare number    *_name   text
    *_gb      gigabytes       *_params  parameters            *_p      a p-value, 0 to 1
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from analyzers.rounding import round_significant
from store.records import Direction, Finding, Perspective

Value = float | int | str | date

SUFFIX_UNITS: Mapping[str, str] = {
    "_months": "months",
    "_points": "points",
    "_pct": "percent",
    "_usd": "usd",
    "_ratio": "ratio",
    "_count": "count",
    "_on": "date",
    "_score": "score",
    "_tokens": "tokens",
    "_index": "index",
    "_low": "score",
    "_high": "score",
    "_p": "p",
    "_gb": "gigabytes",
    "_params": "parameters",
    "_name": "text",
}
"""Unit by suffix. "score" is a bare number with one decimal, "index" without; "p" keeps what a p-value
needs: two significant digits, and a bound below 0.001."""

GRADE_WEIGHT: Mapping[str, float] = {"A": 1.0, "B": 0.8, "C": 0.5}
"""What a finding's importance is worth by the grade of its data."""

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A named condition with its sentences: `templates[0]` is the usual one, others its variants.
    `importance` is between 0 and 1."""

    id: str
    perspective: Perspective
    importance: float
    templates: tuple[str, ...]


def list_placeholders(template: str) -> tuple[str, ...]:
    """The names a template needs, in order, without doubles."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def unit_of(placeholder: str) -> str:
    """The unit a placeholder's suffix declares. Raises KeyError for a name without a known suffix."""
    for suffix in sorted(SUFFIX_UNITS, key=len, reverse=True):
        if placeholder.endswith(suffix):
            return SUFFIX_UNITS[suffix]
    raise KeyError(placeholder)


def build(
    rule: Rule,
    values: Mapping[str, Value],
    *,
    direction: Direction,
    evidence: tuple[str, ...],
    grade: str = "B",
    template: int = 0,
    subjects: tuple[str, ...] = (),
) -> Finding:
    """The finding of `rule` with the values its template names, floats rounded to six digits.

    Raises ValueError when the template needs a value that is not given, or when there is no evidence:
    a finding never stands on nothing.
    """
    text = rule.templates[template]
    needed = list_placeholders(text)
    missing = [name for name in needed if name not in values]
    if missing:
        raise ValueError(f"{rule.id} needs {', '.join(missing)}")
    if not evidence:
        raise ValueError(f"{rule.id} names no evidence")
    return Finding(
        id=rule.id,
        rule=rule.id,
        perspective=rule.perspective,
        template=text,
        values={name: _round(values[name]) for name in needed},
        direction=direction,
        salience=round_significant(rule.importance * GRADE_WEIGHT[grade]),
        evidence=tuple(dict.fromkeys(evidence)),
        subjects=subjects,
    )


def toward(value: float, *, favours_open_when_positive: bool) -> Direction:
    """Which side a signed number favours; zero favours neither."""
    if value == 0:
        return Direction.NEITHER
    return Direction.OPEN if (value > 0) == favours_open_when_positive else Direction.CLOSED


def _round(value: Value) -> Value:
    return round_significant(value) if isinstance(value, float) else value
