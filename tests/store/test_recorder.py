"""What a run writes, on both databases."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from store.checkpoint import Checkpoint, load_checkpoints
from store.database import Database
from store.errors import Refused
from store.recorder import Recorder, close_abandoned_runs, recording
from store.records import (
    LIVE,
    Basis,
    Batch,
    Claim,
    Coverage,
    CoverageStatus,
    Document,
    Fact,
    Figure,
    Link,
    ModelFact,
    ModelRecord,
    Outcome,
    Precision,
    Release,
    ReleaseKind,
    Standing,
)
from store.transaction import RunSpec
from tests.store.worlds import DAY, downloads, hub_model, moment, rows, tell

SPEC = RunSpec(LIVE, "hub", "hub", Basis.OBSERVED)


def everything() -> Batch:
    """One record of each kind."""
    repository = hub_model("lab/model", "id-1")
    return Batch(
        records=[
            downloads(5, subject=repository),
            Fact(repository, "licence", "mit", DAY),
            ModelRecord("lab/model", "lab", "Model", "family"),
            ModelFact("lab/model", "released_on", "2026-11-01", DAY),
            Link(repository, "lab/model", "hub_id", 1.0),
            Release(repository, ReleaseKind.MODEL, "id-1", "Model", "https://example.org/m", moment(DAY)),
            Document(repository, "k", "Title", None, moment(DAY), "published", "text", "hash"),
            Claim(
                "lab/model",
                "bench",
                41.2,
                "percent",
                "accuracy",
                Standing.SELF_REPORTED,
                DAY,
                "https://e.org",
            ),
            Figure("share", 19, "percent", DAY, Precision.MONTH, "a survey", "none stated"),
        ],
        coverage=[Coverage("author:lab", CoverageStatus.COMPLETE, 1)],
        state={"cursor": "c1"},
        requests=3,
        skipped=["an item without id"],
    )


def test_a_batch_of_every_kind_is_written_once_and_the_same_again_writes_nothing(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        first = recorder.save(everything())
    with recording(database, SPEC, lambda: moment(DAY, 13)) as recorder:
        second = recorder.save(everything())
    assert (first.written, first.skipped, first.requests) == (9, 1, 3)
    assert (second.written, second.unchanged) == (0, 9)
    for view in ("observation", "fact", "model_fact", "link", "release", "document", "claim", "figure"):
        assert rows(database, f"select count(*) from v_{view}") == [(1,)], view


def test_counts_and_outcome_of_a_run_are_kept(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        recorder.save(everything())
        recorder.save(Batch(records=[downloads(6, DAY + timedelta(days=1), hub_model("lab/model", "id-1"))]))
    assert rows(database, "select outcome, written, unchanged, skipped, requests from v_run") == [
        ("ok", 10, 0, 1, 3)
    ]


def test_a_correction_keeps_both_rows_and_the_view_shows_the_later(database: Database) -> None:
    tell(database, downloads(5))
    tell(database, downloads(7))
    assert rows(database, "select value from v_observation") == [(7.0,)]
    assert rows(database, "select count(*) from observation") == [(2,)]


def test_the_first_observation_of_a_bundled_value_is_stored_and_shown_before_it(database: Database) -> None:
    tell(database, downloads(5), basis=Basis.BUNDLED)
    tell(database, downloads(5), basis=Basis.OBSERVED)
    tell(database, downloads(4), basis=Basis.BUNDLED)
    assert rows(database, "select value, basis from v_observation") == [(5.0, "observed")]


def test_worlds_do_not_see_each_other(database: Database) -> None:
    tell(database, downloads(5))
    counts = tell(database, downloads(5), world="paper")
    assert counts.written == 1
    assert rows(database, "select world, value from v_observation order by world") == [
        ("live", 5.0),
        ("paper", 5.0),
    ]


def test_a_rename_stays_the_same_subject_and_is_remembered(database: Database) -> None:
    tell(database, downloads(5, subject=hub_model("old/name", "id-1")))
    tell(database, downloads(6, DAY + timedelta(days=1), hub_model("new/name", "id-1")))
    assert rows(database, "select subject from v_subject") == [("new/name",)]
    assert rows(database, "select count(*) from v_observation where subject = 'new/name'") == [(2,)]
    assert rows(database, "select name from subject_name order by run_id") == [("old/name",), ("new/name",)]


def test_a_subject_known_by_name_gets_its_immutable_id_when_it_is_learned(database: Database) -> None:
    tell(database, downloads(5, DAY - timedelta(days=9)), basis=Basis.BUNDLED)
    tell(database, downloads(6, subject=hub_model("lab/model", "id-1")))
    assert rows(database, "select native_id, subject from v_subject") == [("id-1", "lab/model")]


def test_a_name_taken_over_by_another_repository_is_another_subject(database: Database) -> None:
    tell(database, downloads(5, subject=hub_model("lab/model", "id-1")))
    tell(database, downloads(9, subject=hub_model("lab/model", "id-2")))
    assert rows(database, "select native_id from v_subject order by native_id") == [("id-1",), ("id-2",)]


def test_what_no_database_can_hold_is_skipped_and_counted_alone(database: Database) -> None:
    counts = tell(
        database,
        downloads(math.nan),
        downloads(math.inf),
        downloads(-1),
        downloads(3, subject=hub_model("x" * 401)),
        downloads(3, subject=hub_model("nul\x00")),
        downloads(3),
    )
    assert (counts.written, counts.skipped) == (1, 5)


def test_an_undeclared_metric_is_a_bug_of_the_caller(database: Database) -> None:
    with pytest.raises(Refused, match="is not declared"):
        tell(database, replace(downloads(5), metric="hub.nonsense"))
    assert rows(database, "select outcome, error_kind from v_run") == [("failed", "Refused")]


def test_a_fact_about_an_unknown_model_is_refused(database: Database) -> None:
    with pytest.raises(Refused, match="nobody introduced: lab/none"):
        tell(database, ModelFact("lab/none", "licence", "mit", DAY))


def test_a_fact_is_news_only_when_the_value_in_force_differs(database: Database) -> None:
    repository = hub_model()
    tell(database, Fact(repository, "licence", "mit", DAY))
    again = tell(database, Fact(repository, "licence", "mit", DAY + timedelta(days=3)))
    changed = tell(database, Fact(repository, "licence", "other", DAY + timedelta(days=5)))
    assert (again.written, changed.written) == (0, 1)


def test_an_edited_document_is_one_document_with_its_latest_text(database: Database) -> None:
    entry = Document(hub_model(), "k", "Title", None, moment(DAY), "published", "text", "h1")
    tell(database, entry)
    tell(database, replace(entry, text="other", content_hash="h2"))
    assert rows(database, "select text from v_document") == [("other",)]
    assert rows(database, "select count(*) from document") == [(2,)]


def test_a_document_without_a_date_keeps_the_moment_it_was_first_seen(database: Database) -> None:
    entry = Document(hub_model(), "k", "Title", None, moment(DAY), "first_seen", "text", "h1")
    tell(database, entry)
    later = replace(entry, published_at=moment(DAY + timedelta(days=3)))
    assert tell(database, later).written == 0


def test_the_later_word_of_one_run_replaces_its_earlier_one(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        recorder.save(Batch(records=[downloads(5), downloads(6)]))
        recorder.save(Batch(records=[downloads(7)]))
    assert rows(database, "select value from observation") == [(7.0,)]


def test_state_and_records_of_a_batch_commit_together_or_not_at_all(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        recorder.save(everything(), Checkpoint("author:lab"))
        with pytest.raises(Refused):
            recorder.save(
                Batch(records=[replace(downloads(9), metric="hub.nonsense")], state={"cursor": "c2"}),
                Checkpoint("author:lab"),
            )
    with database.read() as connection:
        assert load_checkpoints(connection, LIVE, "hub")["author:lab"].state == {"cursor": "c1"}


def test_a_checkpoint_comes_back_as_it_was_saved(database: Database) -> None:
    saved = Checkpoint(
        "t", {"etag": 'W/"1"', "n": 3}, moment(DAY), moment(DAY), moment(DAY + timedelta(hours=1)), 2, "late"
    )
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        recorder.save(Batch(), saved)
        recorder.save(Batch(), saved)
    with database.read() as connection:
        assert load_checkpoints(connection, LIVE, "hub") == {"t": saved}


def test_coverage_of_one_scope_adds_up_over_batches(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        recorder.save(Batch(coverage=[Coverage("new", CoverageStatus.PARTIAL, 100)]))
        recorder.save(Batch(coverage=[Coverage("new", CoverageStatus.COMPLETE, 20)]))
    assert rows(database, "select scope, status, items from v_coverage") == [("new", "complete", 120)]


def test_a_bug_marks_the_run_crashed_and_keeps_what_was_saved(database: Database) -> None:
    def collect_and_trip() -> None:
        with recording(database, SPEC, lambda: moment(DAY)) as recorder:
            recorder.save(Batch(records=[downloads(5)]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        collect_and_trip()
    assert rows(database, "select outcome, written from v_run") == [("crashed", 1)]
    assert rows(database, "select count(*) from v_observation") == [(1,)]


def test_a_killed_run_is_closed_later_and_its_rows_stay(database: Database) -> None:
    recorder = Recorder(database, SPEC, lambda: moment(DAY))
    recorder.save(Batch(records=[downloads(5)]))
    assert close_abandoned_runs(database, moment(DAY, 14), timedelta(hours=1)) == 1
    assert rows(database, "select outcome from v_run") == [(Outcome.INTERRUPTED.value,)]
    assert rows(database, "select count(*) from v_observation") == [(1,)]


def test_threads_that_write_at_once_lose_nothing(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        threads = [
            threading.Thread(
                target=recorder.save, args=(Batch(records=[downloads(1, subject=hub_model(f"lab/m{n}"))]),)
            )
            for n in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert rows(database, "select count(*) from v_observation") == [(12,)]
    assert recorder.counts.written == 12


def test_a_renamed_repository_told_under_both_names_in_one_batch_is_one_subject(database: Database) -> None:
    tell(
        database,
        downloads(5, subject=hub_model("z/old", "id-1")),
        downloads(6, DAY + timedelta(days=1), hub_model("a/new", "id-1")),
    )
    assert rows(database, "select subject, native_id from v_subject") == [("a/new", "id-1")]
    assert rows(database, "select count(*) from v_observation") == [(2,)]


def test_a_name_and_the_same_name_with_its_id_in_one_batch_are_one_subject(database: Database) -> None:
    tell(database, downloads(5), Fact(hub_model("lab/model", "id-1"), "licence", "mit", DAY))
    assert rows(database, "select subject, native_id from v_subject") == [("lab/model", "id-1")]


def test_a_link_by_a_former_name_means_the_renamed_repository(database: Database) -> None:
    tell(database, downloads(5, subject=hub_model("o/a", "id-1")))
    tell(database, downloads(5, subject=hub_model("o/b", "id-1")))
    tell(database, ModelRecord("o/m", "o", "M"), Link(hub_model("o/a"), "o/m", "hub_id", 1.0))
    assert rows(database, "select subject from v_subject") == [("o/b",)]
    assert rows(database, "select subject, model from v_link") == [("o/b", "o/m")]


def test_two_writers_of_the_same_new_things_add_them_once(database: Database) -> None:
    batch = Batch(
        records=[
            *[downloads(1, subject=hub_model(f"lab/m{n}")) for n in range(40)],
            *[ModelRecord(f"lab/m{n}", "lab", "M") for n in range(40)],
        ]
    )
    problems: list[Exception] = []

    def write() -> None:
        try:
            with recording(database, SPEC, lambda: moment(DAY)) as recorder:
                recorder.save(batch)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a thread is the test's result
            problems.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert rows(database, "select count(*) from v_subject") == [(40,)]
    assert rows(database, "select count(*) from v_model") == [(40,)]


def test_a_claim_told_again_without_its_date_is_no_news_and_keeps_it(database: Database) -> None:
    dated = Claim("m", "b", 41.2, "percent", "", Standing.SELF_REPORTED, DAY, "https://e.org")
    undated = replace(dated, claimed_on=None)
    assert [tell(database, each).written for each in (undated, dated, undated, dated)] == [1, 1, 0, 0]
    told = rows(database, "select score, claimed_on from v_claim")
    assert [(score, str(day)) for score, day in told] == [(41.2, str(DAY))]
    assert tell(database, replace(undated, score=43.0)).written == 1
    told = rows(database, "select score, claimed_on from v_claim")
    assert [(score, str(day)) for score, day in told] == [(43.0, str(DAY))]


def test_text_that_is_no_text_is_skipped_wherever_it_stands(database: Database) -> None:
    half = "\ud800"
    release = Release(hub_model(), ReleaseKind.MODEL, "k", f"T{half}", None, moment(DAY))
    document = Document(hub_model(), "k", "T", "https://e.org/\x00", moment(DAY), "published", "x", "h")
    claim = Claim("m", "b", 1.0, "percent", half, Standing.SELF_REPORTED, DAY, "https://e.org")
    fact = Fact(hub_model("lab/model", f"id{half}"), "licence", "mit", DAY)
    long_attribute = Fact(hub_model(), "a" * 65, "mit", DAY)
    counts = tell(database, release, document, claim, fact, long_attribute, downloads(3))
    assert (counts.written, counts.skipped) == (1, 5)


def test_a_thing_told_twice_by_one_run_counts_once(database: Database) -> None:
    with recording(database, SPEC, lambda: moment(DAY)) as recorder:
        recorder.save(Batch(records=[downloads(5)]))
        recorder.save(Batch(records=[downloads(7)]))
    assert rows(database, "select written from v_run") == [(1,)]


def test_a_bundle_loaded_later_does_not_punch_through_own_observations(database: Database) -> None:
    tell(database, downloads(5, DAY))
    tell(database, downloads(5, DAY + timedelta(days=9)), on=DAY + timedelta(days=9))
    tell(
        database,
        downloads(3, DAY - timedelta(days=9)),
        downloads(4.5, DAY + timedelta(days=9)),
        basis=Basis.BUNDLED,
    )
    assert rows(database, "select value, basis from v_observation order by day") == [
        (3.0, "bundled"),
        (5.0, "observed"),
    ]
