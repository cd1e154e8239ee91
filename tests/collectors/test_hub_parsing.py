"""The Hub's wire format and what becomes of it, without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectors.hub.parsing import is_derived, is_release, list_records
from collectors.hub.wire import parse_model, parse_models
from store.errors import SourceChanged
from store.records import Fact

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def licence_of(card: object, *tags: str) -> str | None:
    return parse_model({"id": "a/b", "cardData": card, "tags": list(tags)}).licence


def test_a_name_is_enough() -> None:
    model = parse_model({"id": "gpt2"})
    assert model.author == ""
    assert model.downloads is None
    assert list_records(model, NOW, site="https://hub.example") == []


def test_unknown_fields_are_ignored() -> None:
    assert parse_model({"id": "a/b", "brandNew": {"x": 1}}).name == "a/b"


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({}, "items[3]"),
        ({"id": 7}, "items[3].id"),
        ({"id": "a/b/c"}, "items[3].id"),
        ({"id": "a/b\n"}, "items[3].id"),
        ({"id": "a/<script>"}, "items[3].id"),
        ({"id": "a/b", "downloads": "7"}, "items[3].downloads"),
        ({"id": "a/b", "downloads": -1}, "items[3].downloads"),
        ({"id": "a/b", "likes": 10**30}, "items[3].likes"),
        ({"id": "a/b", "createdAt": "2026-13-01"}, "items[3].createdAt"),
        ({"id": "a/b", "safetensors": 7}, "items[3].safetensors"),
        ({"id": "a/b", "baseModels": {"models": [{}]}}, "items[3].baseModels.models[0]"),
        ({"id": "a/b", "pipeline_tag": 7}, "items[3].pipeline_tag"),
        ({"id": "a/b", "_id": "6\x1b[31m"}, "items[3]._id"),
        ({"id": "a/b", "_id": "6\u202e7"}, "items[3]._id"),
        ({"id": "a/b", "_id": "6\ud800"}, "items[3]._id"),
        ({"id": "a/b\ud800"}, "items[3].id"),
        ({"id": "a/b", "createdAt": "0001-01-01T00:00:00+14:00"}, "items[3].createdAt"),
        ({"id": "a/b", "createdAt": "9999-12-31T23:59:59-12:00"}, "items[3].createdAt"),
        ([], "items[3]"),
        (None, "items[3]"),
    ],
)
def test_a_malformed_item_is_refused_with_its_path(item: object, path: str) -> None:
    with pytest.raises(SourceChanged) as raised:
        parse_model(item, "items[3]")
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-04-27T03:41:05.000Z", datetime(2025, 4, 27, 3, 41, 5, tzinfo=UTC)),
        ("2025-04-27T05:41:05+02:00", datetime(2025, 4, 27, 3, 41, 5, tzinfo=UTC)),
        ("2025-04-27", datetime(2025, 4, 27, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_utc(text: str, moment: datetime) -> None:
    assert parse_model({"id": "a/b", "createdAt": text}).created_at == moment


def test_licence_is_taken_from_the_card_then_from_the_tags() -> None:
    assert licence_of({"license": "MIT"}, "license:apache-2.0") == "mit"
    assert licence_of(None, "license:apache-2.0", "region:us") == "apache-2.0"
    assert licence_of({}, "transformers") is None


def test_another_licence_is_called_by_its_name_where_the_card_gives_one() -> None:
    assert licence_of({"license": "other", "license_name": "Nvidia-Open-Model"}) == "nvidia-open-model"
    assert licence_of({"license": "other"}) == "other"


def test_several_licences_are_one_value_in_one_order() -> None:
    assert licence_of({"license": ["mit", "apache-2.0"]}) == "apache-2.0,mit"


@pytest.mark.parametrize("card", ["a text", [1], {"license": 2.0}, {"license": [None, {}]}])
def test_an_odd_card_says_nothing_about_the_hub(card: object) -> None:
    assert licence_of(card) is None


def test_lineage_is_taken_from_the_hub_then_from_the_tags() -> None:
    stated = {"relation": "merge", "models": [{"id": "b/two"}, {"id": "a/one"}]}
    model = parse_model({"id": "c/three", "baseModels": stated, "tags": ["base_model:x/y"]})
    assert (model.relation, model.base_models) == ("merge", ("a/one", "b/two"))
    tagged = parse_model({"id": "c/three", "tags": ["base_model:a/one", "base_model:adapter:a/one"]})
    assert (tagged.relation, tagged.base_models) == ("adapter", ("a/one",))
    untold = parse_model({"id": "c/three", "tags": ["base_model:a/one"]})
    (fact,) = list_records(untold, NOW, site="https://hub.example")
    assert isinstance(fact, Fact)
    assert (fact.attribute, fact.value) == ("base_model", "unstated:a/one")


@pytest.mark.parametrize(
    ("relation", "base", "derived"),
    [
        ("quantized", "other/Base", True),
        ("adapter", "other/Base", True),
        ("merge", "other/Base", True),
        ("finetune", "other/Base", False),
        ("quantized", "Lab/Base", False),
    ],
)
def test_derived_is_what_is_another_form_of_somebody_elses_model(
    relation: str, base: str, derived: bool
) -> None:
    lineage = {"relation": relation, "models": [{"id": base}]}
    assert is_derived(parse_model({"id": "lab/Model", "baseModels": lineage})) is derived


@pytest.mark.parametrize(
    ("age", "author", "expected"),
    [
        (timedelta(days=60), "lab", True),
        (timedelta(days=60, seconds=1), "lab", False),
        (timedelta(seconds=-1), "lab", False),
        (timedelta(days=1), "Lab", True),
        (timedelta(days=1), "somebody", False),
    ],
)
def test_a_release_is_young_and_by_a_tracked_owner(age: timedelta, author: str, expected: bool) -> None:
    model = parse_model({"id": f"{author}/Model", "createdAt": (NOW - age).isoformat()})
    assert is_release(model, NOW, {"lab"}) is expected


def test_gated_says_how() -> None:
    assert parse_model({"id": "a/b", "gated": False}).gated == "false"
    assert parse_model({"id": "a/b", "gated": "manual"}).gated == "manual"
    assert parse_model({"id": "a/b"}).gated is None


def test_half_a_surrogate_pair_where_a_number_is_wanted_costs_its_item_only() -> None:
    models, problems = parse_models([{"id": "a/b"}, {"id": "a/c", "likes": "\ud800"}])
    assert [model.name for model in models] == ["a/b"]
    assert [problem.path for problem in problems] == ["[1]"]
