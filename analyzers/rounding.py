"""Numbers leave the analysis rounded to six significant digits (methodology 10), and only there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

SIGNIFICANT_DIGITS = 6

T = TypeVar("T")


def round_significant(value: float, digits: int = SIGNIFICANT_DIGITS) -> float:
    """`value` to `digits` significant digits; a minus zero becomes zero. Raises ValueError unless finite."""
    if not math.isfinite(value):
        raise ValueError(f"only finite numbers are reported, got {value}")
    if value == 0:
        return 0.0
    return float(f"{value:.{digits - 1}e}")


def freeze(value: T) -> T:
    """A copy of `value` with every float inside rounded: dataclasses, tuples and mappings are walked."""
    return cast("T", _freeze(value))


def _freeze(value: object) -> object:
    if isinstance(value, float):
        return round_significant(value)
    if isinstance(value, tuple):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _freeze(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for item in fields(value):
            before = getattr(value, item.name)
            after = _freeze(before)
            if after is not before:
                changed[item.name] = after
        return replace(cast("Any", value), **changed) if changed else value
    return value
