"""How wide columns are: names whole as long as something else can give way."""

from __future__ import annotations

import pytest

from lunchwatch.cli.fitting import BETWEEN, EDGES, fit

COLUMNS = ("name", "value", "basis", "source")
METRIC = "price.cache_read_usd_per_mtok"
ROWS = [
    (METRIC, "0.25", "observed", "https://docs.example.org/pricing/of/everything#cache"),
    ("released_on", "a sentence that somebody wrote and that may be folded", "observed", "catalogue"),
]


def width_of(widths: dict[int, int]) -> int:
    return EDGES + BETWEEN * (len(widths) - 1) + sum(widths.values())


def test_a_wide_terminal_folds_nothing() -> None:
    widths = fit(COLUMNS, ROWS, 200, narrow=("source",))
    assert list(widths.values()) == [max(len(row[i]) for row in ROWS) for i in range(4)]


@pytest.mark.parametrize("room", [80, 100, 120])
def test_on_a_narrow_one_names_stay_whole_and_the_table_fits(room: int) -> None:
    widths = fit(COLUMNS, ROWS, room, narrow=("source", "basis"))
    assert widths[0] == len(METRIC)
    assert width_of(widths) <= room


def test_what_says_the_same_in_every_row_is_left_out_first() -> None:
    assert sorted(fit(COLUMNS, ROWS, 85, narrow=("source", "basis"))) == [0, 1, 3]
    assert sorted(fit(COLUMNS, ROWS, 62, narrow=("source", "basis"))) == [0, 1]


def test_a_column_that_may_be_cut_gives_way_first() -> None:
    widths = fit(("Feed", "Address"), [("n" * 30, "a" * 90)], 60, cut=("Address",))
    assert widths == {0: 30, 1: 60 - 30 - BETWEEN - EDGES}


def test_words_are_broken_when_nothing_else_is_left() -> None:
    assert width_of(fit(("a", "b"), [("x" * 50, "y" * 50)], 30)) <= 30


def test_a_table_without_rows_is_as_wide_as_its_titles() -> None:
    assert fit(("day", "value"), [], 80) == {0: 3, 1: 5}
