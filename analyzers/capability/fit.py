"""Fitting perf = σ(α·(C − D)) to performances: capability per model, difficulty and slope per benchmark.

The Epoch Capabilities Index (arXiv 2512.00193, with the constants of Epoch AI's public code; methodology 4).
With λ = 0.1 and N = models + 2·benchmarks − 1 the fit minimises

    cost = ½·Σ w·(σ(α_b·(C_m − D_b)) − y)² + ½·λ/N·(ΣC² + ΣD² + Σ_{b≠anchor} α_b²)

within C, D in [−10, 10] and α in [0.1, 10]; the anchor benchmark's α is 1. Published is one extra residual
√(λ/N·S), S being the sum of squares. It couples all parameters, but its square is a sum of squares of single
parameters: N residuals √(λ/N)·θ_j have the same cost and gradient, and make J'J + λ/N·I the exact curvature
of the penalty, where the single residual's is the rank-one λ/N·θθ'/S. We use the N residuals; same minimum.

Two solvers share that function. `fit` is scipy's trust-region reflective, from one neutral start; it stops
when the cost no longer falls, some 1e-4 away in the parameters. `refine` goes on from there to the exact
minimum, so that the order of the rows does not show, and fits the bootstrap's draws from the point estimate.
Its Hessian is diagonal in C and 2×2 blocks in (D, α), so eliminating C leaves a small dense system per step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import least_squares
from scipy.sparse import csr_array
from scipy.special import expit

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]

REGULARISATION = 0.1
CLIP = 1e-3
BOUNDS = ((-10.0, 10.0), (-10.0, 10.0), (0.1, 10.0))
"""Of C, D and α."""
_MAX_STEPS = 500
_ONE_THREAD = 2**18
"""Multiplications up to which OpenBLAS does a product alone (interface/gemm.c: 4·65536)."""
_SMALL_GRADIENT = 1e-11
_SMALL_STEP = 1e-12


@dataclass(frozen=True)
class Problem:
    """Performances y in [0, 1], one row per model and benchmark, as indices into either.

    `weights`: how often each row counts (a bootstrap draw); rows of weight 0 are not there. Every model and
    every benchmark needs an index below `models` and `benchmarks`; `anchor` is a benchmark's index.
    """

    model: Indices
    benchmark: Indices
    performance: Numbers
    models: int
    benchmarks: int
    anchor: int
    weights: Numbers
    regularisation: float = REGULARISATION

    @classmethod
    def of(
        cls,
        model: Indices,
        benchmark: Indices,
        performance: Numbers,
        anchor: int,
        regularisation: float = REGULARISATION,
    ) -> Problem:
        """The problem of these rows, each counted once, with performances clipped to [0.001, 0.999]."""
        return cls(
            model,
            benchmark,
            np.clip(performance, CLIP, 1 - CLIP),
            int(model.max()) + 1,
            int(benchmark.max()) + 1,
            anchor,
            np.ones(len(performance)),
            regularisation,
        )

    def drawn(self, weights: Numbers) -> Problem:
        """The same rows counted `weights` times each."""
        return replace(self, weights=weights)

    @property
    def penalty(self) -> float:
        """λ/N. N stays that of all rows in every draw, as in the published bootstrap."""
        return self.regularisation / (self.models + 2 * self.benchmarks - 1)


class Parameters(NamedTuple):
    """C per model, D and α per benchmark, on the scale of the anchor benchmark's slope."""

    capability: Numbers
    difficulty: Numbers
    slope: Numbers

    def shifted(self, anchor: int) -> Parameters:
        """The same fit with the anchor benchmark's difficulty at 0."""
        shift = self.difficulty[anchor]
        return Parameters(self.capability - shift, self.difficulty - shift, self.slope)

    def within_bounds(self) -> Parameters:
        return Parameters(*(np.clip(part, low, high) for part, (low, high) in zip(self, BOUNDS, strict=True)))

    def moved(self, step: tuple[Numbers, Numbers, Numbers]) -> Parameters:
        """Where the step leads, cut back to the bounds."""
        return Parameters(*(part + by for part, by in zip(self, step, strict=True))).within_bounds()

    def movable(self, gradients: tuple[Numbers, Numbers, Numbers]) -> list[NDArray[np.bool_]]:
        """Per parameter whether going down its gradient stays within the bounds."""
        return [
            ~((part <= low) & (gradient > 0) | (part >= high) & (gradient < 0))
            for part, gradient, (low, high) in zip(self, gradients, BOUNDS, strict=True)
        ]


