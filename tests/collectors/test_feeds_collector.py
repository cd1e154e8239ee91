from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collectors.contract import Context
from collectors.feeds import FeedOptions, FeedsCollector
from collectors.feeds.collector import MOST_REMEMBERED
from collectors.feeds.identity import mark_of
from lunchwatch.feed_lists import make_names
from store.catalogue import load_catalogue
from store.errors import ConfigurationError, SourceChanged, SourceGone, SourceUnavailable
from store.records import Claim, CoverageStatus, Document, Fact, Release
from tests.collectors.stand import NOW, Clock, Ledger
from tests.replica.feeds import Entry, Feed, FeedSite
from tests.replica.server import Replica

AURORA = "/feeds/aurora.xml"
GAZETTE = "/feeds/gazette.json"


@pytest.fixture
def site(replica: Replica) -> FeedSite:
    feeds = FeedSite(now=NOW)
    replica.sites.append(feeds)
    return feeds


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def collector_of(replica: Replica, path: str = AURORA) -> FeedsCollector:
    return FeedsCollector([FeedOptions("Aurora Labs", f"{replica.url}{path}", lab="aurora")])


def documents_of(ledger: Ledger) -> list[Document]:
    return [record for record in ledger.records if isinstance(record, Document)]


@pytest.mark.usefixtures("site")
def test_first_collection_tells_the_entries_the_announcement_and_the_feed(
    replica: Replica, context: Context, ledger: Ledger
) -> None:
    ledger.collect(collector_of(replica), context)
    assert [document.title for document in documents_of(ledger)] == [
        "Introducing Aurora 3",
        "How we train on borrowed time",
        "Aurora joins the open compute fund",
    ]
    assert [record.title for record in ledger.records if isinstance(record, Release)] == [
        "Introducing Aurora 3"
    ]
    facts = {record.attribute: record.value for record in ledger.records if isinstance(record, Fact)}
    assert facts == {"url": f"{replica.url}{AURORA}", "lab": "aurora", "provenance": "official"}
    (coverage,) = ledger.coverage
    assert (coverage.scope, coverage.status, coverage.items) == (
        "feed:Aurora Labs",
        CoverageStatus.COMPLETE,
        3,
    )


