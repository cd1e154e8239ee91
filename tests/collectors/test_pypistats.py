from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from collectors.contract import Context, Span
from collectors.pypistats import (
    METRIC,
    PypistatsCollector,
    PypistatsHistory,
    PypistatsOptions,
    normalise_name,
    parse_downloads,
)
from store.database import Database
from store.errors import ConfigurationError, SourceChanged, SourceGone, SourceMissing
from store.recorder import recording
from store.records import Basis, Batch, CoverageStatus, Kind, Observation
from store.transaction import RunSpec
from tests.collectors.stand import NOW, Clock, Ledger
from tests.replica.pypistats import PACKAGES, PypistatsSite
from tests.replica.server import Replica
from tests.store.worlds import rows

TODAY = NOW.date()


def row(day: str, downloads: Any, category: str = "without_mirrors") -> dict[str, Any]:
    return {"category": category, "date": day, "downloads": downloads}


def body(*each: dict[str, Any]) -> bytes:
    return json.dumps({"data": each, "package": "p", "type": "overall_downloads"}).encode()


def days_of(ledger: Ledger, package: str) -> dict[date, float]:
    return {
        each.day: each.value
        for each in ledger.records
        if isinstance(each, Observation) and each.subject.name == package
    }


def make_collector(replica: Replica, *packages: str, recent_days: int = 14) -> PypistatsCollector:
    return PypistatsCollector(PypistatsOptions(f"{replica.url}/pypistats", packages or PACKAGES, recent_days))


def make_history(replica: Replica, since: date, until: date) -> PypistatsHistory:
    return PypistatsHistory(PypistatsOptions(f"{replica.url}/pypistats", PACKAGES), Span(since, until))


# ------------------------------------------------------------------ parsing


def test_mirrors_are_left_out_of_an_answer_that_holds_both() -> None:
    parsed = parse_downloads(
        body(row("2026-11-18", 900, "with_mirrors"), row("2026-11-18", 400), row("2026-11-19", 410))
    )
    assert parsed.days == {date(2026, 11, 18): 400, date(2026, 11, 19): 410}


def test_answer_with_mirrors_only_has_no_day() -> None:
    assert parse_downloads(body(row("2026-11-18", 900, "with_mirrors"))).days == {}


def test_0_among_days_of_many_downloads_is_a_gap_and_not_a_value() -> None:
    parsed = parse_downloads(
        body(
            row("2026-11-17", 5_000), row("2026-11-18", 0), row("2026-11-19", 5_200), row("2026-11-20", 4_900)
        )
    )
    assert date(2026, 11, 18) not in parsed.days
    assert parsed.gaps == [date(2026, 11, 18)]


def test_0_of_a_package_that_few_download_is_a_value() -> None:
    parsed = parse_downloads(body(row("2026-11-17", 3), row("2026-11-18", 0), row("2026-11-19", 2)))
    assert parsed.days[date(2026, 11, 18)] == 0
    assert parsed.gaps == []


@pytest.mark.parametrize("downloads", [-1, "many", 1.5, None, 10**15, True])
def test_impossible_count_is_skipped_alone(downloads: Any) -> None:
    parsed = parse_downloads(body(row("2026-11-17", 5), row("2026-11-18", downloads), row("2026-11-19", 5)))
    assert list(parsed.days) == [date(2026, 11, 17), date(2026, 11, 19)]
    assert len(parsed.skipped) == 1
    assert parsed.skipped[0].startswith("data[1]")


def test_answer_of_unreadable_rows_is_another_shape() -> None:
    with pytest.raises(SourceChanged) as changed:
        parse_downloads(body(row("last Monday", 5), row("2026-11-18", 5), row("tomorrow", 5)))
    assert changed.value.path == "data[0]"


@pytest.mark.parametrize(
    ("name", "spelling"),
    [("Llama_CPP.python", "llama-cpp-python"), ("torch", "torch"), ("a__b--c", "a-b-c"), ("X", "x")],
)
def test_package_has_one_spelling(name: str, spelling: str) -> None:
    assert normalise_name(name) == spelling


@pytest.mark.parametrize("name", ["", "a/b", "../etc", "a b", "-a", "a?mirrors=true", "ä"])
def test_what_is_no_package_is_refused_before_anything_is_asked(name: str) -> None:
    collector = PypistatsCollector(PypistatsOptions(packages=(name,)))
    with pytest.raises(ConfigurationError):
        collector.list_targets()


