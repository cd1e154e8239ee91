"""Openness as the store tells it: the science rule on a date, and what was said about one model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from store.catalogue import load_catalogue
from store.database import Database
from store.disclosure import Speaker
from store.errors import NotFound, Refused
from store.lookup import find_named
from store.openness import find_disclosure
from store.query import StoreQuery
from store.records import (
    Fact,
    Kind,
    Link,
    ModelFact,
    ModelRecord,
    Observation,
    Openness,
    OpenRule,
    Record,
    SubjectRef,
)
from tests.store.worlds import hub_model, moment, tell

SPRING, SUMMER, AUTUMN = date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)
OFFER = SubjectRef("models.dev", Kind.OFFER, "shop/thing-7b")


def fact(attribute: str, value: str, day: date, model: str = "lab/thing-7b") -> ModelFact:
    return ModelFact(model, attribute, value, day, known_at=moment(day))


def tell_model(database: Database, *more: Record) -> None:
    tell(database, ModelRecord("lab/thing-7b", "lab", "Thing 7B"), *more, on=AUTUMN)


@contextmanager
def asked(database: Database, as_of: date = AUTUMN) -> Iterator[StoreQuery]:
    with database.read() as connection:
        yield StoreQuery(connection, load_catalogue(), "live", as_of, OpenRule.SCIENCE)


def judged(database: Database, day: date) -> bool | None:
    """Whether the model counts as open by the science rule on `day`."""
    with asked(database) as query:
        openness = query.knowledge.openness_on(day, "lab/thing-7b", {})
        assessed = query.knowledge.is_science_open_on(day, "lab/thing-7b")
        return query.open_rule.is_open(openness, is_science_open=assessed)


@pytest.mark.parametrize(("mof_class", "is_open"), [("1", True), ("2", False), ("3", False), ("none", False)])
def test_science_rule_asks_for_class_one_from_the_day_of_the_assessment(
    database: Database, mof_class: str, *, is_open: bool
) -> None:
    tell_model(database, fact("licence", "apache-2.0", SPRING), fact("mof_class", mof_class, SUMMER))
    assert judged(database, SPRING) is None
    assert judged(database, SUMMER) is is_open
    with asked(database) as query:
        (model,) = query.list_models()
        assert OpenRule.SCIENCE.is_open(model.openness, is_science_open=model.is_science_open) is is_open


def test_the_framework_counts_approved_and_open_data_licences_and_openmdw_only() -> None:
    """The framework's test is the class `unrestricted`; an entry that is neither would slip in."""
    open_data = {"odc-by-1.0", "odbl-1.0", "pddl-1.0", "cc-by-3.0", "cc-by-sa-3.0"}
    open_data |= {"cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0"}
    counted = {
        licence.key
        for licence in load_catalogue().licences.values()
        if licence.openness is Openness.UNRESTRICTED and not licence.is_approved
    }
    assert counted == open_data | {"openmdw-1.0"}


def test_science_rule_closes_weights_that_cannot_be_had_and_leaves_the_rest_unknown(
    database: Database,
) -> None:
    tell_model(database, fact("openness", "api", SPRING), fact("openness", "unrestricted", SUMMER))
    assert judged(database, SPRING) is False
    assert judged(database, SUMMER) is None


