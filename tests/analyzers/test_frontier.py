"""The running maximum of each side, and on which side a model stands from which day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from analyzers.quality.frontier import (
    Candidate,
    Entry,
    best_at,
    dated_openness,
    frontier_points,
    list_dated_otherwise,
    running_maximum,
    side_days,
    split_candidates,
    split_sides,
)
from store.records import Model, Openness, OpenRule, Precision
from tests.analyzers.worlds import CLOSED, OPEN, World, told

D1, D2, D3 = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def test_frontier_keeps_the_entries_that_raise_the_maximum() -> None:
    entries = [Entry(D2, "b", 9), Entry(D1, "a", 10), Entry(D3, "c", 11), Entry(D3, "d", 12)]
    assert [entry.name for entry in running_maximum(entries)] == ["a", "d"]


def test_best_before_the_first_entry_is_none() -> None:
    frontier = running_maximum([Entry(D2, "a", 10)])
    assert best_at(frontier, D1) is None
    assert best_at(frontier, D3) == frontier[0]


def test_unknown_openness_is_in_neither_frontier_and_counted() -> None:
    world = World().score("a", 100, D1).score("b", 200, D1, Openness.UNKNOWN).score("c", 120, D1, CLOSED)
    sides = split_sides(world.scores, OpenRule.WEIGHTS)
    assert (len(sides.open), len(sides.closed), sides.unknown) == (1, 1, 1)
    assert {point.model for point in frontier_points(sides)} == {"a", "c"}


def test_model_that_was_never_released_is_left_out() -> None:
    sides = split_sides(World().score("a", 100, D1, Openness.UNRELEASED).scores, OpenRule.WEIGHTS)
    assert (sides.models, sides.unreleased) == (0, 1)


def test_names_of_one_model_are_one_entry_under_the_plainest_name() -> None:
    world = (
        World().score("host/model-1", 100, D1).score("model-1", 100, D1).score("model-1_thinking", 100, D2)
    )
    (entry,) = split_sides(world.scores, OpenRule.WEIGHTS).open
    assert entry == Entry(D1, "model-1", 100, "Maker")


def test_licence_rule_moves_restricted_weights_to_the_closed_side() -> None:
    world = World().score("a", 100, D1, Openness.RESTRICTED)
    assert len(split_sides(world.scores, OpenRule.WEIGHTS).open) == 1
    assert len(split_sides(world.scores, OpenRule.LICENCE).closed) == 1


# ------------------------------------------------------------------ dated openness


def make_model(*steps: tuple[date, Openness], source: str = "catalogue") -> Model:
    return Model(
        "lab/m",
        "m",
        "lab",
        None,
        D1,
        Precision.DAY,
        None,
        steps[-1][1],
        None,
        None,
        None,
        told(source),
        openness_steps=steps,
    )


def candidate(*steps: tuple[date, Openness], openness: Openness = Openness.UNKNOWN) -> Candidate:
    return Candidate("m", 100, D1, openness=openness, steps=steps)


def test_model_opened_after_its_release_is_closed_first_and_open_from_that_day() -> None:
    sides = split_candidates([candidate((D1, CLOSED), (D2, OPEN))], OpenRule.WEIGHTS)
    assert [(entry.name, entry.day) for entry in sides.closed] == [("m", D1)]
    assert [(entry.name, entry.day) for entry in sides.open] == [("m", D2)]
    assert sides.models == 1


def test_a_licence_valid_later_is_never_applied_earlier() -> None:
    # negative control: nothing is known of the model before the licence, so it is on no side before
    sides = split_candidates([candidate((D2, OPEN))], OpenRule.WEIGHTS)
    assert [entry.day for entry in sides.open] == [D2]
    assert sides.closed == ()


def test_an_approved_licence_that_comes_later_opens_from_that_day_under_the_licence_rule() -> None:
    later = candidate((D1, Openness.RESTRICTED), (D3, OPEN))
    assert [entry.day for entry in split_candidates([later], OpenRule.LICENCE).open] == [D3]
    assert [entry.day for entry in split_candidates([later], OpenRule.WEIGHTS).open] == [D1]


def test_a_model_that_became_closed_stays_open_from_its_release() -> None:
    since = side_days(candidate((D1, OPEN), (D2, CLOSED)), OpenRule.WEIGHTS)
    assert since == {True: D1, False: D2}


def test_openness_known_from_before_the_release_counts_from_the_release() -> None:
    assert side_days(candidate((date(2025, 6, 1), OPEN)), OpenRule.WEIGHTS) == {True: D1}


def test_a_model_announced_and_released_later_stands_from_the_release_on() -> None:
    assert side_days(candidate((D1, Openness.UNRELEASED), (D2, OPEN)), OpenRule.WEIGHTS) == {True: D2}


def test_hand_dated_openness_replaces_the_class_that_the_index_states() -> None:
    (row,) = World().score("m", 100, D1, OPEN).scores
    row = replace(row, model_key="lab/m")
    steps, contradicted = dated_openness([row], [make_model((D2, OPEN))], OpenRule.WEIGHTS)
    assert contradicted == ()
    assert [entry.day for entry in split_sides([row], OpenRule.WEIGHTS, steps).open] == [D2]
    assert [entry.day for entry in split_sides([row], OpenRule.WEIGHTS).open] == [D1]


def test_openness_that_a_service_was_seen_to_state_does_not_date_the_index() -> None:
    (row,) = World().score("m", 100, D1, OPEN).scores
    row = replace(row, model_key="lab/m")
    assert dated_openness([row], [make_model((D2, OPEN), source="hub")], OpenRule.WEIGHTS) == ({}, ())


def test_dates_that_contradict_the_index_s_class_are_named_and_not_used() -> None:
    (row,) = World().score("m", 100, D1, CLOSED).scores
    row = replace(row, model_key="lab/m")
    assert dated_openness([row], [make_model((D1, OPEN))], OpenRule.WEIGHTS) == ({}, ("m",))


def test_models_dated_otherwise_than_the_index_are_named_with_our_side_and_day() -> None:
    (row,) = World().score("m", 100, D1, OPEN).scores
    row = replace(row, model_key="lab/m")
    rule = OpenRule.WEIGHTS
    assert list_dated_otherwise([row], {"lab/m": ((D2, OPEN),)}, rule) == ("m open from 2026-02-01",)
    assert list_dated_otherwise([row], {"lab/m": ((D1, CLOSED), (D3, OPEN))}, rule) == (
        "m closed from 2026-01-01 and open from 2026-03-01",
    )
    # negative control: the same side from the same day is no difference
    assert list_dated_otherwise([row], {"lab/m": ((D1, OPEN),)}, rule) == ()
    assert list_dated_otherwise([row], {}, rule) == ()


def test_open_weights_nobody_assessed_are_counted_under_the_science_rule() -> None:
    scores = World().score("a", 100, D1, OPEN).score("b", 90, D1, Openness.UNKNOWN).scores
    sides = split_sides(scores, OpenRule.SCIENCE)
    assert (sides.unknown, sides.unassessed) == (2, 1)
    assert split_sides(scores, OpenRule.WEIGHTS).unassessed == 0
