"""The fit on the data behind Epoch's index of November 2025, beside the index published in April 2026."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from scipy.stats import spearmanr

from analyzers.capability import Anchors, CapabilityIndex, choose_performances, fit_index
from store.catalogue import load_catalogue
from store.database import open_database
from store.query import StoreQuery
from store.records import Claim, IndexScore, OpenRule, Standing, StoredClaim
from tests.analyzers.epoch_2025 import Converted, convert
from tests.analyzers.worlds import AS_OF, told

EFFORT = re.compile(r"_(minimal|low|medium|high|thinking|\d+K)$")
THROUGH = "2025-11-13"
"""The latest release in the data."""


@pytest.fixture(scope="module")
def converted(shared_folder: Path) -> Converted:
    return convert(shared_folder / "data" / "epoch-2025")


@pytest.fixture(scope="module")
def index(converted: Converted) -> CapabilityIndex:
    claims = [
        StoredClaim(
            Claim(
                row["model"],
                row["benchmark"],
                float(row["score"]),
                row["unit"],
                "",
                Standing(row["standing"]),
                None,
                row["source"],
                settings=row["settings"],
            ),
            None,
            told("epoch"),
        )
        for row in converted.claims
    ]
    return fit_index(
        choose_performances(claims, [], {}), Anchors("Winogrande"), min_benchmarks=4, draws=0, seed=0
    )


@pytest.fixture(scope="module")
def published(sqlite_baseline: Path) -> Iterator[list[IndexScore]]:
    database = open_database(f"sqlite:///{sqlite_baseline}")
    with database.read() as connection:
        yield StoreQuery(connection, load_catalogue(), "live", AS_OF).list_index_scores()
    database.close()


def best_effort(index: CapabilityIndex) -> dict[str, float]:
    """Points by model; the published index has one row for all efforts of a model, its best counts."""
    ranked = sorted(index.models, key=lambda row: row.eci)
    return {EFFORT.sub("", row.model): row.eci for row in ranked}


def test_the_rows_of_the_published_fit_are_kept(converted: Converted, index: CapabilityIndex) -> None:
    assert (len(converted.models), len(converted.claims)) == (425, 2085)
    assert (len(index.models), len(index.benchmarks), index.rows) == (178, 38, 1314)
    assert index.cost == pytest.approx(3.43241, abs=1e-5)


def test_ranking_agrees_with_the_published_index(index: CapabilityIndex, published: list[IndexScore]) -> None:
    ours, theirs = best_effort(index), {row.model: row.score for row in published}
    common = sorted(ours.keys() & theirs.keys())
    assert len(common) == 114
    rank_correlation = spearmanr([ours[name] for name in common], [theirs[name] for name in common]).statistic
    print(f"Spearman {rank_correlation:.4f} over {len(common)} models")  # noqa: T201 - the number to look at
    assert rank_correlation >= 0.95
    able = [name for name in common if theirs[name] >= 110]
    apart = sorted(abs(ours[name] - theirs[name]) for name in able)
    assert apart[len(apart) // 2] < 1.5


def test_frontier_leaders_of_every_year_are_the_published_ones(
    converted: Converted, index: CapabilityIndex, published: list[IndexScore]
) -> None:
    ours, theirs = best_effort(index), {row.model: row for row in published}
    common = ours.keys() & theirs.keys()
    for last, is_open in itertools.product(("2023-12-31", "2024-12-31", THROUGH), (True, False)):
        side = [
            name
            for name in common
            if OpenRule.WEIGHTS.is_open(theirs[name].openness) is is_open
            and theirs[name].released_on <= date.fromisoformat(last)
        ]
        leader = max(side, key=lambda name: ours[name])
        # "the leader": nobody is published above it
        assert theirs[leader].score == max(theirs[name].score for name in side), (last, is_open, leader)
