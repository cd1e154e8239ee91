"""The Arena's boards: parsing, the publication in force, all of them, and what the store makes of both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analyzers.quality.gap import gap_points
from collectors.arena import ArenaCollector, ArenaHistory, ArenaOptions, check_boards
from collectors.arena.collector import parse_file
from collectors.arena.options import board_ref
from collectors.contract import Collector, Context, Span
from store.catalogue import load_catalogue
from store.database import Database
from store.errors import ConfigurationError, SourceChanged
from store.query import StoreQuery
from store.recall import recall
from store.recorder import Recorder, recording
from store.records import LIVE, Basis, Batch, CoverageStatus, Fact, Kind, Observation, OpenRule, Rating
from store.statement import run_statement
from store.transaction import RunSpec
from tests.collectors.stand import Clock, Ledger
from tests.replica.arena import DATA_SET, DAYS, ArenaSite, make_line, make_publication, write_parquet
from tests.replica.server import Replica

TODAY = date(2026, 11, 22)
SPAN = Span(date(2026, 10, 1), date(2026, 11, 1))


def parse(*lines: dict[str, Any], board: str = "text") -> Any:
    return parse_file(write_parquet(lines), board_ref(board), TODAY)


def line(**fields: Any) -> dict[str, Any]:
    return {**make_line("m", "Lab", "MIT", 1300.0, "2026-11-15"), **fields}


# --------------------------------------------------------------------------- parsing


def test_line_becomes_the_records_that_an_imported_board_becomes() -> None:
    (records,) = parse(line()).lines.values()
    values = {each.metric: each.value for each in records if isinstance(each, Observation)}
    assert values == {
        "arena.text.rating": 1300.0,
        "arena.text.rating_ci_low": 1295.0,
        "arena.text.rating_ci_high": 1305.0,
        "arena.text.votes": 10_000.0,
    }
    assert {each.attribute: each.value for each in records if isinstance(each, Fact)} == {
        "organisation": "Lab",
        "licence": "MIT",
    }
    subject = records[0].subject
    assert (subject.source, subject.kind, subject.name) == ("arena", Kind.BOARD_ENTRY, "text/m")
    assert {each.day for each in records if isinstance(each, Observation)} == {date(2026, 11, 15)}
    assert {each.known_at for each in records} == {datetime(2026, 11, 15, tzinfo=UTC)}


def test_board_is_the_category_overall_and_nothing_else() -> None:
    parsed = parse(line(), line(category="coding", rating=1500.0), line(category="overall", model_name="n"))
    assert [name for _, name in parsed.lines] == ["m", "n"]


def test_boards_with_and_without_style_control_are_boards_of_their_own() -> None:
    records = parse(line(), board="text_style_control").records
    assert {each.metric for each in records if isinstance(each, Observation)} >= {
        "arena.text_style_control.rating"
    }
    assert {each.subject.name for each in records} == {"text_style_control/m"}


def test_names_of_the_arenas_earlier_files_are_understood() -> None:
    old = {
        "model": "m",
        "arena_score": 1300,
        "rating_q025": 1290.0,
        "rating_q975": 1310.0,
        "num_battles": 50,
        "category": "overall",
        "publish_date": date(2025, 1, 20),
    }
    (records,) = parse(old).lines.values()
    values = {each.metric.rpartition(".")[2]: each.value for each in records}
    assert values == {"rating": 1300, "rating_ci_low": 1290, "rating_ci_high": 1310, "votes": 50}


@pytest.mark.parametrize("column", ["model_name", "rating", "category", "leaderboard_publish_date"])
def test_missing_column_is_named(column: str) -> None:
    whole = line()
    del whole[column]
    with pytest.raises(SourceChanged) as caught:
        parse(whole)
    assert caught.value.path == column


def test_interval_votes_organisation_and_licence_may_be_missing() -> None:
    bare = {name: line()[name] for name in ("model_name", "rating", "category", "leaderboard_publish_date")}
    (records,) = parse(bare).lines.values()
    assert [each.metric for each in records] == ["arena.text.rating"]


@pytest.mark.parametrize(
    "broken",
    [
        {"rating": None},
        {"rating": float("inf")},
        {"rating": 1e9},
        {"rating_lower": 1400.0},
        {"rating_upper": 1200.0},
        {"vote_count": -1},
        {"model_name": ""},
        {"model_name": "a\x1b[2J"},
        {"model_name": "x" * 500},
        {"model_name": None},
        {"leaderboard_publish_date": "soon"},
        {"leaderboard_publish_date": "2999-01-01"},
    ],
    ids=repr,
)
def test_line_that_cannot_be_used_costs_only_itself(broken: dict[str, Any]) -> None:
    parsed = parse(line(), line(model_name="n"), line(**{"model_name": "bad", **broken}))
    assert [name for _, name in parsed.lines] == ["m", "n"]
    assert len(parsed.skipped) == 1
    assert parsed.skipped[0].isprintable()


def test_missing_numbers_written_as_nan_are_missing() -> None:
    (records,) = parse(line(rating_lower=float("nan"), rating_upper=float("nan"))).lines.values()
    assert "arena.text.rating_ci_low" not in {getattr(each, "metric", "") for each in records}


def test_model_that_stands_twice_on_a_day_counts_once() -> None:
    parsed = parse(line(), line(rating=1301.0), line(model_name="n"))
    assert len(parsed.lines) == 2
    assert "stands twice on 2026-11-15" in parsed.skipped[0]


def test_file_of_unusable_lines_has_changed() -> None:
    with pytest.raises(SourceChanged) as caught:
        parse(line(rating=None), line(rating=None, model_name="n"), line(model_name="o"))
    assert caught.value.path == "rating"


def test_board_without_metrics_is_a_configuration_error_that_names_those_there_are() -> None:
    metrics = load_catalogue().metrics
    check_boards(["text", "text_style_control", "vision", "vision_style_control", "webdev"], metrics)
    with pytest.raises(ConfigurationError, match="txt") as caught:
        check_boards(["text", "txt"], metrics)
    assert "text_style_control" in str(caught.value.remedy)


# --------------------------------------------------------------------------- the publication in force


def make_collector(replica: Replica, *boards: str) -> ArenaCollector:
    return ArenaCollector(ArenaOptions(f"{replica.url}{DATA_SET}", boards or ("text",)))


def save(
    database: Database, collector: Collector, context: Context, clock: Clock, ledger: Ledger
) -> Recorder:
    """One run as the runner makes it, going on from the ledger's states."""
    basis = Basis.BACKFILLED if isinstance(collector, ArenaHistory) else Basis.OBSERVED
    with recording(database, RunSpec(LIVE, collector.name, collector.source, basis), clock) as recorder:
        for target in collector.list_targets():
            for batch in collector.collect(target, ledger.states.get(target.key, {}), context):
                ledger.save(target, batch)
                recorder.save(batch)
    return recorder


