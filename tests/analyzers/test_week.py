"""The whole week on small worlds: starved, live of today only, and rich enough for a verdict."""

from __future__ import annotations

import random
import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from analyzers.analysis import Analysis, Step
from analyzers.weekly.evidence import _keys
from analyzers.weekly.week import analyse_week
from store.records import Basis, Openness, Outcome, Perspective, ReleaseKind, Standing
from tests.analyzers.test_momentum import ROLES, wavy
from tests.analyzers.worlds import AS_OF, CLOSED, NOW, OPEN, World, make_model, make_release

MEASURES = [
    "lag",
    "index_gap",
    "arena_gap",
    "price_ratio",
    "router_share",
    "enterprise_share",
    "developer_momentum",
    "approved_share",
]


def analyse(world: World, **options: object) -> Analysis:
    return analyse_week(world, **({"roles": ROLES, "now": NOW, "draws": 150} | options))  # type: ignore[arg-type] # options of any kind


def rich_world() -> World:
    world = World()
    for k in range(12):
        day = date(2025, 3, 1) + timedelta(days=40 * k)
        world.score(f"closed-{k}", 100 + 3 * k, day, CLOSED, maker=("OpenLab", "Goggle", "Atrophic")[k % 3])
        world.score(
            f"open-{k}", 98 + 3 * k, day + timedelta(days=20), OPEN, maker="Moonshine" if k % 2 else "Kwen"
        )
        world.offer("openlab", f"closed-{k}", 1 + 0.2 * k, 4 + 0.2 * k).offer("host", f"open-{k}", 0.3, 1.0)
    world.score("mystery", 150, date(2026, 10, 1), Openness.UNKNOWN)
    for month in range(1, 12):
        day = date(2026, month, 15)
        world.rate("c", 1330 + month % 2, day, CLOSED, licence="Proprietary").rate(
            "o", 1300, day, licence="MIT"
        )
    world.publish("open-weight share of router tokens", 33, date(2026, 1, 1), interest="investor")
    world.publish("open share of enterprise llm api use", 11, date(2026, 3, 1), source="Another survey")
    for day, usd in ((date(2026, 1, 1), 2.0), (date(2026, 6, 1), 2.6)):
        world.publish("H100 one-year contract", usd, day, unit="USD per hour")
    serving = (
        ("GPU nodes", 226.75, "nodes"),
        ("input tokens", 608e9, "tokens per day"),
        ("output tokens", 168e9, "tokens per day"),
    )
    for measure, value, unit in serving:
        world.publish(f"serving: {measure}", value, date(2025, 2, 28), unit=unit)
    for k in range(6):
        world.watch(f"open/{k}", wavy(20_000, 0.01 + 0.001 * k, seed=k))
    for k in range(4):
        world.watch(f"closed/{k}", wavy(20_000, 0.02, seed=k + 20))
    world.watch("lab/model", wavy(500_000, 0.03), metric="hub.downloads.30d")
    world.watch("Lab A/Terms", [3, 10, 4], metric="policy.lines_added")
    world.watch("Lab A/Terms", [1, 2, 3], metric="policy.lines_removed")
    for k in range(8):
        openness = OPEN if k % 2 else CLOSED
        world.models.append(
            make_model(f"kwen/open-{k}", AS_OF - timedelta(days=3 * k), openness, parameters=30e9)
        )
    world.releases.append(make_release("a/b", ReleaseKind.SOFTWARE, AS_OF, version="v1.0.0"))
    world.claim("m", "Bench", 70, Standing.SELF_REPORTED).claim("m", "Bench", 69, Standing.THIRD_PARTY)
    return world.source("hub").source("github", Outcome.FAILED)


def check_whole(analysis: Analysis) -> None:
    """What holds for every analysis, rich or starved."""
    assert [measure.id for measure in analysis.measures] == MEASURES
    for measure in analysis.measures:
        assert (measure.estimate is None) == (measure.reason is not None)
        assert measure.grade in {"A", "B", "C"}
        if measure.estimate is not None:
            assert measure.evidence
            assert (measure.estimate.low is None) == bool(measure.estimate.no_interval_because)
        assert list(measure.history) == sorted(measure.history)
    ids = [row.id for row in analysis.evidence]
    assert ids == [f"E{k}" for k in range(1, len(ids) + 1)]
    sections = (
        analysis.verdict,
        analysis.measures,
        analysis.findings,
        analysis.movers,
        analysis.releases,
        analysis.claims,
        analysis.price_moves,
        analysis.changes,
        (analysis.break_even,),
    )
    assert {key for part in sections for key in _keys(part)} == set(ids)
    for finding in analysis.findings:
        names = {name for _, name, _, _ in string.Formatter().parse(finding.template) if name}
        assert names == set(finding.values)
        assert finding.evidence
    known = {finding.id for finding in analysis.findings}
    assert {judgement.finding for judgement in analysis.judgements} <= known
    for perspective in Perspective:
        has_finding = any(finding.perspective is perspective for finding in analysis.findings)
        assert has_finding == (f"perspective.{perspective.value}" not in analysis.empty)
    filled = {
        "judgements": analysis.judgements,
        "charts": (*analysis.frontier, *analysis.gaps, *analysis.price_levels),
        "movers": analysis.movers,
        "releases": analysis.releases,
        "claims": analysis.claims,
        "prices": analysis.price_moves,
        "changes": analysis.changes,
        "hypotheses": analysis.hypotheses,
    }
    for section, rows in filled.items():
        assert bool(rows) == (section not in analysis.empty), section
    assert (analysis.break_even is None) == ("breakeven" in analysis.empty)
    assert all(line.startswith("not enough data: ") and "\n" not in line for line in analysis.empty.values())


