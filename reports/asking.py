"""Which statements a reader means: by id, by a range of ids (`movers.1–5`, `E1–E10`), by their section, by
the name of what they are about, or by a number as printed.

`4.9`, `87 %`, `$0.45`, `33.6 B`, `−8.6 %`, `2.3×`: thousands may be grouped or not, the sign may be left
out, a unit narrows. A raw frozen value is found too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.formatting import EN_DASH, MINUS, MONTHS
from reports.statement import Number, Statement
from store.resolution.spelling import PLAIN

_NUMBER = re.compile(
    r"(?<![\w./-])(?P<sign>[-+]?)(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?: ?(?P<scale>[KMBT])\b)?"
    r"(?: ?(?P<unit>%|×|x\b|pp\b|percent\b|usd\b|months?\b|points?\b|days?\b|weeks?\b|tokens?\b|gb\b))?",
    re.IGNORECASE,
)
_DATE = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}\b|\b\d{{4}}-W?\d{{2}}(?:-\d{{2}})?\b")
_RANGE = re.compile(rf"(?P<stem>.*\D)(?P<first>\d+) ?[-{EN_DASH}] ?(?P<again>.*\D)?(?P<last>\d+)")
_NUMBERED = re.compile(r"(?P<stem>.*\D)(?P<number>\d+)")
_KINDS: Final = (
    ("evidence", re.compile(r"E\d+")),
    ("a hypothesis", re.compile(r"H\d+")),
    ("a rule", re.compile(r"[A-Z]+-\d+")),
    ("a measure or part", re.compile(r".+")),
)
_SCALES: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_UNITS: Final = {"percent": "%", "x": "×"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A number as somebody wrote it: sign, digits, scale letter and unit, each "" where not written."""

    sign: str
    size: Decimal
    scale: str
    unit: str

    @property
    def value(self) -> float:
        """Without its unit, with scale and sign."""
        size = float(self.size) * _SCALES[self.scale]
        return -size if self.sign == "-" else size


@dataclass(frozen=True, slots=True)
class Match:
    """A statement that was meant. `numbers`: those of it that bear the number asked for; `words`: the same
    number where it stands in the text alone."""

    statement: Statement
    numbers: tuple[Number, ...] = ()
    words: tuple[str, ...] = ()


def find_statements(statements: Sequence[Statement], asked: str) -> list[Match]:
    """The statements meant by `asked`; none when nobody knows it. An id means one statement alone."""
    wanted = " ".join(asked.split()).casefold()
    for statement in statements:
        if statement.id.casefold() == wanted:
            return [Match(statement)]
    among = _find_range(statements, wanted)
    if among:
        return among
    number = parse_number(asked)
    if number is not None:
        return _find_number(statements, number)
    if not wanted:
        return []
    named = [s for s in statements if any(_is_called(name, wanted) for name in s.subjects)]
    section = [s for s in statements if s.id.partition(".")[0].casefold() == wanted]
    if not named and not section:
        named = [s for s in statements if any(_is_spelt_like(name, wanted) for name in s.subjects)]
    points = [
        Match(s, found)
        for s in statements
        if s not in named and s not in section
        if (found := tuple(n for n in s.numbers if any(_is_called(name, wanted) for name in n.subjects)))
    ]
    return [*(Match(statement) for statement in (*named, *section)), *points]


def list_near(statements: Sequence[Statement], asked: str, limit: int = 5) -> list[str]:
    """Ids and names close to one that nobody knows."""
    known = {name.casefold(): name for s in statements for name in (*s.subjects, s.id) if len(name) <= 80}
    wanted = asked[:80].casefold()
    return [known[key] for key in difflib.get_close_matches(wanted, known, n=limit)]


