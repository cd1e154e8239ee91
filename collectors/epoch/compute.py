"""What training took, `all_ai_models.csv`: FLOP, hardware and how sure Epoch is, of language models. Pure.

Only lines with a training compute and a language domain are kept; figures are Epoch's, published or estimated
(`confidence` says how sure). A fact holds from the model's publication on.
"""

from __future__ import annotations

from collections.abc import Iterator

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
from store.records import Fact, Kind, SubjectRef

MODEL, FLOP, PUBLISHED, DOMAIN = "Model", "Training compute (FLOP)", "Publication date", "Domain"
_WHAT = "all_ai_models.csv"
_LANGUAGE = ("language", "multimodal")


def parse_compute(body: bytes, url: str) -> Parsed:
    """Facts of each model. Raises SourceChanged for another shape, or when more than half of the lines that
    concern us cannot be read."""
    parsed = Parsed()
    for number, line in read_table(body, _WHAT, (MODEL, FLOP, PUBLISHED, DOMAIN)):
        if not line.get(FLOP) or not any(word in line.get(DOMAIN, "").casefold() for word in _LANGUAGE):
            parsed.left_out += 1
            continue
        path = f"{_WHAT}, line {number}"
        try:
            released = read_release(line, PUBLISHED)
            name = f"compute/{line.get(MODEL, '')}"
            if released is None:
                parsed.left_out += 1
                continue
            subject = SubjectRef("epoch", Kind.BOARD_ENTRY, check_name(name, line.get(MODEL, "")))
            since, precision = released
            facts = (Fact(subject, key, text, since, precision, url) for key, text in _list_facts(line))
            parsed.add(name, [*facts])
        except MalformedItem as error:
            parsed.skipped.append(describe_problem(path, error))
    parsed.check()
    return parsed


def _list_facts(line: Line) -> Iterator[tuple[str, str]]:
    """Attribute and value as the bundled tables write them: 1.5e+25, 405000000000."""
    flop, parameters = read_number(line, FLOP), read_number(line, "Parameters")
    quantity = read_number(line, "Hardware quantity")
    if flop is None or flop <= 0:
        raise MalformedItem(f"{FLOP}: {flop} is no amount of compute")
    texts: dict[str, str | None] = {
        "organisation": clean_text(line.get("Organization", ""), TEXT_LENGTH),
        "openness": read_openness(line.get("Model accessibility", "")).value,
        "parameters": None if parameters is None else f"{parameters:.0f}",
        "training_flop": f"{flop:g}",
        "hardware": clean_text(line.get("Training hardware", ""), TEXT_LENGTH),
        "hardware_quantity": None if quantity is None else f"{quantity:.0f}",
        "confidence": clean_text(line.get("Confidence", ""), TEXT_LENGTH),
    }
    yield from ((attribute, text) for attribute, text in texts.items() if text)
