"""Benchmark claims:
`model,benchmark,score[,version,metric,unit,standing,date,source,quote,settings]`.

0.412 and 41.2 are the same score only where a unit says so: the row's own, else the one that the
catalogue declares for the benchmark, else a fraction. A score outside its unit's range is never rescaled.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from store.catalogue import midnight
from store.imports.entry import Context, Entry, ImportKind, Statement
from store.imports.field import check_key, find_dated, find_decimal, read_key
from store.imports.row import BadField, Row, quote
from store.records import Claim, Standing

FRACTION, PERCENT, POINTS = "fraction", "percent", "points"
_UNITS = {FRACTION: FRACTION, PERCENT: PERCENT, "%": PERCENT, POINTS: POINTS}
_TOP = {FRACTION: 1, PERCENT: 100}
"""Scores of these units lie between 0 and this."""


def parse_row(row: Row, context: Context) -> Entry:
    """What somebody says. Known on its date; without one from the import on."""
    benchmark, version, declared = _benchmark(row, context)
    score, unit, note = _score(row, benchmark, declared)
    dated = find_dated(row, "date", context.now)
    claimed_on = dated[0] if dated is not None else None
    known_at: datetime | None = midnight(claimed_on) if claimed_on is not None else None
    claim = Claim(
        model=read_key(row, "model"),
        benchmark=benchmark,
        score=float(score),
        unit=unit,
        metric=row.text("metric"),
        standing=_standing(row),
        claimed_on=claimed_on,
        source_url=row.text("source"),
        version=version,
        settings=row.text("settings"),
        quote=row.text("quote"),
        known_at=known_at,
    )
    said = Statement(
        "the same model, benchmark, version, metric, standing, source and settings",
        (
            claim.model,
            claim.benchmark,
            claim.version,
            claim.metric,
            claim.standing,
            claim.source_url,
            claim.settings,
        ),
        (claim.score, claim.unit, claim.claimed_on, claim.quote),
    )
    return Entry(row.line, known_at, (said,), (claim,), note=note)


def _benchmark(row: Row, context: Context) -> tuple[str, str, str | None]:
    """The benchmark's key (else its name as given), the version, and the unit the catalogue declares."""
    name, version = row.need("benchmark"), row.text("version")
    meant = context.catalogue.find_benchmark(name)
    if meant is None:
        return check_key(name, "benchmark"), version, None
    if version and meant.version and version != meant.version:
        raise BadField("version", f"{quote(version)} is not the version that {quote(name)} names")
    return meant.benchmark, version or meant.version, context.catalogue.benchmarks[meant.benchmark].unit


def _score(row: Row, benchmark: str, declared: str | None) -> tuple[Decimal, str, str]:
    """Score and unit as they are kept, and a note where the unit may not have been meant."""
    row.need("score")
    score = find_decimal(row, "score") or Decimal(0)
    stated = row.text("unit").casefold()
    if stated and stated not in _UNITS:
        raise BadField("unit", f"{quote(stated)} is no unit; there are: {FRACTION}, {PERCENT}, {POINTS}")
    unit = _UNITS.get(stated) or declared or FRACTION
    if unit in _TOP and not 0 <= score <= _TOP[unit]:
        raise BadField(
            "score",
            f"{row.text('score')} is not between 0 and {_TOP[unit]}{_why(stated, unit, benchmark, declared)}",
        )
    note = ""
    if not stated and unit == PERCENT and 0 < score <= 1:
        note = f"a score of at most 1 was read as percent, the unit of {benchmark}; state unit to be sure"
    if declared in _TOP and unit in _TOP and unit != declared:
        return score.scaleb(2 if declared == PERCENT else -2), str(declared), note
    return score, unit, note


def _why(stated: str, unit: str, benchmark: str, declared: str | None) -> str:
    """Where the unit came from, and how to state another."""
    if stated:
        return f" ({unit}, as stated)"
    origin = f"the unit of {benchmark}" if declared else f"no unit is declared for {quote(benchmark)}"
    others = [name for name in (FRACTION, PERCENT, POINTS) if name != unit]
    return f" ({unit}: {origin}); state {' or '.join(others)} in the column unit"


def _standing(row: Row) -> Standing:
    """Who stands behind it; where nobody is named, the least trust: the makers themselves."""
    text = row.text("standing")
    folded = text.casefold().replace("-", "_").replace(" ", "_")
    try:
        return Standing(folded) if folded else Standing.SELF_REPORTED
    except ValueError as error:
        raise BadField("standing", f"{quote(text)} is none; there are: {', '.join(Standing)}") from error


KIND = ImportKind(
    "claims",
    ("model", "benchmark", "score"),
    ("version", "metric", "unit", "standing", "date", "source", "quote", "settings"),
    parse_row,
)
