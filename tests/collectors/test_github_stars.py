"""Star history: the wire form and its traps, the weekly look, the back-fill over a span."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.contract import Context, Span
from collectors.fetching import RetryPolicy
from collectors.github import GitHubOptions, StarHistoryCollector
from collectors.github.star_weeks import (
    StarWeek,
    find_implausible,
    last_finished_day,
    list_star_records,
    parse_star_week,
)
from store.catalogue import load_catalogue
from store.database import Database
from store.errors import RateLimited, SourceChanged, SourceGone
from store.query import StoreQuery
from store.recorder import recording
from store.records import (
    LIVE,
    Basis,
    Coverage,
    CoverageStatus,
    Kind,
    Observation,
    Semantics,
    SubjectRef,
)
from store.transaction import RunSpec
from tests.collectors.stand import NOW, Clock, Ledger
from tests.replica.github import GitHubSite
from tests.replica.server import Replica

VLLM = "vllm-project/vllm"  # made on 2023-02-09
LLAMA = "ggml-org/llama.cpp"
NOTES = "example-lab/notes"
TOKEN = "replica-token"
DAY = timedelta(days=1)
YESTERDAY = date(2026, 11, 21)  # of Sunday 2026-11-22, 12:00 UTC
SUBJECT = SubjectRef("github", Kind.GITHUB_REPO, "a/b", "7")
SUNDAY = 1_795_305_600  # 2026-11-22 00:00 UTC


@pytest.fixture
def site(replica: Replica) -> GitHubSite:
    made = GitHubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(
    replica: Replica, *names: str, span: Span | None = None, token: str | None = TOKEN
) -> StarHistoryCollector:
    options = GitHubOptions(f"{replica.url}/api/v3", token, names)
    return StarHistoryCollector(options, span, retry=RetryPolicy(first_wait=0))


def days_of(ledger: Ledger) -> dict[date, float]:
    found = [each for each in ledger.records if isinstance(each, Observation)]
    assert {each.metric for each in found} <= {"github.stars_received.daily"}
    return {each.day: each.value for each in found}


def coverage_of(ledger: Ledger, name: str) -> Coverage:
    return [each for each in ledger.coverage if each.scope == f"stars:{name}"][-1]


def pages_of(replica: Replica) -> list[str]:
    """The pages of star history that were asked for."""
    return [entry.first("page") for entry in replica.log if entry.path.endswith("/stargazers/history")]


def pass_time(site: GitHubSite, clock: Clock, **time: int) -> None:
    clock.advance(timedelta(**time))
    site.now = clock.now


def week(begins: int = SUNDAY, days: list[int] | None = None, **fields: object) -> dict[str, object]:
    days = days or [1, 0, 4, 2, 5, 0, 0]
    return {"week": begins, "total": sum(days), "days": days, **fields}


# --------------------------------------------------------------------------- the form


def test_days_are_counted_from_the_sunday_that_names_the_week() -> None:
    assert parse_star_week(week()) == StarWeek(date(2026, 11, 22), (1, 0, 4, 2, 5, 0, 0))


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ([], "p"),
        ({"week": SUNDAY, "days": [0] * 7}, "p"),
        (week(days=[1] * 6), "p.days"),
        (week(days=[1] * 8), "p.days"),
        (week(days=[-1, 1, 0, 0, 0, 0, 0]), "p.days[0]"),
        (week(total=13), "p.total"),
        (week(total="12"), "p.total"),
        (week(total="\ud800"), "p"),  # half a surrogate pair: JSON can write it, UTF-8 cannot
        (week(SUNDAY + 3600), "p.week"),
        (week(SUNDAY * 1000), "p.week"),
        (week(-1), "p.week"),
    ],
)
def test_a_malformed_week_is_refused_with_its_path(item: object, path: str) -> None:
    with pytest.raises(SourceChanged) as raised:
        parse_star_week(item, "p")
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("now", "finished"),
    [
        ("2026-11-22T12:00", "2026-11-21"),
        ("2026-11-22T07:59", "2026-11-20"),  # still Saturday 23:59 in Los Angeles
        ("2026-11-22T08:00", "2026-11-21"),
        (
            "2026-07-02T07:30",
            "2026-06-30",
        ),  # in summer the day is over since 07:00: an hour later than need be
        ("2026-07-02T08:00", "2026-07-01"),
        ("2027-01-01T03:00", "2026-12-30"),
    ],
)
def test_a_day_is_final_when_it_is_over_in_los_angeles(now: str, finished: str) -> None:
    assert last_finished_day(datetime.fromisoformat(now).replace(tzinfo=UTC)) == date.fromisoformat(finished)


def test_days_to_come_are_no_days_without_stars() -> None:
    weeks = [
        StarWeek(date(2026, 11, 15), (1, 2, 3, 4, 5, 6, 7)),
        StarWeek(date(2026, 11, 22), (2,) + (0,) * 6),
    ]
    records = list_star_records(SUBJECT, weeks, date.min, YESTERDAY)
    assert [each.day.day for each in records if isinstance(each, Observation)] == list(range(15, 22))


@given(st.lists(st.tuples(*[st.integers(0, 10**6)] * 7), min_size=1, max_size=20))
def test_every_day_of_the_weeks_is_there_once_and_adds_up(counts: list[tuple[int, ...]]) -> None:
    weeks = [
        parse_star_week(week(SUNDAY - number * 604_800, list(days))) for number, days in enumerate(counts)
    ]
    records = list_star_records(SUBJECT, weeks, date.min, date.max)
    assert len(records) == 7 * len(counts)
    assert sum(each.value for each in records if isinstance(each, Observation)) == sum(map(sum, counts))


@pytest.mark.parametrize(
    ("read", "stars", "is_whole", "is_doubtful"),
    [
        (100, 100, True, False),
        (105, 100, True, False),  # given while we asked
        (200, 100, False, True),
        (100, 100_000, False, False),  # one page of many
        (100, 100_000, True, True),
        (0, 0, True, False),
    ],
)
def test_a_history_that_does_not_fit_the_stars_is_doubted(
    read: int, stars: int, is_whole: bool, is_doubtful: bool
) -> None:
    assert bool(find_implausible(read, stars, is_whole=is_whole)) is is_doubtful


# --------------------------------------------------------------------------- the weekly look


def test_a_first_look_brings_the_recent_days_only_and_no_unfinished_one(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM), context)
    days = days_of(ledger)
    assert max(days) == YESTERDAY
    assert min(days) == YESTERDAY - 34 * DAY  # what is older is history: it comes with a back-fill
    assert len(days) == 35
    assert all(days[day] == site.star_day(VLLM, day) for day in days)
    assert {each.subject.native_id for each in ledger.records if isinstance(each, Observation)} == {
        "599547518"
    }
    assert [entry.path for entry in replica.log] == [
        f"/api/v3/repos/{VLLM}",
        f"/api/v3/repos/{VLLM}/stargazers/history",
    ]
    assert coverage_of(ledger, VLLM).status is CoverageStatus.COMPLETE


def test_the_closed_list_of_stargazers_is_never_asked(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    # it answers [] for repositories of others: counting it would record 0 stars
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA, NOTES), context)
    span = Span(date(2023, 1, 1), YESTERDAY)
    ledger.collect(make_collector(replica, VLLM, span=span), context)
    about_stars = [entry.path for entry in replica.log if "stargazers" in entry.path]
    assert len(about_stars) > 3
    assert all(path.endswith("/stargazers/history") for path in about_stars)


def test_a_week_later_the_new_days_come_and_four_weeks_are_read_again(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.set_star_day(VLLM, YESTERDAY - 10 * DAY, 3)  # unstars: fewer than we were told
    site.set_star_day(VLLM, YESTERDAY - 100 * DAY, 2)
    pass_time(site, clock, days=7)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    days = days_of(later)
    assert (min(days), max(days)) == (YESTERDAY - 27 * DAY, YESTERDAY + 7 * DAY)
    assert days[YESTERDAY - 10 * DAY] == 3
    assert pages_of(replica) == ["1", "1"]


def test_the_same_week_again_is_unchanged(replica: Replica, site: GitHubSite, context: Context) -> None:
    collector = make_collector(replica, VLLM)
    ledger = Ledger()
    ledger.collect(collector, context)
    spent = site.primary_spent
    again = Ledger(states=ledger.states)
    again.collect(collector, context)
    assert again.records == []
    assert coverage_of(again, VLLM).status is CoverageStatus.UNCHANGED
    assert site.primary_spent == spent


def test_after_a_long_pause_the_days_in_between_are_named_and_left_to_a_back_fill(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM)
    ledger = Ledger()
    ledger.collect(collector, context)
    pass_time(site, clock, weeks=70)
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert pages_of(replica) == ["1"]
    assert len(days_of(later)) == 35
    told = coverage_of(later, VLLM)
    assert told.status is CoverageStatus.PARTIAL
    last = min(days_of(later)) - DAY
    assert f"backfill github.stars --from {YESTERDAY + DAY} --to {last}" in told.reason
    pass_time(site, clock, weeks=1)
    again = Ledger(states=later.states)
    again.collect(collector, context)
    assert coverage_of(again, VLLM).status is CoverageStatus.COMPLETE


def test_without_a_token_the_weekly_look_takes_a_share_of_the_hour_and_goes_on_later(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    names = site.add_repositories(25)
    collector = make_collector(replica, *names, token=None)
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:
        ledger.collect(collector, context)
    assert len(replica.log) == 20
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert {each.status for each in ledger.coverage[10:]} == {CoverageStatus.POSTPONED}
    for _ in range(2):
        pass_time(site, clock, hours=1, seconds=1)
        site.tick(hours=0)
        try:
            ledger.collect(collector, context)
        except RateLimited:
            continue
    assert len(replica.log) == 50
    assert {coverage_of(ledger, name).status for name in names} == {CoverageStatus.COMPLETE}


def test_a_look_lasts_about_a_week_and_says_what_it_costs(replica: Replica) -> None:
    (target,) = make_collector(replica, VLLM, LLAMA).list_targets()
    assert target.every is not None
    assert timedelta(days=6) < target.every <= timedelta(days=7)
    assert target.requests == 4
    year = Span(date(2025, 11, 22), YESTERDAY)
    (target,) = make_collector(replica, VLLM, LLAMA, span=year).list_targets()
    assert (target.every, target.requests) == (None, 2 * (1 + 2))
    assert make_collector(replica).list_targets() == []


# --------------------------------------------------------------------------- what goes wrong


def test_an_empty_history_of_a_repository_with_stars_is_not_taken_for_no_stars(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.empty_star_history(VLLM)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA), context)
    assert coverage_of(ledger, VLLM).status is CoverageStatus.FAILED
    assert "66,100 stars" in coverage_of(ledger, VLLM).reason
    assert coverage_of(ledger, LLAMA).status is CoverageStatus.COMPLETE


def test_a_repository_without_stars_has_an_empty_history(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.set_stars(NOTES, 0)
    site.empty_star_history(NOTES)
    ledger = Ledger()
    ledger.collect(make_collector(replica, NOTES), context)
    assert coverage_of(ledger, NOTES).status is CoverageStatus.COMPLETE
    assert ledger.records == []


def test_more_stars_received_than_there_are_is_kept_and_flagged(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.set_star_day(NOTES, YESTERDAY, 500)
    ledger = Ledger()
    ledger.collect(make_collector(replica, NOTES), context)
    flagged = coverage_of(ledger, NOTES)
    assert flagged.status is CoverageStatus.PARTIAL
    assert "but it has 41" in flagged.reason
    assert days_of(ledger)[YESTERDAY] == 500


def test_a_server_without_star_history_is_noticed_after_a_few_repositories(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    # GitHub Enterprise: the repositories are there, the address is not
    site.has_star_history = False
    names = site.add_repositories(10)
    ledger = Ledger()
    with pytest.raises(SourceGone, match="no star history"):
        ledger.collect(make_collector(replica, *names), context)
    assert len(replica.log) == 6
    assert {each.status for each in ledger.coverage} == {CoverageStatus.FAILED}


def test_a_missing_repository_is_gone_when_missed_twice(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.delete(VLLM)
    collector = make_collector(replica, VLLM, LLAMA)
    ledger = Ledger()
    for _ in range(2):
        ledger.collect(collector, context)
    found = [each.status for each in ledger.coverage if each.scope == f"stars:{VLLM}"]
    assert found == [CoverageStatus.FAILED, CoverageStatus.GONE]


def test_a_renamed_repository_keeps_its_history_under_its_id(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.rename(VLLM, "vllm/engine")
    pass_time(site, clock, days=7)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    subjects = {each.subject for each in later.records if isinstance(each, Observation)}
    assert subjects == {SubjectRef("github", Kind.GITHUB_REPO, "vllm/engine", "599547518")}


def test_one_malformed_week_is_skipped_and_counted(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    body = json.dumps([week(total=99), week(SUNDAY - 604_800)]).encode()
    replica.fail_next(f"/api/v3/repos/{VLLM}/stargazers", 200, body=body)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM), context)
    assert len(days_of(ledger)) == 7
    assert len(ledger.skipped) == 1
    assert f"stars:{VLLM}?page=1[0].total" in ledger.skipped[0]
    assert coverage_of(ledger, VLLM).status is CoverageStatus.PARTIAL


def test_a_server_that_sends_the_same_page_for_ever_is_noticed(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    weeks = [week(SUNDAY - number * 604_800) for number in range(30)]
    replica.fail_next(f"/api/v3/repos/{VLLM}/stargazers", 200, body=json.dumps(weeks).encode(), times=99)
    span = Span(date(2023, 3, 1), YESTERDAY)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, span=span), context)
    assert pages_of(replica) == ["1", "2"]
    assert "no further back" in coverage_of(ledger, VLLM).reason


def test_a_spent_budget_postpones_what_is_left(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    site.quota = 5
    span = Span(date(2024, 1, 1), YESTERDAY)
    collector = make_collector(replica, VLLM, LLAMA, span=span, token=None)
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:
        ledger.collect(collector, context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert len(replica.log) == 5  # none was wasted on a refusal
    assert coverage_of(ledger, VLLM).status is CoverageStatus.POSTPONED
    for _ in range(9):
        pass_time(site, clock, hours=1, seconds=1)
        site.tick(hours=0)
        try:
            ledger.collect(collector, context)
            break
        except RateLimited:
            continue
    assert len(replica.log) == 2 * (1 + 6)  # 151 weeks each: no page was asked for twice
    assert coverage_of(ledger, LLAMA).status is CoverageStatus.COMPLETE
    assert min(days_of(ledger)) == date(2024, 1, 1)


# --------------------------------------------------------------------------- the back-fill


def test_a_back_fill_reads_every_page_between_the_days_and_no_other(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    span = Span(date(2024, 6, 1), date(2025, 6, 30))
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, span=span), context)
    days = days_of(ledger)
    assert sorted(days) == [span.since + number * DAY for number in range(395)]
    assert all(days[day] == site.star_day(VLLM, day) for day in days)
    assert pages_of(replica) == ["3", "4", "5"]  # 73 weeks ago to 129 weeks ago, 30 a page


def test_a_back_fill_to_before_the_repository_was_made_ends_with_its_first_week(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, span=Span(date(2008, 1, 1), YESTERDAY)), context)
    days = days_of(ledger)
    assert min(days) == date(2023, 2, 5)  # the Sunday before: its week begins with days without stars
    assert pages_of(replica) == [str(number) for number in range(1, 8)]  # 198 weeks
    running = site.star_day(VLLM, YESTERDAY + DAY)
    assert sum(days.values()) == 66_100 - running
    assert coverage_of(ledger, VLLM).status is CoverageStatus.COMPLETE


def test_a_back_fill_wholly_before_the_repository_was_made_brings_nothing(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, span=Span(date(2015, 1, 1), date(2015, 12, 31))), context)
    assert ledger.records == []
    assert coverage_of(ledger, VLLM).status is CoverageStatus.COMPLETE
    assert len(pages_of(replica)) == 1


@pytest.mark.parametrize("stopped_after", range(1, 9))
def test_a_back_fill_stopped_after_any_page_goes_on_with_the_next(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock, stopped_after: int
) -> None:
    collector = make_collector(replica, VLLM, LLAMA, span=Span(date(2024, 6, 1), date(2025, 12, 31)))
    ledger = Ledger()
    assert not ledger.collect(collector, context, most_batches=stopped_after)
    pass_time(site, clock, days=8)  # the pages have moved on by a week meanwhile
    assert ledger.collect(collector, context)
    days = [(each.subject.name, each.day) for each in ledger.records if isinstance(each, Observation)]
    assert len(set(days)) == 2 * 579
    assert {coverage_of(ledger, name).status for name in (VLLM, LLAMA)} == {CoverageStatus.COMPLETE}


def test_a_finished_back_fill_is_remembered_and_asks_nothing_again(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    span = Span(date(2026, 8, 1), date(2026, 10, 31))
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, span=span), context)
    replica.clear_log()
    again = Ledger(states=ledger.states)
    again.collect(make_collector(replica, VLLM, span=span), context)
    assert (replica.log, again.records) == ([], [])
    told = coverage_of(again, VLLM)
    assert (told.status, told.reason) == (CoverageStatus.UNCHANGED, "fetched before")
    more = Ledger(states=again.states)  # a repository that is watched since
    more.collect(make_collector(replica, VLLM, LLAMA, span=span), context)
    assert {entry.path.split("/")[5] for entry in replica.log} == {"llama.cpp"}


def test_a_back_fill_up_to_a_day_that_is_not_over_there_is_asked_for_again_when_it_is(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM, span=Span(date(2026, 11, 1), YESTERDAY + DAY))
    ledger = Ledger()
    ledger.collect(collector, context)
    assert max(days_of(ledger)) == YESTERDAY
    pass_time(site, clock, days=1)
    ledger.collect(collector, context)
    assert max(days_of(ledger)) == YESTERDAY + DAY


def test_a_back_fill_that_came_in_part_is_asked_for_again(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.set_star_day(NOTES, YESTERDAY, 500)  # more than it has
    collector = make_collector(replica, NOTES, span=Span(date(2026, 11, 1), YESTERDAY))
    ledger = Ledger()
    ledger.collect(collector, context)
    assert coverage_of(ledger, NOTES).status is CoverageStatus.PARTIAL
    replica.clear_log()
    ledger.collect(collector, context)
    assert pages_of(replica) == ["1"]


def test_another_span_brings_what_was_corrected_since_and_keeps_both(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock, database: Database
) -> None:
    rewritten = date(2026, 9, 1)
    before = site.star_day(VLLM, rewritten)
    written: list[int] = []
    for days, since in ((0, date(2026, 8, 1)), (1, date(2026, 8, 2))):
        if days:
            pass_time(site, clock, days=days)
            site.set_star_day(VLLM, rewritten, 3)
        collector = make_collector(replica, VLLM, span=Span(since, date(2026, 10, 31)))
        (target,) = collector.list_targets()
        spec = RunSpec(LIVE, collector.name, collector.source, Basis.BACKFILLED)
        with recording(database, spec, clock) as recorder:
            for batch in collector.collect(target, {}, context):
                recorder.save(batch)
        written.append(recorder.counts.written)
    assert written == [92, 1]
    assert before != 3
    for as_of, expected in ((NOW.date(), before), (NOW.date() + DAY, 3)):
        with database.read() as connection:
            query = StoreQuery(connection, load_catalogue(), LIVE, as_of)
            (series,) = query.list_series("github.stars_received.daily")
        assert series.metric.semantics is Semantics.RETAINED
        assert dict(zip(series.days, series.values, strict=True))[rewritten] == expected
        assert series.provenance.basis is Basis.BACKFILLED
