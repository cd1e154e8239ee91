"""The capability fit: point estimate and 100 bootstrap draws on data of the size of Epoch's.

The other way is the obvious one, as it is published: `scipy.optimize.least_squares` with dense differences
for a Jacobian and one extra residual, each draw from the point estimate. Two draws of it are timed and
extrapolated. Where the development data are not beside the checkout a world of the same size is made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from analyzers.capability import MIN_BENCHMARKS, Performance, Selection
from analyzers.capability.fit import BOUNDS, Numbers, Parameters, Problem, cost, fit, refine, residuals
from analyzers.capability.index import draw_scores
from analyzers.capability.selection import keep_measurable
from store.records import Basis, Claim, Provenance, Standing, StoredClaim
from tests.analyzers.epoch_2025 import convert
from tests.benchmarks import Row, best_of

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "epoch-2025"
DRAWS = 100
SAMPLE = 2
TARGET = 60.0
SCALE_MODELS = ("claude-3-5-sonnet-20240620", "gpt-5-2025-08-07_high")


def run() -> Iterator[Row]:
    """Point estimate, then draws, each against scipy in the obvious way."""
    problem, scale, size = make_problem()
    ours, found = best_of(lambda: fit(problem))
    theirs, obvious = best_of(lambda: _fit_obviously(problem, problem, _start(problem)), 1)
    assert abs(cost(problem, found) - cost(problem, obvious)) < 1e-5 * cost(problem, found)
    yield Row("capability: point estimate", ours, theirs, size)
    weights = [
        np.bincount(
            np.random.default_rng([0, k]).integers(0, len(problem.performance), len(problem.performance)),
            minlength=len(problem.performance),
        ).astype(float)
        for k in range(SAMPLE)
    ]
    theirs, drawn = best_of(lambda: [_fit_obviously(problem.drawn(w), problem, found) for w in weights], 1)
    for w, other in zip(weights, drawn, strict=True):
        mine = refine(problem.drawn(w), found)
        assert mine is not None
        assert cost(problem.drawn(w), mine) <= cost(problem.drawn(w), other) * (1 + 1e-5)
    ours, _ = best_of(lambda: draw_scores(problem, found, scale, draws=DRAWS, seed=0), 1)
    yield Row(
        f"capability: {DRAWS} bootstrap draws",
        ours,
        theirs * DRAWS / SAMPLE,
        f"scipy extrapolated from {SAMPLE} draws",
        TARGET,
    )


def make_problem() -> tuple[Problem, tuple[tuple[int, float], ...], str]:
    """The problem, its two scale models, and its size in words."""
    rows = keep_measurable(Selection(tuple(_read_rows() or _make_rows()), {}), MIN_BENCHMARKS).rows
    models, benchmarks = sorted({row.model for row in rows}), sorted({row.benchmark for row in rows})
    problem = Problem.of(
        np.array([models.index(row.model) for row in rows], dtype=np.intp),
        np.array([benchmarks.index(row.benchmark) for row in rows], dtype=np.intp),
        np.array([row.share for row in rows]),
        benchmarks.index("Winogrande"),
    )
    scale = tuple(zip((models.index(name) for name in SCALE_MODELS), (130.0, 150.0), strict=True))
    return problem, scale, f"{len(models)} models, {len(benchmarks)} benchmarks, {len(rows)} rows"


def _read_rows() -> list[Performance]:
    if not FOLDER.is_dir():
        return []
    best: dict[tuple[str, str], float] = {}
    for row in convert(FOLDER).claims:
        share = float(row["score"]) / (100 if row["unit"] == "percent" else 1)
        key = row["model"], row["benchmark"]
        best[key] = max(best.get(key, share), share)
    return [_perform(model, benchmark, share) for (model, benchmark), share in sorted(best.items())]


def _make_rows() -> list[Performance]:
    rng = np.random.default_rng(0)
    capability, difficulty = np.sort(rng.normal(0.8, 1, 178)), rng.normal(0.8, 1, 38)
    slope = rng.uniform(0.5, 4, 38)
    models = [f"m{k:03}" for k in range(178)]
    models[100], models[-1] = SCALE_MODELS
    rows = []
    for m, model in enumerate(models):
        for b in range(38):
            if rng.random() < 0.2:
                share = 1 / (1 + np.exp(-slope[b] * (capability[m] - difficulty[b]))) + rng.normal(0, 0.05)
                name = "Winogrande" if b == 0 else f"b{b:02}"
                rows.append(_perform(model, name, float(np.clip(share, 0, 1))))
    return rows


def _perform(model: str, benchmark: str, share: float) -> Performance:
    claim = Claim(model, benchmark, share, "fraction", "", Standing.THIRD_PARTY, None, "")
    return Performance(model, benchmark, share, StoredClaim(claim, None, Provenance("-", Basis.IMPORTED, 1)))


def _start(problem: Problem) -> Parameters:
    return Parameters(np.zeros(problem.models), np.zeros(problem.benchmarks), np.ones(problem.benchmarks))


def _fit_obviously(problem: Problem, whole: Problem, start: Parameters) -> Parameters:
    sizes = (whole.models, whole.benchmarks, whole.benchmarks - 1)
    rows = len(whole.performance)

    def published(theta: Numbers) -> Numbers:
        each = residuals(problem, theta)
        return np.append(each[:rows], np.sqrt((each[rows:] ** 2).sum()))

    found = least_squares(
        published,
        np.concatenate([start.capability, start.difficulty, np.delete(start.slope, whole.anchor)]),
        bounds=tuple(np.repeat(ends, sizes) for ends in zip(*BOUNDS, strict=True)),
    ).x
    difficulty = found[whole.models : whole.models + whole.benchmarks]
    slope = np.insert(found[whole.models + whole.benchmarks :], whole.anchor, 1.0)
    return Parameters(found[: whole.models], difficulty, slope)
