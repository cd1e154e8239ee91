"""How numbers, dates and foreign texts are written."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.formatting import (
    NBSP,
    STYLES,
    cell_width,
    clean_text,
    clean_url,
    draw_blocks,
    find_unit,
    format_change,
    format_date,
    format_moment,
    format_number,
    format_period,
    format_range,
    format_value,
    trace_line,
)


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (5.2, "months", f"5.2{NBSP}months"),
        (31.4, "percent", f"31.4{NBSP}%"),
        (-0.3, "months", f"−0.3{NBSP}months"),
        (-0.04, "months", f"0.0{NBSP}months"),
        (7.1, "ratio", f"7.1{NBSP}×"),
        (0.64, "ratio", f"0.64{NBSP}×"),
        (0.0034, "usd", f"0.0034{NBSP}USD"),
        (12.5, "usd", f"12.50{NBSP}USD"),
        (1204, "", "1,204"),
        (18_400_000, "", f"18.4{NBSP}M"),
        (410e6, "tokens", f"410{NBSP}M{NBSP}tokens"),
        (149.3, "score", "149.3"),
        (1432.4, "points", f"1,432{NBSP}points"),
        (47.6, "index", "48"),
        (0.62, "p", "0.62"),
        (0.03, "p", "0.030"),
        (0.0996, "p", "0.10"),
        (0.00421, "p", "0.0042"),
        (0.001, "p", "0.0010"),
        (0.00099, "p", f"<{NBSP}0.001"),
        (0.0, "p", f"<{NBSP}0.001"),
        (1.0, "p", "1.00"),
        (3.0, "furlong_units", f"3.0{NBSP}furlong units"),
        ("2026-11-22", "date", f"22{NBSP}Nov{NBSP}2026"),
        ("Aurora", "text", "Aurora"),
    ],
)
def test_a_value_is_written_with_its_unit(value: float | str, unit: str, written: str) -> None:
    assert format_value(value, unit) == written


def test_a_difference_of_percentages_is_in_percentage_points() -> None:
    assert format_change(0.9, "percent") == f"+0.9{NBSP}pp"
    assert format_change(-3.0, "percent") == f"−3.0{NBSP}pp"
    assert format_change(0.4, "ratio") == "+0.4"
    assert format_change(64.2, "growth") == f"+64.2{NBSP}%"


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    assert format_change(0.001, "months") == "0.0"
    assert format_change(-0.001, "months") == "0.0"


def test_a_range_with_a_negative_end_says_to_instead_of_a_dash() -> None:
    assert format_range(3.9, 6.8, "months") == "3.9–6.8"
    assert format_range(-1.2, 3.4, "months") == "−1.2 to 3.4"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        format_number(value)


@given(st.floats(min_value=-1e13, max_value=1e13, allow_nan=False), st.sampled_from(sorted(STYLES)))
def test_every_finite_number_is_written_without_hyphen_or_exponent(value: float, unit: str) -> None:
    text = format_number(value, unit)
    assert "-" not in text
    assert "e" not in text.lower()
    assert any(char.isdigit() for char in text)


def test_the_longest_suffix_decides_the_unit() -> None:
    assert find_unit("lag_months", {"_months": "months", "s": "other"}) == "months"
    assert find_unit("name", {"_months": "months"}) == ""


def test_dates_are_written_out_in_english() -> None:
    assert format_date(date(2026, 3, 5)) == f"5{NBSP}Mar{NBSP}2026"
    assert format_moment(datetime(2026, 3, 5, 6, 7, tzinfo=UTC)) == f"5{NBSP}Mar{NBSP}2026, 06:07{NBSP}UTC"


def test_a_period_names_month_and_year_once_where_it_can() -> None:
    assert format_period(date(2026, 11, 16), date(2026, 11, 22)) == f"16–22{NBSP}Nov{NBSP}2026"
    assert "Nov – 6" in format_period(date(2026, 11, 30), date(2026, 12, 6))
    assert "2026 – 3" in format_period(date(2026, 12, 28), date(2027, 1, 3))


def test_blocks_span_from_the_lowest_to_the_highest_value() -> None:
    assert draw_blocks([1, 2, 3]) == "▁▅█"
    assert draw_blocks([2, 2]) == "▄▄"
    assert draw_blocks([1]) == ""


def test_a_traced_line_ends_at_its_last_point() -> None:
    line = trace_line([0, 10], width=84, height=22, inset=4)
    assert line == ("M4.0,18.0L80.0,4.0", 80.0, 4.0)
    assert trace_line([1]) is None


def test_direction_marks_and_control_characters_are_removed_from_text() -> None:
    assert clean_text("mo\u202edel\u200b\x1b[31m\tx\n y") == "model[31m x y"


def test_a_long_name_is_cut_with_an_ellipsis() -> None:
    assert clean_text("x" * 10_000, 20) == "x" * 19 + "…"


@given(st.text(max_size=400), st.integers(min_value=2, max_value=60))
def test_cleaned_text_is_one_short_line_and_stays_as_it_is(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)
    assert len(cleaned) <= limit
    assert "\n" not in cleaned
    assert clean_text(cleaned, limit) == cleaned


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org/x",
        "https://",
        "https://user:pass@example.org/",
        'https://example.org/"onmouseover=x',
        "https://example.org/a b",
        "https://[broken/",
        "https://example.org/" + "x" * 3000,
        "",
        None,
    ],
)
def test_an_address_that_is_no_plain_web_address_is_dropped(url: str | None) -> None:
    assert clean_url(url) is None


def test_a_plain_web_address_stays() -> None:
    assert clean_url("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"


def test_wide_characters_take_two_columns() -> None:
    assert cell_width("通义") == 4
    assert cell_width("e\u0301") == 1