def predict(problem: Problem, at: Parameters) -> Numbers:
    """The expected performance of every row."""
    return _sigmoid(
        at.slope[problem.benchmark] * (at.capability[problem.model] - at.difficulty[problem.benchmark])
    )


def cost(problem: Problem, at: Parameters) -> float:
    """Half the sum of squares, the penalty included; unit-free."""
    residual = predict(problem, at) - problem.performance
    squares = float((at.capability**2).sum() + (at.difficulty**2).sum())
    squares += float((at.slope**2).sum() - at.slope[problem.anchor] ** 2)
    return 0.5 * float((problem.weights * residual**2).sum()) + 0.5 * problem.penalty * squares


def residuals(problem: Problem, theta: Numbers) -> Numbers:
    """One residual per row, times √weight, then one per free parameter; θ is (C, D, α without anchor)."""
    rows = np.sqrt(problem.weights) * (predict(problem, _unpack(problem, theta)) - problem.performance)
    return np.concatenate([rows, np.sqrt(problem.penalty) * theta])


def jacobian(problem: Problem, theta: Numbers) -> csr_array:
    """∂residual/∂θ: rows + parameters by parameters. Three entries a row, one a parameter."""
    at = _unpack(problem, theta)
    by_location, by_slope = _derivatives(problem, at)
    scale, size = np.sqrt(problem.weights), len(theta)
    row, free = np.arange(len(scale)), problem.benchmark != problem.anchor
    difficulty = problem.models + problem.benchmark
    slope = problem.models + problem.benchmarks + problem.benchmark - (problem.benchmark > problem.anchor)
    values = (scale * by_location, -scale * by_location, (scale * by_slope)[free])
    rows = (row, row, row[free], len(scale) + np.arange(size))
    columns = (problem.model, difficulty, slope[free], np.arange(size))
    entries = np.concatenate([*values, np.full(size, np.sqrt(problem.penalty))])
    places = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((entries, places), shape=(len(scale) + size, size))


def fit(problem: Problem) -> Parameters:
    """The least-squares fit, where the penalty puts it; `shifted` moves the anchor benchmark to 0.

    Trust-region reflective from C = D = 0 and α = 1, then `refine`. Raises ArithmeticError where neither
    comes to an end, which no data is known to do.
    """
    sizes = (problem.models, problem.benchmarks, problem.benchmarks - 1)
    start = np.repeat([0.0, 0.0, 1.0], sizes)
    found = least_squares(
        lambda theta: residuals(problem, theta),
        start,
        jac=lambda theta: jacobian(problem, theta),
        bounds=tuple(np.repeat(ends, sizes) for ends in zip(*BOUNDS, strict=True)),
        method="trf",
        tr_solver="lsmr",
    )
    refined = refine(problem, _unpack(problem, found.x))
    if refined is None:
        raise ArithmeticError(f"the fit did not converge: {found.message}")
    return refined


def refine(problem: Problem, start: Parameters) -> Parameters | None:
    """The minimum next to `start`, by damped Newton steps; None where it takes too long.

    A parameter at its bound whose gradient points outwards stays there; a step that leaves the bounds is
    cut back to them. Not shifted: the penalty fixes where the parameters lie.
    """
    at, damping = start.within_bounds(), 1.0
    value = cost(problem, at)
    for _ in range(_MAX_STEPS):
        system = _System(problem, at)
        if system.largest_gradient < _SMALL_GRADIENT:
            return at
        while True:
            step = system.solve(damping)
            if step is not None:
                there = at.moved(step)
                lower = cost(problem, there)
                if lower < value:
                    break
                if max(float(np.abs(part).max()) for part in step) < _SMALL_STEP:
                    return at  # no step of any size lowers the cost any more
            damping = max(damping, 1e-12) * 10
        at, value, damping = there, lower, damping / 10
    return None


