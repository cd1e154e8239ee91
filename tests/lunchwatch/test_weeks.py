from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lunchwatch.weeks import DAYS, Week, last_scheduled, parse_week
from store.errors import Refused

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # a Sunday


def test_words_and_numbers_name_weeks() -> None:
    assert str(parse_week("current", NOW)) == "2026-W47"
    assert str(parse_week("last", NOW)) == "2026-W46"
    week = parse_week("2026-W01", NOW)
    assert (week.monday, week.sunday) == (date(2025, 12, 29), date(2026, 1, 4))


@pytest.mark.parametrize(
    "text", ["", "W47", "2026-47", "2026-W00", "2026-W54", "2025-W53", "9999-W53", "2026-W48"]
)
def test_what_is_no_week_or_to_come_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_week(text, NOW)


def test_an_issue_knows_through_today_while_its_week_lasts_and_through_sunday_after() -> None:
    week = parse_week("current", NOW)
    assert week.as_of(datetime(2026, 11, 18, tzinfo=UTC)) == date(2026, 11, 18)
    assert week.as_of(datetime(2026, 12, 1, tzinfo=UTC)) == date(2026, 11, 22)
    assert week.end == datetime(2026, 11, 23, tzinfo=UTC)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by the library's rule


@given(moments, st.sampled_from(DAYS), st.integers(0, 23))
def test_the_last_scheduled_moment_is_the_latest_of_its_kind_not_after_now(
    now: datetime, day: str, hour: int
) -> None:
    moment = last_scheduled(now, day, hour)
    assert moment <= now
    assert (now - moment).days < 7
    assert (DAYS[moment.weekday()], moment.hour, moment.minute) == (day, hour, 0)


@given(moments)
def test_weeks_sort_as_their_mondays_do(now: datetime) -> None:
    week = Week.of(now.date())
    assert week.monday <= now.date() <= week.sunday
    assert Week.of(week.sunday) == week
    assert str(Week.of(date.fromordinal(week.sunday.toordinal() + 1))) > str(week)
