"""Bundled scores: the Arena text board, the capability index, and what training took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from store.baseline.notation import parse_days, parse_values, read_lines
from store.catalogue import Catalogue, midnight
from store.records import Fact, Kind, Observation, Openness, Record, SubjectRef

BY_HAND = "filled by hand, check"
COMPUTE_ATTRIBUTES = (
    "parameters",
    "training_flop",
    "hardware",
    "hardware_quantity",
    "confidence",
)


def read_ratings(file_name: str, catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Ratings with the ends of their 95 % interval as ratings, votes, and the board's own words on
    organisation and licence."""
    for line in read_lines(file_name):
        name, organisation, _, days_text, *columns = line.columns
        subject = SubjectRef("arena", Kind.BOARD_ENTRY, f"text/{name}")
        days = parse_days(days_text)
        rating, below, above, votes = (parse_values(column, len(days)) for column in columns)
        yield from _link(catalogue, subject)
        yield _fact(subject, "organisation", organisation, days[0])
        licence = line.text(2)
        if licence is not None:
            yield _fact(subject, "licence", licence, days[0])
        for day, at, minus, plus, votes_cast in zip(days, rating, below, above, votes, strict=True):
            if at is None:
                raise ValueError(f"{name} has no rating on {day}")
            values = {
                "arena.text.rating": at,
                "arena.text.rating_ci_low": None if minus is None else at - minus,
                "arena.text.rating_ci_high": None if plus is None else at + plus,
                "arena.text.votes": votes_cast,
            }
            for metric, value in values.items():
                if value is not None:
                    yield Observation(subject, metric, day, value, known_at=midnight(day))


def read_capability_index(file_name: str, catalogue: Catalogue, through: date) -> Iterator[Record]:
    """One publication of the index, of the day `through`; facts count from the model's release on."""
    for line in read_lines(file_name):
        organisation, country = line.group
        subject = SubjectRef("epoch", Kind.BOARD_ENTRY, f"eci/{line.columns[0]}")
        yield from _link(catalogue, subject)
        yield Observation(subject, "epoch.eci", through, float(line.columns[1]), known_at=midnight(through))
        released = line.text(2)
        day = through if released is None else date.fromisoformat(released)
        if released is not None:
            yield _fact(subject, "released_on", released, day)
        yield _fact(subject, "organisation", organisation, day)
        yield _fact(subject, "country", country, day)
        openness = Openness(line.columns[3])
        basis = "source" if line.text(4) is None else BY_HAND
        yield _fact(subject, "openness", openness.value, day)
        yield _fact(subject, "openness_basis", "unknown" if openness is Openness.UNKNOWN else basis, day)


def read_training_compute(file_name: str, catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """Published or estimated training compute (FLOP), hardware, and how sure the source is."""
    for line in read_lines(file_name):
        name, organisation, published, openness = line.columns[:4]
        subject = SubjectRef("epoch", Kind.BOARD_ENTRY, f"compute/{name}")
        day = date.fromisoformat(published)
        yield from _link(catalogue, subject)
        yield _fact(subject, "organisation", organisation, day)
        yield _fact(subject, "openness", Openness(openness).value, day)
        for position, attribute in enumerate(COMPUTE_ATTRIBUTES, start=4):
            value = line.text(position)
            if value is not None:
                yield _fact(subject, attribute, value, day)


def _fact(subject: SubjectRef, attribute: str, value: str, day: date) -> Fact:
    return Fact(subject, attribute, value, valid_from=day, known_at=midnight(day))


def _link(catalogue: Catalogue, subject: SubjectRef) -> Iterator[Record]:
    link = catalogue.find_link(subject)
    if link is not None:
        yield link
