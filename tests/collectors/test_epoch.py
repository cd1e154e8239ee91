"""Epoch AI's data: the index, results of benchmark runs, training compute, and the zip they come in."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.contract import Context
from collectors.epoch import EpochCollector, EpochOptions
from collectors.epoch.archive import Archive, ArchiveCaps
from collectors.epoch.benchmarks import parse_benchmarks
from collectors.epoch.compute import parse_compute
from collectors.epoch.index import parse_index
from collectors.epoch.table import read_openness
from store.baseline import load_bundles
from store.catalogue import load_catalogue
from store.database import Database
from store.errors import SourceChanged
from store.query import StoreQuery
from store.recorder import Recorder, recording
from store.records import LIVE, Basis, Claim, CoverageStatus, Fact, Observation, Openness, Precision, Standing
from store.transaction import RunSpec
from tests.collectors.stand import Clock, Ledger
from tests.replica.epoch import (
    BENCHMARKS,
    INDEX,
    MODELS,
    TABLES,
    EpochSite,
    make_index_line,
    make_model,
    make_run,
    write_csv,
    write_zip,
)
from tests.replica.server import Replica

TODAY = date(2026, 11, 22)
URL = "https://epoch.ai/data/x"
NAMES = load_catalogue()


def facts_of(records: list[Any]) -> dict[str, str]:
    return {each.attribute: each.value for each in records if isinstance(each, Fact)}


def values_of(records: list[Any]) -> dict[str, float]:
    return {each.metric: each.value for each in records if isinstance(each, Observation)}


# --------------------------------------------------------------------------- the index


def test_line_of_the_index_becomes_a_score_with_its_interval_and_facts() -> None:
    records = parse_index(write_csv(INDEX), TODAY, URL).entries["eci/Aurora 3"]
    assert values_of(records) == {
        "epoch.eci": 152.25,
        "epoch.eci_ci_low": 150.25,
        "epoch.eci_ci_high": 155.25,
    }
    assert facts_of(records) == {
        "released_on": "2026-10-30",
        "organisation": "Aurora Labs",
        "country": "United States of America",
        "openness": "unrestricted",
        "openness_basis": "source",
    }
    assert {each.day for each in records if isinstance(each, Observation)} == {TODAY}
    assert {each.valid_from for each in records if isinstance(each, Fact)} == {date(2026, 10, 30)}


def test_attributes_are_those_of_the_bundled_index() -> None:
    bundled = next(each for each in load_bundles(NAMES) if each.name == "capability_index")
    names = {each.attribute for each in bundled.records if isinstance(each, Fact)}
    assert names == set(facts_of(parse_index(write_csv(INDEX), TODAY, URL).records))
    assert {each.metric for each in bundled.records if isinstance(each, Observation)} == {"epoch.eci"}


def test_blank_accessibility_is_unknown_and_a_month_is_its_first_day() -> None:
    records = parse_index(write_csv(INDEX), TODAY, URL).entries["eci/Tide 2"]
    assert facts_of(records)["openness"] == "unknown"
    assert facts_of(records)["openness_basis"] == "unknown"
    assert facts_of(records)["released_on"] == "2026-08-01"
    assert {each.precision for each in records if isinstance(each, Fact)} == {Precision.MONTH}


@pytest.mark.parametrize(
    ("text", "openness"),
    [
        ("Open weights (unrestricted)", Openness.UNRESTRICTED),
        ("Open weights (restricted use)", Openness.RESTRICTED),
        ("Open weights (non-commercial)", Openness.NONCOMMERCIAL),
        ("API access", Openness.API),
        ("Hosted access (no API)", Openness.HOSTED),
        ("Unreleased", Openness.UNRELEASED),
        ("", Openness.UNKNOWN),
        ("Open", Openness.UNKNOWN),
    ],
)
def test_accessibility_is_epochs_own_scale(text: str, openness: Openness) -> None:
    assert read_openness(text) is openness


@pytest.mark.parametrize(
    "broken",
    [
        {"eci": ""},
        {"eci": "high"},
        {"eci": "nan"},
        {"eci": "1e9"},
        {"eci_ci_low": "170"},
        {"Model": ""},
        {"Model": "x" * 500},
        {"date": "2026-13-01"},
        {"Model": "Meridian 5.1"},
    ],
    ids=repr,
)
def test_line_that_cannot_be_used_costs_only_itself(broken: Mapping[str, str]) -> None:
    bad = {**make_index_line("Bad", 100, "2026-01-01", "Lab", "API access"), **broken}
    parsed = parse_index(write_csv([*INDEX, bad]), TODAY, URL)
    assert len(parsed.entries) == 3
    assert len(parsed.skipped) == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"Model,score\na,1\n", "eci_scores.csv['eci']"),
        (b"", "eci_scores.csv['Model']"),
        (b"\xff\xfe\x00", "eci_scores.csv"),
        (b"<!DOCTYPE html>", "eci_scores.csv['Model']"),
        (b"Model,eci\n", "eci_scores.csv"),
        (b"Model,eci\na,\nb,\n", "eci_scores.csv, line 2"),
    ],
)
def test_index_of_another_shape_is_named_by_its_path(body: bytes, path: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        parse_index(body, TODAY, URL)
    assert caught.value.path == path


# --------------------------------------------------------------------------- training compute


def test_training_compute_is_written_as_the_bundle_writes_it() -> None:
    parsed = parse_compute(write_csv(MODELS), URL)
    assert list(parsed.entries) == ["compute/Aurora 3", "compute/Aurora 2"]
    assert facts_of(parsed.entries["compute/Aurora 3"]) == {
        "organisation": "Aurora Labs",
        "openness": "unrestricted",
        "parameters": "32000000000",
        "training_flop": "3.84e+24",
        "hardware": "NVIDIA H100 SXM5 80GB",
        "hardware_quantity": "2048",
        "confidence": "Likely",
    }
    assert {each.valid_from for each in parsed.entries["compute/Aurora 2"] if isinstance(each, Fact)} == {
        date(2026, 2, 1)
    }
    bundled = next(each for each in load_bundles(NAMES) if each.name == "training_compute")
    attributes = {each.attribute for each in bundled.records if isinstance(each, Fact)}
    assert attributes == set(facts_of(parsed.records))


def test_models_without_compute_or_of_other_domains_are_no_concern_of_ours() -> None:
    parsed = parse_compute(write_csv(MODELS), URL)
    assert parsed.left_out == 2
    assert parsed.skipped == []


@pytest.mark.parametrize("flop", ["-1e20", "a lot", "inf", "0"])
def test_impossible_compute_costs_only_its_line(flop: str) -> None:
    parsed = parse_compute(write_csv([*MODELS, make_model("Bad", flop, "2026-01-01")]), URL)
    assert len(parsed.entries) == 2
    assert len(parsed.skipped) == 1


def test_year_alone_is_no_date_to_reckon_with() -> None:
    parsed = parse_compute(write_csv([make_model("Old", "1e20", "2019"), *MODELS]), URL)
    assert "compute/Old" not in parsed.entries


# --------------------------------------------------------------------------- benchmark results


def claims_of(tables: Mapping[str, list[dict[str, Any]]], **others: bytes) -> list[Claim]:
    files = {"benchmark_metadata.csv": write_csv(BENCHMARKS), **others}
    archive = Archive(write_zip(files | {name: write_csv(lines) for name, lines in tables.items()}))
    records = parse_benchmarks(archive, NAMES).records
    return [each for each in records if isinstance(each, Claim)]


def test_run_of_epochs_own_is_a_claim_of_a_third_party_in_the_benchmarks_unit() -> None:
    claim = next(each for each in claims_of(TABLES) if each.benchmark == "gpqa-diamond")
    assert (claim.model, claim.score, claim.unit) == ("aurora-3-32b_high", 81.25, "percent")
    assert claim.standing is Standing.THIRD_PARTY
    assert claim.claimed_on == date(2026, 11, 2)
    assert claim.source_url == "https://logs.epoch.ai/view/1.html"
    assert claim.settings == "effort: high"


def test_version_in_a_benchmarks_name_becomes_the_claims_version() -> None:
    claim = next(each for each in claims_of(TABLES) if each.benchmark == "frontiermath")
    assert claim.version == "2025-02-28-Private"
    assert claim.source_url == "https://epoch.ai/benchmarks"


def test_of_several_runs_under_one_address_the_last_counts() -> None:
    scores = [each.score for each in claims_of(TABLES) if each.benchmark == "frontiermath"]
    assert scores == [43.0]


def test_results_of_others_are_read_only_where_their_owner_licenses_them() -> None:
    claims = claims_of(TABLES)
    assert {each.benchmark for each in claims} == {"gpqa-diamond", "frontiermath", "aider-polyglot"}
    (aider,) = (each for each in claims if each.benchmark == "aider-polyglot")
    assert (aider.score, aider.unit) == (68.5, "percent")
    assert aider.source_url == "https://aider.chat/docs/leaderboards/"
    assert aider.settings == "edit format: diff"


def test_benchmark_the_catalogue_does_not_know_keeps_its_name_and_a_fraction() -> None:
    chess = {**BENCHMARKS[0], "benchmark": "Chess Puzzles", "source_file": "chess_puzzles.csv"}
    files = {
        "benchmark_metadata.csv": write_csv([chess]),
        "chess_puzzles.csv": write_csv([make_run("m", 0.25, "2026-11-01T00:00:00Z")]),
    }
    (claim,) = parse_benchmarks(Archive(write_zip(files)), NAMES).records
    assert isinstance(claim, Claim)
    assert (claim.benchmark, claim.score, claim.unit) == ("Chess Puzzles", 0.25, "fraction")


def test_table_that_is_broken_or_of_unknown_provenance_costs_only_itself() -> None:
    nameless = {**BENCHMARKS[3], "source_file": "hle.csv"}
    files = {
        "benchmark_metadata.csv": write_csv([*BENCHMARKS, nameless]),
        "gpqa_diamond.csv": write_csv(TABLES["gpqa_diamond.csv"]),
        "frontiermath.csv": b"Model version\nx\n",
        "hle.csv": write_csv(TABLES["hle_external.csv"]),
    }
    parsed = parse_benchmarks(Archive(write_zip(files)), NAMES)
    assert len(parsed.entries) == 2
    assert len(parsed.skipped) == 1
    assert "frontiermath.csv" in parsed.skipped[0]


@pytest.mark.parametrize("score", ["1.5", "-0.2", "most", "nan"])
def test_score_that_is_no_share_of_questions_is_skipped(score: str) -> None:
    runs = [
        *TABLES["gpqa_diamond.csv"],
        {**make_run("m", 0, "2026-11-01"), "Best score (across scorers)": score},
    ]
    claims = claims_of({"gpqa_diamond.csv": runs})
    assert len(claims) == 2


def test_real_runs_come_out_with_the_scores_of_the_table(real_data: Path) -> None:
    with (real_data / "epoch-2025" / "benchmarks_runs.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["task"] == "GPQA diamond"]
    runs = [
        make_run(row["model"], float(row["Best score (across scorers)"]), "2025-11-01", row["log viewer"])
        for row in rows
    ]
    claims = claims_of({"gpqa_diamond.csv": runs})
    stated = {(row["model"], row["log viewer"]): float(row["Best score (across scorers)"]) for row in rows}
    for claim in claims:
        link = claim.source_url if claim.source_url.startswith("https://logs") else ""
        assert claim.score == pytest.approx(100 * stated[claim.model, link])
    assert len(claims) > 100
    linked = [each for each in claims if NAMES.resolver.resolve_name(each.model).model]
    assert len(linked) > len(claims) / 4


# --------------------------------------------------------------------------- the zip


def test_zip_is_read_by_name() -> None:
    archive = Archive(write_zip({"a.csv": b"a", "folder/b.csv": b"b"}))
    assert archive.names == ["a.csv", "folder/b.csv"]
    assert archive.read("folder/b.csv") == b"b"
    with pytest.raises(SourceChanged) as caught:
        archive.read("c.csv")
    assert caught.value.path == "c.csv"


@pytest.mark.parametrize("name", ["../a.csv", "/etc/passwd", "a/../b", "C:\\a.csv", "a\x1b[2J.csv", "a/./b"])
def test_names_that_lead_elsewhere_are_not_there(name: str) -> None:
    assert Archive(write_zip({name: b"a", "b.csv": b"b"})).names == ["b.csv"]


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"<html>", write_zip({"a": b"a" * 100})[:-30]])
def test_what_is_no_zip_is_a_named_error(body: bytes) -> None:
    with pytest.raises(SourceChanged) as caught:
        Archive(body)
    assert caught.value.path == "zip"


def test_bomb_and_too_many_files_are_refused() -> None:
    bomb = write_zip({"a.csv": bytes(10_000_000)})
    assert len(bomb) < 20_000
    with pytest.raises(SourceChanged, match="too many"):
        Archive(bomb).read("a.csv")
    with pytest.raises(SourceChanged, match="files"):
        Archive(write_zip({f"{n}.csv": b"" for n in range(5)}), ArchiveCaps(entries=4))
    plenty = Archive(write_zip({"a": b"abcdefgh", "b": b"abcdefgh"}), ArchiveCaps(total_bytes=10))
    plenty.read("a")
    with pytest.raises(SourceChanged, match="too many"):
        plenty.read("b")


def test_zip_that_lies_about_its_sizes_ends_at_the_limit() -> None:
    honest = write_zip({"a.csv": bytes(range(256)) * 400})
    for offset in (honest.index(b"PK\x03\x04") + 22, honest.index(b"PK\x01\x02") + 24):
        honest = honest[:offset] + (10).to_bytes(4, "little") + honest[offset + 4 :]
    with pytest.raises(SourceChanged) as caught:
        Archive(honest, ArchiveCaps(entry_bytes=1_000)).read("a.csv")
    assert caught.value.path == "a.csv"


def test_damaged_entry_is_a_named_error() -> None:
    body = bytearray(write_zip({"a.csv": bytes(range(256)) * 10}))
    body[60:70] = b"\xff" * 10
    with pytest.raises(SourceChanged) as caught:
        Archive(bytes(body)).read("a.csv")
    assert caught.value.path == "a.csv"


def test_encrypted_entry_is_a_named_error() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.csv", b"secret")
    marked = bytearray(body.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        marked[marked.index(signature) + offset] |= 1
    with pytest.raises(SourceChanged) as caught:
        Archive(bytes(marked)).read("a.csv")
    assert caught.value.path == "a.csv"


# --------------------------------------------------------------------------- collecting


def save(
    database: Database, collector: EpochCollector, context: Context, clock: Clock, ledger: Ledger
) -> Recorder:
    spec = RunSpec(LIVE, collector.name, collector.source, Basis.OBSERVED)
    with recording(database, spec, clock) as recorder:
        for target in collector.list_targets():
            for batch in collector.collect(target, ledger.states.get(target.key, {}), context):
                ledger.save(target, batch)
                recorder.save(batch)
    return recorder


def make_collector(replica: Replica) -> EpochCollector:
    return EpochCollector(EpochOptions(f"{replica.url}/epoch"), NAMES)


def test_publication_is_told_once_and_a_later_one_stands_beside_it(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    site = EpochSite()
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    assert save(database, collector, context, clock, ledger).counts.skipped == 0
    clock.advance(timedelta(days=1))
    assert save(database, collector, context, clock, ledger).counts.written == 0
    assert [entry.status for entry in replica.log[-3:]] == [304, 304, 304]
    forgotten = {
        key: {name: value for name, value in state.items() if name == "content"}
        for key, state in ledger.states.items()
    }
    rebuilt = Ledger(states=dict(forgotten))  # another ETag over the same content
    assert save(database, collector, context, clock, rebuilt).counts.written == 0
    site.index[1]["eci"] = 153.5
    clock.advance(timedelta(days=1))
    save(database, collector, context, clock, ledger)
    with database.read() as connection:
        query = StoreQuery(connection, NAMES, LIVE, clock().date())
        scores = {each.model: (each.score, each.published_on) for each in query.list_index_scores()}
        claims = query.list_claims()
    assert scores["Aurora 3"] == (153.5, clock().date())
    assert len(scores) == 3
    assert len(claims) == 4


def test_own_index_takes_the_place_of_the_bundled_one_as_a_whole(
    furnished_database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    site = EpochSite()
    site.index += [make_tide(number) for number in range(120)]
    replica.sites.append(site)
    save(furnished_database, make_collector(replica), context, clock, Ledger())
    with furnished_database.read() as connection:
        query = StoreQuery(connection, NAMES, LIVE, clock().date())
        later = query.list_index_scores()
        earlier = StoreQuery(connection, NAMES, LIVE, date(2026, 5, 1)).list_index_scores()
        assert query.list_short_publications("epoch.eci") == {}
    assert {each.model for each in later} == {line["Model"] for line in site.index}
    aurora = next(each for each in later if each.model == "Aurora 3")
    assert (aurora.ci_low, aurora.score, aurora.ci_high) == (150.25, 152.25, 155.25)
    assert len(earlier) > 100
    assert {each.ci_low for each in earlier} == {None}


def make_tide(number: int) -> dict[str, Any]:
    return make_index_line(f"Tide 1.{number}", 100 + number / 10, "2025-08-01", "Harbour", "API access")


def test_index_of_few_models_does_not_take_the_place_of_the_bundled_one(
    furnished_database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(EpochSite())
    save(furnished_database, make_collector(replica), context, clock, Ledger())
    with furnished_database.read() as connection:
        query = StoreQuery(connection, NAMES, LIVE, clock().date())
        scores = query.list_index_scores()
        assert query.list_short_publications("epoch.eci") == {clock().date(): 3}
    assert {each.published_on for each in scores} == {date(2026, 4, 10)}
    assert len(scores) > 100


def test_index_that_shrank_by_more_than_half_is_held_back_for_a_week(
    replica: Replica, context: Context, clock: Clock
) -> None:
    site = EpochSite()
    site.index += [make_tide(number) for number in range(4)]
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    index = next(target for target in collector.list_targets() if target.key == "index")
    ledger.collect_target(collector, index, context)
    told = len(ledger.records)
    site.index = site.index[:3]
    for _ in range(7):
        clock.advance(timedelta(days=1))
        ledger.collect_target(collector, index, context)
        assert len(ledger.records) == told
        assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
        assert ledger.coverage[-1].reason == "held back: 3 entries, the publication before had 7"
    clock.advance(timedelta(days=1))
    ledger.collect_target(collector, index, context)
    assert len(ledger.records) > told
    assert ledger.coverage[-1].status is CoverageStatus.COMPLETE
    assert "short_since" not in ledger.states["index"]


def test_whole_index_after_a_short_one_is_taken_at_once(
    replica: Replica, context: Context, clock: Clock
) -> None:
    site = EpochSite()
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    index = next(target for target in collector.list_targets() if target.key == "index")
    ledger.collect_target(collector, index, context)
    told, whole = len(ledger.records), site.index
    site.index = whole[:1]
    clock.advance(timedelta(days=1))
    ledger.collect_target(collector, index, context)
    assert "short_since" in ledger.states["index"]
    site.index = whole
    clock.advance(timedelta(days=1))
    ledger.collect_target(collector, index, context)
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED
    assert "short_since" not in ledger.states["index"]
    site.index = [*whole, make_tide(1)]
    clock.advance(timedelta(days=1))
    ledger.collect_target(collector, index, context)
    assert len(ledger.records) > told
    assert "short_since" not in ledger.states["index"]


def test_each_file_is_looked_at_once_a_day_for_one_request(replica: Replica, context: Context) -> None:
    replica.sites.append(EpochSite())
    collector, ledger = make_collector(replica), Ledger()
    targets = collector.list_targets()
    assert {target.every for target in targets} == {timedelta(days=1)}
    ledger.collect(collector, context)
    assert ledger.requests == sum(target.requests for target in targets) == 3
    assert {entry.status for entry in ledger.coverage} == {CoverageStatus.COMPLETE}


def test_long_table_comes_in_several_batches_and_is_remembered_at_the_end(
    replica: Replica, context: Context
) -> None:
    site = EpochSite()
    site.models = [make_model(f"Model {n}", "1e24", "2026-01-01") for n in range(400)]
    replica.sites.append(site)
    collector, ledger = make_collector(replica), Ledger()
    compute = next(target for target in collector.list_targets() if target.key == "compute")
    assert not ledger.collect_target(collector, compute, context, most_batches=1)
    assert ledger.states == {}
    ledger.collect_target(collector, compute, context)
    assert ledger.states["compute"]["content"]
    assert len(set(ledger.records)) == 400 * 7