def test_two_spellings_of_one_package_are_one_target() -> None:
    options = PypistatsOptions(packages=("llama-cpp-python", "llama_cpp_python"))
    assert [target.key for target in PypistatsCollector(options).list_targets()] == ["llama-cpp-python"]


# ------------------------------------------------------------------ recent days


def test_recent_days_that_are_over_are_stored(context: Context, replica: Replica) -> None:
    site = PypistatsSite(now=NOW)
    replica.sites = [site]
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    stored = days_of(ledger, "aurora-serve")
    newest = TODAY - timedelta(days=2)
    assert sorted(stored) == [newest - timedelta(days=ago) for ago in range(13, -1, -1)]
    assert stored == {day: site.downloads["aurora-serve"][day] for day in stored}
    assert {r.metric for r in ledger.records if isinstance(r, Observation)} == {METRIC}
    assert {r.subject.kind for r in ledger.records if isinstance(r, Observation)} == {Kind.PACKAGE}
    assert [entry.target for entry in replica.log] == [
        f"/pypistats/api/packages/{name}/overall?mirrors=false" for name in PACKAGES
    ]


def test_service_that_ignores_the_question_for_mirrors_changes_nothing(
    context: Context, replica: Replica
) -> None:
    found = []
    for ignores in (False, True):
        site = PypistatsSite(now=NOW)
        site.ignores_mirrors = ignores
        replica.sites = [site]
        ledger = Ledger()
        ledger.collect(make_collector(replica), context)
        found.append(set(ledger.records))
    assert found[0] == found[1] != set()


def test_day_that_is_still_filling_is_stored_once_it_counts_although_the_answer_is_the_same(
    context: Context, replica: Replica, clock: Clock
) -> None:
    replica.sites = [PypistatsSite(now=NOW)]
    collector = make_collector(replica)
    ledger = Ledger()
    ledger.collect(collector, context)
    yesterday = TODAY - timedelta(days=1)
    assert yesterday not in days_of(ledger, "aurora-serve")
    ledger.collect(collector, context)
    clock.advance(timedelta(days=1))
    ledger.collect(collector, context)
    assert yesterday in days_of(ledger, "aurora-serve")
    ledger.collect(collector, context)
    assert [entry.status for entry in ledger.coverage if entry.scope == "aurora-serve"] == [
        CoverageStatus.COMPLETE,
        CoverageStatus.UNCHANGED,
        CoverageStatus.COMPLETE,
        CoverageStatus.UNCHANGED,
    ]


def test_revised_day_is_a_correction_that_keeps_both_values(
    context: Context, replica: Replica, clock: Clock, database: Database
) -> None:
    site = PypistatsSite(now=NOW)
    replica.sites = [site]
    collector = make_collector(replica, "aurora-serve")
    day = TODAY - timedelta(days=5)
    before = site.downloads["aurora-serve"][day]
    counts = []
    for _ in range(2):
        ledger = Ledger()
        ledger.collect(collector, context)
        with recording(
            database, RunSpec("live", "pypistats", "pypistats", Basis.OBSERVED), clock
        ) as recorder:
            counts.append(recorder.save(Batch(ledger.records)))
        site.downloads["aurora-serve"][day] += 777
        clock.advance(timedelta(hours=2))
    assert [count.written for count in counts] == [14, 1]
    told = rows(database, f"select value from observation where day = '{day}' order by run_id")
    assert [value for (value,) in told] == [before, before + 777]


def test_gap_of_the_service_makes_the_coverage_partial(context: Context, replica: Replica) -> None:
    site = PypistatsSite(now=NOW)
    site.downloads["aurora-serve"][TODAY - timedelta(days=4)] = 0
    replica.sites = [site]
    ledger = Ledger()
    ledger.collect(make_collector(replica, "aurora-serve"), context)
    assert len(days_of(ledger, "aurora-serve")) == 13
    assert (ledger.coverage[0].status, ledger.coverage[0].reason) == (
        CoverageStatus.PARTIAL,
        "1 days not counted by the service",
    )


