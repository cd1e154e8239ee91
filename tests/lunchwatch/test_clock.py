"""Time enters through one door, aware and in UTC, wherever the machine stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from lunchwatch import clock
from lunchwatch.cli.output import ago
from lunchwatch.weeks import Week, last_scheduled

NIGHT = datetime(2026, 11, 23, 0, 30, tzinfo=ZoneInfo("Pacific/Kiritimati"))  # still Sunday in UTC


@pytest.fixture
def far_east() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


def test_now_is_utc_whatever_the_machines_zone(far_east: None) -> None:
    with time_machine.travel(NIGHT, tick=False):
        now = clock.now()
    assert now == NIGHT
    assert now.tzinfo is UTC
    assert str(Week.of(now.date())) == "2026-W47"


def test_a_schedule_in_utc_does_not_shift_when_clocks_are_changed() -> None:
    zone = ZoneInfo("Europe/Berlin")
    for night in (datetime(2026, 3, 29, 12, tzinfo=zone), datetime(2026, 10, 25, 12, tzinfo=zone)):
        with time_machine.travel(night, tick=False):
            moment = last_scheduled(clock.now(), "sun", 2)
        assert (moment.hour, moment.date()) == (2, night.date())


def test_people_read_how_long_ago_something_was() -> None:
    with time_machine.travel(NIGHT, tick=False):
        now = clock.now()
    assert ago(None, now) == "never"
    assert ago(datetime(2026, 11, 22, 10, 0, tzinfo=UTC), now) == "30 min ago"
    assert ago(datetime(2026, 11, 22, 4, 0, tzinfo=UTC), now) == "6 h ago"
    assert ago(datetime(2026, 11, 2, 4, 0, tzinfo=UTC), now) == "20 d ago"
