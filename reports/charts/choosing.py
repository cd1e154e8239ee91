"""Chooses the charts that an analysis allows, and states each title only after checking it on the rows.

A chart without data is left out. A title that states a finding is a candidate with the condition under
which it is true; where none holds, the neutral title stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

from analyzers.analysis import Analysis
from reports import wording
from reports.content import ChartColumn, ChartPart, Sentence
from reports.formatting import clean_text
from reports.phrasing import form_sentence
from store.records import Measure

Row: TypeAlias = dict[str, float | int | str | None]
Number: TypeAlias = float | int | str | date


class Candidate(NamedTuple):
    """A title that may be used when `holds`."""

    holds: bool
    template: str
    numbers: dict[str, Number]
    units: dict[str, str]


def list_charts(analysis: Analysis) -> list[ChartPart]:
    """The frontier, the lag, the board gap, prices by capability, shares: those that have data."""
    made = [
        _make_frontier(analysis),
        _make_lag(analysis),
        _make_gap(analysis),
        _make_price(analysis),
        _make_share(analysis),
    ]
    return [chart for chart in made if chart is not None]


def _make_frontier(analysis: Analysis) -> ChartPart | None:
    rows: list[Row] = [
        {
            "day": point.day.isoformat(),
            "side": "open" if point.is_open else "closed",
            "model": clean_text(point.model, 60),
            "score": point.value,
        }
        for point in sorted(analysis.frontier, key=lambda point: (point.day, point.value))
    ]
    best = {
        side: max((row for row in rows if row["side"] == side), key=_score, default=None)
        for side in ("open", "closed")
    }
    if best["open"] is None or best["closed"] is None:
        return None
    open_score, closed_score = _score(best["open"]), _score(best["closed"])
    gap = abs(closed_score - open_score)
    numbers: dict[str, Number] = {"gap": gap}
    units = {"gap": "score"}
    evidence = _find_evidence(analysis, ("lag", "index_gap"), "Q", "quality")
    until = _find_day(analysis, ("lag", "index_gap")) or max(point.day for point in analysis.frontier)
    title = _choose(
        [
            Candidate(gap < 0.05, wording.FRONTIER_LEVEL, {}, {}),
            Candidate(closed_score > open_score, wording.FRONTIER_BEHIND, numbers, units),
            Candidate(open_score > closed_score, wording.FRONTIER_AHEAD, numbers, units),
        ],
        wording.FRONTIER_NEUTRAL,
        evidence,
    )
    return _make_chart(
        "frontier",
        title,
        wording.FRONTIER_NOTE,
        form_sentence(
            wording.FRONTIER_ALT,
            {"open_score": open_score, "closed_score": closed_score, "day_on": until},
            named_units={"open_score": "score", "closed_score": "score"},
        ),
        {
            "until": until.isoformat(),
            "open": "open",
            "closed": "closed",
            "value": "capability index",
        },
        [
            ("day", "Released", "date"),
            ("side", "Side", "text"),
            ("model", "Model", "text"),
            ("score", "Index", "score"),
        ],
        rows,
        evidence,
    )


def _make_gap(analysis: Analysis) -> ChartPart | None:
    points = sorted(analysis.gaps, key=lambda point: point.board_date)
    if len(points) < 2:
        return None
    rows: list[Row] = [
        {
            "day": point.board_date.isoformat(),
            "points": point.points,
            "low": point.points_low,
            "high": point.points_high,
            "percent": point.percent,
            "win_rate": point.win_rate * 100 if point.win_rate <= 1 else point.win_rate,
            "closed": clean_text(point.closed_model, 60),
            "open": clean_text(point.open_model, 60),
            "version": point.board_version,
        }
        for point in points
    ]
    first, before, now = points[0], points[-2], points[-1]
    is_comparable = before.board_version == now.board_version
    less = before.points - now.points
    numbers: dict[str, Number] = {"now": abs(now.points), "less": less, "more": -less}
    units = {"now": "points", "less": "points", "more": "points"}
    evidence = _find_evidence(analysis, ("arena",), "Q", "quality")
    title = _choose(
        [
            Candidate(is_comparable and now.points > 0 and less >= 0.05, wording.GAP_SHRANK, numbers, units),
            Candidate(is_comparable and now.points > 0 and less <= -0.05, wording.GAP_GREW, numbers, units),
            Candidate(now.points > 0, wording.GAP_CLOSED_LEADS, numbers, units),
            Candidate(now.points < 0, wording.GAP_OPEN_LEADS, numbers, units),
        ],
        wording.GAP_NEUTRAL,
        evidence,
    )
    return _make_chart(
        "gap",
        title,
        wording.GAP_NOTE,
        form_sentence(
            wording.GAP_ALT,
            {
                "first": first.points,
                "first_on": first.board_date,
                "now": now.points,
                "now_on": now.board_date,
            },
            named_units={"first": "points", "now": "points"},
        ),
        {"value": "rating points", "break": "board rescaled", "parity": "parity"},
        [
            ("day", "Board", "date"),
            ("points", "Points", "points"),
            ("low", "Low", "points"),
            ("high", "High", "points"),
            ("percent", "Percent of open", "percent"),
            ("win_rate", "Closed wins", "percent"),
            ("closed", "Best closed", "text"),
            ("open", "Best open", "text"),
            ("version", "Board version", "count"),
        ],
        rows,
        evidence,
    )


def _make_lag(analysis: Analysis) -> ChartPart | None:
    measure = next(
        (m for m in analysis.measures if "lag" in m.id and m.unit == "months" and len(m.history) >= 2),
        None,
    )
    if measure is None:
        return None
    estimate = measure.estimate
    rows: list[Row] = [
        {"day": day.isoformat(), "lag": value, "low": None, "high": None} for day, value in measure.history
    ]
    if estimate is not None and estimate.value == measure.history[-1][1]:
        rows[-1] |= {"low": estimate.low, "high": estimate.high}
    values = [value for _, value in measure.history]
    first, now = values[0], values[-1]
    numbers: dict[str, Number] = {"now": now, "first": first}
    units = {"now": "months", "first": "months"}
    title = _choose(
        [
            Candidate(len(values) > 2 and now < min(values[:-1]), wording.LAG_SHORTEST, numbers, units),
            Candidate(len(values) > 2 and now > max(values[:-1]), wording.LAG_LONGEST, numbers, units),
            Candidate(first - now >= 0.05, wording.LAG_SHORTER, numbers, units),
            Candidate(now - first >= 0.05, wording.LAG_LONGER, numbers, units),
        ],
        wording.LAG_NEUTRAL,
        measure.evidence,
    )
    return _make_chart(
        "lag",
        title,
        wording.LAG_NOTE,
        form_sentence(
            wording.LAG_ALT,
            numbers | {"first_on": measure.history[0][0], "now_on": measure.history[-1][0]},
            named_units=units,
        ),
        {"value": "months"},
        [
            ("day", "Day", "date"),
            ("lag", "Lag", "months"),
            ("low", "Low", "months"),
            ("high", "High", "months"),
        ],
        rows,
        measure.evidence,
    )


def _make_price(analysis: Analysis) -> ChartPart | None:
    levels = sorted(analysis.price_levels, key=lambda level: level.level)
    rows: list[Row] = [
        {
            "level": level.level,
            "open_usd": level.open_usd,
            "open": clean_text(level.open_model, 60) if level.open_model else None,
            "closed_usd": level.closed_usd,
            "closed": clean_text(level.closed_model, 60) if level.closed_model else None,
            "ratio": level.ratio,
        }
        for level in levels
        if (level.open_usd or 0) > 0 or (level.closed_usd or 0) > 0
    ]
    if len(rows) < 2:
        return None
    pairs = [(level.open_usd, level.closed_usd) for level in levels if level.open_usd and level.closed_usd]
    open_wins = sum(1 for open_usd, closed_usd in pairs if open_usd < closed_usd)
    closed_wins = sum(1 for open_usd, closed_usd in pairs if closed_usd < open_usd)
    evidence = _find_evidence(analysis, ("price",), "P", "price")
    count = len(pairs)
    title = _choose(
        [
            Candidate(count >= 2 and open_wins == count, wording.PRICE_OPEN_ALWAYS, {"levels": count}, {}),
            Candidate(
                2 * open_wins > count, wording.PRICE_OPEN_MOSTLY, {"cheaper": open_wins, "levels": count}, {}
            ),
            Candidate(
                2 * closed_wins > count,
                wording.PRICE_CLOSED_MOSTLY,
                {"cheaper": closed_wins, "levels": count},
                {},
            ),
        ],
        wording.PRICE_NEUTRAL,
        evidence,
    )
    return _make_chart(
        "price",
        title,
        wording.PRICE_NOTE,
        form_sentence(wording.PRICE_ALT, {"levels": len(rows)}),
        {
            "level": "capability index at or above",
            "value": "USD per million tokens",
            "open": "open",
            "closed": "closed",
        },
        [
            ("level", "Level", "score"),
            ("open_usd", "Open", "usd"),
            ("open", "Cheapest open", "text"),
            ("closed_usd", "Closed", "usd"),
            ("closed", "Cheapest closed", "text"),
            ("ratio", "Closed ÷ open", "ratio"),
        ],
        rows,
        evidence,
    )


def _make_share(analysis: Analysis) -> ChartPart | None:
    shares = [m for m in analysis.measures if is_share(m) and m.estimate is not None]
    rows: list[Row] = []
    for measure in shares:
        estimate = measure.estimate
        if estimate is None:
            continue
        rows.append(
            {
                "measure": clean_text(measure.label, 60),
                "share": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "before": None if measure.change_13w is None else estimate.value - measure.change_13w,
                "day": estimate.as_of.isoformat() if estimate.as_of else None,
            }
        )
    if not rows:
        return None
    rows.sort(key=lambda row: -_number(row["share"]))
    most, least = _number(rows[0]["share"]), _number(rows[-1]["share"])
    evidence = list(dict.fromkeys(ref for measure in shares for ref in measure.evidence))
    units = {"least": "percent", "most": "percent"}
    title = _choose(
        [
            Candidate(
                len(rows) == 1, wording.SHARE_ONE, {"least": least, "label": str(rows[0]["measure"])}, units
            ),
            Candidate(most - least >= 1, wording.SHARE_SPREAD, {"least": least, "most": most}, units),
        ],
        wording.SHARE_NEUTRAL,
        evidence,
    )
    return _make_chart(
        "share",
        title,
        wording.SHARE_NOTE,
        form_sentence(
            wording.SHARE_ALT, {"bars": len(rows), "least": least, "most": most}, named_units=units
        ),
        {"value": "percent open", "before": "13 weeks ago"},
        [
            ("measure", "Of", "text"),
            ("share", "Open share", "percent"),
            ("low", "Low", "percent"),
            ("high", "High", "percent"),
            ("before", "13 weeks before", "percent"),
            ("day", "As of", "date"),
        ],
        rows,
        evidence,
    )


def is_share(measure: Measure) -> bool:
    """Whether a measure is an open share of some whole, in percent."""
    return measure.unit == "percent" and "share" in f"{measure.id} {measure.label}".lower()


def _choose(candidates: Iterable[Candidate], neutral: str, evidence: Sequence[str]) -> tuple[Sentence, bool]:
    for candidate in candidates:
        if candidate.holds:
            return form_sentence(
                candidate.template, candidate.numbers, evidence, named_units=candidate.units
            ), True
    return form_sentence(neutral, {}, evidence), False


def _make_chart(
    kind: str,
    title: tuple[Sentence, bool],
    subtitle: str,
    description: Sentence,
    labels: dict[str, str],
    columns: Sequence[tuple[str, str, str]],
    rows: list[Row],
    evidence: Sequence[str],
) -> ChartPart:
    made: list[ChartColumn] = [{"key": key, "label": label, "unit": unit} for key, label, unit in columns]
    return {
        "id": kind,
        "kind": kind,
        "title": title[0],
        "subtitle": subtitle,
        "description": description,
        "is_finding": title[1],
        "labels": labels,
        "columns": made,
        "rows": rows,
        "evidence": list(evidence),
    }


def _find_evidence(analysis: Analysis, words: Sequence[str], *sub_index: str) -> list[str]:
    """Evidence of the measures whose id holds one of `words`, else of the named sub-index."""
    found = [
        ref
        for measure in analysis.measures
        if any(word in measure.id for word in words)
        for ref in measure.evidence
    ] or [ref for part in analysis.verdict.sub_indices if part.id in sub_index for ref in part.evidence]
    return list(dict.fromkeys(found))


def _find_day(analysis: Analysis, words: Sequence[str]) -> date | None:
    """Up to which day the measures whose id holds one of `words` know anything."""
    days = [
        measure.estimate.as_of
        for measure in analysis.measures
        if measure.estimate is not None
        and measure.estimate.as_of is not None
        and any(word in measure.id for word in words)
    ]
    return max(days, default=None)


def _score(row: Row) -> float:
    return _number(row["score"])


def _number(value: float | str | None) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"expected a number, got {value!r}")
    return float(value)