def test_starved_world_gives_a_complete_analysis_with_reasons() -> None:
    analysis = analyse(World())
    check_whole(analysis)
    assert analysis.verdict.step is None
    assert analysis.verdict.composite is None
    assert analysis.verdict.reason is not None
    assert all(part.estimate is None and part.reason for part in analysis.verdict.sub_indices)
    assert "scoreboard" in analysis.empty
    assert (analysis.evidence, analysis.findings, analysis.through) == ((), (), None)


def test_world_without_declared_metrics_is_starved_not_broken() -> None:
    check_whole(analyse(World(declared=set())))


def test_world_of_todays_live_rows_only_is_complete() -> None:
    world = World().watch("open/0", [21_000]).watch("lab/m", [900_000], metric="hub.downloads.30d")
    world.offer("openlab", "gpt-9", 1, 4)
    world.models.append(make_model("lab/m", AS_OF, OPEN, licence="MIT", basis=Basis.OBSERVED))
    world.releases.append(make_release("a/b", ReleaseKind.SOFTWARE, AS_OF, version="v2.0.0"))
    analysis = analyse(world.source("hub"))
    check_whole(analysis)
    assert analysis.verdict.step is None
    assert [line.title for line in analysis.releases] == ["m", "a/b v2.0.0"]
    assert "2 are too short" in analysis.empty["movers"]
    assert analysis.through == AS_OF


def test_rich_world_gives_a_verdict_with_its_interval() -> None:
    analysis = analyse(rich_world())
    check_whole(analysis)
    verdict = analysis.verdict
    assert verdict.composite is not None
    assert verdict.composite.low is not None
    assert verdict.composite.high is not None
    assert verdict.composite.low <= verdict.composite.value <= verdict.composite.high
    assert verdict.step is Step.SHARING or verdict.step is Step.NIBBLING
    assert verdict.is_provisional
    assert verdict.strongest_counter_evidence in {finding.id for finding in analysis.findings}
    assert 3 <= len(analysis.judgements) <= 5
    assert not any(key.startswith("perspective.") for key in analysis.empty)


def test_same_inputs_give_an_equal_analysis() -> None:
    assert analyse(rich_world()) == analyse(rich_world())


def test_order_of_the_rows_does_not_matter() -> None:
    world, shuffled = rich_world(), rich_world()
    order = random.Random(3)  # noqa: S311 - shuffling test rows needs no secrecy
    for rows in (
        shuffled.scores,
        shuffled.offers,
        shuffled.models,
        shuffled.claims,
        shuffled.ratings,
        shuffled.figures,
    ):
        order.shuffle(rows)
    assert analyse(world) == analyse(shuffled)


def test_earlier_weeks_end_the_provisional_state() -> None:
    assert not analyse(rich_world(), earlier=[30.0, 30.0]).verdict.is_provisional


def test_stale_board_is_left_out_of_quality_and_said_so() -> None:
    world = rich_world()
    fresh = analyse(world)
    world.ratings = [replace(row, board_date=row.board_date - timedelta(days=500)) for row in world.ratings]
    stale = analyse(world)
    assert "rating board" in " ".join(stale.assumptions)
    assert "rating board" not in " ".join(fresh.assumptions)
    quality = {part.id: part.evidence for part in stale.verdict.sub_indices}["quality"]
    titles = {row.id: row.title for row in stale.evidence}
    assert [titles[key] for key in quality] == [
        "Capability index: score, release date and openness per model"
    ]
    assert {m.id: m.grade for m in stale.measures}["arena_gap"] == "C"


def test_stale_index_leaves_no_lag_in_quality() -> None:
    world = rich_world()
    world.ratings = []
    world.scores = [replace(row, published_on=date(2025, 6, 1)) for row in world.scores]
    analysis = analyse(world)
    assert analysis.verdict.composite is None
    assert analysis.verdict.reason is not None
    assert "neither a lag nor a rating gap" in analysis.verdict.reason


def test_adoption_below_half_of_its_weight_leaves_the_vector_without_a_composite() -> None:
    world = rich_world()
    world.figures = [f for f in world.figures if "enterprise" not in f.figure.measure]
    verdict = analyse(world).verdict
    assert verdict.composite is None
    assert verdict.step is None
    present = {part.id for part in verdict.sub_indices if part.estimate is not None}
    assert {"quality", "price"} <= present


def test_live_and_recent_measure_is_grade_a_with_its_changes() -> None:
    measures = {measure.id: measure for measure in analyse(rich_world()).measures}
    stars = measures["developer_momentum"]
    assert stars.grade == "A"
    assert stars.change_13w is not None
    assert measures["lag"].grade == "B"


def test_old_measure_has_history_but_no_change() -> None:
    world = rich_world()
    world.scores = [replace(row, published_on=AS_OF - timedelta(days=90)) for row in world.scores]
    lag = {measure.id: measure for measure in analyse(world).measures}["lag"]
    assert (lag.change_1w, lag.change_13w) == (None, None)
    assert len(lag.history) > 10


def test_as_of_after_now_is_refused() -> None:
    with pytest.raises(ValueError, match="after now"):
        analyse(World(as_of=AS_OF + timedelta(days=1)))


def test_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        analyse(World(), now=datetime(2026, 11, 22))  # noqa: DTZ001 - the naive moment is the point


def test_later_now_changes_nothing() -> None:
    assert analyse(rich_world()) == analyse(rich_world(), now=datetime(2027, 1, 1, tzinfo=UTC))
