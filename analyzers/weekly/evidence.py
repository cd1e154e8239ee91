"""The rows each statement stands on: how to read them again, and ids in the order of the report.

While the analysis runs, evidence is known by a key ("index", "figure:…"); at the end the keys become
E1, E2, … by first use in the report, and what nothing names is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any, cast

from analyzers.analysis import Analysis
from store.records import Basis, Evidence, Provenance

SECTIONS = (
    "verdict",
    "judgements",
    "measures",
    "movers",
    "releases",
    "claims",
    "price_moves",
    "break_even",
    "changes",
    "findings",
)
"""The parts of an analysis that name evidence, in the order in which the report prints them."""


def quote(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_all(texts: Iterable[str]) -> str:
    """Texts as the inside of an SQL `in (…)`, sorted and without doubles; never empty."""
    return ", ".join(quote(text) for text in sorted(set(texts))) or "''"


class Ledger:
    """Collects evidence under keys; adding a key twice is a mistake and raises ValueError."""

    def __init__(self, world: str) -> None:
        self._world = world
        self._rows: dict[str, Evidence] = {}
        self._origins: dict[str, frozenset[str]] = {}

    def add(
        self,
        key: str,
        *,
        title: str,
        view: str,
        where: str,
        provenances: Iterable[Provenance],
        as_of: date | None,
        columns: str = "*",
        url: str | None = None,
        origins: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Record rows (one provenance each) and return what a finding's `evidence` holds: the key alone,
        or nothing when there are no rows. `view`, `columns` and `where` become the SQL to read them.
        `origins` names who measured, where one data source restates several (published figures)."""
        rows = list(provenances)
        if key in self._rows:
            raise ValueError(f"evidence {key} is recorded twice")
        if not rows:
            return ()
        sources = {row.source for row in rows}
        self._origins[key] = frozenset(origins if origins is not None else sources)
        bases = Counter(row.basis for row in rows)
        # A tie counts as bundled: bundled rows must never pass for own observations.
        basis = max(sorted(bases), key=lambda item: (bases[item], item is Basis.BUNDLED))
        condition = f"world = {quote(self._world)}" + (f" and {where}" if where else "")
        self._rows[key] = Evidence(
            id=key,
            title=title,
            source=", ".join(sorted(sources)),
            basis=basis,
            as_of=as_of,
            rows=len(rows),
            run_ids=tuple(sorted({row.run_id for row in rows})),
            # Read-only text for the reader's own `lunchwatch sql`; every value is quoted.
            sql=f"select {columns} from {view} where {condition}",  # noqa: S608 - never executed here
            url=url,
        )
        return (key,)

    def find(self, key: str) -> Evidence | None:
        return self._rows.get(key)

    def origins(self, keys: Iterable[str]) -> frozenset[str]:
        """Who measured what the keys stand for: what counts as independent sources."""
        return frozenset().union(*(self._origins[key] for key in keys))

    @property
    def rows(self) -> Mapping[str, Evidence]:
        return self._rows


def number_evidence(analysis: Analysis, ledger: Ledger) -> Analysis:
    """The analysis with keys replaced by E1, E2, … in order of first use, and its evidence table.

    Raises KeyError for a key that nobody recorded: a statement must not stand on nothing.
    """
    order: dict[str, str] = {}
    by_id = {finding.id: finding for finding in analysis.findings}
    for section in SECTIONS:
        part: object = getattr(analysis, section)
        if section == "judgements":
            part = tuple(by_id[judgement.finding] for judgement in analysis.judgements)
        for key in _keys(part):
            if key not in order:
                order[key] = f"E{len(order) + 1}"
    table = tuple(replace(ledger.rows[key], id=number) for key, number in order.items())
    changed = {section: _renumber(getattr(analysis, section), order) for section in SECTIONS}
    return replace(analysis, evidence=table, **cast("Any", changed))


def _keys(part: object) -> Iterator[str]:
    if isinstance(part, tuple):
        for item in part:
            yield from _keys(item)
    elif is_dataclass(part) and not isinstance(part, type):
        for item in fields(part):
            value = getattr(part, item.name)
            if item.name == "evidence":
                yield from value
            else:
                yield from _keys(value)


def _renumber(part: object, order: Mapping[str, str]) -> object:
    if isinstance(part, tuple):
        return tuple(_renumber(item, order) for item in part)
    if is_dataclass(part) and not isinstance(part, type):
        changed = {}
        for item in fields(part):
            value = getattr(part, item.name)
            if item.name == "evidence":
                changed[item.name] = tuple(order[key] for key in value)
            elif isinstance(value, tuple):
                changed[item.name] = cast("Any", _renumber(value, order))
        return replace(cast("Any", part), **changed)
    return part
