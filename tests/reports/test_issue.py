"""Issues: frozen, hashed, stored, compared."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from reports.building import build_issue
from reports.differences import list_differences
from reports.issue import Issue, find_period, round_numbers
from reports.phrasing import phrase
from store.records import SourceStatus
from tests.reports.worlds import (
    BUILT_AT,
    SOURCES,
    WEEK,
    make_full_analysis,
    make_issue,
    make_starved_analysis,
)


def test_an_issue_survives_its_json_unchanged(full_issue: Issue, starved_issue: Issue) -> None:
    for issue in (full_issue, starved_issue):
        assert Issue.from_json(issue.to_json()) == issue
        assert Issue.from_json(issue.to_json()).to_json() == issue.to_json()


def test_the_hash_ignores_when_and_as_which_revision_it_was_built(full_issue: Issue) -> None:
    later = build_issue(
        make_full_analysis(),
        week=WEEK,
        revision=2,
        built_at=BUILT_AT + timedelta(hours=5),
        catalogue_sources=SOURCES,
        run_ids=[1, 2],
    )
    assert later.content_hash == full_issue.content_hash
    assert later.inputs_hash != full_issue.inputs_hash


def test_reading_a_source_again_without_news_is_the_same_issue(full_issue: Issue) -> None:
    def read_again(source: SourceStatus) -> SourceStatus:
        return replace(source, last_attempt_at=BUILT_AT, last_success_at=BUILT_AT)

    full = make_full_analysis()
    again = replace(
        full,
        sources=tuple(read_again(source) for source in full.sources),
        evidence=tuple(replace(row, run_ids=(*row.run_ids, 999)) for row in full.evidence),
    )
    assert make_issue(again).content_hash == full_issue.content_hash


def test_the_hash_changes_with_a_number(full_issue: Issue) -> None:
    assert make_issue(replace(make_full_analysis(), releases_seen=38)).content_hash != full_issue.content_hash


def test_an_altered_issue_is_refused(full_issue: Issue) -> None:
    stored = json.loads(full_issue.to_json())
    stored["content"]["releases_seen"] = 1
    with pytest.raises(ValueError, match="altered"):
        Issue.from_json(json.dumps(stored))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": "other@1"}', "\x00"])
def test_a_text_that_is_no_issue_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a stored issue"):
        Issue.from_json(text)


def test_another_schema_is_named(full_issue: Issue) -> None:
    with pytest.raises(ValueError, match="issue@9"):
        Issue.from_json(full_issue.to_json().replace("issue@1", "issue@9"))


def test_numbers_are_frozen_to_six_significant_digits() -> None:
    assert round_numbers({"a": [1.23456789, -0.0], "b": 12345678.9}) == {"a": [1.23457, 0.0], "b": 12345700.0}


def test_a_week_runs_from_monday_to_sunday() -> None:
    assert find_period("2026-W47") == (date(2026, 11, 16), date(2026, 11, 22))
    assert find_period("2026-W01")[0] == date(2025, 12, 29)


@pytest.mark.parametrize("week", ["2026-47", "2026-W54", "W47", "2026-W47 ", ""])
def test_a_text_that_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(ValueError, match=r"week|Invalid"):
        find_period(week)


def test_a_naive_building_time_is_refused() -> None:
    naive = datetime(2026, 11, 23, 7, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="naive"):
        build_issue(
            make_full_analysis(), week=WEEK, revision=1, built_at=naive, catalogue_sources={}, run_ids=[]
        )


def test_equal_issues_have_no_differences(full_issue: Issue) -> None:
    assert list_differences(full_issue, make_issue(make_full_analysis(), revision=2)) == ()


def test_differences_name_the_verdict_the_measures_and_the_sources(
    full_issue: Issue, starved_issue: Issue
) -> None:
    said = [
        phrase(sentence).replace("\u00a0", " ") for sentence in list_differences(starved_issue, full_issue)
    ]
    assert "The verdict was “Not enough data for a verdict” and is “Partly: sharing the table”." in said
    assert "The Lunch Index was no value and is 48." in said
    assert "Price closed ÷ open at equal quality has a value now: 7.1 ×." in said
    assert "Model Hub: Not reached before, OK now." in said
    assert "The data went through 10 Apr 2026 and now go through 22 Nov 2026." in said
    assert any(text.startswith("New: Cinder Labs cut the price") for text in said)
    back = [phrase(sentence) for sentence in list_differences(full_issue, starved_issue)]
    assert any(text.startswith("Withdrawn: Cinder Labs cut the price") for text in back)


def test_a_difference_in_detail_alone_is_said_to_be_one(full_issue: Issue) -> None:
    other = make_issue(replace(make_full_analysis(), releases_seen=38))
    assert [phrase(sentence) for sentence in list_differences(full_issue, other)] == [
        "Only details changed: counts of rows, wording or order."
    ]


def test_a_revision_says_what_it_corrects_and_keeps_last_weeks_comparison(starved_issue: Issue) -> None:
    last_week = make_issue(make_starved_analysis(), week="2026-W46")
    first = make_issue(make_starved_analysis(), previous=last_week)
    second = make_issue(make_full_analysis(), revision=2, previous=first)
    assert second.corrections
    assert second.content["compared_with"] == first.content["compared_with"]
    assert (second.content["compared_with"] or {})["week"] == "2026-W46"