def test_board_lines_carry_the_assessment_of_their_date_into_the_gap(database: Database) -> None:
    """Two boards: before and after the assessment. Open science is what was class I by then; the API model
    is closed without one, and open weights nobody assessed are on neither side."""
    models = {"Thing 7B": "lab/thing-7b", "Unread 9B": "lab/unread-9b", "Served": "shop/served"}
    entries = {name: SubjectRef("arena", Kind.BOARD_ENTRY, f"text/{name}") for name in models}
    tell_model(
        database,
        ModelRecord("lab/unread-9b", "lab", "Unread 9B"),
        ModelRecord("shop/served", "shop", "Served"),
        fact("licence", "apache-2.0", SPRING),
        fact("mof_class", "1", SUMMER),
        fact("licence", "mit", SPRING, "lab/unread-9b"),
        fact("openness", "api", SPRING, "shop/served"),
        *(Link(entries[name], key, "by_hand", 1.0) for name, key in models.items()),
        *(
            Observation(entries[name], "arena.text.rating", day, rating, known_at=moment(day))
            for day in (SPRING, AUTUMN)
            for name, rating in zip(models, (1200.0, 1250.0, 1300.0), strict=True)
        ),
    )
    with asked(database) as query:
        rows = query.list_ratings("text")
    told = {
        (row.board_date, row.model): OpenRule.SCIENCE.is_open(
            row.openness, is_science_open=row.is_science_open
        )
        for row in rows
    }
    assert told == {
        (SPRING, "Thing 7B"): None,
        (SPRING, "Unread 9B"): None,
        (SPRING, "Served"): False,
        (AUTUMN, "Thing 7B"): True,
        (AUTUMN, "Unread 9B"): None,
        (AUTUMN, "Served"): False,
    }


def test_everything_said_about_a_model_is_found_whatever_it_is_called(database: Database) -> None:
    repository = hub_model("Lab/Thing-7B", "id1")
    tell_model(
        database,
        fact("licence", "apache-2.0", SPRING),
        fact("parameters", "7000000000", SPRING),
        fact("component.datasets", "ODC-By", SUMMER),
        Link(repository, "lab/thing-7b", "hub_id", 1.0),
        Fact(repository, "licence", "mit", SUMMER, known_at=moment(SUMMER)),
        Link(OFFER, "lab/thing-7b", "alias", 1.0),
        Fact(OFFER, "open_weights", "false", SUMMER, known_at=moment(SUMMER)),
        Observation(OFFER, "price.input_usd_per_mtok", SUMMER, 1.0),
    )
    with asked(database) as query:
        for name in (
            "lab/thing-7b",
            "Thing 7B",
            "LAB/THING-7B",
            "hub:Lab/Thing-7B",
            "models.dev:shop/thing-7b",
        ):
            disclosure = find_disclosure(query, name)
            assert disclosure.model == "lab/thing-7b", name
            told = {(s.speaker, s.about, s.attribute, s.value) for s in disclosure.statements}
            assert told == {
                (Speaker.MODEL, "lab/thing-7b", "licence", "apache-2.0"),
                (Speaker.MODEL, "lab/thing-7b", "component.datasets", "ODC-By"),
                (Speaker.HUB, "hub:Lab/Thing-7B", "licence", "mit"),
                (Speaker.OFFER, "models.dev:shop/thing-7b", "open_weights", "false"),
            }


def test_nothing_of_a_later_day_is_said(database: Database) -> None:
    tell_model(database, fact("licence", "proprietary", SPRING), fact("licence", "mit", SUMMER))
    with asked(database, as_of=SPRING) as query:
        assert [s.value for s in find_disclosure(query, "lab/thing-7b").statements] == ["proprietary"]


def test_a_repository_that_is_no_known_model_speaks_for_itself(database: Database) -> None:
    tell(database, Fact(hub_model("Lab/Lone", "id2"), "licence", "mit", SUMMER), on=AUTUMN)
    with asked(database) as query:
        disclosure = find_disclosure(query, "Lab/Lone")
        assert disclosure.model == "hub:Lab/Lone"
        assert [s.speaker for s in disclosure.statements] == [Speaker.HUB]


def test_an_unknown_name_lists_near_ones_and_a_shared_one_asks_which(database: Database) -> None:
    tell_model(
        database,
        fact("licence", "mit", SPRING),
        ModelRecord("other/thing-7b", "other", "Thing 7B"),
        fact("licence", "mit", SPRING, "other/thing-7b"),
    )
    with asked(database) as query:
        with pytest.raises(NotFound) as missing:
            find_disclosure(query, "lab/thing-8b")
        assert "lab/thing-7b" in str(missing.value.remedy)
        with pytest.raises(Refused) as shared:
            find_named(query, "thing 7b")
        assert "other/thing-7b" in str(shared.value.remedy)