class _System:
    """Gradient and Hessian of the cost at one point, with C eliminated (Schur complement).

    The Hessian is the whole one: with J'J alone (Gauss–Newton) some draws take hundreds of steps, since
    the residuals are not small. Where it is not positive definite the damping, in units of J'J's diagonal,
    makes it so.
    """

    def __init__(self, problem: Problem, at: Parameters) -> None:
        expected = predict(problem, at)
        bend, slope = expected * (1 - expected), at.slope[problem.benchmark]
        distance = at.capability[problem.model] - at.difficulty[problem.benchmark]
        by_location, by_slope = bend * slope, bend * distance
        weighted = problem.weights * (expected - problem.performance)
        m, b, models, benchmarks = problem.model, problem.benchmark, problem.models, problem.benchmarks
        mu = problem.penalty

        def per(index: Indices, values: Numbers, size: int) -> Numbers:
            total: Numbers = np.bincount(index, values, size).astype(float)
            return total

        gradients = (
            per(m, weighted * by_location, models) + mu * at.capability,
            -per(b, weighted * by_location, benchmarks) + mu * at.difficulty,
            per(b, weighted * by_slope, benchmarks) + mu * at.slope,
        )
        is_free = at.movable(gradients)
        is_free[2][problem.anchor] = False
        self.gradients = [gradient * free for gradient, free in zip(gradients, is_free, strict=True)]
        self.largest_gradient = max(float(np.abs(gradient).max()) for gradient in self.gradients)
        # A parameter that is not free gets an empty row and column, and hence a step of 0.
        c, d, a = (part.astype(float) for part in is_free)
        # Second derivatives of σ(α·(C − D)): first J'J, then what the residuals bend.
        curved = weighted * bend * (1 - 2 * expected)
        square = problem.weights * by_location**2
        mixed = problem.weights * by_location * by_slope + curved * slope * distance + weighted * bend
        self.scales = (
            per(m, square, models) * c + mu,
            per(b, square, benchmarks) * d + mu,
            per(b, problem.weights * by_slope**2, benchmarks) * a + mu,
        )
        bent = curved * slope**2
        self.cc = self.scales[0] + per(m, bent, models) * c
        self.dd = self.scales[1] + per(b, bent, benchmarks) * d
        self.aa = self.scales[2] + per(b, curved * distance**2, benchmarks) * a
        self.da = -per(b, mixed, benchmarks) * d * a
        pair, shape = m * benchmarks + b, (models, benchmarks)
        cd = -per(pair, square + bent, models * benchmarks).reshape(shape)
        ca = per(pair, mixed, models * benchmarks).reshape(shape)
        self.across = np.hstack([cd * np.outer(c, d), ca * np.outer(c, a)])

    def solve(self, damping: float) -> tuple[Numbers, Numbers, Numbers] | None:
        """The Newton step with `damping`; None where the damped Hessian is not positive definite."""
        cc, dd, aa = (
            own + damping * scale for own, scale in zip((self.cc, self.dd, self.aa), self.scales, strict=True)
        )
        if cc.min() <= 0:
            return None
        benchmarks = len(dd)
        inner = np.diag(np.concatenate([dd, aa]))
        diagonal = np.arange(benchmarks)
        inner[diagonal, benchmarks + diagonal] = inner[benchmarks + diagonal, diagonal] = self.da
        scaled = self.across / cc[:, None]
        try:
            factor = cho_factor(inner - _product(self.across, scaled))
        except LinAlgError:
            return None
        right = scaled.T @ self.gradients[0] - np.concatenate(self.gradients[1:])
        step = cho_solve(factor, right)
        return -self.gradients[0] / cc - scaled @ step, step[:benchmarks], step[benchmarks:]


def _product(left: Numbers, right: Numbers) -> Numbers:
    """left'·right, in slices so small that BLAS keeps to one thread: at this size its threads wait for each
    other ten times as long as they work where the machine is busy."""
    rows = max(1, _ONE_THREAD // (left.shape[1] * right.shape[1]))
    total = np.zeros((left.shape[1], right.shape[1]))
    for start in range(0, len(left), rows):
        total += left[start : start + rows].T @ right[start : start + rows]
    return total


def _derivatives(problem: Problem, at: Parameters) -> tuple[Numbers, Numbers]:
    """∂σ/∂C (= −∂σ/∂D) and ∂σ/∂α of every row."""
    expected = predict(problem, at)
    bend = expected * (1 - expected)
    slope = at.slope[problem.benchmark]
    return bend * slope, bend * (at.capability[problem.model] - at.difficulty[problem.benchmark])


def _sigmoid(x: Numbers) -> Numbers:
    value: Numbers = expit(x)
    return value


def _unpack(problem: Problem, theta: Numbers) -> Parameters:
    models, benchmarks = problem.models, problem.benchmarks
    slope = np.insert(theta[models + benchmarks :], problem.anchor, 1.0)
    return Parameters(theta[:models], theta[models : models + benchmarks], slope)
