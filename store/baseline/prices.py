"""Bundled list prices: what each provider asked for each model, and when it came and went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from store.baseline.notation import parse_events, read_lines
from store.catalogue import Catalogue, midnight
from store.records import Fact, Kind, Observation, Record, SubjectRef

METRICS = ("price.input_usd_per_mtok", "price.output_usd_per_mtok", "price.cache_read_usd_per_mtok")
ADDED, CHANGED, REMOVED, CAME_AND_WENT = "+", "=", "x", "!"
OPEN, CLOSED = "o", "c"


def read_prices(file_name: str, catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Observations in USD per million tokens on the day of each event, and facts when they change:
    `withdrawn` (whether the offer is gone) and `open_weights` (as the source says)."""
    for line in read_lines(file_name):
        name, first_day, events = line.columns
        subject = SubjectRef("models.dev", Kind.OFFER, f"{line.group[0]}/{name}")
        link = catalogue.find_link(subject)
        if link is not None:
            yield link
        withdrawn: bool | None = None
        for day, mark, rest in parse_events(first_day, events):
            is_gone = _is_gone(mark, before=withdrawn)
            if is_gone is not None and is_gone != withdrawn:
                withdrawn = is_gone
                yield _fact(subject, "withdrawn", value=is_gone, day=day)
            if rest.endswith((OPEN, CLOSED)):
                yield _fact(subject, "open_weights", value=rest.endswith(OPEN), day=day)
            prices = rest.rstrip(OPEN + CLOSED)
            if prices:
                for metric, price in zip(METRICS, prices.split("/"), strict=False):
                    yield Observation(subject, metric, day, float(price), known_at=midnight(day))


def _is_gone(mark: str, *, before: bool | None) -> bool | None:
    """Whether the offer is gone after the event; None where that was never said.

    A changed price after a removal means that the offer is back."""
    if mark == CHANGED:
        return None if before is None else False
    if mark not in (ADDED, REMOVED, CAME_AND_WENT):
        raise ValueError(f"not a price event: {mark!r}")
    return mark != ADDED


def _fact(subject: SubjectRef, attribute: str, *, value: bool, day: date) -> Fact:
    return Fact(subject, attribute, "true" if value else "false", valid_from=day, known_at=midnight(day))
