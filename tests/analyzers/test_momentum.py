"""Growth, movers, source events, and the race of the two baskets."""

from __future__ import annotations

import math
import warnings
from datetime import timedelta

import numpy as np
import pytest

from analyzers.absence import Absent
from analyzers.momentum.alignment import (
    align,
    typical_step_days,
    value_at,
    weekly_grid,
    without_suspect_zeros,
)
from analyzers.momentum.baskets import BasketRace, developer_momentum, find_race, race_history
from analyzers.momentum.measures import measure
from analyzers.momentum.moves import Growth, find_growth, find_moves, find_source_events
from analyzers.momentum.ragged import stack
from analyzers.momentum.semantics import log_growth
from analyzers.momentum.trajectory import Trajectory, read_trajectory
from store.errors import Refused
from store.records import Series
from tests.analyzers.worlds import AS_OF, METRICS, World, cut, make_series

PRICE = "price.input_usd_per_mtok"
ROLES = {f"open/{k}": "open_stack" for k in range(6)} | {f"closed/{k}": "closed_sdk" for k in range(4)}


def wavy(start: float, weekly: float, count: int = 40, seed: int = 3) -> list[float]:
    """A level that grows by `weekly` a week on the log scale, with a little noise."""
    rng = np.random.default_rng(seed)
    return [round(start * math.exp(weekly * k + rng.normal(0, 0.003))) for k in range(count)]


def test_stale_value_is_absent_with_its_age() -> None:
    found = value_at(make_series("a/b", [5], end=AS_OF - timedelta(days=30)), AS_OF, 21)
    assert found == Absent(f"the last value before {AS_OF.isoformat()} is 30 days old")


def test_value_before_the_first_is_absent() -> None:
    assert isinstance(value_at(make_series("a/b", [5]), AS_OF - timedelta(days=1), 21), Absent)


def test_alignment_carries_the_last_fresh_value() -> None:
    series = make_series("a/b", [1, 2, 3], step_days=14)
    assert align(series, weekly_grid(AS_OF, 6), 7) == (None, 1, 1, 2, 2, 3)


def test_natural_grid_is_the_median_distance_in_weeks() -> None:
    assert typical_step_days(make_series("a/b", [1, 2, 3, 4], step_days=15)) == 14
    assert typical_step_days(make_series("a/b", [1])) == 7


def test_zero_after_a_positive_level_is_left_out_and_counted() -> None:
    cleaned, dropped = without_suspect_zeros(make_series("a/b", [0, 10, 0, 12]))
    assert list(cleaned.values) == [0, 10, 12]
    assert len(cleaned.days) == len(cleaned.told) == 3
    assert dropped == 1


def test_zero_of_a_flow_is_an_ordinary_day() -> None:
    series = make_series("a/b", [3, 0, 2], metric="policy.lines_added")
    assert without_suspect_zeros(series) == (series, 0)


def test_growth_is_the_log_ratio_and_its_interval_holds_it() -> None:
    growth = find_growth(make_series("a/b", wavy(50_000, 0.02)), 28)
    assert isinstance(growth, Growth)
    assert growth.value == pytest.approx(0.08, abs=0.03)
    assert growth.low is not None
    assert growth.high is not None
    assert growth.low < growth.value < growth.high
    assert growth.window_days == 28


def test_growth_across_a_hole_says_its_real_window() -> None:
    series = make_series("a/b", [10_000, 20_000], metric="hub.downloads.30d", step_days=194)
    growth = find_growth(series, 30)
    assert isinstance(growth, Growth)
    assert growth.window_days == 194
    assert growth.low is None
    assert growth.no_interval_because == "1 values in 26 weeks; the interval needs 6"


def test_growth_of_zeros_has_no_interval_but_a_reason() -> None:
    growth = find_growth(make_series("a/b", [0.0] * 30, metric="hub.downloads.30d"), 30)
    assert isinstance(growth, Growth)
    assert (growth.value, growth.low, growth.high) == (0.0, None, None)
    assert growth.no_interval_because == "counts of 0 and 0 bound no ratio"


def test_growth_over_more_than_the_longest_window_is_absent() -> None:
    assert isinstance(find_growth(make_series("a/b", [10, 20], step_days=500), 28), Absent)


