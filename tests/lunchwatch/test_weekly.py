"""Building issues on both databases: frozen once, compared with earlier ones, never blocked by them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from lunchwatch.weekly import build_weekly, list_composites, read_issue
from lunchwatch.weeks import Week
from store.database import Database
from store.errors import Interrupted, StoreError
from store.outbox import find_issue
from store.records import LIVE
from tests.store.worlds import downloads, tell


@pytest.fixture
def world(furnished_database: Database) -> Database:
    return furnished_database


@pytest.mark.slow
def test_a_week_that_says_the_same_keeps_its_revision_and_news_make_another(
    world: Database, tmp_path: Path, now: datetime
) -> None:
    week = Week.of(now.date())
    first = build_weekly(world, week, folder=tmp_path, now=now, with_charts=False)
    again = build_weekly(world, week, folder=tmp_path, now=now + timedelta(hours=1), with_charts=False)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.issue == first.issue
    tell(world, downloads(5, now.date()), on=now.date())
    news = build_weekly(world, week, folder=tmp_path, now=now + timedelta(hours=2), with_charts=False)
    assert (news.is_new, news.issue.revision) == (True, 2)
    assert news.stored.last_run_id > first.stored.last_run_id


@pytest.mark.slow
def test_a_second_week_replays_the_first_and_says_what_changed(
    world: Database, tmp_path: Path, now: datetime
) -> None:
    first = build_weekly(world, Week.of(now.date()), folder=tmp_path, now=now, with_charts=False)
    assert first.issue.content["verdict"]["is_provisional"]
    later = now + timedelta(days=7)
    second = build_weekly(world, Week.of(later.date()), folder=tmp_path, now=later, with_charts=False)
    assert not second.issue.content["verdict"]["is_provisional"]
    assert second.issue.content["compared_with"] is not None
    after = Week.of((later + timedelta(days=7)).date())
    assert len(list_composites([first.issue, second.issue], after)) == 2
    assert len(list_composites([first.issue], after)) == 0


@pytest.mark.slow
def test_an_old_week_built_later_does_not_count_as_the_week_before(
    world: Database, tmp_path: Path, now: datetime
) -> None:
    week = Week.of(now.date())
    first = build_weekly(world, week, folder=tmp_path, now=now, with_charts=False)
    old = build_weekly(world, Week(2026, 30), folder=tmp_path, now=now, with_charts=False)
    again = build_weekly(world, week, folder=tmp_path, now=now, with_charts=False)
    assert old.is_new
    assert (again.is_new, again.issue) == (False, first.issue)


@pytest.mark.slow
def test_an_earlier_issue_that_cannot_be_read_keeps_no_new_one_from_being_built(
    world: Database, tmp_path: Path, now: datetime
) -> None:
    week = Week.of(now.date())
    build_weekly(world, week, folder=tmp_path, now=now, with_charts=False)
    with world.write() as connection:
        connection.execute(text("update issue set content = replace(content, 'months', 'moons')"))
    stored = find_issue(world, LIVE)
    assert stored is not None
    with pytest.raises(StoreError, match="altered"):
        read_issue(stored)
    tell(world, downloads(5, now.date()), on=now.date())
    built = build_weekly(world, week, folder=tmp_path, now=now, with_charts=False)
    assert built.issue.revision == 2


def test_a_stop_before_the_freezing_leaves_no_issue(world: Database, tmp_path: Path, now: datetime) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        build_weekly(world, Week.of(now.date()), folder=tmp_path, now=now, with_charts=False, stop=stop)
    assert find_issue(world, LIVE) is None


def test_a_folder_that_cannot_be_written_is_named(world: Database, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "r").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot write the report"):
        build_weekly(world, Week.of(now.date()), folder=tmp_path, now=now, with_charts=False)