def test_package_that_is_not_there_is_gone_when_it_is_not_there_twice(
    context: Context, replica: Replica
) -> None:
    site = PypistatsSite(now=NOW)
    replica.sites = [site]
    collector = make_collector(replica, "aurora-serve")
    (target,) = collector.list_targets()
    days = site.downloads.pop("aurora-serve")
    ledger = Ledger()
    with pytest.raises(SourceMissing):
        ledger.collect_target(collector, target, context)
    with pytest.raises(SourceGone, match="2 times in a row"):
        ledger.collect_target(collector, target, context)
    site.downloads["aurora-serve"] = days
    ledger.collect_target(collector, target, context)
    assert days_of(ledger, "aurora-serve")
    del site.downloads["aurora-serve"]
    with pytest.raises(SourceMissing):
        ledger.collect_target(collector, target, context)
    assert ledger.requests == len(replica.log)


# ------------------------------------------------------------------ history


def test_history_holds_the_days_of_the_span(context: Context, replica: Replica) -> None:
    replica.sites = [PypistatsSite(now=NOW)]
    ledger = Ledger()
    since, until = date(2026, 9, 1), date(2026, 9, 30)
    ledger.collect(make_history(replica, since, until), context)
    assert sorted(days_of(ledger, "meridian-sdk")) == [since + timedelta(days=n) for n in range(30)]
    assert {entry.status for entry in ledger.coverage} == {CoverageStatus.COMPLETE}


def test_history_says_from_which_day_on_the_service_has_any(context: Context, replica: Replica) -> None:
    replica.sites = [PypistatsSite(now=NOW)]
    ledger = Ledger()
    ledger.collect(make_history(replica, date(2025, 1, 1), date(2026, 9, 30)), context)
    first = TODAY - timedelta(days=180)
    assert min(days_of(ledger, "aurora-serve")) == first
    assert {(e.status, e.reason) for e in ledger.coverage} == {
        (CoverageStatus.PARTIAL, f"the first day there is {first}")
    }


def test_history_that_was_read_is_not_fetched_again(context: Context, replica: Replica) -> None:
    replica.sites = [PypistatsSite(now=NOW)]
    history = make_history(replica, date(2026, 9, 1), date(2026, 9, 30))
    ledger = Ledger()
    assert not ledger.collect(history, context, most_batches=1)
    assert ledger.collect(history, context)
    assert [entry.path.split("/")[4] for entry in replica.log] == list(PACKAGES)
    assert ledger.collect(history, context)
    assert len(replica.log) == len(PACKAGES)


def test_history_up_to_a_day_that_is_still_filling_is_finished_later(
    context: Context, replica: Replica, clock: Clock
) -> None:
    replica.sites = [PypistatsSite(now=NOW)]
    history = make_history(replica, date(2026, 11, 1), TODAY - timedelta(days=1))
    ledger = Ledger()
    ledger.collect(history, context)
    assert max(days_of(ledger, "aurora-serve")) == TODAY - timedelta(days=2)
    ledger.collect(history, context)
    assert len(replica.log) == len(PACKAGES)
    clock.now = datetime.combine(TODAY + timedelta(days=1), clock.now.time(), UTC)
    ledger.collect(history, context)
    assert max(days_of(ledger, "aurora-serve")) == TODAY - timedelta(days=1)


def test_history_of_a_service_that_lags_behind_is_finished_later(
    context: Context, replica: Replica, clock: Clock
) -> None:
    site = PypistatsSite(now=NOW)
    full = {name: dict(days) for name, days in site.downloads.items()}
    last = TODAY - timedelta(days=6)
    for days in site.downloads.values():
        for day in [day for day in days if day > last]:
            del days[day]
    replica.sites = [site]
    history = make_history(replica, date(2026, 11, 1), TODAY - timedelta(days=3))
    ledger = Ledger()
    ledger.collect(history, context)
    assert {(e.status, e.reason) for e in ledger.coverage} == {
        (CoverageStatus.PARTIAL, f"the last day there is {last}")
    }
    site.downloads = full
    ledger.collect(history, context)
    assert max(days_of(ledger, "aurora-serve")) == TODAY - timedelta(days=3)


def test_history_of_days_that_do_not_count_yet_asks_nothing_and_says_when_they_do(
    context: Context, replica: Replica
) -> None:
    replica.sites = [PypistatsSite(now=NOW)]
    yesterday = TODAY - timedelta(days=1)
    ledger = Ledger()
    ledger.collect(make_history(replica, yesterday, yesterday), context)
    assert {(e.status, e.reason) for e in ledger.coverage} == {
        (CoverageStatus.PARTIAL, f"no day of it counts before {TODAY + timedelta(days=1)}")
    }
    assert replica.log == []
