"""Three hundred feeds on a replica in a process of its own, unchanged and changed; and reading entries.

Seconds are processor time of this process, all its threads: the replica spends its own elsewhere, and a
network's time is the service's. The obvious way is `feedparser.parse`: of the address with the validators of
the answer before, and of the same bytes with its defaults, which clean markup and make addresses absolute.
"""

from __future__ import annotations

import io
import multiprocessing
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import TypeVar
from urllib.request import urlopen

import feedparser

import collectors.feeds.collector as reading
from collectors.feeds import CatalogueNames, FeedOptions, FeedsCollector, parse_feed
from collectors.feeds.claims import ClaimReader
from lunchwatch.feed_lists import make_names
from store.catalogue import load_catalogue
from store.records import CoverageStatus
from tests.benchmarks import Row
from tests.collectors.stand import NOW, Clock, Ledger, make_context, make_gate
from tests.replica.feeds import Entry, Feed, FeedSite, write_rss
from tests.replica.server import Replica, Request, Response

FEEDS = 300
MOST_SECONDS = 5.0
ENTRIES_PER_FEED = 20
ENTRIES = 300
LEAST_PER_SECOND = 500
ENTRY_BYTES = 1_000
REPETITIONS = 3

T = TypeVar("T")

PARAGRAPH = (
    "<p>The weights of <b>Aurora {n}</b> are open, with <a href='/blog/{n}?utm_source=rss'>notes</a> on its"
    " data &amp; schedule; it was trained in {n} days.</p>"
)


def run() -> Iterator[Row]:
    names = make_names(load_catalogue())
    yield from read_bytes(names)
    with replica_elsewhere() as (url, count):
        yield from read_feeds(url, count, names)


def read_bytes(names: CatalogueNames) -> Iterator[Row]:
    """Entries of a kilobyte of HTML, in one feed."""
    body = write_rss(make_feed(0, ENTRIES), "https://lab.example").encode()
    reader = ClaimReader(names, "openai")
    reader.names.find_models("Aurora 3")  # the catalogue's names are read once per process
    other, theirs = best_cpu_of(lambda: feedparser.parse(io.BytesIO(body)))
    ours, parsed = best_cpu_of(
        lambda: parse_feed(body, "application/rss+xml", "https://lab.example/f", "Lab", NOW, reader=reader)
    )
    assert [each.title for each in parsed.documents] == [each["title"] for each in theirs["entries"]]
    assert [each.url for each in parsed.documents] == [each["link"] for each in theirs["entries"]]
    yield Row(
        f"{ENTRIES} entries of 1 kB of HTML to records, claims sought in their text",
        ours,
        other,
        f"{ENTRIES / ours:,.0f} entries/s; feedparser's defaults alone {ENTRIES / other:,.0f}",
        target=ENTRIES / LEAST_PER_SECOND,
    )


def read_feeds(url: str, count: Callable[[], int], names: CatalogueNames) -> Iterator[Row]:
    options = [FeedOptions(f"Feed {n}", f"{url}/feeds/{n}.xml") for n in range(FEEDS)]
    collector = FeedsCollector(options, names)
    clock = Clock()
    ledger = Ledger()
    with counted_parsing() as parsed:
        before = count()
        changed, _ = cpu_of(lambda: collect(collector, ledger, clock))
        assert parsed() == FEEDS
        assert sum(each.items for each in ledger.coverage) == FEEDS * ENTRIES_PER_FEED
        entries = FEEDS * ENTRIES_PER_FEED
        yield Row(
            f"{FEEDS} feeds seen for the first time, {entries:,} entries",
            changed,
            note=f"{count() - before} requests, {entries / changed:,.0f} entries/s with fetching",
            target=entries / LEAST_PER_SECOND,
        )
        known = {each.url: ledger.states[f"feed:{each.name}"] for each in options}
        other, _ = cpu_of(lambda: ask_again(known), 1)
        told = len(ledger.records)
        before, read = count(), parsed()
        clock.advance(timedelta(hours=12))
        unchanged, _ = cpu_of(lambda: collect(collector, ledger, clock))
        spent = count() - before
        assert spent <= FEEDS, spent
        assert parsed() == read, "an unchanged feed is not parsed"
        assert len(ledger.records) == told
        assert {each.status for each in ledger.coverage[-FEEDS:]} == {CoverageStatus.UNCHANGED}
    yield Row(
        f"{FEEDS} feeds unchanged",
        unchanged,
        other,
        f"{spent} requests, nothing parsed; other: feedparser.parse of the address with its validators",
        target=MOST_SECONDS,
    )


def collect(collector: FeedsCollector, ledger: Ledger, clock: Clock) -> None:
    context = make_context(clock, make_gate(clock), threading.Event())
    try:
        ledger.collect(collector, context)
    finally:
        context.fetcher.close()


def ask_again(known: dict[str, object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for address, state in known.items():
            assert isinstance(state, dict)
            again = feedparser.parse(address, etag=state["etag"], modified=state["last_modified"])
            assert again["status"] == 304


@contextmanager
def counted_parsing() -> Iterator[Callable[[], int]]:
    """How often the collector parses an answer."""
    calls: list[int] = []
    plain = reading.parse_feed

    def counting(*arguments: object, **options: object) -> object:
        calls.append(1)
        return plain(*arguments, **options)  # type: ignore[arg-type] # passed on as they came

    reading.parse_feed = counting  # type: ignore[assignment] # the same for as long as it is counted
    try:
        yield lambda: len(calls)
    finally:
        reading.parse_feed = plain


def make_feed(number: int, entries: int) -> Feed:
    listed = []
    for n in range(entries):
        paragraph = PARAGRAPH.format(n=n)
        html = paragraph * round(ENTRY_BYTES / len(paragraph))
        day = NOW - timedelta(hours=n)
        listed.append(Entry(f"{number}-{n}", f"Notes on Aurora {n}", f"/blog/{number}/{n}", day, html))
    return Feed(f"/feeds/{number}.xml", f"Feed {number}", "rss", listed)


class Counter:
    """Answers `/count` with how many other requests there were."""

    def __init__(self) -> None:
        self.replica: Replica | None = None

    def handle(self, request: Request) -> Response | None:
        if request.path != "/count" or self.replica is None:
            return None
        asked = sum(each.path != "/count" for each in self.replica.log)
        return Response(200, str(asked).encode(), {"Content-Type": "text/plain"})


def serve(line: Connection) -> None:
    """The replica's process: tells its address, serves until the line is closed."""
    counter = Counter()
    site = FeedSite([make_feed(number, ENTRIES_PER_FEED) for number in range(FEEDS)])
    with Replica([counter, site]) as replica:
        counter.replica = replica
        line.send(replica.url)
        line.recv()


@contextmanager
def replica_elsewhere() -> Iterator[tuple[str, Callable[[], int]]]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    process.start()
    url: str = here.recv()

    def count() -> int:
        with urlopen(f"{url}/count") as answer:
            return int(answer.read())

    try:
        yield url, count
    finally:
        here.send("end")
        process.join(10)


def best_cpu_of(work: Callable[[], T]) -> tuple[float, T]:
    return cpu_of(work, REPETITIONS)


def cpu_of(work: Callable[[], T], repetitions: int = 1) -> tuple[float, T]:
    """The least processor time of several runs, and what the last one returned."""
    times: list[float] = []
    for _ in range(repetitions):
        started = time.process_time()
        answer = work()
        times.append(time.process_time() - started)
    return min(times), answer
