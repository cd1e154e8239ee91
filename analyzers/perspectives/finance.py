"""Finance and strategy: what quality costs, from which volume an own node pays, which prices fall."""

from __future__ import annotations

from analyzers.figures import QUALITY_PRICE, spell_day
from analyzers.findings import Rule, build, toward
from analyzers.perspectives.week import Read, Week
from analyzers.prices.breakeven import OwnNode
from analyzers.prices.pricing import PriceRatio, annual_rate
from store.records import Direction, Finding, OpenRule, Perspective

RATIO = Rule(
    "FIN-01",
    Perspective.FINANCE,
    0.9,
    (
        (
            "At equal capability the cheapest closed offer costs {price_ratio} the cheapest open one (90 %"
            " interval {ratio_low} to {ratio_high}; median over {level_count} levels; {censored_count} levels"
            " above the best open model have no open price)."
        ),
        (
            "At equal capability the cheapest closed offer costs {price_ratio} the cheapest open one (median"
            " over {level_count} levels; {censored_count} levels above the best open model have no"
            " open price)."
        ),
    ),
)
BREAK_EVEN = Rule(
    "FIN-02",
    Perspective.FINANCE,
    0.7,
    (
        (
            "A rented node of eight cards beats calling {api_name}, at {api_usd} per million tokens, from"
            " {mid_tokens} a month on (range"
            " {least_tokens} to {most_tokens} over card price and overhead)."
        ),
    ),
)
MOVES = Rule(
    "FIN-03",
    Perspective.FINANCE,
    0.6,
    (
        (
            "From {since_on} to {end_on} {closed_cut_count} closed list prices were cut and"
            " {closed_rise_count}"
            " raised; of open models {open_cut_count} were cut and {open_rise_count} raised;"
            " {correction_count}"
            " changes were corrections within 48 hours."
        ),
    ),
)
FALL = Rule(
    "FIN-04",
    Perspective.FINANCE,
    0.3,
    (
        (
            "The price of fixed quality keeps falling: {quality_name} cost {first_usd} per million tokens in"
            " {first_name} and {last_usd} in {last_name}, a fall by {year_ratio} a year ({source_name})."
        ),
    ),
)
RULES = (RATIO, BREAK_EVEN, MOVES, FALL)

DAYS_PER_MONTH = 365 / 12


def read_finance(week: Week) -> Read:
    """Findings on price at fixed quality, build or buy, and price moves."""
    candidates = (_ratio(week), _break_even(week), _moves(week), _fall(week))
    found = [finding for finding in candidates if finding is not None]
    return found, "no price of an index model and no price change is known"


def _ratio(week: Week) -> Finding | None:
    ratio = week.readings.ratio
    if not isinstance(ratio, PriceRatio):
        return None
    values: dict[str, float | int] = {
        "price_ratio": ratio.ratio,
        "level_count": ratio.compared,
        "censored_count": ratio.censored,
    }
    if ratio.low is not None and ratio.high is not None:
        values |= {"ratio_low": ratio.low, "ratio_high": ratio.high}
    return build(
        RATIO,
        values,
        template=0 if ratio.low is not None else 1,
        direction=toward(ratio.ratio - 1, favours_open_when_positive=True),
        evidence=week.keys("index", "prices"),
        grade=week.grade("price_ratio"),
    )


def _break_even(week: Week) -> Finding | None:
    node = week.readings.own_node
    if not isinstance(node, OwnNode):
        return None
    return build(
        BREAK_EVEN,
        {
            "api_name": node.api_name,
            "api_usd": node.api_usd,
            "mid_tokens": node.tokens_mid,
            "least_tokens": node.tokens_low,
            "most_tokens": node.tokens_high,
        },
        direction=Direction.NEITHER,
        evidence=week.keys("own_node", "prices"),
    )


def _moves(week: Week) -> Finding | None:
    moves = week.readings.price_moves
    changed = [m for m in moves if m.change is not None and not m.is_correction]
    if not changed:
        return None
    counts = {(is_open, is_cut): 0 for is_open in (True, False) for is_cut in (True, False)}
    for move in changed:
        # By weights: which side a price belongs to must not change with the reader's rule for "open".
        is_open = OpenRule.WEIGHTS.is_open(move.openness)
        if is_open is not None and move.change is not None:
            counts[is_open, move.change < 0] += 1
    if not any(counts.values()):
        return None
    return build(
        MOVES,
        {
            "since_on": min(m.day for m in moves),
            "end_on": max(m.day for m in moves),
            "closed_cut_count": counts[False, True],
            "closed_rise_count": counts[False, False],
            "open_cut_count": counts[True, True],
            "open_rise_count": counts[True, False],
            "correction_count": sum(m.is_correction for m in moves),
        },
        direction=toward(counts[False, True] - counts[False, False], favours_open_when_positive=True),
        evidence=week.keys("price_moves"),
    )


def _fall(week: Week) -> Finding | None:
    rows = sorted(
        (f.figure for f in week.readings.figures if f.figure.measure.casefold() == QUALITY_PRICE),
        key=lambda figure: figure.as_of,
    )
    if len(rows) < 2 or rows[0].as_of == rows[-1].as_of or rows[-1].value >= rows[0].value:
        return None
    first, last = rows[0], rows[-1]
    months = (last.as_of - first.as_of).days / DAYS_PER_MONTH
    return build(
        FALL,
        {
            "quality_name": "GPT-3.5-level quality",
            "first_usd": first.value,
            "first_name": spell_day(first),
            "last_usd": last.value,
            "last_name": spell_day(last),
            "year_ratio": annual_rate(first.value / last.value, months),
            "source_name": last.source,
        },
        direction=Direction.NEITHER,
        evidence=week.keys("quality_price"),
        grade="C",
    )
