"""The sub-indices, the composite and its step."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analyzers.absence import Absent
from analyzers.analysis import Step
from analyzers.figures import Share, find_share
from analyzers.weekly.verdict import (
    Part,
    adoption,
    combine,
    composite,
    draw_adoption,
    draw_composite,
    draw_price,
    draw_quality,
    is_contested,
    price_index,
    quality_of_gap,
    quality_of_lag,
    raw_step,
    replay_step,
)
from tests.analyzers.worlds import AS_OF, World


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def share(channel: str, measure: str, value: float) -> Share:
    found = find_share(World().publish(measure, value, date(2026, 6, 1)).figures, channel, AS_OF)
    assert isinstance(found, Share)
    return found


TOKENS = share("tokens", "open-weight share of router tokens", 69.1)
ENTERPRISE = share("enterprise", "open share of enterprise llm api use", 11)


@pytest.mark.parametrize(("months", "expected"), [(0, 50), (6, 25), (12, 12.5), (-6, 75)])
def test_quality_halves_every_six_months_of_lag(months: float, expected: float) -> None:
    assert quality_of_lag(months) == expected


@pytest.mark.parametrize(("points", "expected"), [(0, 50.0), (48, 43.14), (-48, 56.86)])
def test_quality_of_a_rating_gap_is_the_open_win_rate(points: float, expected: float) -> None:
    assert round(quality_of_gap(points), 2) == expected


def test_equal_parts_combine_to_themselves() -> None:
    assert combine([30, 30]) == pytest.approx(30)
    assert combine([20, 80]) == pytest.approx(50)


def test_adoption_weighs_the_logits_of_the_shares_present() -> None:
    assert adoption({"tokens": 0.691, "enterprise": 0.11}) == pytest.approx(28.24, abs=0.01)


def test_adoption_below_half_of_the_weight_is_not_enough() -> None:
    lacking = adoption({"tokens": 0.5, "spend": 0.5})
    assert isinstance(lacking, Absent)
    assert "40 %" in lacking.reason
    assert isinstance(adoption({}), Absent)


def test_extreme_shares_are_clipped() -> None:
    assert adoption({"tokens": 0.0, "enterprise": 0.0}) == pytest.approx(0.5)


def test_price_at_parity_is_fifty() -> None:
    assert price_index(1) == 50
    assert price_index(4) == 80


def test_composite_is_the_weighted_geometric_mean() -> None:
    assert composite(38, 28, 86) == pytest.approx(41.2, abs=0.1)
    assert composite(50, 50, 50) == pytest.approx(50)


def test_missing_channels_show_as_a_wider_interval() -> None:
    thin = draw_adoption({"tokens": TOKENS, "enterprise": ENTERPRISE}, 2000, rng())
    rich = draw_adoption(
        {
            "tokens": TOKENS,
            "enterprise": ENTERPRISE,
            "spend": share("spend", "open share of router spend", 30),
            "downloads": share("downloads", "open share of developer downloads", 30),
        },
        2000,
        rng(),
    )
    assert isinstance(thin, Part)
    assert isinstance(rich, Part)
    assert np.ptp(thin.interval) > np.ptp(rich.interval)
    assert thin.interval[0] <= thin.value <= thin.interval[1]


def test_quality_without_lag_and_gap_is_not_enough() -> None:
    assert isinstance(draw_quality([], [], None, 100, rng()), Absent)


def test_quality_of_lag_and_gap_lies_between_the_two() -> None:
    part = draw_quality([6.0], [5.0, 6.0, 7.0], (0.0, 4.0), 500, rng())
    assert isinstance(part, Part)
    assert 25 < part.value < 50
    assert part.interval[0] < part.value < part.interval[1]


def test_composite_interval_is_repeatable_and_holds_the_value() -> None:
    def draw() -> tuple[float, float, float]:
        r = rng()
        quality = draw_quality([4.0], [3.0, 4.0, 5.0], None, 800, r)
        adopted = draw_adoption({"tokens": TOKENS, "enterprise": ENTERPRISE}, 800, r)
        assert isinstance(quality, Part)
        assert isinstance(adopted, Part)
        found = draw_composite(quality, adopted, draw_price(3.0, [2.0, 3.0, 4.0], 800, r), r)
        return found.low, found.value, found.high

    assert draw() == draw()
    low, value, high = draw()
    assert low < value < high


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (0, Step.NOT_YET),
        (19.9, Step.NOT_YET),
        (20, Step.NIBBLING),
        (41, Step.SHARING),
        (60, Step.EATING),
        (80, Step.GONE),
    ],
)
def test_step_of_a_composite(value: float, step: Step) -> None:
    assert raw_step(value) is step


@pytest.mark.parametrize(
    ("weekly", "step"),
    [
        ([39, 41, 41], Step.NIBBLING),  # beyond the border, but by less than two points
        ([39, 43], Step.NIBBLING),  # one week is not two
        ([39, 42, 42], Step.SHARING),
        ([39, 43, 41, 43], Step.NIBBLING),
        ([41, 39, 39], Step.SHARING),
        ([41, 38, 38], Step.NIBBLING),
        ([41, 38, 70, 70], Step.EATING),
        ([30, 90, 90], Step.GONE),
        ([90, 10, 30], Step.NIBBLING),
    ],
)
def test_step_changes_after_two_weeks_beyond_the_border(weekly: list[float], step: Step) -> None:
    assert replay_step(weekly) is step


def test_step_of_no_week_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        replay_step([])


@pytest.mark.parametrize(("low", "high", "expected"), [(28, 47, False), (18, 47, True), (41, 59, False)])
def test_verdict_is_contested_across_two_borders(low: float, high: float, expected: bool) -> None:
    assert is_contested(low, high) is expected
