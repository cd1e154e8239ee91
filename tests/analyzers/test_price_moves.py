"""Which price changes are moves, and which corrected an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from analyzers.analysis import PriceMove
from analyzers.prices.moves import Step, find_corrections, find_moves
from store.records import Offer, PriceChange
from tests.analyzers.worlds import AS_OF, make_offer

START = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
Told = tuple[float, float] | tuple[float, float, float]


def list_steps(*prices: tuple[float, float | None]) -> list[Step]:
    """One rate's steps from (hours after START, price); the first is the price there was before."""
    (_, before), *rest = prices
    steps = []
    for hours, price in rest:
        steps.append(Step(START + timedelta(hours=hours), before, price))
        before = price
    return steps


def list_changes(*told: Told) -> list[PriceChange]:
    """The offer's changes from (hours after START, input, output); output is input where it is left out."""
    offers: list[Offer] = []
    for hours, price, *output in told:
        moment = START + timedelta(hours=hours)
        offer = make_offer("lab", "m", price, output[0] if output else price, day=moment.date())
        offers.append(replace(offer, told_at=moment))
    before: list[Offer | None] = [None, *offers]
    return [PriceChange(b, a) for b, a in zip(before, offers, strict=False)]


def oldest_first(*told: Told) -> list[PriceMove]:
    """What became of the offer after its first price."""
    return list(find_moves(list_changes(*told)))[::-1][1:]


@pytest.mark.parametrize(
    ("steps", "corrected"),
    [
        ([(0, 3), (10, 15)], set()),
        ([(0, 3), (10, 15), (57, 3)], {0, 1}),
        ([(0, 3), (10, 15), (58, 3)], {0, 1}),
        ([(0, 3), (10, 15), (59, 3)], set()),
        ([(0, 3), (10, 15), (20, 4)], set()),
        ([(0, 3), (10, 15), (20, 9), (30, 3)], {0, 1, 2}),
        ([(0, 3), (10, 15), (20, 3), (30, 15)], {0, 1}),
        ([(0, 3), (10, 15), (20, 3), (30, 15), (40, 3)], {0, 1, 2, 3}),
        ([(0, 3), (10, 15), (20, 9), (30, 15)], {1, 2}),
        ([(0, 3), (10, 15), (200, 3), (210, 15)], {1, 2}),
        ([(0, 3), (10, 0), (20, 3)], {0, 1}),
        ([(0, None), (10, 3), (20, 15)], set()),
    ],
    ids=[
        "a change that stands",
        "undone after 47 hours",
        "undone after 48 hours",
        "undone after 49 hours",
        "on to a third price",
        "undone by way of a third price",
        "undone and done again",
        "undone twice",
        "the second step alone undone",
        "each way kept for days, then undone",
        "free for ten hours",
        "a first price is no change",
    ],
)
def test_steps_away_and_back_within_48_hours_are_corrections(
    steps: list[tuple[float, float | None]], corrected: set[int]
) -> None:
    assert find_corrections(list_steps(*steps)) == corrected


def test_revert_on_the_second_day_is_judged_by_hours_not_by_days() -> None:
    within = oldest_first((0, 3), (95, 15), (142, 3))
    beyond = oldest_first((0, 3), (95, 15), (144, 3))
    assert [(m.change, m.is_correction) for m in within] == [(4, True), (-0.8, True)]
    assert [(m.change, m.is_correction) for m in beyond] == [(4, False), (-0.8, False)]
    assert [m.day for m in within] == [m.day for m in beyond]


def test_change_that_stood_is_a_move_although_it_was_once_undone() -> None:
    moves = oldest_first((0, 3), (100, 15), (124, 3), (148, 15))
    assert [(m.blend_before, m.blend_after, m.is_correction) for m in moves] == [
        (3, 15, True),
        (15, 3, True),
        (3, 15, False),
    ]


def test_two_rates_changed_and_reverted_together_are_one_correction() -> None:
    moves = oldest_first((0, 1, 5), (95, 5, 1), (110, 1, 5))
    assert [(m.blend_before, m.blend_after, m.is_correction) for m in moves] == [(2, 4, True), (4, 2, True)]


def test_move_of_one_rate_is_reckoned_without_the_others_mistake() -> None:
    moves = oldest_first((0, 1, 2), (95, 50, 6), (110, 1, 6))
    assert [(m.blend_before, m.blend_after, m.is_correction) for m in moves] == [
        (1.25, 2.25, False),
        (pytest.approx(39), 2.25, True),
    ]


def test_revert_is_not_seen_by_a_report_from_before_it() -> None:
    (move,) = oldest_first((0, 3), (100, 15))
    assert (move.change, move.is_correction) == (4, False)
    marked, _ = oldest_first((0, 3), (100, 15), (140, 3))
    assert (marked.day, marked.change, marked.is_correction) == (move.day, 4, True)


def test_revert_right_after_the_window_begins_belongs_to_the_change_before_it() -> None:
    changes = list_changes((0, 3), (95, 15), (110, 3))
    since = changes[2].after.day
    assert changes[1].after.day < since
    assert [(m.change, m.is_correction) for m in find_moves(changes, since)] == [(-0.8, True)]
    assert [m.is_correction for m in find_moves(changes[2:], since)] == [False]


def test_same_offer_of_two_lists_is_not_flipping_between_them() -> None:
    other = [
        PriceChange(
            None if c.before is None else replace(c.before, price_list="other"),
            replace(c.after, price_list="other"),
        )
        for c in list_changes((0, 7), (105, 8))
    ]
    moves = find_moves([*list_changes((0, 3), (100, 15)), *other])
    assert not any(m.is_correction for m in moves)
    assert sorted(round(m.change, 3) for m in moves if m.change is not None) == [0.143, 4]


def test_prices_known_by_the_day_are_compared_by_days() -> None:
    def changes(*prices: tuple[int, float]) -> list[PriceChange]:
        offers = [make_offer("lab", "m", usd, usd, day=AS_OF + timedelta(days=day)) for day, usd in prices]
        before: list[Offer | None] = [None, *offers]
        return [PriceChange(b, a) for b, a in zip(before, offers, strict=False)]

    reverted = find_moves(changes((-30, 3), (-10, 15), (-8, 3)))
    assert [(m.change, m.is_correction) for m in reverted] == [(-0.8, True), (4, True), (None, False)]
    moved = find_moves(changes((-30, 3), (-10, 15), (-7, 3)))
    assert not any(move.is_correction for move in moved)


def test_price_that_was_free_before_has_no_change() -> None:
    moves = find_moves(list_changes((0, 0), (100, 2)))
    assert [(m.blend_before, m.blend_after, m.change) for m in moves] == [(None, 2, None)]


def test_moves_before_the_window_are_left_out() -> None:
    assert find_moves(list_changes((0, 3), (100, 15)), since=date(2026, 12, 1)) == ()


def test_a_history_that_was_told_all_at_once_is_judged_by_its_days() -> None:
    changes = [
        PriceChange(
            None if change.before is None else replace(change.before, told_at=START + timedelta(days=400)),
            replace(change.after, told_at=START + timedelta(days=400)),
        )
        for change in list_changes((0, 3), (24 * 100, 15), (24 * 200, 3), (24 * 300, 15), (24 * 301, 3))
    ]
    assert [move.is_correction for move in find_moves(changes)][::-1][1:] == [False, False, True, True]
