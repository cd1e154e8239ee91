from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.change import Known, find_changes, is_storable
from store.records import Basis, Semantics

START = date(2026, 1, 1)
LEVEL = Semantics.INSTANT
FLOW = Semantics.PER_PERIOD
LOOK = Basis.OBSERVED


def day(number: int) -> date:
    return START + timedelta(days=number)


def test_a_level_that_did_not_change_is_no_news() -> None:
    known = Known((day(0),), (5.0,))
    assert find_changes(known, {day(1): 5.0, day(2): 6.0, day(3): 6.0}, LEVEL, LOOK) == [(day(2), 6.0)]


@pytest.mark.parametrize("basis", [Basis.IMPORTED, Basis.BACKFILLED, Basis.BUNDLED])
def test_a_flat_stretch_of_a_given_history_is_news_on_each_of_its_days(basis: Basis) -> None:
    history = {day(0): 5.0, day(1): 5.0, day(2): 5.0, day(3): 6.0}
    assert find_changes(Known(), history, LEVEL, basis) == list(history.items())


def test_a_flow_is_news_on_each_of_its_days() -> None:
    known = Known((day(0),), (5.0,))
    assert find_changes(known, {day(1): 5.0, day(2): 5.0}, FLOW, LOOK) == [(day(1), 5.0), (day(2), 5.0)]


def test_another_value_for_a_known_day_is_a_correction_and_the_same_is_not() -> None:
    known = Known((day(0), day(1)), (5.0, 7.0))
    for basis in Basis:
        assert find_changes(known, {day(1): 8.0}, LEVEL, basis) == [(day(1), 8.0)]
        assert find_changes(known, {day(1): 7.0}, FLOW, basis) == []
        assert find_changes(known, {day(1): 7.0}, LEVEL, basis) == []


def test_a_back_filled_value_is_news_when_it_differs_from_the_one_before_it() -> None:
    known = Known((day(0), day(9)), (5.0, 9.0))
    assert find_changes(known, {day(3): 6.0, day(4): 6.0, day(5): 9.0}, LEVEL, LOOK) == [
        (day(3), 6.0),
        (day(5), 9.0),
    ]


histories = st.dictionaries(st.integers(0, 40), st.integers(0, 3).map(float), max_size=25)


@given(histories, st.sampled_from([LEVEL, FLOW, Semantics.ROLLING, Semantics.SCORE]), st.sampled_from(Basis))
def test_telling_the_same_again_is_never_news(
    history: dict[int, float], semantics: Semantics, basis: Basis
) -> None:
    incoming = {day(n): value for n, value in history.items()}
    news = find_changes(Known(), incoming, semantics, basis)
    known = Known(tuple(d for d, _ in news), tuple(v for _, v in news))
    assert find_changes(known, incoming, semantics, basis) == []


@given(histories)
def test_what_is_stored_of_a_level_gives_every_told_value_back(history: dict[int, float]) -> None:
    stored = dict(find_changes(Known(), {day(n): v for n, v in history.items()}, LEVEL, LOOK))
    for number, value in history.items():
        in_force = max(d for d in stored if d <= day(number))
        assert stored[in_force] == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1.0])
def test_a_count_that_is_no_count_is_not_storable(value: float) -> None:
    assert not is_storable(value, LEVEL)


def test_a_score_may_be_negative_and_still_not_infinite() -> None:
    assert is_storable(-3.0, Semantics.SCORE)
    assert not is_storable(math.inf, Semantics.SCORE)
