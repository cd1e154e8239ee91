"""One result that several sources carry counts once; what is only alike stays apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from store.catalogue import load_catalogue
from store.database import Database
from store.dossier import find_dossier
from store.query import StoreQuery
from store.recorder import recording
from store.records import (
    LIVE,
    Basis,
    Batch,
    BenchmarkTerms,
    Claim,
    ModelFact,
    ModelRecord,
    Provenance,
    Standing,
    StoredClaim,
)
from store.repeats import count_once
from store.transaction import RunSpec
from tests.store.worlds import moment

DAY = date(2026, 11, 5)
AIDER = "https://aider.chat/docs/leaderboards/"


def result(
    source: str,
    settings: str = "",
    *,
    score: float = 68.5,
    unit: str = "percent",
    metric: str = "",
    day: date | None = DAY,
    url: str = AIDER,
    standing: Standing = Standing.THIRD_PARTY,
    version: str = "",
) -> StoredClaim:
    claim = Claim(
        "aurora/aurora-3", "aider-polyglot", score, unit, metric, standing, day, url, version, settings
    )
    return StoredClaim(claim, "aurora/aurora-3", Provenance(source, Basis.OBSERVED, 1))


def sources(claims: list[StoredClaim]) -> list[tuple[str, list[str]]]:
    return [(row.provenance.source, [told.source for told in row.also_told_by]) for row in claims]


def test_the_one_that_states_more_settings_counts() -> None:
    told = [result("models.dev"), result("epoch", "edit format: diff")]
    assert sources(count_once(told, {})) == [("epoch", ["models.dev"])]
    assert count_once(told[::-1], {}) == count_once(told, {})


def test_a_third_source_is_named_too() -> None:
    told = [result("models.dev"), result("epoch", "effort: high"), result("hub", "variant high")]
    assert sources(count_once(told, {})) == [("epoch", ["hub", "models.dev"])]


def test_a_fraction_and_a_share_in_percent_are_one_score() -> None:
    told = [result("epoch"), result("hub", score=0.685, unit="fraction")]
    assert len(count_once(told, {})) == 1


def test_a_metric_that_is_not_stated_is_the_benchmarks_own() -> None:
    declared = {"aider-polyglot": BenchmarkTerms(metric="percent correct", metric_names=("pass rate 2",))}
    told = [
        result("epoch"),
        result("hub", metric="Percent Correct"),
        result("models.dev", metric="pass_rate_2"),
    ]
    assert len(count_once(told, declared)) == 1
    assert len(count_once(told, {})) == 3


def test_the_address_may_be_spelt_otherwise() -> None:
    told = [result("epoch"), result("models.dev", url="http://www.aider.chat/docs/leaderboards?utm_source=x")]
    assert len(count_once(told, {})) == 1


def test_a_result_told_as_the_makers_own_confirms_nothing() -> None:
    told = [result("epoch"), result("models.dev", standing=Standing.SELF_REPORTED)]
    (counted,) = count_once(told, {})
    assert counted.claim.standing is Standing.SELF_REPORTED


@pytest.mark.parametrize(
    "other",
    [
        result("models.dev", score=68.4),
        result("models.dev", day=date(2026, 11, 6)),
        result("models.dev", day=None),
        result("models.dev", url="https://example.org/results"),
        result("models.dev", version="2"),
        result("models.dev", unit="points"),
        result("models.dev", "edit format: whole"),
        result("epoch"),
        replace(result("models.dev"), model_key="aurora/aurora-2"),
    ],
)
def test_what_differs_in_anything_but_the_source_stays_apart(other: StoredClaim) -> None:
    told = [result("epoch", "edit format: diff"), other]
    assert count_once(told, {}) == told


def test_rows_without_an_address_are_never_the_same() -> None:
    told = [result("epoch", url=""), result("models.dev", url="")]
    assert count_once(told, {}) == told


def test_two_results_of_one_source_take_one_repetition_between_them() -> None:
    told = [
        result("epoch", "edit format: diff"),
        result("epoch", "edit format: whole"),
        result("models.dev"),
    ]
    assert sources(count_once(told, {})) == [("epoch", ["models.dev"]), ("epoch", [])]


def test_a_world_lists_the_result_once_and_says_who_else_told_it(database: Database) -> None:
    model = ModelRecord("aurora/aurora-3", "aurora", "Aurora 3")
    known = ModelFact("aurora/aurora-3", "released_on", "2026-11-01", DAY)
    for source, settings in (("models.dev", ""), ("epoch", "edit format: diff")):
        spec = RunSpec(LIVE, source, source, Basis.OBSERVED)
        with recording(database, spec, lambda: moment(DAY)) as recorder:
            recorder.save(Batch(records=[model, known, result(source, settings).claim]))
    with database.read() as connection:
        query = StoreQuery(connection, load_catalogue(), LIVE, DAY)
        assert sources(query.list_claims()) == [("epoch", ["models.dev"])]
        (line,) = [e for e in find_dossier(query, "aurora/aurora-3").entries if e.section == "claim"]
    assert line.source == f"{AIDER}, also told by models.dev"
