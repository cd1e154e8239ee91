"""Words beside a table: rounded numbers, counts, and lines that fold between items."""

from __future__ import annotations

import pytest

from lunchwatch.cli.wording import count_of, describe_left_out, fold, list_items, round_number


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(-0.684, 2, "−0.68"), (-0.001, 2, "0.00"), (127.84, 1, "127.8")]
)
def test_numbers_are_rounded_with_a_true_minus_sign(value: float, decimals: int, text: str) -> None:
    assert round_number(value, decimals) == text


def test_what_was_left_out_is_counted_in_its_noun() -> None:
    assert describe_left_out(1, "claim", "no unit") == "Left out: 1 claim, no unit."
    assert count_of(2, "model") == "2 models"


def test_a_line_is_folded_between_items_and_begins_with_a_capital(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    text = "not yet caught: " + list_items(["first-model (4.7 months)", "second (3.9 months)"])
    assert fold(text, is_terminal=True).split("\n") == [
        "Not yet caught:",
        "  first-model (4.7 months),",
        "  second (3.9 months)",
    ]
    assert fold(text, is_terminal=False) == "Not yet caught: first-model (4.7 months), second (3.9 months)"
