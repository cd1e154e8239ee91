"""Which claims are performances, and which one stands for a model on a benchmark."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.capability import Selection, choose_performances
from analyzers.capability.selection import (
    LOWER_IS_BETTER,
    NO_SHARE,
    NOT_CHOSEN,
    ONE_MODEL,
    OTHER_METRIC,
    OUT_OF_RANGE,
    TOO_FEW,
    keep_measurable,
)
from store.records import BenchmarkTerms, Standing
from tests.analyzers.worlds import World

EARLY, LATE = date(2025, 1, 1), date(2025, 6, 1)
SELF, THIRD, VERIFIED = Standing.SELF_REPORTED, Standing.THIRD_PARTY, Standing.VERIFIED


def select(world: World) -> Selection:
    return choose_performances(world.claims, world.models, world.benchmark_terms)


def test_a_fraction_and_its_percentage_are_the_same_performance() -> None:
    world = World().claim("a", "t", 0.412, SELF, unit="fraction").claim("b", "t", 41.2, SELF)
    assert [row.share for row in select(world).rows] == [0.412, 0.412]


@pytest.mark.parametrize("unit", ["points", "", "minutes"])
def test_points_and_unstated_units_are_no_performance_however_plausible(unit: str) -> None:
    selection = select(World().claim("a", "t", 0.8, SELF, unit=unit))
    assert (selection.rows, selection.left_out) == ((), {NO_SHARE: 1})


@pytest.mark.parametrize(("score", "unit"), [(41.2, "fraction"), (130.0, "percent"), (-1.0, "percent")])
def test_a_score_outside_its_unit_is_left_out_and_never_rescaled(score: float, unit: str) -> None:
    assert select(World().claim("a", "t", score, SELF, unit=unit)).left_out == {OUT_OF_RANGE: 1}


def test_a_benchmark_where_lower_is_better_is_left_out() -> None:
    world = World().claim("a", "errors", 12, SELF)
    world.benchmark_terms["errors"] = BenchmarkTerms("percent", higher_is_better=False)
    assert select(world).left_out == {LOWER_IS_BETTER: 1}


def test_another_metric_than_the_benchmark_s_own_is_left_out() -> None:
    world = World().claim("a", "t", 50, SELF, metric="pass@1").claim("a", "t", 70, SELF, metric="pass@5")
    world.benchmark_terms["t"] = BenchmarkTerms("percent", metric="pass@1")
    selection = select(world)
    assert [row.share for row in selection.rows] == [0.5]
    assert selection.left_out == {OTHER_METRIC: 1}


def test_verified_stands_before_third_party_before_self_reported() -> None:
    world = World().claim("a", "t", 90, SELF).claim("a", "t", 80, THIRD).claim("a", "t", 70, VERIFIED)
    selection = select(world)
    assert [row.share for row in selection.rows] == [0.7]
    assert selection.left_out == {NOT_CHOSEN: 2}


def test_of_equal_standing_the_latest_then_the_best_stands_and_none_is_averaged() -> None:
    world = World().claim("a", "t", 90, THIRD, claimed_on=EARLY).claim("a", "t", 60, THIRD, claimed_on=LATE)
    world.claim("a", "t", 64, THIRD, claimed_on=LATE).claim("b", "t", 50, THIRD, claimed_on=None)
    world.claim("b", "t", 40, THIRD, claimed_on=EARLY)
    assert {row.model: row.share for row in select(world).rows} == {"a": 0.64, "b": 0.4}


def test_an_identical_claim_changes_nothing() -> None:
    once = World().claim("a", "t", 60, THIRD).claim("b", "t", 50, THIRD)
    twice = World().claim("a", "t", 60, THIRD).claim("a", "t", 60, THIRD).claim("b", "t", 50, THIRD)
    assert select(twice).rows == select(once).rows


def test_the_order_of_claims_does_not_matter() -> None:
    world = World().claim("a", "t", 60, THIRD).claim("a", "t", 60, THIRD, settings="shots=5")
    assert select(world).rows == choose_performances(world.claims[::-1], [], {}).rows


def test_versions_of_a_benchmark_are_different_tests() -> None:
    world = World().claim("a", "t", 60, SELF, version="2.0").claim("a", "t", 40, SELF, version="2.1")
    assert select(world).benchmarks == ["t 2.0", "t 2.1"]


def test_models_with_too_few_benchmarks_and_lone_benchmarks_are_left_out_until_none_is_left() -> None:
    # c has 2 benchmarks, of which only it has the fourth one: leaving out the lone benchmark leaves c with
    # one, leaving out c leaves nothing lone.
    world = World()
    for model in ("a", "b"):
        for test in ("t1", "t2", "t3"):
            world.claim(model, test, 50, SELF)
    world.claim("c", "t1", 50, SELF).claim("c", "lone", 50, SELF)
    kept = keep_measurable(select(world), 2)
    assert kept.models == ["a", "b"]
    assert kept.benchmarks == ["t1", "t2", "t3"]
    assert kept.left_out == {ONE_MODEL: 1, TOO_FEW: 1}