def list_ratings(database: Database, as_of: date = TODAY, board: str = "text") -> list[Rating]:
    with database.read() as connection:
        return StoreQuery(connection, load_catalogue(), LIVE, as_of).list_ratings(board)


def test_publication_seen_again_writes_nothing_and_asks_conditionally(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(ArenaSite())
    collector, ledger = make_collector(replica), Ledger()
    first = save(database, collector, context, clock, ledger)
    assert first.counts.written == 3 * 4 + 3 * 2
    replica.clear_log()
    assert save(database, collector, context, clock, ledger).counts.written == 0
    assert replica.log[-1].status == 304
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED
    forgotten = save(database, collector, context, clock, Ledger())
    assert forgotten.counts.written == 0


def test_other_values_under_the_same_day_are_a_correction_known_from_the_run_on(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    site = ArenaSite()
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    save(database, collector, context, clock, ledger)
    lines = make_publication(DAYS[-1], 4)
    lines[0]["rating"] += 2.5
    site.publish("text", DAYS[-1], lines)
    assert save(database, collector, context, clock, ledger).counts.written == 1
    top = {day: list_ratings(database, day)[0].rating for day in (date(2026, 11, 20), TODAY)}
    assert top == {date(2026, 11, 20): 1484.25, TODAY: 1486.75}


def test_next_publication_stands_beside_the_one_before(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    site = ArenaSite()
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    save(database, collector, context, clock, ledger)
    site.publish("text", "2026-11-20", make_publication("2026-11-20", 9))
    save(database, collector, context, clock, ledger)
    assert sorted({row.board_date for row in list_ratings(database)}) == [
        date(2026, 11, 15),
        date(2026, 11, 20),
    ]


def test_misspelt_licence_is_kept_as_it_is_and_read_as_closed(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(ArenaSite())
    save(database, make_collector(replica), context, clock, Ledger())
    (tide,) = (row for row in list_ratings(database) if row.model == "tide-2")
    assert tide.licence == "Propretary"
    assert not tide.openness.value.startswith("unrestricted")


def test_file_is_followed_to_the_host_that_keeps_it(replica: Replica, context: Context) -> None:
    site = ArenaSite()
    with Replica([site]) as store:
        site.store = store.url
        replica.sites.append(site)
        ledger = Ledger()
        ledger.collect(make_collector(replica), context)
        assert [entry.status for entry in store.log] == [200]
        assert ledger.requests == 2
    assert ledger.records


# --------------------------------------------------------------------------- all publications


def make_history(replica: Replica, span: Span = SPAN) -> ArenaHistory:
    return ArenaHistory(ArenaOptions(f"{replica.url}{DATA_SET}"), span)


def test_history_brings_every_publication_of_the_span_and_no_other(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(ArenaSite())
    ledger = Ledger()
    done = save(database, make_history(replica), context, clock, ledger)
    assert done.counts.written == 3 * (3 * 4) + 3 * 2
    ratings = list_ratings(database)
    assert sorted({row.board_date.isoformat() for row in ratings}) == [*DAYS[1:4]]
    assert {row.provenance.basis for row in ratings} == {Basis.BACKFILLED}
    assert ledger.requests == len(replica.log)


def test_history_fetched_twice_writes_nothing(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(ArenaSite())
    ledger = Ledger()
    save(database, make_history(replica), context, clock, ledger)
    again = save(database, make_history(replica), context, clock, ledger)
    assert again.counts.written == again.counts.unchanged == 0  # the file is the one that was read
    assert save(database, make_history(replica), context, clock, Ledger()).counts.written == 0


def test_history_stopped_after_any_batch_goes_on_there(replica: Replica, context: Context) -> None:
    replica.sites.append(ArenaSite())
    whole = Ledger()
    whole.collect(make_history(replica), context)
    assert whole.batches > 3
    for stopped_after in range(1, whole.batches):
        ledger = Ledger()
        assert not ledger.collect(make_history(replica), context, most_batches=stopped_after)
        told = len(ledger.records)
        assert ledger.collect(make_history(replica), context)
        assert ledger.records == whole.records
        assert ledger.states == whole.states
        assert ledger.records[told:] == whole.records[told:]  # nothing was read a second time


def test_history_begins_anew_when_another_file_has_taken_its_place(
    replica: Replica, context: Context
) -> None:
    site = ArenaSite()
    replica.sites.append(site)
    ledger = Ledger()
    ledger.collect(make_history(replica), context, most_batches=2)
    site.publish("text", "2026-10-25", make_publication("2026-10-25", 7))
    ledger.collect(make_history(replica), context)
    days = {each.day.isoformat() for each in ledger.records if isinstance(each, Observation)}
    assert days == {*DAYS[1:4], "2026-10-25"}


class YearSite(ArenaSite):
    """A file of a year of publications, made once, in four row groups."""

    def __init__(self) -> None:
        super().__init__()
        days = [f"2025-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
        lines = [make_line(f"m{n}", "Lab", "MIT", 1000 + n, day) for day in days for n in range(4)]
        self.body = write_parquet(lines, row_group_size=400)

    def find_file(self, name: str) -> bytes | None:
        return self.body


def test_row_groups_outside_the_span_are_not_read(replica: Replica, context: Context) -> None:
    replica.sites.append(YearSite())
    ledger = Ledger()
    ledger.collect(make_history(replica, Span(date(2025, 3, 1), date(2025, 3, 31))), context)
    observed = {each.day for each in ledger.records if isinstance(each, Observation)}
    assert observed == {date(2025, 3, day) for day in range(1, 29)}
    assert ledger.batches == 2  # one row group of four, and the conclusion


def test_requests_of_a_history_are_announced(replica: Replica) -> None:
    (target,) = make_history(replica).list_targets()
    assert target.requests > 1
    assert target.key == "text 2026-10-01..2026-11-01"
    assert target.every is None


# --------------------------------------------------------------------------- beside the bundle


def list_entries(ratings: list[Rating], day: date) -> list[tuple[str, float]]:
    return [(row.model, row.rating) for row in ratings if row.board_date == day]


def test_gap_of_bundled_boards_is_what_it_was_when_only_todays_board_is_own(
    furnished_database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    ratings = list_ratings(furnished_database)
    before = gap_points(ratings, OpenRule.WEIGHTS).points
    site = ArenaSite()
    site.publications["text"]["2026-11-15"] += [
        make_line(f"tide-1.{number}", "Harbour", "Proprietary", 1000 + number, "2026-11-15")
        for number in range(len({row.model for row in ratings if row.board_date == before[-1].board_date}))
    ]
    replica.sites.append(site)
    save(furnished_database, make_collector(replica), context, clock, Ledger())
    after = gap_points(list_ratings(furnished_database), OpenRule.WEIGHTS).points
    assert after[:-1] == before
    assert after[-1].board_date == date(2026, 11, 15)
    assert (after[-1].closed_rating, after[-1].open_rating) == (1484.25, 1460.5)


def test_history_of_a_few_months_leaves_no_holes_in_bundled_boards(
    furnished_database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    before = list_ratings(furnished_database)
    days = sorted({row.board_date for row in before})
    leader = next(row for row in before if row.board_date == days[-1])
    site = ArenaSite()
    early = days[-1].replace(day=1).isoformat()
    site.publications["text"] = {early: [make_line(leader.model, "Lab", "Proprietary", 1500, early)]}
    replica.sites.append(site)
    span = Span(date.fromisoformat(early), days[-1])
    save(furnished_database, make_history(replica, span), context, clock, Ledger())
    after = list_ratings(furnished_database)
    assert list_entries(after, days[-1]) == list_entries(before, days[-1])
    assert leader.model in {row.model for row in after if row.board_date == days[-1]}


def test_own_publication_stands_in_for_the_bundled_one_of_the_same_day(
    furnished_database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    before = list_ratings(furnished_database)
    day = before[0].board_date
    site = ArenaSite()
    site.publications["text"] = {day.isoformat(): make_publication(day.isoformat())}  # spelt otherwise
    replica.sites.append(site)
    save(furnished_database, make_history(replica, Span(day, day)), context, clock, Ledger())
    after = list_ratings(furnished_database)
    assert [row.model for row in after if row.board_date == day] == ["meridian-5.1", "aurora-3-32b", "tide-2"]
    others = [other for other in sorted({row.board_date for row in before}) if other != day]
    assert [list_entries(after, other) for other in others] == [
        list_entries(before, other) for other in others
    ]
    shown = (
        "select count(*) from v_observation where world = 'live' and metric = 'arena.text.rating'"
        f" and day = '{day}'"
    )
    assert run_statement(furnished_database, shown).rows == [(3,)]


def test_bundled_publication_is_there_again_in_a_report_from_before_the_own_one(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    bundled = parse(line(model_name="Spelt Otherwise"), line(model_name="meridian-5.1")).records
    with recording(database, RunSpec(LIVE, "baseline", "arena", Basis.BUNDLED), clock) as recorder:
        recorder.save(Batch(bundled))
    replica.sites.append(ArenaSite())
    save(database, make_collector(replica), context, clock, Ledger())
    shown = "select subject from v_observation where metric = 'arena.text.rating' order by subject"
    now = [row[0] for row in run_statement(database, shown).rows]
    assert now == ["text/aurora-3-32b", "text/meridian-5.1", "text/tide-2"]
    then = recall(shown, last_run_id=recorder.run_id, as_of=TODAY, is_sqlite=database.is_sqlite)
    assert [row[0] for row in run_statement(database, then).rows] == [
        "text/Spelt Otherwise",
        "text/meridian-5.1",
    ]


def test_line_of_a_real_board_is_parsed_as_the_archive_has_it(real_data: Any) -> None:
    import csv
    import gzip

    path = real_data / "arena" / "boards_2024-06_2025-01.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["arena"] == "text"]
    lines = [
        {
            **make_line(
                row["model"],
                row["organization"],
                row["license"],
                float(row["arena_score"]),
                row["version_date"],
            ),
            "vote_count": int(row["votes"]),
        }
        for row in rows
    ]
    parsed = parse_file(write_parquet(lines), board_ref("text"), TODAY)
    assert len(parsed.days) == len({row["version_date"] for row in rows})
    assert len(parsed.lines) + len(parsed.skipped) == len(rows)
    assert len(parsed.skipped) < len(rows) / 100
    licences = {
        each.value for each in parsed.records if isinstance(each, Fact) and each.attribute == "licence"
    }
    assert "Propretary" in licences or "Proprietary" in licences


def test_board_that_shrank_by_more_than_half_is_held_back(
    replica: Replica, context: Context, clock: Clock
) -> None:
    site = ArenaSite()
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    ledger.collect(collector, context)
    told = len(ledger.records)
    site.publish("text", "2026-11-22", make_publication("2026-11-22", 7)[:1])
    clock.advance(timedelta(days=1))
    ledger.collect(collector, context)
    assert len(ledger.records) == told
    assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
    assert ledger.coverage[-1].reason == "held back: 1 entries, the publication before had 3"
    site.publish("text", "2026-11-22", make_publication("2026-11-22", 7))
    clock.advance(timedelta(days=1))
    ledger.collect(collector, context)
    assert {each.day for each in ledger.records[told:] if isinstance(each, Observation)} == {
        date(2026, 11, 22)
    }
