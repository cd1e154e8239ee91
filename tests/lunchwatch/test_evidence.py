"""A reader can run every statement that the evidence table offers, and finds the rows it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from analyzers.analysis import Analysis
from analyzers.weekly.week import analyse_week
from lunchwatch.weekly import repository_roles
from store.catalogue import Catalogue, load_catalogue
from store.database import Database
from store.query import StoreQuery
from store.recorder import recording
from store.records import (
    LIVE,
    Basis,
    Batch,
    Evidence,
    Fact,
    Kind,
    ModelFact,
    Observation,
    Record,
    Release,
    ReleaseKind,
    SubjectRef,
)
from store.statement import run_statement
from store.transaction import RunSpec

AS_OF = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
LONGEST = 330
"""What a reader can still take in; most are under 240 characters."""


def analyse(database: Database, catalogue: Catalogue) -> Analysis:
    with database.read() as connection:
        query = StoreQuery(connection, catalogue, LIVE, AS_OF)
        return analyse_week(query, roles=repository_roles(catalogue), now=NOW, draws=100)


def find(analysis: Analysis, title: str) -> Evidence:
    (found,) = (row for row in analysis.evidence if row.title.startswith(title))
    return found


def rows_of(database: Database, evidence: Evidence) -> list[Mapping[str, object]]:
    answer = run_statement(database, evidence.sql, limit=0, seconds=60)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@pytest.mark.slow
def test_every_statement_of_the_evidence_answers_with_its_rows(
    furnished_database: Database,
) -> None:
    analysis = analyse(furnished_database, load_catalogue())
    assert len(analysis.evidence) > 10
    for evidence in analysis.evidence:
        assert len(rows_of(furnished_database, evidence)) >= evidence.rows > 0, evidence.sql
        assert len(evidence.sql) <= LONGEST, evidence.sql


def test_evidence_of_what_was_seen_live_answers_with_its_rows(furnished_database: Database) -> None:
    catalogue = load_catalogue()
    model = next(m for m in catalogue.models if catalogue.knows_model(m.key))
    gated = SubjectRef("hub", Kind.HUB_MODEL, "lab/o'hara", "1")
    repository = SubjectRef("github", Kind.GITHUB_REPO, "vllm-project/vllm", "2")
    crowd = [SubjectRef("hub", Kind.HUB_MODEL, f"lab/m-{k}", f"m{k}") for k in range(12)]
    records: list[Record] = [
        Fact(gated, "gated", "false", AS_OF - timedelta(days=300)),
        Fact(gated, "gated", "manual", AS_OF - timedelta(days=3)),
        ModelFact(model.key, "licence", "mit", AS_OF - timedelta(days=2)),
        ModelFact(model.key, "licence", "apache-2.0", AS_OF - timedelta(days=1)),
        Release(
            repository,
            ReleaseKind.SOFTWARE,
            "v9.1.0",
            "v9.1.0",
            None,
            NOW - timedelta(days=2),
            version="9.1.0",
        ),
    ]
    for k, one in enumerate(crowd):
        records += [
            Observation(one, "hub.downloads.30d", AS_OF - timedelta(days=14), 50_000.0 + k),
            Observation(one, "hub.downloads.30d", AS_OF - timedelta(days=7), 200_000.0 + k),
        ]
    with recording(
        furnished_database, RunSpec(LIVE, "hub", "huggingface", Basis.OBSERVED), lambda: NOW
    ) as recorder:
        recorder.save(Batch(records=records))
    analysis = analyse(furnished_database, catalogue)

    facts = rows_of(furnished_database, find(analysis, "Changes of licence, openness and access"))
    assert {(row["subject"], row["value"]) for row in facts} == {
        ("lab/o'hara", "false"),
        ("lab/o'hara", "manual"),
    }
    models = rows_of(furnished_database, find(analysis, "Changes of a model"))
    assert {row["value"] for row in models if row["model"] == model.key} >= {"mit", "apache-2.0"}
    releases = rows_of(furnished_database, find(analysis, "Releases and announcements"))
    assert "v9.1.0" in {row["key"] for row in releases}
    jumped = rows_of(furnished_database, find(analysis, "A day on which"))
    assert {row["subject"] for row in jumped} == {one.name for one in crowd}
    assert len(jumped) == 2 * len(crowd)


@pytest.mark.slow
def test_evidence_does_not_read_beyond_the_as_of(furnished_database: Database) -> None:
    catalogue = load_catalogue()
    before = analyse(furnished_database, catalogue)
    repository = SubjectRef("github", Kind.GITHUB_REPO, "vllm-project/vllm", "2")
    later = Observation(repository, "github.stars", AS_OF + timedelta(days=1), 1_000_000.0)
    with recording(
        furnished_database, RunSpec(LIVE, "github", "github", Basis.OBSERVED), lambda: NOW + timedelta(days=1)
    ) as recorder:
        recorder.save(Batch(records=[later]))
    after = analyse(furnished_database, catalogue)
    assert [replace(row, run_ids=()) for row in after.evidence] == [
        replace(row, run_ids=()) for row in before.evidence
    ]
    stars = rows_of(furnished_database, find(before, "Stars of all tracked repositories"))
    assert max(str(row["day"]) for row in stars) <= AS_OF.isoformat()
