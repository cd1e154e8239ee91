"""The fit of the capability index on worlds small enough to work out, and what must not change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, least_squares

from analyzers.capability import Anchors, CapabilityIndex, Performance, Selection, fit_index
from analyzers.capability.fit import (
    BOUNDS,
    Numbers,
    Parameters,
    Problem,
    cost,
    fit,
    jacobian,
    predict,
    refine,
    residuals,
)
from analyzers.capability.index import FIXED, NO_DRAWS, draw_scores
from analyzers.capability.selection import UNCONNECTED
from store.errors import NotFound, Refused
from store.records import Claim, Standing, StoredClaim
from tests.analyzers.worlds import told

MODELS = tuple(f"m{k}" for k in range(8))
TESTS = ("winogrande", "easy", "middle", "hard", "steep")
ANCHORS = Anchors("winogrande", (("m1", 100.0), ("m6", 150.0)))
CAPABILITY = np.array([-1.0, -0.4, 0.1, 0.5, 0.9, 1.4, 2.0, 2.6])
DIFFICULTY = np.array([0.0, -0.8, 0.7, 1.9, 1.2])
SLOPE = np.array([1.0, 0.7, 1.5, 1.2, 3.0])


def perform(model: str, benchmark: str, share: float) -> Performance:
    claim = Claim(model, benchmark, share, "fraction", "", Standing.THIRD_PARTY, date(2025, 1, 1), "")
    return Performance(model, benchmark, share, StoredClaim(claim, None, told()))


def sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


def known_world() -> list[Performance]:
    """Every model on every benchmark, without noise."""
    return [
        perform(model, test, sigmoid(SLOPE[b] * (CAPABILITY[m] - DIFFICULTY[b])))
        for m, model in enumerate(MODELS)
        for b, test in enumerate(TESTS)
    ]


def noisy_world(seed: int = 1) -> list[Performance]:
    """The known world with noise and holes, so that no fit is exact."""
    rng = np.random.default_rng(seed)
    return [
        replace(row, share=float(np.clip(row.share + rng.normal(0, 0.05), 0, 1)))
        for row in known_world()
        if rng.random() < 0.9 or row.model in ("m1", "m6")
    ]


def index_of(
    rows: list[Performance],
    *,
    anchors: Anchors = ANCHORS,
    draws: int = 0,
    seed: int = 0,
    regularisation: float = 0.1,
    min_benchmarks: int = 2,
) -> CapabilityIndex:
    return fit_index(
        Selection(tuple(rows), {}),
        anchors,
        min_benchmarks=min_benchmarks,
        draws=draws,
        seed=seed,
        regularisation=regularisation,
    )


def points_of(index: CapabilityIndex) -> dict[str, float]:
    return {row.model: row.eci for row in index.models}


def problem_of(rows: list[Performance], regularisation: float = 0.1) -> Problem:
    return Problem.of(
        np.array([MODELS.index(row.model) for row in rows], dtype=np.intp),
        np.array([TESTS.index(row.benchmark) for row in rows], dtype=np.intp),
        np.array([row.share for row in rows]),
        0,
        regularisation,
    )


def by_one_residual(problem: Problem, theta: Numbers) -> Numbers:
    """The residuals as they are published: one for all parameters together."""
    each = residuals(problem, theta)
    rows = len(problem.performance)
    return np.append(each[:rows], np.sqrt((each[rows:] ** 2).sum()))


# ------------------------------------------------------------------ by hand


def test_cost_of_two_models_on_two_benchmarks_by_hand() -> None:
    # C = (0, 1), D = (0, 0.5), α = (1, 2): σ(0) = 0.5, σ(1) = 0.731, σ(−1) = 0.269, σ(1) = 0.731.
    # Scores 0.1 below the third and 0.2 above the fourth prediction: Σr² = 0.01 + 0.04.
    # S = 0 + 1 + 0 + 0.25 + 4 (the anchor's slope is left out), N = 2 + 4 − 1: 0.1·5.25/5 = 0.105.
    at = Parameters(np.array([0.0, 1.0]), np.array([0.0, 0.5]), np.array([1.0, 2.0]))
    scores = np.array([0.5, sigmoid(1), sigmoid(-1) - 0.1, sigmoid(1) + 0.2])
    problem = Problem.of(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), scores, 0)
    assert predict(problem, at) == pytest.approx([0.5, 0.7310586, 0.2689414, 0.7310586])
    assert cost(problem, at) == pytest.approx(0.5 * (0.05 + 0.105))
    theta = np.array([0.0, 1.0, 0.0, 0.5, 2.0])
    assert by_one_residual(problem, theta) == pytest.approx([0, 0, 0.1, -0.2, 0.105**0.5])
    assert 0.5 * (residuals(problem, theta) ** 2).sum() == pytest.approx(cost(problem, at))


def test_performances_are_clipped_away_from_nothing_and_everything() -> None:
    problem = Problem.of(np.array([0, 1]), np.array([0, 0]), np.array([0.0, 1.0]), 0)
    assert problem.performance.tolist() == [0.001, 0.999]


def test_jacobian_equals_finite_differences() -> None:
    problem = problem_of(noisy_world()).drawn(
        np.random.default_rng(3).integers(0, 3, len(noisy_world())).astype(float)
    )
    theta = np.random.default_rng(2).uniform(0.2, 1.5, problem.models + 2 * problem.benchmarks - 1)
    numeric = approx_fprime(theta, lambda at: residuals(problem, at), 1e-7)
    assert np.abs(jacobian(problem, theta).toarray() - numeric).max() < 1e-6


def test_many_penalty_residuals_have_the_cost_and_gradient_of_the_published_one() -> None:
    problem = problem_of(noisy_world())
    theta = np.random.default_rng(2).uniform(0.2, 1.5, problem.models + 2 * problem.benchmarks - 1)
    assert (by_one_residual(problem, theta) ** 2).sum() == pytest.approx(
        (residuals(problem, theta) ** 2).sum()
    )
    published = approx_fprime(theta, lambda at: 0.5 * (by_one_residual(problem, at) ** 2).sum(), 1e-7)
    assert jacobian(problem, theta).T @ residuals(problem, theta) == pytest.approx(published, abs=1e-5)


def test_the_published_way_of_fitting_finds_the_same_minimum() -> None:
    problem = problem_of(noisy_world())
    sizes = (problem.models, problem.benchmarks, problem.benchmarks - 1)
    found = least_squares(
        lambda at: by_one_residual(problem, at),
        np.repeat([0.0, 0.0, 1.0], sizes),
        bounds=tuple(np.repeat(ends, sizes) for ends in zip(*BOUNDS, strict=True)),
        xtol=1e-12,
        ftol=1e-12,
    )
    ours = fit(problem)
    assert cost(problem, ours) == pytest.approx(found.cost, rel=1e-8)
    assert ours.capability == pytest.approx(found.x[: problem.models], abs=1e-3)


# ------------------------------------------------------------------ recovery


def test_known_parameters_are_recovered_without_noise_and_penalty() -> None:
    problem = problem_of(known_world(), regularisation=1e-12)
    found = fit(problem).shifted(0)
    assert found.capability == pytest.approx(CAPABILITY, abs=1e-4)
    assert found.difficulty == pytest.approx(DIFFICULTY, abs=1e-4)
    assert found.slope == pytest.approx(SLOPE, abs=1e-4)


def test_the_penalty_keeps_the_order_and_nearly_the_scale() -> None:
    index = index_of(known_world())
    assert [row.model for row in index.models] == list(reversed(MODELS))
    found = np.array([row.capability for row in reversed(index.models)])
    assert np.corrcoef(found, CAPABILITY)[0, 1] > 0.999
    assert index.benchmarks[0].benchmark == "easy"


def test_a_model_that_solves_everything_stays_within_the_bounds() -> None:
    rows = [replace(row, share=1.0) if row.model == "m7" else row for row in known_world()]
    found = fit(problem_of(rows, regularisation=1e-9))
    for part, (low, high) in zip(found, BOUNDS, strict=True):
        assert part.min() >= low
        assert part.max() <= high
    assert found.capability.argmax() == 7


def test_a_drawn_fit_equals_scipy_s_from_the_same_start() -> None:
    problem = problem_of(noisy_world())
    start = fit(problem)
    for k in range(5):
        picked = np.random.default_rng(k).integers(0, len(problem.performance), len(problem.performance))
        drawn = problem.drawn(np.bincount(picked, minlength=len(problem.performance)).astype(float))
        ours = refine(drawn, start)
        assert ours is not None
        theta = np.concatenate([start.capability, start.difficulty, start.slope[1:]])
        sizes = (problem.models, problem.benchmarks, problem.benchmarks - 1)
        theirs = least_squares(
            lambda at, drawn=drawn: residuals(drawn, at),
            theta,
            jac=lambda at, drawn=drawn: jacobian(drawn, at).toarray(),
            bounds=tuple(np.repeat(ends, sizes) for ends in zip(*BOUNDS, strict=True)),
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-12,
        )
        assert cost(drawn, ours) <= theirs.cost * (1 + 1e-9)
        assert ours.capability == pytest.approx(theirs.x[: problem.models], abs=2e-3)


# ------------------------------------------------------------------ invariances


@settings(deadline=None, max_examples=10)  # a slow machine is no wrong answer
@given(st.randoms(use_true_random=False))
def test_index_does_not_depend_on_the_order_of_rows(order: object) -> None:
    rows = noisy_world()
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    assert points_of(index_of(shuffled)) == pytest.approx(points_of(index_of(rows)), abs=1e-6)


@settings(deadline=None, max_examples=10)  # a slow machine is no wrong answer
@given(st.permutations(range(len(MODELS))))
def test_index_does_not_depend_on_what_models_are_called(order: list[int]) -> None:
    called = {name: f"n{order[k]}" for k, name in enumerate(MODELS)}
    rows = [replace(row, model=called[row.model]) for row in noisy_world()]
    anchors = Anchors("winogrande", tuple((called[name], value) for name, value in ANCHORS.scale))
    plain = points_of(index_of(noisy_world()))
    assert points_of(index_of(rows, anchors=anchors)) == pytest.approx(
        {called[name]: value for name, value in plain.items()}, abs=1e-6
    )


@settings(deadline=None, max_examples=10)  # a slow machine is no wrong answer
@given(st.floats(-200, 200), st.floats(1, 100))
def test_index_points_are_affine_in_the_scale(low: float, width: float) -> None:
    plain = points_of(index_of(noisy_world()))
    anchors = Anchors("winogrande", (("m1", low), ("m6", low + width)))
    scaled = points_of(index_of(noisy_world(), anchors=anchors))
    expected = {name: low + (value - 100) * width / 50 for name, value in plain.items()}
    assert scaled == pytest.approx(expected, abs=1e-6)


def test_the_choice_of_scale_models_does_not_change_the_order() -> None:
    plain = index_of(noisy_world())
    other = index_of(noisy_world(), anchors=Anchors("winogrande", (("m0", 10.0), ("m7", 20.0))))
    assert [row.model for row in other.models] == [row.model for row in plain.models]
    assert [row.capability for row in other.models] == [row.capability for row in plain.models]


def test_scale_models_have_exactly_their_values_and_no_interval() -> None:
    index = index_of(noisy_world(), draws=20)
    fixed = {row.model: row for row in index.models if row.model in ("m1", "m6")}
    assert fixed["m1"].eci == pytest.approx(100)
    assert fixed["m6"].eci == pytest.approx(150)
    assert {row.no_interval_because for row in fixed.values()} == {FIXED}


def test_anchor_benchmark_has_difficulty_zero_and_slope_one() -> None:
    (anchor,) = [row for row in index_of(noisy_world()).benchmarks if row.benchmark == "winogrande"]
    assert (anchor.difficulty, anchor.slope) == (0, 1)


def test_an_unconnected_group_changes_nothing_and_is_counted() -> None:
    island = [perform(f"x{k}", test, 0.1 * k + 0.2) for k in range(3) for test in ("p", "q", "r")]
    plain, both = index_of(noisy_world()), index_of([*noisy_world(), *island])
    assert points_of(both) == points_of(plain)
    assert both.left_out == {UNCONNECTED: 9}


def test_a_model_far_above_all_others_hardly_moves_them() -> None:
    far = [perform("far", test, 0.999) for test in TESTS]
    anchors = Anchors("winogrande", (("m0", 0.0), ("m5", 100.0)))
    plain = points_of(index_of(known_world(), anchors=anchors))
    moved = points_of(index_of([*known_world(), *far], anchors=anchors))
    assert max(moved, key=lambda name: moved[name]) == "far"
    assert all(abs(moved[name] - value) < 5 for name, value in plain.items())


# ------------------------------------------------------------------ anchors


def test_a_missing_anchor_benchmark_is_named_with_what_to_do() -> None:
    with pytest.raises(NotFound, match="anchor benchmark piqa") as caught:
        index_of(noisy_world(), anchors=Anchors("piqa", ANCHORS.scale))
    assert "--anchor-benchmark" in (caught.value.remedy or "")
    assert caught.value.exit_code == 5


def test_a_missing_scale_model_is_named_with_what_to_do() -> None:
    with pytest.raises(NotFound, match="scale model gpt-9") as caught:
        index_of(noisy_world(), anchors=Anchors("winogrande", (("m1", 1.0), ("gpt-9", 2.0))))
    assert "--scale MODEL=VALUE,MODEL=VALUE" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    "scale",
    [
        (("m1", 100.0),),
        (("m1", 100.0), ("m6", 100.0)),
        (("m1", 100.0), ("M1", 150.0)),
        (("m1", 150.0), ("m6", 100.0)),
    ],
    ids=["one model", "one value", "the same model twice", "the better model lower"],
)
def test_anchors_that_make_no_scale_are_refused(scale: tuple[tuple[str, float], ...]) -> None:
    with pytest.raises(Refused):
        index_of(noisy_world(), anchors=Anchors("winogrande", scale))


def test_scale_models_that_come_out_equal_are_said_to_be_equal() -> None:
    twins = [replace(row, model="twin") for row in noisy_world() if row.model == MODELS[0]]
    anchors = Anchors("winogrande", ((MODELS[0], 100.0), ("twin", 150.0)))
    with pytest.raises(Refused, match=f"{MODELS[0]} and twin come out equal"):
        index_of([*noisy_world(), *twins], anchors=anchors)


def test_scale_models_in_the_reverse_order_are_said_to_be_so() -> None:
    anchors = Anchors("winogrande", ((MODELS[0], 150.0), (MODELS[-1], 100.0)))
    with pytest.raises(Refused, match="come out in the reverse order"):
        index_of(known_world(), anchors=anchors)


def test_anchors_are_found_under_the_catalogue_s_other_names() -> None:
    index = fit_index(
        Selection(tuple(noisy_world()), {}),
        Anchors("WinoGrande XL", (("Model One", 100.0), ("M6", 150.0))),
        min_benchmarks=2,
        draws=0,
        seed=0,
        find_benchmark={"WinoGrande XL": "winogrande"}.get,
        find_model={"Model One": "m1"}.get,
    )
    assert index.anchors == ANCHORS


def test_without_a_scale_the_points_are_the_capability_itself() -> None:
    rows = noisy_world()
    raw = fit_index(
        Selection(tuple(rows), {}), Anchors(ANCHORS.benchmark, ()), min_benchmarks=2, draws=0, seed=0
    )
    scaled = fit_index(Selection(tuple(rows), {}), ANCHORS, min_benchmarks=2, draws=0, seed=0)
    assert [row.eci for row in raw.models] == [row.capability for row in raw.models]
    assert [row.capability for row in raw.models] == pytest.approx([row.capability for row in scaled.models])


# ------------------------------------------------------------------ bootstrap


def test_intervals_are_repeatable_and_hold_most_values() -> None:
    first, again = index_of(noisy_world(), draws=60, seed=4), index_of(noisy_world(), draws=60, seed=4)
    assert first == again
    estimated = [row for row in first.models if row.low is not None and row.high is not None]
    assert len(estimated) == 6
    held = sum((row.low or 0) <= row.eci <= (row.high or 0) for row in estimated)
    assert held >= 5


def test_a_draw_does_not_depend_on_how_many_are_drawn() -> None:
    problem = problem_of(noisy_world())
    found, scale = fit(problem), ((1, 100.0), (6, 150.0))
    few, _ = draw_scores(problem, found, scale, draws=3, seed=9)
    many, _ = draw_scores(problem, found, scale, draws=8, seed=9)
    np.testing.assert_array_equal(many[:3], few)


def test_another_seed_draws_other_intervals() -> None:
    one, other = index_of(noisy_world(), draws=30, seed=1), index_of(noisy_world(), draws=30, seed=2)
    assert [row.low for row in one.models] != [row.low for row in other.models]


def test_every_draw_is_put_on_its_own_scale() -> None:
    problem = problem_of(noisy_world())
    points, _ = draw_scores(problem, fit(problem), ((1, 100.0), (6, 150.0)), draws=10, seed=1)
    assert points[:, 1] == pytest.approx(np.full(len(points), 100.0))
    assert points[:, 6] == pytest.approx(np.full(len(points), 150.0))


def test_draws_that_lose_an_anchor_are_dropped_and_counted() -> None:
    thin = [row for row in known_world() if row.model in ("m1", "m6") and row.benchmark != "steep"]
    index = index_of(thin, draws=200, seed=1)
    assert index.dropped["an anchor was not drawn"] > 0
    assert index.draws + sum(index.dropped.values()) == 200


def test_without_draws_there_is_no_interval_but_a_reason() -> None:
    reasons = {row.no_interval_because for row in index_of(noisy_world(), draws=0).models}
    assert reasons == {NO_DRAWS, FIXED}
