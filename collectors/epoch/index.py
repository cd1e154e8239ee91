"""The Epoch Capabilities Index, `eci_scores.csv`: a model's score with its 90 % interval. Pure.

Every publication fits all models anew and the table does not say when it was published: a publication is
dated by the day it was first seen. Levels are compared within one publication only. The subjects are named as
the table names models (`eci/Claude 3.5 Sonnet`).
"""

from __future__ import annotations

from datetime import date

from collectors.epoch.table import (
    TEXT_LENGTH,
    Line,
    Parsed,
    check_name,
    read_number,
    read_openness,
    read_release,
    read_table,
)
from collectors.offers import MalformedItem, describe_problem
from collectors.text import clean_text
from store.limits import LARGEST_SCORE
from store.records import Fact, Kind, Observation, Openness, Precision, Record, SubjectRef

MODEL, SCORE = "Model", "eci"
_SCORES = {"epoch.eci": SCORE, "epoch.eci_ci_low": "eci_ci_low", "epoch.eci_ci_high": "eci_ci_high"}
_WHAT = "eci_scores.csv"


def parse_index(body: bytes, today: date, url: str) -> Parsed:
    """Records of each model of the index. Raises SourceChanged for another shape, or when more than half of
    the lines cannot be read."""
    parsed = Parsed()
    for number, line in read_table(body, _WHAT, (MODEL, SCORE)):
        path = f"{_WHAT}, line {number}"
        try:
            name = check_name(f"eci/{line.get(MODEL, '')}", line.get(MODEL, ""))
            parsed.add(name, _list_records(name, line, today, url))
        except MalformedItem as error:
            parsed.skipped.append(describe_problem(path, error))
    if not parsed.entries and not parsed.skipped:
        parsed.skipped.append(f"{_WHAT}: no line")
    parsed.check()
    return parsed


def _list_records(name: str, line: Line, today: date, url: str) -> list[Record]:
    subject = SubjectRef("epoch", Kind.BOARD_ENTRY, name)
    scores = {metric: read_number(line, column) for metric, column in _SCORES.items()}
    score, low, high = scores.values()
    if score is None:
        raise MalformedItem(f"{SCORE}: missing")
    if any(value is not None and abs(value) > LARGEST_SCORE for value in scores.values()):
        raise MalformedItem(f"{SCORE}: {score} is beyond any index")
    if (low is not None and low > score) or (high is not None and high < score):
        raise MalformedItem(f"eci_ci_low: the interval {low} to {high} does not hold {score}")
    released = read_release(line, "date")
    since, precision = released or (today, Precision.DAY)
    openness = read_openness(line.get("Model accessibility", ""))
    facts = {
        "released_on": since.isoformat() if released else None,
        "organisation": clean_text(line.get("Organization", ""), TEXT_LENGTH),
        "country": clean_text(line.get("Country (of organization)", line.get("Country", "")), TEXT_LENGTH),
        "openness": openness.value,
        "openness_basis": "unknown" if openness is Openness.UNKNOWN else "source",
    }
    return [
        *(Observation(subject, metric, today, v) for metric, v in scores.items() if v is not None),
        *(Fact(subject, key, text, since, precision, url) for key, text in facts.items() if text),
    ]
