"""Benchmark claims against what others found."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.claims.checking import COMPARED, check_claims, summarise, tolerance_of
from analyzers.claims.terms import parse_settings
from analyzers.quality.sides import side_of
from store.catalogue import load_catalogue
from store.records import BenchmarkTerms, Openness, OpenRule, Standing
from tests.analyzers.worlds import World, make_model

OWN, OTHER, CHECKED = Standing.SELF_REPORTED, Standing.THIRD_PARTY, Standing.VERIFIED
PERCENT = BenchmarkTerms(unit="percent")


def compare_one(world: World, **declared: BenchmarkTerms) -> tuple[str, str | None]:
    """Status and reason of the only comparison."""
    (one,) = check_claims(world.claims, declared).comparisons
    return one.status, one.reason


# ------------------------------------------------------------------ status


@pytest.mark.parametrize(
    ("found", "status"),
    [(70.0, "reproduced"), (69.3, "reproduced"), (60.0, "lower"), (80.0, "higher"), (71.3, "reproduced")],
)
def test_claim_is_compared_within_two_percent_points(found: float, status: str) -> None:
    world = World().claim("m", "Bench", 71.3, OWN).claim("m", "Bench", found, OTHER)
    (line,) = check_claims(world.claims).lines
    assert (line.status, line.claimed, line.found) == (status, 71.3, found)


def test_difference_is_found_minus_claimed_and_stands_beside_its_tolerance() -> None:
    world = World().claim("m", "Bench", 58.9, OWN).claim("m", "Bench", 49.2, CHECKED)
    (one,) = check_claims(world.claims).comparisons
    assert one.difference == pytest.approx(-9.7)
    assert one.shortfall == pytest.approx(9.7)
    assert one.tolerance == 2.0


def test_claim_nobody_else_tested_is_pending() -> None:
    (line,) = check_claims(World().claim("m", "Bench", 71, OWN).claims).lines
    assert (line.status, line.found) == ("pending", None)


def test_result_without_a_claim_is_counted_not_listed() -> None:
    checked = check_claims(World().claim("m", "Bench", 71, OTHER).claims)
    assert (checked.lines, len(checked.unclaimed)) == ((), 1)


def test_contradicting_results_stay_side_by_side() -> None:
    world = World().claim("m", "Bench", 71.3, OWN)
    for found in (70.6, 49.2, 71.0):
        world.claim("m", "Bench", found, OTHER)
    checked = check_claims(world.claims)
    assert sorted(line.status for line in checked.lines) == ["lower", "reproduced", "reproduced"]
    summary = summarise(checked.comparisons)
    assert (summary.claims, summary.compared, summary.contradicted) == (1, 3, 1)
    assert summary.rate == pytest.approx(2 / 3)
    assert summary.median_shortfall == pytest.approx(0.7)
    # Wilson, z² = 2.7055: centre (2/3 + z²/6)/(1 + z²/3) = 0.5876,
    # half-width z/(1 + z²/3)·√((2/9)/3 + z²/36) = 0.3341
    assert summary.rate_low == pytest.approx(0.2535, abs=1e-4)
    assert summary.rate_high == pytest.approx(0.9217, abs=1e-4)


def test_contradicting_claims_of_one_maker_are_lines_of_their_own() -> None:
    world = World().claim("m", "Bench", 70, OWN).claim("m", "Bench", 50, OWN).claim("m", "Bench", 70, OTHER)
    assert sorted(line.status for line in check_claims(world.claims).lines) == ["higher", "reproduced"]


def test_nothing_compared_has_no_rate() -> None:
    summary = summarise(check_claims(World().claim("m", "Bench", 71, OWN).claims).comparisons)
    assert (summary.rate, summary.rate_low, summary.median_shortfall) == (None, None, None)
    assert summary.counts["pending"] == 1


# ------------------------------------------------------------------ comparability


@pytest.mark.parametrize(
    ("unit", "metric", "version", "settings", "reason"),
    [
        ("fraction", "resolved", "1", "0 shots", "different unit"),
        ("percent", "pass@1", "1", "0 shots", "different metric"),
        ("percent", "resolved", "1", "5 shots", "different settings"),
        ("percent", "resolved", "2", "0 shots", "different version"),
        ("percent", "resolved", "", "0 shots", "different version"),
        ("percent", "", "1", "0 shots", "different metric"),
    ],
)
def test_claim_under_other_terms_is_not_comparable_and_says_why(
    unit: str, metric: str, version: str, settings: str, reason: str
) -> None:
    world = World().claim("m", "Bench", 71, OWN, settings="0 shots", version="1")
    world.claim("m", "Bench", 71, OTHER, unit=unit, metric=metric, settings=settings, version=version)
    assert compare_one(world) == ("not_comparable", reason)


def test_everything_in_which_two_scores_differ_is_told() -> None:
    world = World().claim("m", "Bench", 71, OWN, settings="harness=Codex", version="2")
    world.claim("m", "Bench", 71, OTHER, settings="harness: Claude Code", metric="pass@5")
    (one,) = check_claims(world.claims).comparisons
    assert one.reason == "different version"
    assert one.detail == (
        "version 2 against not stated; metric resolved against pass@5; harness Codex against Claude Code"
    )


def test_setting_that_one_side_alone_states_does_not_forbid_a_comparison_but_is_named() -> None:
    world = World().claim("m", "Bench", 71, OWN).claim("m", "Bench", 71, OTHER, settings="harness=Codex")
    (one,) = check_claims(world.claims).comparisons
    assert (one.status, one.unstated) == ("reproduced", ("harness",))


def test_part_of_the_questions_is_not_compared_with_the_whole() -> None:
    world = World().claim("m", "Bench", 71, OWN).claim("m", "Bench", 30, OTHER, settings="dataset: hard")
    assert compare_one(world) == ("not_comparable", "different settings")
    assert compare_one(world, bench=BenchmarkTerms(dataset="hard"))[0] == "lower"
    assert compare_one(world, bench=BenchmarkTerms(dataset="public"))[0] == "not_comparable"


def test_score_without_a_tolerance_for_its_unit_is_not_comparable() -> None:
    world = World().claim("m", "Elo", 1200, OWN, unit="points").claim("m", "Elo", 1210, OTHER, unit="points")
    assert compare_one(world) == ("not_comparable", "no tolerance declared for this unit")
    declared = BenchmarkTerms(unit="points", tolerance=15)
    assert compare_one(world, elo=declared)[0] == "reproduced"
    assert summarise(check_claims(world.claims, {"elo": declared}).comparisons).median_shortfall is None


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("harness: Claude Code; variant: medium", {"harness": "Claude Code", "variant": "medium"}),
        ("shots=5, tools=no", {"shots": "5", "tools": "no"}),
        ("5-shot", {"shots": "5"}),
        ("zero-shot; CoT", {"shots": "0", "other": "CoT"}),
        ("num_fewshot=5\nagent=OpenHands", {"shots": "5", "harness": "OpenHands"}),
        ("thinking budget: 32k", {"thinking-budget": "32k"}),
        ("with tools, b, a", {"other": "a, b, with tools"}),
    ],
)
def test_settings_are_read_as_pairs(text: str, pairs: dict[str, str]) -> None:
    assert parse_settings(text) == pairs


# ------------------------------------------------------------------ metrics and units


@pytest.mark.parametrize(
    ("ours", "theirs", "status"),
    [
        ("Percent resolved", "resolve rate", "reproduced"),
        ("", "resolve_rate", "reproduced"),
        ("pass@1", "resolve rate", "reproduced"),
        ("pass@1", "pass@5", "not_comparable"),
        ("resolve rate", "pass@10", "not_comparable"),
    ],
)
def test_names_of_one_metric_are_unified_only_where_the_catalogue_says_so(
    ours: str, theirs: str, status: str
) -> None:
    world = World().claim("m", "Bench", 71, OWN, metric=ours).claim("m", "Bench", 71, OTHER, metric=theirs)
    declared = BenchmarkTerms(metric="resolve rate", metric_names=("percent resolved", "pass@1"))
    assert compare_one(world, bench=declared)[0] == status


def test_metric_that_is_assumed_is_named() -> None:
    world = World().claim("m", "Bench", 71, OWN, metric="").claim("m", "Bench", 71, OTHER, metric="accuracy")
    declared = BenchmarkTerms(metric="accuracy")
    (one,) = check_claims(world.claims, {"bench": declared}).comparisons
    assert (one.status, one.unstated) == ("reproduced", ("metric",))


def test_fraction_and_percent_are_one_claim_only_if_the_benchmark_says_so() -> None:
    world = World().claim("m", "Bench", 0.412, OWN, unit="fraction")
    world.claim("m", "Bench", 41.2, OTHER, unit="percent")
    assert compare_one(world) == ("not_comparable", "different unit")
    assert compare_one(world, bench=BenchmarkTerms(unit="points")) == ("not_comparable", "different unit")
    (one,) = check_claims(world.claims, {"bench": PERCENT}).comparisons
    assert (one.status, one.unit, one.ours.score, one.difference) == ("reproduced", "percent", 41.2, 0)


def test_percentage_of_at_most_one_is_never_taken_for_a_fraction() -> None:
    world = World().claim("m", "Bench", 0.412, OWN, unit="percent").claim("m", "Bench", 41.2, OTHER)
    assert compare_one(world, bench=PERCENT)[0] == "higher"


def test_shortfall_of_a_fraction_is_in_percent_points() -> None:
    world = World().claim("m", "B", 0.5, OWN, unit="fraction").claim("m", "B", 0.4, OTHER, unit="fraction")
    assert check_claims(world.claims).shortfalls == pytest.approx((10.0,))


def test_shortfall_of_an_error_rate_counts_the_other_way_round() -> None:
    world = World().claim("m", "Bench", 4, OWN).claim("m", "Bench", 10, OTHER)
    (one,) = check_claims(
        world.claims, {"bench": BenchmarkTerms("percent", higher_is_better=False)}
    ).comparisons
    assert (one.status, one.shortfall) == ("higher", 6)


# ------------------------------------------------------------------ tolerance


def test_tolerance_follows_from_the_number_of_questions_but_is_never_below_the_convention() -> None:
    # 1.645·√(2·0.5·0.5/100) = 0.1163
    hundred = BenchmarkTerms("percent", items=100)
    assert tolerance_of(50, 50, "percent", hundred) == pytest.approx(11.631, abs=1e-3)
    assert tolerance_of(0.5, 0.5, "fraction", BenchmarkTerms("fraction", items=100)) == pytest.approx(
        0.11631, abs=1e-5
    )
    assert tolerance_of(50, 50, "percent", BenchmarkTerms("percent", items=10_000)) == 2.0
    assert tolerance_of(100, 100, "percent", hundred) == 2.0
    assert tolerance_of(50, 50, "percent", BenchmarkTerms("percent", tolerance=0.5)) == 0.5
    assert tolerance_of(1, 1, "points", PERCENT) is None


def test_chance_alone_does_not_make_a_claim_of_few_questions_wrong() -> None:
    world = World().claim("m", "Bench", 55, OWN).claim("m", "Bench", 45, OTHER)
    assert compare_one(world)[0] == "lower"
    assert compare_one(world, bench=BenchmarkTerms("percent", items=100))[0] == "reproduced"


# ------------------------------------------------------------------ properties

scores = st.integers(0, 100).map(float)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.lists(st.tuples(st.sampled_from(["m", "n"]), scores, st.sampled_from([OWN, OTHER])), max_size=8))
def test_every_claim_meets_every_result_once_in_any_order(rows: list[tuple[str, float, Standing]]) -> None:
    world = World()
    for model, score, standing in rows:
        world.claim(model, "Bench", score, standing)
    checked = check_claims(world.claims)
    for model in ("m", "n"):
        own = sum(r[0] == model and r[2] is OWN for r in rows)
        found = sum(r[0] == model and r[2] is OTHER for r in rows)
        assert sum(line.model == model for line in checked.lines) == own * max(found, 1)
    random.Random(1).shuffle(world.claims)  # noqa: S311 - an order, no secret
    assert sorted(line.status for line in check_claims(world.claims).lines) == sorted(
        line.status for line in checked.lines
    )


@given(scores, scores)
def test_claim_and_result_that_change_places_turn_the_status(claimed: float, found: float) -> None:
    turned = {"lower": "higher", "higher": "lower", "reproduced": "reproduced"}
    one = World().claim("m", "B", claimed, OWN).claim("m", "B", found, OTHER)
    other = World().claim("m", "B", found, OWN).claim("m", "B", claimed, OTHER)
    assert compare_one(other)[0] == turned[compare_one(one)[0]]


# ------------------------------------------------------------------ sides, and the catalogue


def test_side_of_a_claim_is_the_openness_of_its_day() -> None:
    steps = (date(2026, 1, 1), Openness.API), (date(2026, 6, 1), Openness.UNRESTRICTED)
    model = replace(make_model("lab/m", date(2026, 1, 1), Openness.UNRESTRICTED), openness_steps=steps)
    days = [date(2025, 12, 31), date(2026, 5, 31), date(2026, 6, 1)]
    assert [side_of(model, day, OpenRule.WEIGHTS) for day in days] == ["unknown", "closed", "open"]
    assert side_of(None, days[0], OpenRule.WEIGHTS) == "unknown"


def test_catalogue_unifies_the_metric_names_of_a_benchmark_and_keeps_others_apart() -> None:
    world = World()
    for metric, standing in (("percent resolved", OWN), ("resolve rate", OTHER), ("pass@5", OTHER)):
        world.claim("m", "swe-bench-verified", 71, standing, metric=metric)
    checked = check_claims(world.claims, load_catalogue().benchmark_terms)
    assert sorted(line.status for line in checked.lines) == ["not_comparable", "reproduced"]
    assert {line.status for line in checked.lines} & set(COMPARED) == {"reproduced"}
