"""Relative Adoption Metric: published numbers, population, ages, and what is never taken for zero."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.absence import Absent
from analyzers.momentum.adoption import (
    AGES,
    Adoptions,
    Candidate,
    downloads_at,
    exclude,
    rank_adoption,
    relative_adoption,
    size_bucket,
)
from store.errors import Refused
from store.records import Series
from tests.analyzers.worlds import METRICS, make_series

RELEASED = date(2025, 1, 1)
AS_OF = date(2026, 11, 22)
TOTALS = [1000.0, 900, 800, 700, 600, 500, 400, 300, 200, 100, 50]


def candidate(
    name: str,
    by_age: dict[int, float],
    *,
    metric: str = "hub.downloads.all_time",
    released_on: date | None = RELEASED,
    parameters: float | None = 7e9,
    is_first_party: bool = True,
    task: str | None = None,
) -> Candidate:
    made = make_series(f"maker/{name}", list(by_age.values()), metric=metric)
    days = tuple((released_on or RELEASED) + timedelta(days=age) for age in by_age)
    series = Series(made.subject, METRICS[metric], days, made.values, made.told)
    return Candidate(series, released_on, parameters, is_first_party, task)


def peers(age: int = 30, factor: float = 10_000) -> list[Candidate]:
    return [
        candidate(f"peer-{k}", {age: factor * total, 400: factor * max(total, 100)})
        for k, total in enumerate(TOTALS)
    ]


def ram_of(found: Adoptions, name: str) -> float:
    return next(a.ram for a in found.adoptions if a.candidate.name == f"maker/{name}")


def test_published_example_gives_a_half_and_two_and_three_quarters() -> None:
    # The ten largest of 1000, 900, … 100, 50: median 550, tenth 100. D = 275.
    assert relative_adoption(275, TOTALS, version=1) == pytest.approx(0.50)
    assert relative_adoption(275, TOTALS, version=2) == pytest.approx(2.75)


def test_ranking_gives_the_same_as_the_formula() -> None:
    everybody = [*peers(), candidate("mine", {30: 2_750_000})]
    assert ram_of(rank_adoption(everybody, AS_OF, version=1), "mine") == pytest.approx(0.50)
    assert ram_of(rank_adoption(everybody, AS_OF, version=2), "mine") == pytest.approx(2.75)


def test_nine_peers_are_no_reference() -> None:
    assert isinstance(relative_adoption(275, TOTALS[:9]), Absent)


def test_unknown_version_and_negative_downloads_are_refused() -> None:
    with pytest.raises(Refused):
        relative_adoption(1, TOTALS, version=3)
    with pytest.raises(Refused):
        relative_adoption(-1, TOTALS)


@pytest.mark.parametrize(
    ("billions", "bucket"),
    [
        (0.999, "<1"),
        (1, "1–5"),
        (4.99, "1–5"),
        (5, "5–10"),
        (10, "10–50"),
        (50, "50–100"),
        (100, "100–250"),
        (249, "100–250"),
        (250, "250+"),
        (1000, "250+"),
    ],
)
def test_lower_bound_belongs_to_the_bucket(billions: float, bucket: str) -> None:
    assert size_bucket(billions * 1e9) == bucket


def test_buckets_do_not_mix() -> None:
    large = candidate("large", {30: 9e9}, parameters=70e9)
    found = rank_adoption([*peers(), large], AS_OF)
    assert found.buckets == {"5–10": 11, "50–100": 1}
    assert found.left_out["bucket 50–100: 0 peers with that much history; the reference needs 10"] == 1


def test_history_that_does_not_reach_the_age_is_counted_never_zero() -> None:
    short = candidate("short", {7: 2e6, 14: 3e6})
    found = rank_adoption([*peers(), short], AS_OF, age_days=30)
    assert found.left_out == {"not enough history for 30 days": 1}
    assert all(a.candidate.name != "maker/short" for a in found.adoptions)
    assert all(a.peers == 10 for a in found.adoptions)


def test_history_beyond_an_age_without_a_fresh_value_says_so() -> None:
    holed = candidate("holed", {10: 2e6, 15: 3e6})
    found = rank_adoption([*peers(14), holed], AS_OF, age_days=14)
    assert found.left_out == {"no value in the 3 days before day 14": 1}
    assert downloads_at(holed, 7, AS_OF) == Absent("no value in the day before day 7")
    assert downloads_at(holed, 30, AS_OF) == Absent("not enough history for 30 days")


def test_models_too_young_for_an_age_are_counted_together() -> None:
    young = [candidate(f"y{k}", {5: 2e6}, released_on=AS_OF - timedelta(days=5 + k)) for k in range(3)]
    found = rank_adoption(young, AS_OF, age_days=30)
    assert found.left_out == {"not enough history for 30 days": 3}


def test_an_age_that_lies_ahead_is_not_reached_by_a_fresh_value() -> None:
    young = candidate("young", {27: 2e6}, released_on=AS_OF - timedelta(days=28))
    assert downloads_at(young, 30, AS_OF) == Absent("2 days too young")


def test_a_zero_after_a_positive_total_is_no_value() -> None:
    gone = candidate("gone", {20: 2e6, 29: 0.0})
    assert isinstance(downloads_at(gone, 30, AS_OF), Absent)


def test_version_2_never_falls_with_age_when_peers_drop_out() -> None:
    # At 30 days the tenth of the eleven has a million; at 60 only the small ones are known.
    early = peers(30)
    late = [candidate(f"late-{k}", {30: 1_000.0, 60: 200_000.0}) for k in range(10)]
    mine = candidate("mine", {30: 2e6, 60: 3e6})
    found = rank_adoption([*early, *late, mine], AS_OF, age_days=60)
    (adoption,) = (a for a in found.adoptions if a.candidate.name == "maker/mine")
    assert adoption.reference == 1_000_000


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Llama-3.1-8B-GGUF", "a quantisation"),
        ("Qwen3-8B-FP8", "a quantisation"),
        ("Qwen3-8B-AWQ", "a quantisation"),
        ("m-8b-4bit", "a quantisation"),
        ("m-8B-W4A16", "a quantisation"),
        ("m-8b-lora", "an adapter"),
        ("Llama-Guard-3-8B", "a guard"),
        ("ShieldGemma-9b", "a guard"),
        ("Qwen3-Embedding-8B", "an embedder"),
        ("bge-reranker-8b", "an embedder"),
        ("Qwen3-Reranker-8B", "a reranker"),
        ("tiny-random-8b", "a test repository"),
        ("Contestant-8B", None),
        ("Qwen3-8B", None),
        ("int-linguist-8b", None),
    ],
)
def test_population_leaves_out_by_rule(name: str, reason: str | None) -> None:
    assert exclude(candidate(name, {30: 1e6})) == reason


def test_population_needs_maker_date_size_and_downloads() -> None:
    assert exclude(candidate("m", {30: 1e6}, is_first_party=False)) == "not its maker's own repository"
    assert exclude(candidate("m", {30: 1e6}, released_on=None)) == "release date unknown"
    assert (
        exclude(candidate("m", {30: 1e6}, released_on=date(2022, 11, 30))) == "released before December 2022"
    )
    assert exclude(candidate("m", {30: 1e6}, released_on=date(2022, 12, 1))) is None
    assert exclude(candidate("m", {30: 1e5})) == "at most 100,000 downloads"
    assert exclude(candidate("m", {30: 1e6}, parameters=None)) == "size unknown"
    assert exclude(candidate("m-8x7B", {30: 1e6}, parameters=None)) == "size unknown"
    assert exclude(candidate("m-30B-A3B", {30: 1e6}, parameters=None)) is None
    assert exclude(candidate("m", {30: 1e6}, task="text-to-speech")) == "no language or vision-language model"
    assert exclude(candidate("m", {30: 1e6}, task="image-text-to-text")) is None


def test_a_rolling_counter_is_no_total_since_release() -> None:
    with pytest.raises(Refused, match="no cumulative counter"):
        rank_adoption([candidate("m", {30: 1e6}, metric="hub.downloads.30d")], AS_OF)


def test_an_age_that_nobody_published_is_refused() -> None:
    with pytest.raises(Refused, match="ages are"):
        rank_adoption(peers(), AS_OF, age_days=31)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(st.integers(1, 500).map(float), st.sampled_from(AGES), st.randoms(use_true_random=False))
def test_unit_and_order_change_nothing(factor: float, age: int, order: object) -> None:
    everybody = peers(age)
    scaled = peers(age, 10_000 * factor)
    order.shuffle(scaled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    plain = {a.candidate.name: a.ram for a in rank_adoption(everybody, AS_OF, age_days=age).adoptions}
    turned = {a.candidate.name: a.ram for a in rank_adoption(scaled, AS_OF, age_days=age).adoptions}
    assert turned == pytest.approx(plain)