def test_growth_of_a_score_is_refused() -> None:
    with pytest.raises(Refused):
        find_growth(make_series("a/b", [1200, 1250], metric="arena.text.rating"), 28)


def test_jump_of_one_series_is_its_own_move() -> None:
    values = [*wavy(50_000, 0.004)[:-1], 90_000]
    moves = find_moves([make_series("a/jump", values), make_series("a/calm", wavy(50_000, 0.004))], AS_OF)
    assert moves.moves[0].series.subject.name == "a/jump"
    assert moves.moves[0].z is not None
    assert moves.moves[0].z > 3.5
    assert moves.events == ()


def test_jump_of_many_series_on_one_day_is_an_event_of_the_source() -> None:
    series = [make_series(f"a/{k}", [*wavy(50_000, 0.001, seed=k)[:-1], 20_000]) for k in range(12)]
    moves = find_moves(series, AS_OF)
    assert [(event.day, event.is_upward, len(event.jumped)) for event in moves.events] == [(AS_OF, False, 12)]
    assert moves.moves == ()
    assert moves.in_event == 12


def test_few_series_make_no_event() -> None:
    series = [make_series(f"a/{k}", [100, 10]) for k in range(9)]
    assert find_source_events(series) == ()


def test_small_stale_and_short_series_are_counted_not_listed() -> None:
    series = [
        make_series("a/small", wavy(50, 0.01)),
        make_series("a/stale", wavy(50_000, 0.01), end=AS_OF - timedelta(days=200)),
        make_series("a/short", [50_000]),
    ]
    moves = find_moves(series, AS_OF)
    assert (moves.moves, moves.small, moves.stale, moves.short) == ((), 1, 1, 1)


def test_a_price_that_held_for_half_a_year_is_unchanged_and_not_stale() -> None:
    priced = make_series("host/m", [3.0, 2.0], metric=PRICE, end=AS_OF - timedelta(weeks=30))
    moves = find_moves([priced], AS_OF)
    assert (moves.moves, moves.stale, moves.unchanged) == ((), 0, 1)


def test_ordinary_moves_fill_up_to_five_lines_only() -> None:
    moves = find_moves([make_series(f"a/{k}", wavy(50_000, 0.004, seed=k)) for k in range(9)], AS_OF)
    assert len(moves.moves) == 9
    assert len(moves.top) == 5


def test_constant_series_has_no_z_with_the_reason() -> None:
    (move,) = find_moves([make_series("a/b", [50_000.0] * 40)], AS_OF).moves
    assert move.z is None
    assert move.no_z_because is not None
    assert "MAD is zero" in move.no_z_because


def test_surprise_compares_paces_where_windows_are_not_equally_long() -> None:
    # Fortnightly values, the last a day early: its window of 28 days reaches back 41.
    days = [AS_OF - timedelta(days=14 * k) for k in range(24, -1, -1)]
    days[-1] -= timedelta(days=1)
    noise = np.random.default_rng(2).normal(0, 0.002, len(days))
    values = [
        round(50_000 * math.exp(0.002 * (d - days[0]).days + e)) for d, e in zip(days, noise, strict=True)
    ]
    made = make_series("a/b", values)
    late = Series(made.subject, made.metric, tuple(days), made.values, made.told)
    (move,) = find_moves([late], AS_OF).moves
    assert move.growth.window_days == 41
    assert move.z is not None
    assert abs(move.z) < 3.5


@pytest.mark.parametrize(
    ("metric", "window"),
    [
        ("github.stars", 28),
        ("hub.downloads.30d", 35),
        ("hub.downloads.all_time", 28),
        ("policy.lines_added", 28),
    ],
)
def test_growth_of_a_weekly_series_is_the_same_on_both_paths(metric: str, window: int) -> None:
    rng = np.random.default_rng(11)
    values = list(rng.integers(100, 200, 40).astype(float))
    if metric == "hub.downloads.all_time":
        values = list(np.cumsum(values))
    series = make_series("a/b", values, metric=metric)
    growth = find_growth(series, window)
    assert isinstance(growth, Growth)
    assert growth.value == pytest.approx(log_growth(series, window, AS_OF))
    assert growth.low is not None
    assert growth.high is not None
    assert growth.low < growth.value < growth.high


