"""The arithmetic an issue holds: how a stated number follows from other frozen ones.

Each line is computed again from the frozen values. A sub-index's line stands only where it gives the
frozen result (its inputs may not all be in the issue); of the composite it says so if it does not.
Formulas: docs/method.md, sections 4 to 8 and 10.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from analyzers.absence import Absent
from analyzers.momentum.baskets import HALF_WIDTH, developer_momentum
from analyzers.perspectives.infrastructure import OVERHEAD, memory_gb
from analyzers.weekly import verdict as formulas
from reports.content import Content, SubIndexPart
from reports.formatting import MINUS, format_change, format_number, format_value
from reports.statement import Statement

TOLERANCE = 2e-5
"""Relative: what six significant digits of the inputs leave open."""

MEASURED_CHANNELS = {"tokens": "router_share", "enterprise": "enterprise_share"}
"""The channels of adoption whose share is a measure of the scoreboard."""


def list_arithmetic(content: Content, statement: Statement) -> list[str]:
    """The lines for one statement; none where the issue does not hold the inputs."""
    match statement.id.partition(".")[0]:
        case "verdict":
            return [*_composite(content), *_sub_indices(content)]
        case "lag" | "arena_gap" | "price_ratio" | "developer_momentum" | "router_share" | "enterprise_share":
            return list(_sub_indices(content, measure=statement.id))
        case "prices":
            return list(_price_change(_values(statement)))
        case "claims":
            return list(_claim_difference(statement))
        case "movers":
            return list(_start_of_move(_values(statement)))
        case "SCI-01":
            return list(_win_rate(_values(statement)))
        case "INF-01":
            return list(_memory(_values(statement)))
    return [line for part in _find_parts(content, statement.id) for line in _sub_index(content, part)]


def _composite(content: Content) -> Iterator[str]:
    verdict = content["verdict"]
    parts = [part for part in verdict["sub_indices"] if part["weight"] > 0]
    values = [part["estimate"]["value"] for part in parts if part["estimate"]]
    composite = verdict["composite"]
    if composite is None or len(values) < len(parts):
        return
    terms = " + ".join(f"{part['weight']:g}·ln {value:g}" for part, value in zip(parts, values, strict=True))
    result = math.exp(
        sum(part["weight"] * math.log(value) for part, value in zip(parts, values, strict=True))
    )
    labels = ", ".join(part["label"].lower() for part in parts)
    said = "" if _agree(result, composite["value"]) else f", not the frozen {composite['value']:g}"
    yield f"composite = exp({terms}) = {result:.6g}{said}   ({labels}; the weights are conventions)"
    if composite["low"] is not None and composite["high"] is not None:
        yield (
            f"90 % interval {composite['low']:g} to {composite['high']:g}: 5 % and 95 % quantiles of"
            f" {format_number(verdict['draws'])} draws, seed {verdict['seed']}"
        )


def _sub_indices(content: Content, measure: str | None = None) -> Iterator[str]:
    """The lines of all sub-indices, or of those that a measure enters."""
    for part in content["verdict"]["sub_indices"]:
        for name, line in _derive(content, part):
            if measure is None or measure in name:
                yield line


def _sub_index(content: Content, part: SubIndexPart) -> Iterator[str]:
    yield from (line for _, line in _derive(content, part))
    if part["weight"] > 0:
        yield f"weight in the composite: {part['weight']:g} (a convention)"
    else:
        yield "outside the composite (weight 0)"


def _derive(content: Content, part: SubIndexPart) -> Iterator[tuple[tuple[str, ...], str]]:
    """The measures a sub-index is computed from, and the line, where the frozen values give it."""
    estimate = part["estimate"]
    if estimate is None:
        return
    measures = {one["id"]: one for one in content["measures"]}
    own = set(part["evidence"])
    held = {
        key: one["estimate"]["value"]
        for key, one in measures.items()
        if one["estimate"] and set(one["evidence"]) <= own
    }
    names: tuple[str, ...] = ()
    said, result = "", math.nan
    match part["id"]:
        case "quality":
            pieces = {"lag": formulas.quality_of_lag, "arena_gap": formulas.quality_of_gap}
            names = tuple(key for key in pieces if key in held)
            if names:
                result = formulas.combine([pieces[key](held[key]) for key in names])
                said = _write_quality(held.get("lag"), held.get("arena_gap"))
        case "adoption":
            channels = {name: key for name, key in MEASURED_CHANNELS.items() if key in held}
            names = tuple(channels.values())
            found = formulas.adoption({name: held[key] / 100 for name, key in channels.items()})
            if not isinstance(found, Absent):
                result = found
                terms = " + ".join(
                    f"{formulas.CHANNEL_WEIGHTS[name]:g}·logit {held[key] / 100:g}"
                    for name, key in channels.items()
                )
                total = sum(formulas.CHANNEL_WEIGHTS[name] for name in channels)
                said = f"100·σ(({terms})/{total:g}), over {' and '.join(channels)}"
        case "price" if "price_ratio" in held:
            names = ("price_ratio",)
            result = formulas.price_index(held["price_ratio"])
            said = f"100·r/(1 + r) with r = {held['price_ratio']:g}"
        case "momentum" if "developer_momentum" in held:
            names = ("developer_momentum",)
            difference = math.log1p(held["developer_momentum"] / 100)
            result = developer_momentum(difference, 0.0)
            growth = held["developer_momentum"]
            sign = MINUS if growth < 0 else "+"
            said = f"50 + 50·tanh(d/{HALF_WIDTH:g}) with d = ln(1 {sign} {abs(growth):g}/100)"
    if _agree(result, estimate["value"]):
        yield names, f"{part['label'].partition(' (')[0].lower()} = {said} = {result:.6g}"


def _write_quality(lag: float | None, gap: float | None) -> str:
    form = f"100 {MINUS} 50·2^(L/6)" if lag is not None and lag < 0 else f"50·2^({MINUS}L/6)"
    said = [] if lag is None else [f"{form} with L = {lag:g} months"]
    if gap is not None:
        said.append(f"100/(1 + 10^(Δ/400)) with Δ = {gap:g} points")
    return said[0] if len(said) == 1 else f"100·σ(mean of the logits of {' and '.join(said)})"


def _find_parts(content: Content, key: str) -> list[SubIndexPart]:
    return [part for part in content["verdict"]["sub_indices"] if part["id"] == key]


def _price_change(values: dict[str, float]) -> Iterator[str]:
    before, after = values.get("blend_before"), values.get("blend_after")
    yield "price = (3·input + output)/4, USD per million tokens"
    if before and after is not None:
        change = format_change(100 * (after / before - 1), "growth")
        yield f"change = 100·({after:g}/{before:g} {MINUS} 1) = {change}"


def _claim_difference(statement: Statement) -> Iterator[str]:
    values = _values(statement)
    claimed, found = values.get("claimed"), values.get("found")
    if claimed is not None and found is not None:
        unit = next(number.unit for number in statement.numbers if number.name == "found")
        difference = format_change(found - claimed, unit)
        yield f"found {MINUS} claimed = {found:g} {MINUS} {claimed:g} = {difference}"


def _start_of_move(values: dict[str, float]) -> Iterator[str]:
    if {"value", "growth_pct", "window_days"} <= values.keys():
        factor = 1 + values["growth_pct"] / 100
        start = (values["value"] + 1) / factor - 1
        yield (
            f"growth = ({values['value']:,.0f} + 1)/({start:,.0f} + 1) {MINUS} 1 ="
            f" {format_change(values['growth_pct'], 'growth')} over {values['window_days']:g} days"
        )


def _win_rate(values: dict[str, float]) -> Iterator[str]:
    if "gap_points" in values:
        rate = 100 / (1 + math.pow(10, -values["gap_points"] / 400))
        if _agree(rate, values.get("win_pct", math.nan)):
            yield (
                f"expected wins = 100/(1 + 10^({MINUS}{values['gap_points']:g}/400)) ="
                f" {format_value(rate, 'percent')}"
            )
    if values.get("gap_pct"):
        rating = 100 * values["gap_points"] / values["gap_pct"]
        yield (
            f"percent of its rating = 100·{values['gap_points']:g}/{rating:,.0f} ="
            f" {format_value(values['gap_pct'], 'percent')}"
        )


def _memory(values: dict[str, float]) -> Iterator[str]:
    for name, bits in (("half_gb", 16), ("byte_gb", 8), ("nibble_gb", 4)):
        parameters = values.get("model_params")
        if parameters and _agree(memory_gb(parameters, bits), values.get(name, math.nan)):
            yield (
                f"memory at {bits} bit = {format_number(parameters, 'parameters')}·{bits}/8·{OVERHEAD:g} ="
                f" {format_value(values[name], 'gigabytes')}"
            )


def _values(statement: Statement) -> dict[str, float]:
    return {number.name: number.value for number in statement.numbers}


def _agree(computed: float, frozen: float) -> bool:
    return math.isclose(computed, frozen, rel_tol=TOLERANCE)