@pytest.mark.usefixtures("site")
def test_unchanged_feed_is_told_as_unchanged_and_not_parsed(
    replica: Replica, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    before = len(ledger.records)
    ledger.collect(collector, context)
    assert [entry.status for entry in replica.log] == [200, 304]
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED
    assert len(ledger.records) == before


def test_new_entry_and_edit_are_told_with_when_they_were_known(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger, clock: Clock
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    clock.advance(timedelta(days=1))
    site.publish(AURORA, Entry("aurora-8", "Aurora 3 on a phone", "/blog/phone", NOW + timedelta(hours=3)))
    site.edit(AURORA, "aurora-6", "How we train on time")
    seen = len(ledger.records)
    ledger.collect(collector, context)
    now = {each.title: each for each in ledger.records[seen:] if isinstance(each, Document)}
    assert now["Aurora 3 on a phone"].known_at == NOW + timedelta(hours=3)
    assert now["How we train on time"].known_at is None
    assert len(now) == 2
    assert not [each for each in ledger.records[seen:] if isinstance(each, Fact)]


@pytest.mark.usefixtures("site")
def test_entry_without_a_date_keeps_its_first_sight(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger, clock: Clock
) -> None:
    collector = collector_of(replica, GAZETTE)
    ledger.collect(collector, context)
    clock.advance(timedelta(days=7))
    site.publish(GAZETTE, Entry("302", "News", "/gazette/302", NOW))
    ledger.collect(collector, context)
    site.edit(GAZETTE, "300", "Reader question, answered")
    ledger.collect(collector, context)
    undated = [each for each in documents_of(ledger) if each.title.startswith("Reader question")]
    assert len(undated) == 2
    assert undated[0].published_at == undated[1].published_at == NOW


def test_emptied_feed_is_an_anomaly_and_stays_one(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    site.feeds[AURORA].entries.clear()
    for _ in range(2):
        ledger.collect(collector, context)
        assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
        assert ledger.coverage[-1].reason == "no entry where there were 3"


def test_feed_that_never_had_entries_is_complete(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    site.feeds["/feeds/new.xml"] = Feed("/feeds/new.xml", "New", "rss")
    ledger.collect(collector_of(replica, "/feeds/new.xml"), context)
    assert (ledger.coverage[-1].status, ledger.coverage[-1].items) == (CoverageStatus.COMPLETE, 0)


@pytest.mark.parametrize("status", [301, 308])
def test_permanent_move_is_believed_at_the_third_sight(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger, status: int
) -> None:
    site.moves["/feeds/old.xml"] = (status, AURORA)
    collector = collector_of(replica, "/feeds/old.xml")
    for _ in range(4):
        ledger.collect(collector, context)
    asked = [entry.path for entry in replica.log]
    assert asked == ["/feeds/old.xml", AURORA] * 3 + [AURORA]
    assert ledger.states["feed:Aurora Labs"]["url"] == f"{replica.url}{AURORA}"


def test_passing_redirect_is_followed_and_never_remembered(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    site.moves["/feeds/old.xml"] = (302, AURORA)
    collector = collector_of(replica, "/feeds/old.xml")
    for _ in range(5):
        ledger.collect(collector, context)
    assert [entry.path for entry in replica.log] == ["/feeds/old.xml", AURORA] * 5


def test_moved_feed_that_fails_is_sought_at_the_configured_address_next_time(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    site.moves["/feeds/old.xml"] = (301, AURORA)
    collector = collector_of(replica, "/feeds/old.xml")
    for _ in range(3):
        ledger.collect(collector, context)
    replica.fail_next(AURORA, 410)
    with pytest.raises(SourceGone):
        ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert [entry.path for entry in replica.log[-2:]] == ["/feeds/old.xml", AURORA]


@pytest.mark.usefixtures("site")
def test_other_configured_address_forgets_what_was_known_of_the_old_one(
    replica: Replica, context: Context, ledger: Ledger
) -> None:
    ledger.collect(collector_of(replica), context)
    ledger.collect(collector_of(replica, "/feeds/meridian.atom"), context)
    assert "if-none-match" not in replica.log[-1].headers
    assert ledger.coverage[-1].items == 2


@pytest.mark.usefixtures("site")
def test_malformed_entry_is_skipped_and_counted(replica: Replica, context: Context, ledger: Ledger) -> None:
    items = b"<item><author>x</author></item><item><title>Good</title></item>"
    body = b"<rss version='2.0'><channel>" + items + b"</channel></rss>"
    replica.fail_next(AURORA, 200, headers={"Content-Type": "application/rss+xml"}, body=body)
    ledger.collect(collector_of(replica), context)
    assert [document.title for document in documents_of(ledger)] == ["Good"]
    assert ledger.skipped == ["entries[0]: neither id nor link nor title"]


@pytest.mark.usefixtures("site")
def test_failure_leaves_the_state_as_it_was(replica: Replica, context: Context, ledger: Ledger) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    state = ledger.states["feed:Aurora Labs"]
    replica.fail_next(AURORA, 200, headers={"Content-Type": "text/html"}, body=b"<html>Just a moment</html>")
    with pytest.raises(SourceChanged):
        ledger.collect(collector, context)
    replica.fail_next(AURORA, 404)
    with pytest.raises(SourceUnavailable):
        ledger.collect(collector, context)
    assert ledger.states["feed:Aurora Labs"] == state


def test_two_feeds_of_one_name_are_a_wrong_configuration() -> None:
    with pytest.raises(ConfigurationError, match="Aurora Labs"):
        FeedsCollector(
            [
                FeedOptions("Aurora Labs", "https://a.example/"),
                FeedOptions("Aurora Labs", "https://b.example/"),
            ]
        )


WORKDAY = (
    "<rss version='2.0'><channel><title>t</title><skipDays><day>Saturday</day><day> sunday </day></skipDays>"
)
FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def answer(replica: Replica, items: str) -> None:
    body = f"{WORKDAY}{items}</channel></rss>".encode()
    replica.fail_next(AURORA, 200, headers={"Content-Type": "application/rss+xml"}, body=body)


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        (6, CoverageStatus.PARTIAL),  # Friday evening: an anomaly
        (16, CoverageStatus.COMPLETE),  # Saturday begins
        (60 + 4, CoverageStatus.COMPLETE),  # Monday here, Sunday still where the feed is
        (60 + 20, CoverageStatus.PARTIAL),
    ],
)
@pytest.mark.usefixtures("site")
def test_feed_that_says_when_it_rests_may_be_empty_then(
    replica: Replica, context: Context, ledger: Ledger, clock: Clock, hours: int, status: CoverageStatus
) -> None:
    clock.now = FRIDAY
    answer(replica, "<item><guid>1</guid><title>Paper</title></item>")
    ledger.collect(collector_of(replica), context)
    clock.advance(timedelta(hours=hours))
    answer(replica, "")
    ledger.collect(collector_of(replica), context)
    assert ledger.coverage[-1].status is status
    assert ledger.states["feed:Aurora Labs"]["entries"] == 1


@pytest.mark.usefixtures("site")
def test_feed_is_not_asked_where_it_rests_in_every_zone(
    replica: Replica, context: Context, ledger: Ledger, clock: Clock
) -> None:
    feed = FeedOptions(
        "Papers", f"{replica.url}{AURORA}", quiet_days=frozenset({5, 6}), every=timedelta(hours=20)
    )
    collector = FeedsCollector([feed])
    assert collector.list_targets()[0].every == timedelta(hours=20)
    clock.now = FRIDAY
    ledger.collect(collector, context)
    clock.advance(timedelta(hours=36))
    ledger.collect(collector, context)
    assert len(replica.log) == 1
    assert ledger.coverage[-1].status is CoverageStatus.POSTPONED
    assert ledger.coverage[-1].reason == "not renewed on Sundays, as the feed says"


def test_entry_that_comes_back_is_not_news_and_its_edit_is_an_edit(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    gone = site.feeds[AURORA].entries.pop()
    ledger.collect(collector, context)
    site.publish(AURORA, gone)
    told = len(ledger.records)
    ledger.collect(collector, context)
    assert len(ledger.records) == told
    site.feeds[AURORA].entries.remove(gone)
    ledger.collect(collector, context)
    site.publish(AURORA, replace(gone, title="Aurora leaves the open compute fund"))
    ledger.collect(collector, context)
    (edited,) = ledger.records[told:]
    assert isinstance(edited, Document)
    assert edited.known_at is None


def test_restamped_entries_tell_nothing_and_a_date_that_was_missing_does(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica, GAZETTE)
    ledger.collect(collector, context)
    told = len(ledger.records)
    entries = site.feeds[GAZETTE].entries
    entries[0] = replace(entries[0], published=NOW, html=f"<div>{entries[0].html}</div>")
    ledger.collect(collector, context)
    assert len(ledger.records) == told
    entries[1] = replace(entries[1], published=NOW - timedelta(days=40))
    ledger.collect(collector, context)
    (dated,) = ledger.records[told:]
    assert isinstance(dated, Document)
    assert (dated.published_basis, dated.published_at) == ("published", NOW - timedelta(days=40))


def test_changed_score_of_an_edited_entry_is_told_again_under_the_same_identity(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    feed = FeedOptions("Letter", f"{replica.url}/feeds/letter.xml")
    collector = FeedsCollector([feed], make_names(load_catalogue()))
    ledger.collect(collector, context)
    claims = [each for each in ledger.records if isinstance(each, Claim)]
    assert {(each.model, each.benchmark, each.score) for each in claims} == {
        ("alibaba/qwen3-8b", "gpqa-diamond", 51.5),
        ("alibaba/qwen3-8b", "mmlu-pro", 63.8),
    }
    told = len(ledger.records)
    entry = site.feeds["/feeds/letter.xml"].entries[1]
    site.feeds["/feeds/letter.xml"].entries[1] = replace(entry, html=entry.html.replace("51.5", "52.5"))
    ledger.collect(collector, context)
    again = {each.benchmark: each for each in ledger.records[told:] if isinstance(each, Claim)}
    assert again["gpqa-diamond"].score == 52.5
    before = {each.benchmark: each for each in claims}["gpqa-diamond"]
    assert replace(again["gpqa-diamond"], score=51.5, quote=before.quote) == before


def test_memory_of_a_feed_is_bounded(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    for day in range(5):
        site.feeds[AURORA].entries = [Entry(f"{day}-{n}", f"Note {day} {n}", None, NOW) for n in range(300)]
        ledger.collect(collector, context)
    seen = ledger.states["feed:Aurora Labs"]["seen"]
    assert isinstance(seen, dict)
    assert len(seen) == MOST_REMEMBERED


def test_memory_of_ids_that_are_none_is_bounded(
    replica: Replica, site: FeedSite, context: Context, ledger: Ledger
) -> None:
    # a feed that gives two posts the same id, another one with every answer
    collector = collector_of(replica)
    for day in range(8):
        site.feeds[AURORA].entries = [
            Entry(f"{day}-{n // 2}", f"Note {day} {n}", f"https://lab.example/{day}/{n}", NOW)
            for n in range(300)
        ]
        ledger.collect(collector, context)
    reused = ledger.states["feed:Aurora Labs"]["reused"]
    assert isinstance(reused, list)
    assert len(reused) == len(set(reused)) == MOST_REMEMBERED
    assert mark_of("7-149") in reused
    assert mark_of("0-0") not in reused