@pytest.mark.parametrize("revised", [20_000.0, 34_200.0])
def test_growth_of_a_revised_total_is_absent_with_the_reason(revised: float) -> None:
    values = [1000.0 * k for k in range(36)] + [revised + 100 * k for k in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        growth = find_growth(make_series("a/b", values, metric="hub.downloads.all_time"), 28)
    assert growth == Absent("the total was revised downward in the window")


def test_days_without_a_count_are_missing_not_zero() -> None:
    series = make_series("a/b", [10.0] * 120, metric="policy.lines_added", step_days=1)
    keep = [k for k in range(120) if k not in range(80, 90)]
    holed = Series(
        series.subject,
        series.metric,
        tuple(series.days[k] for k in keep),
        tuple(series.values[k] for k in keep),
        tuple(series.told[k] for k in keep),
    )
    found = measure(series.metric, stack([holed]))
    known = found.grid[0][~np.isnan(found.grid[0])]
    assert set(known) == {70.0}
    assert np.isnan(found.grid[0]).sum() > np.isnan(measure(series.metric, stack([series])).grid[0]).sum()
    assert isinstance(found.growth_of(0), Absent)


def test_small_counts_get_the_interval_of_a_rate_ratio() -> None:
    growth = find_growth(make_series("a/b", [0, 1, 0, 2, 3, 1, 0, 1], metric="policy.lines_added"), 28)
    assert isinstance(growth, Growth)
    # 5 after 3: log1p difference, and an interval that reaches far to both sides.
    assert growth.value == pytest.approx(math.log(6 / 4))
    assert growth.low is not None
    assert growth.high is not None
    assert growth.low < -0.5
    assert growth.high > 1.5


@pytest.mark.parametrize("metric", ["arena.text.rating"])
def test_a_trend_of_scores_is_refused(metric: str) -> None:
    with pytest.raises(Refused, match="cannot be compared over time"):
        read_trajectory(make_series("a/b", [1200.0] * 20, metric=metric), [], AS_OF, 26)


def test_a_rolling_counter_inside_its_own_window_is_refused() -> None:
    series = make_series("a/b", [100.0] * 20, metric="hub.downloads.30d")
    with pytest.raises(Refused, match="share most of their days"):
        measure(series.metric, stack([series]), window_days=7)


def test_a_zero_is_never_a_fall() -> None:
    values = [*wavy(50_000, 0.004)[:-1], 0]
    (move,) = find_moves([make_series("a/b", values)], AS_OF).moves
    assert move.growth.end.value == values[-2]
    assert move.growth.value > 0
    assert 0 not in move.series.values
    assert find_moves([make_series("a/b", values)], AS_OF).suspect_zeros == 1


def test_a_series_that_left_the_list_is_not_a_fall_either() -> None:
    left = make_series("a/left", wavy(50_000, 0.004), end=AS_OF - timedelta(days=60))
    (move,) = find_moves([left], AS_OF).moves
    assert move.growth.end.day == AS_OF - timedelta(days=60)
    assert move.growth.value > 0


def test_later_rows_do_not_change_what_was_known_before() -> None:
    series = [make_series(f"a/{k}", wavy(50_000, 0.004, seed=k, count=60)) for k in range(4)]
    day = AS_OF - timedelta(weeks=10)
    known = [cut(one, day) for one in series]
    before = find_moves([cut(one, day) for one in series], day)
    world = World(as_of=day, series=series)
    assert find_moves(world.list_series("github.stars"), day) == before
    assert find_moves(known, day) == before


def test_the_order_and_the_company_of_series_do_not_change_a_move() -> None:
    series = [make_series(f"a/{k}", wavy(50_000, 0.004, seed=k)) for k in range(5)]
    downloads = make_series("b/x", wavy(50_000, 0.01), metric="hub.downloads.30d")
    together = {m.series.subject.name: m for m in find_moves([*series[::-1], downloads], AS_OF).moves}
    for one in [*series, downloads]:
        (alone,) = find_moves([one], AS_OF).moves
        assert together[one.subject.name].growth == alone.growth
        assert together[one.subject.name].z == alone.z
        assert together[one.subject.name].trend == alone.trend


def test_false_discovery_rate_is_that_of_the_listed_series() -> None:
    rng = np.random.default_rng(4)
    noise = [make_series(f"a/{k}", list(rng.integers(50_000, 51_000, 40))) for k in range(20)]
    moves = find_moves([make_series("a/up", wavy(50_000, 0.02)), *noise], AS_OF).moves
    q = {move.series.subject.name: move.q for move in moves}
    p = {move.series.subject.name: move.trend.p for move in moves if move.trend}
    assert q["a/up"] is not None
    assert q["a/up"] < 0.001
    assert all(q[name] is not None and q[name] >= p[name] for name in p)


def test_trajectory_slope_is_per_week_whatever_the_step() -> None:
    for step in (1, 7, 14, 21):
        values = [round(1e6 * math.exp(0.01 * k * step / 7)) for k in range(700 // step)]
        series = make_series("a/b", values, step_days=step)
        found = read_trajectory(series, [series], AS_OF, 26)
        assert isinstance(found, Trajectory)
        assert not isinstance(found.trend, Absent)
        assert found.trend.slope == pytest.approx(0.01, abs=1e-5)
        if step <= 14:
            assert found.acceleration == pytest.approx(0, abs=1e-4)
        else:
            assert isinstance(found.acceleration, Absent)


def test_trajectory_leaves_weeks_without_a_value_empty() -> None:
    series = make_series("a/b", wavy(50_000, 0.01))
    keep = [k for k in range(40) if k not in (30, 31, 32)]
    holed = Series(
        series.subject,
        METRICS["github.stars"],
        tuple(series.days[k] for k in keep),
        tuple(series.values[k] for k in keep),
        tuple(series.told[k] for k in keep),
    )
    found = read_trajectory(holed, [holed], AS_OF, 26)
    assert isinstance(found, Trajectory)
    empty = [point.week_ending for point in found.grid if point.value is None and point.day is None]
    assert empty == [series.days[k] for k in (30, 31, 32)]
    assert [flag.name for flag in found.flags] == ["gap"]


# ------------------------------------------------------------------ baskets


def race_world(open_weekly: float, closed_weekly: float) -> list[Series]:
    world = World()
    for k in range(6):
        world.watch(f"open/{k}", wavy(20_000, open_weekly + 0.0005 * k, seed=k))
    for k in range(4):
        world.watch(f"closed/{k}", wavy(20_000, closed_weekly + 0.0005 * k, seed=k + 20))
    return world.series


def test_race_compares_the_medians_of_the_baskets() -> None:
    race = find_race(race_world(0.02, 0.01), ROLES, AS_OF, draws=200, seed=1)
    assert isinstance(race, BasketRace)
    assert race.difference == pytest.approx(0.13, abs=0.03)
    assert race.low > 0
    assert race.score > 50
    assert race.certainty is not None
    assert race.certainty > 0.95
    assert (len(race.open.members), len(race.closed.members)) == (6, 4)


def test_equal_growth_stands_at_parity() -> None:
    assert developer_momentum(0.1, 0.1) == 50


def test_roles_are_found_in_any_spelling_and_strangers_are_ignored() -> None:
    roles = {name.upper(): role for name, role in ROLES.items()} | {"other/x": "spectator"}
    race = find_race(race_world(0.02, 0.01), roles, AS_OF, draws=50, seed=1)
    assert isinstance(race, BasketRace)


def test_race_with_too_few_closed_repositories_says_so() -> None:
    series = [one for one in race_world(0.02, 0.01) if one.subject.name != "closed/0"]
    roles = {name: role for name, role in ROLES.items() if name != "closed/1"}
    assert find_race(series, roles, AS_OF, draws=50, seed=1) == Absent(
        "2 repositories of the closed SDKs have a series; 3 needed"
    )


def test_race_steps_back_to_a_day_that_most_members_know() -> None:
    series = race_world(0.02, 0.01)
    late = make_series("open/9", [100, 110], end=AS_OF)
    old = [
        Series(s.subject, s.metric, tuple(d - timedelta(days=60) for d in s.days), s.values, s.told)
        for s in series
    ]
    race = find_race([*old, late], ROLES | {"open/9": "open_stack"}, AS_OF, draws=50, seed=1)
    assert isinstance(race, BasketRace)
    assert race.end == AS_OF - timedelta(days=60)


def test_history_of_the_race_leaves_out_days_without_members() -> None:
    history = race_history(race_world(0.02, 0.01), ROLES, [AS_OF - timedelta(days=2000), AS_OF])
    assert [day for day, _ in history] == [AS_OF]
