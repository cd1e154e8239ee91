"""The index: a fit of performances, put on a scale by two models, with intervals from a bootstrap.

    eci = value_1 + (C − C_1)·(value_2 − value_1)/(C_2 − C_1)

so that the two scale models have the values they are given (Epoch AI: Claude 3.5 Sonnet of June 2024 = 130,
GPT-5 with high effort = 150). The interval is the 5 % and 95 % quantile over fits of resampled
(model, benchmark) rows, each put on its own scale in the same way; the scale models hence have none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analyzers.capability.fit import REGULARISATION, Numbers, Parameters, Problem, cost, fit, refine
from analyzers.capability.selection import Selection, find_name, keep_connected, keep_measurable
from store.errors import NotFound, Refused, cut

ENOUGH = 0.75
"""An interval needs this share of the asked draws (the product's rule for every bootstrap)."""
EXACTNESS = 1e-9
"""Capabilities no further apart are equal: the fit's last step is smaller than 1e-12."""
FIXED = "a scale model: its value is fixed, not estimated"
NO_DRAWS = "no bootstrap was drawn"


@dataclass(frozen=True, slots=True)
class Anchors:
    """What fixes the index: the benchmark whose slope is 1 and difficulty 0, and two models' values. Without
    `scale` there are no index points: `eci` is then the capability itself, in logits."""

    benchmark: str = "winogrande"
    scale: tuple[tuple[str, float], ...] = (
        ("claude-3-5-sonnet-20240620", 130.0),
        ("gpt-5-2025-08-07_high", 150.0),
    )


@dataclass(frozen=True, slots=True)
class ModelScore:
    """A model's capability (in units of the anchor benchmark's logit) and index points with a 90 % interval,
    or why it has none. `benchmarks`: how many it was measured on."""

    model: str
    capability: float
    eci: float
    low: float | None
    high: float | None
    no_interval_because: str | None
    benchmarks: int


@dataclass(frozen=True, slots=True)
class BenchmarkScore:
    """A benchmark's difficulty D (the capability that solves half of it), the same in index points, and its
    slope α; `models`: how many were measured on it."""

    benchmark: str
    difficulty: float
    slope: float
    eci: float
    models: int


@dataclass(frozen=True, slots=True)
class CapabilityIndex:
    """Models from the most capable down, benchmarks from the easiest up. `cost` as minimised, unit-free.
    `draws`: bootstrap fits that count; `dropped`: those that do not, by reason."""

    models: tuple[ModelScore, ...]
    benchmarks: tuple[BenchmarkScore, ...]
    anchors: Anchors
    cost: float
    rows: int
    draws: int
    dropped: Mapping[str, int]
    left_out: Mapping[str, int]


def _nothing(_name: str) -> str | None:
    return None


def fit_index(
    selection: Selection,
    anchors: Anchors,
    *,
    min_benchmarks: int,
    draws: int,
    seed: int,
    find_benchmark: Callable[[str], str | None] = _nothing,
    find_model: Callable[[str], str | None] = _nothing,
    regularisation: float = REGULARISATION,
) -> CapabilityIndex:
    """Fit the chosen performances. `find_…` say what a name means in the catalogue.

    Raises NotFound for an anchor that the data lack, Refused where the anchors make no scale.
    """
    if anchors.scale and (len(anchors.scale) != 2 or anchors.scale[0][1] == anchors.scale[1][1]):
        raise Refused("a scale needs two models with two different values", remedy=_SCALE_REMEDY)
    usable = keep_measurable(selection, min_benchmarks)
    benchmark = find_name(anchors.benchmark, usable.benchmarks, find_benchmark)
    if benchmark is None:
        raise NotFound(
            f"the anchor benchmark {cut(anchors.benchmark)} is not among the "
            f"{len(usable.benchmarks)} benchmarks that the fit can use (models with {min_benchmarks} or more "
            "benchmarks, benchmarks with two or more models)",
            remedy=f"name another one: --anchor-benchmark NAME{_most_common(usable)}",
        )
    usable = keep_connected(usable, benchmark)
    scale = tuple((_find_scale_model(name, usable, find_model), value) for name, value in anchors.scale)
    if scale and scale[0][0] == scale[1][0]:
        raise Refused(f"both scale models are {scale[0][0]}", remedy=_SCALE_REMEDY)
    return _fit(usable, Anchors(benchmark, scale), draws, seed, regularisation)


_SCALE_REMEDY = "give two: --scale MODEL=VALUE,MODEL=VALUE"


def _find_scale_model(name: str, selection: Selection, find_model: Callable[[str], str | None]) -> str:
    found = find_name(name, selection.models, find_model)
    if found is None:
        most = Counter(row.model for row in selection.rows).most_common(3)
        raise NotFound(
            f"the scale model {cut(name)} is not among the {len(selection.models)} models of the fit",
            remedy=f"{_SCALE_REMEDY}; measured most: {', '.join(model for model, _ in most)}",
        )
    return found


def _most_common(selection: Selection) -> str:
    most = Counter(row.benchmark for row in selection.rows).most_common(3)
    return f"; measured most: {', '.join(name for name, _ in most)}" if most else ""


def _fit(
    selection: Selection, anchors: Anchors, draws: int, seed: int, regularisation: float
) -> CapabilityIndex:
    models, benchmarks = selection.models, selection.benchmarks
    place = {name: index for index, name in enumerate(models)}
    test = {name: index for index, name in enumerate(benchmarks)}
    problem = Problem.of(
        np.array([place[row.model] for row in selection.rows], dtype=np.intp),
        np.array([test[row.benchmark] for row in selection.rows], dtype=np.intp),
        np.array([row.share for row in selection.rows]),
        test[anchors.benchmark],
        regularisation,
    )
    scale = tuple((place[name], value) for name, value in anchors.scale)
    found = fit(problem)
    at = found.shifted(problem.anchor)
    in_points = _Scale.of(at.capability, scale)
    if in_points is None:
        names = " and ".join(name for name, _ in anchors.scale)
        if _is_equal(at.capability, scale):
            raise Refused(f"{names} come out equal and make no scale", remedy=_SCALE_REMEDY)
        raise Refused(f"{names} come out in the reverse order of their values", remedy=_SCALE_REMEDY)
    drawn, dropped = draw_scores(problem, found, scale, draws=draws, seed=seed)
    points, difficulty = in_points(at.capability), in_points(at.difficulty)
    of_model = np.bincount(problem.model, minlength=problem.models)
    of_benchmark = np.bincount(problem.benchmark, minlength=problem.benchmarks)
    fixed = {index for index, _ in scale}
    rows = [
        ModelScore(
            name,
            float(at.capability[index]),
            float(points[index]),
            *_interval(drawn[:, index], draws, is_fixed=index in fixed),
            int(of_model[index]),
        )
        for index, name in enumerate(models)
    ]
    tests = [
        BenchmarkScore(
            name,
            float(at.difficulty[index]),
            float(at.slope[index]),
            float(difficulty[index]),
            int(of_benchmark[index]),
        )
        for index, name in enumerate(benchmarks)
    ]
    return CapabilityIndex(
        models=tuple(sorted(rows, key=lambda row: (-row.capability, row.model))),
        benchmarks=tuple(sorted(tests, key=lambda row: (row.difficulty, row.benchmark))),
        anchors=anchors,
        cost=cost(problem, found),
        rows=len(selection.rows),
        draws=len(drawn),
        dropped=dropped,
        left_out=selection.left_out,
    )


def draw_scores(
    problem: Problem,
    found: Parameters,
    scale: Sequence[tuple[int, float]],
    *,
    draws: int,
    seed: int,
) -> tuple[Numbers, Mapping[str, int]]:
    """Index points per draw and model, and the dropped draws by reason.

    Draw k resamples the rows with the generator of (seed, k), so that it does not depend on the others,
    and is fitted from the point estimate. A model that no drawn row connects with the anchor benchmark is
    not a number in that draw; a draw that has lost an anchor is dropped.
    """
    kept: list[Numbers] = []
    dropped: Counter[str] = Counter()
    size = len(problem.performance)
    for k in range(draws):
        picked = np.random.default_rng([seed, k]).integers(0, size, size)
        drawn = problem.drawn(np.bincount(picked, minlength=size).astype(float))
        connected = _connected_models(drawn)
        if not all(connected[index] for index, _ in scale):
            dropped["an anchor was not drawn"] += 1
            continue
        at = refine(drawn, found)
        if at is None:
            dropped["the fit did not converge"] += 1
            continue
        in_points = _Scale.of(at.capability, scale)
        if in_points is None:
            is_equal = _is_equal(at.capability, scale)
            dropped[f"the scale models came out {'equal' if is_equal else 'in reverse order'}"] += 1
            continue
        kept.append(np.where(connected, in_points(at.capability), np.nan))
    return np.array(kept).reshape(-1, problem.models), dropped


def _connected_models(problem: Problem) -> NDArray[np.bool_]:
    """Per model whether the drawn rows connect it with the anchor benchmark."""
    drawn = problem.weights > 0
    size = problem.models + problem.benchmarks
    edges = (problem.model[drawn], problem.models + problem.benchmark[drawn])
    graph = coo_array((np.ones(int(drawn.sum())), edges), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    is_connected: NDArray[np.bool_] = labels[: problem.models] == labels[problem.models + problem.anchor]
    return is_connected


def _is_equal(capability: Numbers, fixed: Sequence[tuple[int, float]]) -> bool:
    """Whether the two scale models differ by no more than the fit's own exactness."""
    (first, _), (second, _) = fixed
    return abs(float(capability[second] - capability[first])) <= EXACTNESS


class _Scale(NamedTuple):
    """Index points = zero + units · points."""

    zero: float
    points: float

    @classmethod
    def of(cls, capability: Numbers, fixed: Sequence[tuple[int, float]]) -> _Scale | None:
        """The scale on which two models have their values; None where they are equal or stand in the
        reverse order. Without two models: capability itself."""
        if not fixed:
            return cls(0.0, 1.0)
        (first, low), (second, high) = fixed
        apart = float(capability[second] - capability[first])
        if _is_equal(capability, fixed) or (high - low) / apart <= 0:
            return None
        points = (high - low) / apart
        return cls(low - points * float(capability[first]), points)

    def __call__(self, units: Numbers) -> Numbers:
        return self.zero + self.points * units


def _interval(
    values: Numbers, asked: int, *, is_fixed: bool
) -> tuple[float | None, float | None, str | None]:
    """The 5 % and 95 % quantiles, or None twice and why."""
    if is_fixed:
        return None, None, FIXED
    if asked == 0:
        return None, None, NO_DRAWS
    known = values[~np.isnan(values)]
    if len(known) < ENOUGH * asked:
        return None, None, f"only {len(known)} of {asked} draws hold it"
    low, high = np.quantile(known, [0.05, 0.95])
    return float(low), float(high), None