def list_kinds(statements: Sequence[Statement]) -> list[str]:
    """What can be asked for by id, each kind once with the first id of it: `a rule (COO-01)`."""
    kinds: dict[str, str] = {}
    for statement in statements:
        stem, dot, _ = statement.id.partition(".")
        if dot:
            kinds.setdefault("a section", stem)
            kinds.setdefault("a line of a section", statement.id)
        else:
            kind = next(kind for kind, form in _KINDS if form.fullmatch(statement.id))
            kinds.setdefault(kind, statement.id)
    return [f"{kind} ({example})" for kind, example in kinds.items()]


def parse_number(text: str) -> Asked | None:
    """A number as people write it, or None when the text is anything else."""
    plain = _plain(text).strip()
    has_dollar = "$" in plain
    found = _NUMBER.fullmatch(plain.replace("$", "", 1).strip() if has_dollar else plain)
    if found is None:
        return None
    asked = _read(found)
    return Asked(asked.sign, asked.size, asked.scale, "usd") if has_dollar and not asked.unit else asked


def list_printed(text: str) -> list[tuple[str, Asked]]:
    """The numbers in a printed text, each with how it is written there; dates are none."""
    plain = _DATE.sub(" ", _plain(text))
    return [(found[0].strip(), _read(found)) for found in _NUMBER.finditer(plain)]


def is_same(asked: Asked, printed: Asked) -> bool:
    """Whether somebody who read `printed` may have asked for it like this."""
    return (
        asked.size == printed.size
        and asked.scale in ("", printed.scale)
        and asked.sign in ("", printed.sign or "+")
        and asked.unit in ("", printed.unit)
    )


def _find_range(statements: Sequence[Statement], wanted: str) -> list[Match]:
    """The statements whose ids lie in a range of numbers with one stem; none when it is no range of ids."""
    found = _RANGE.fullmatch(wanted)
    if found is None or found["again"] not in (None, found["stem"]):
        return []
    first, last = sorted((_rank(found["first"]), _rank(found["last"])))
    return [
        Match(statement)
        for statement in statements
        if (own := _NUMBERED.fullmatch(statement.id.casefold()))
        and own["stem"] == found["stem"]
        and first <= _rank(own["number"]) <= last
    ]


def _find_number(statements: Sequence[Statement], asked: Asked) -> list[Match]:
    matches = []
    for statement in statements:
        numbers = tuple(number for number in statement.numbers if _bears(number, asked))
        words = tuple(
            dict.fromkeys(
                text
                for said in (statement.text, *statement.notes)
                for text, printed in list_printed(said)
                if is_same(asked, printed)
            )
        )
        if numbers or words:
            matches.append(Match(statement, numbers, words))
    return matches


def _bears(number: Number, asked: Asked) -> bool:
    if any(is_same(asked, printed) for _, printed in list_printed(number.printed)):
        return True
    return not asked.unit and asked.value == number.value


def _read(found: re.Match[str]) -> Asked:
    unit = (found["unit"] or "").casefold()
    return Asked(
        found["sign"],
        Decimal(found["digits"].replace(",", "")).normalize(),
        (found["scale"] or "").casefold(),
        _UNITS.get(unit, unit if unit == "gb" else unit.removesuffix("s")),
    )


def _plain(text: str) -> str:
    return " ".join(text.replace(MINUS, "-").replace(EN_DASH, f" {EN_DASH} ").split())


def _is_called(name: str, wanted: str) -> bool:
    called = name.casefold()
    return wanted in (called, called.rpartition("/")[2])


def _is_spelt_like(name: str, wanted: str) -> bool:
    """Whether both are one model's name but for spelling: `Claude Sonnet 5`, `claude-sonnet-5`."""
    one, other = PLAIN.read(name), PLAIN.read(wanted)
    return bool(other.stem) and (one.stem, one.snapshot) == (other.stem, other.snapshot)


def _rank(digits: str) -> tuple[int, str]:
    """Orders whole numbers of any length as they are written."""
    digits = digits.lstrip("0")
    return len(digits), digits
