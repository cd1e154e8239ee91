"""Concentration indices against numbers small enough to check by eye."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.absence import Absent
from analyzers.momentum.concentration import Concentration, find_concentration
from store.errors import Refused

amounts = st.lists(st.integers(0, 1000).map(float), min_size=1, max_size=20).filter(sum)


def concentration(values: list[float]) -> Concentration:
    found = find_concentration(values)
    assert isinstance(found, Concentration)
    return found


def test_herfindahl_of_50_30_20_is_3800() -> None:
    # 10,000 · (0.25 + 0.09 + 0.04)
    found = concentration([50, 30, 20])
    assert found.hhi == pytest.approx(3800)
    assert found.effective_number == pytest.approx(1 / 0.38)
    assert found.top_share == pytest.approx(0.5)


def test_gini_of_one_holder_among_four_is_three_quarters() -> None:
    # Σ(2i − n − 1)x / (nΣx) = 3·1/(4·1)
    assert concentration([0, 0, 0, 1]).gini == pytest.approx(0.75)


def test_gini_of_1_2_3_is_two_ninths() -> None:
    # (−2·1 + 0·2 + 2·3)/(3·6)
    assert concentration([3, 1, 2]).gini == pytest.approx(4 / 18)


def test_even_shares_have_no_inequality_and_as_many_effective_holders() -> None:
    found = concentration([7] * 5)
    assert (found.hhi, found.effective_number, found.gini) == pytest.approx((2000, 5, 0))


@settings(deadline=None)  # a slow machine is no wrong answer
@given(amounts, st.floats(0.01, 1e6), st.randoms(use_true_random=False))
def test_unit_and_order_change_nothing(values: list[float], factor: float, order: object) -> None:
    turned = [factor * v for v in values]
    order.shuffle(turned)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    plain, scaled = concentration(values), concentration(turned)
    assert (scaled.hhi, scaled.gini) == pytest.approx((plain.hhi, plain.gini), abs=1e-9)
    assert 1 - 1e-9 <= plain.effective_number <= plain.n + 1e-9
    assert 0 <= plain.gini < 1


def test_nothing_held_is_no_concentration() -> None:
    assert isinstance(find_concentration([]), Absent)
    assert find_concentration([0, 0]) == Absent("all 2 hold nothing")


@pytest.mark.parametrize("wrong", [[1, -1], [float("nan"), 1], [float("inf"), 1]])
def test_negative_or_unknown_amounts_are_refused(wrong: list[float]) -> None:
    with pytest.raises(Refused):
        find_concentration(wrong)
