"""Which side a model is on, open or closed, by the openness that was valid on a day (methodology 1)."""

from __future__ import annotations

from datetime import date

from store.records import Model, Openness, OpenRule


def openness_on(model: Model, day: date) -> Openness:
    """The openness in force on `day`; unknown before the first day of which anything is known. A licence
    that came later is not applied earlier."""
    known = [openness for valid_from, openness in model.openness_steps if valid_from <= day]
    return known[-1] if known else Openness.UNKNOWN


def side_of(model: Model | None, day: date, rule: OpenRule) -> str:
    """open, closed or unknown."""
    if model is None:
        return "unknown"
    is_open = rule.is_open(openness_on(model, day), is_science_open=model.is_science_open)
    return {True: "open", False: "closed", None: "unknown"}[is_open]
