"""GitHub's wire formats and our query, without a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.github.parsing import list_repository_records
from collectors.github.queries import build_query, parse_batch
from collectors.github.wire import (
    parse_graph_release,
    parse_graph_repository,
    parse_rest_release,
    parse_rest_repository,
)
from store.errors import SourceChanged
from store.records import Observation
from tests.replica.graphql import GraphQLError, read_query

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rest(**fields: object) -> dict[str, Any]:
    return {
        "id": 7,
        "full_name": "a/b",
        "html_url": "https://github.com/a/b",
        "stargazers_count": 5,
        "created_at": "2024-01-02T03:04:05Z",
        **fields,
    }


def graph(**fields: object) -> dict[str, Any]:
    return {
        "databaseId": 7,
        "nameWithOwner": "a/b",
        "url": "https://github.com/a/b",
        "stargazerCount": 5,
        "createdAt": "2024-01-02T03:04:05Z",
        **fields,
    }


def test_the_same_repository_reads_the_same_in_both_forms() -> None:
    in_rest = rest(
        forks_count=3, open_issues_count=12, subscribers_count=2, watchers_count=5, archived=True,
        language="Go", license={"spdx_id": "MIT"},
    )  # fmt: skip
    in_graph = graph(
        forkCount=3, issues={"totalCount": 8}, pullRequests={"totalCount": 4}, watchers={"totalCount": 2},
        isArchived=True, primaryLanguage={"name": "Go"}, licenseInfo={"spdxId": "MIT"},
    )  # fmt: skip
    told_more = parse_graph_repository(in_graph)
    assert told_more.open_pulls == 4
    assert parse_rest_repository(in_rest) == replace(told_more, open_pulls=None)


def test_watchers_are_never_the_stars_by_another_name() -> None:
    assert parse_rest_repository(rest(watchers_count=5)).watchers is None


@pytest.mark.parametrize("missing", ["issues", "pullRequests"])
def test_open_issues_counted_by_half_are_left_out(missing: str) -> None:
    counts = {"issues": {"totalCount": 8}, "pullRequests": {"totalCount": 4}, missing: None}
    repository = parse_graph_repository(graph(**counts))
    records = list_repository_records(repository, "a/b", NOW)
    assert {each.metric for each in records if isinstance(each, Observation)} == {"github.stars"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"stargazers_count": None}, "x.stargazers_count"),
        ({"stargazers_count": -1}, "x.stargazers_count"),
        ({"id": "7"}, "x.id"),
        ({"full_name": "a"}, "x.full_name"),
        ({"full_name": "a/b\n"}, "x.full_name"),
        ({"created_at": "2024-01-02"}, "x.created_at"),
        ({"created_at": "2024-01-02T03:04:05"}, "x.created_at"),
        ({"license": {"spdx_id": 3}}, "x.license.spdx_id"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "x.created_at"),
        ({"created_at": "9999-12-31T23:59:59-12:00"}, "x.created_at"),
        ({"html_url": "javascript:alert(1)"}, "x.html_url"),
    ],
)
def test_a_malformed_repository_is_refused_with_its_path(change: dict[str, object], path: str) -> None:
    with pytest.raises(SourceChanged) as raised:
        parse_rest_repository(rest(**change), "x")
    assert raised.value.path == path


def test_a_release_without_a_name_is_called_by_its_tag() -> None:
    item = {"id": 1, "tag_name": "v1", "html_url": "https://x/1", "published_at": "2026-01-01T00:00:00Z"}
    release = parse_rest_release({**item, "name": ""})
    assert release is not None
    assert release.title == "v1"


def test_drafts_are_no_releases() -> None:
    item = {"id": 1, "tag_name": "v1", "html_url": "https://x/1", "draft": True, "published_at": None}
    assert parse_rest_release(item) is None
    node = {"databaseId": 1, "tagName": "v1", "url": "https://x/1", "isDraft": True, "publishedAt": None}
    assert parse_graph_release(node) is None


def test_names_go_into_a_query_as_variables_only() -> None:
    query, variables = build_query(["a/b", "c/d"], releases_for=["c/d"])
    assert variables == {"o0": "a", "n0": "b", "o1": "c", "n1": "d"}
    assert "a/b" not in query
    first, second, _limit = read_query(query, variables)
    assert (first.alias, first.arguments) == ("r0", {"owner": "a", "name": "b"})
    assert "releases" not in {field.name for field in first.selections}
    assert "releases" in {field.name for field in second.selections}


def test_a_query_without_releases_defines_no_unused_fragment() -> None:
    # GitHub refuses a document with a fragment that nothing uses
    query, _ = build_query(["a/b"], releases_for=[])
    assert query.count("fragment ") == 1


def test_the_replica_refuses_what_it_does_not_understand() -> None:
    with pytest.raises(GraphQLError):
        read_query("query { r0: repository(owner: $o) { id } }", {})
    with pytest.raises(GraphQLError):
        read_query("mutation { x }", {})


def error(kind: str, alias: str, **fields: object) -> dict[str, object]:
    return {"type": kind, "path": [alias], "message": f"{kind} of {alias}", **fields}


def test_each_alias_is_sorted_by_what_became_of_it() -> None:
    payload = {
        "data": {"r0": graph(), "r1": None, "r2": None, "r3": None, "r4": graph(issues=None), "r5": None},
        "errors": [
            error("NOT_FOUND", "r1"),
            error("RESOURCE_LIMITS_EXCEEDED", "r2"),
            error("FORBIDDEN", "r3"),
            error("RESOURCE_LIMITS_EXCEEDED", "r4", path=["r4", "issues"]),
        ],
    }
    answer = parse_batch(payload, ["a/0", "a/1", "a/2", "a/3", "a/4", "a/5"])
    assert answer is not None
    assert set(answer.found) == {"a/0", "a/4"}
    assert list(answer.is_partial) == ["a/4"]
    assert list(answer.missing) == ["a/1"]
    assert answer.refused == {"a/3": "FORBIDDEN of r3"}
    assert list(answer.unanswered) == ["a/2", "a/5"]


@pytest.mark.parametrize(
    "payload",
    [
        {"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "x"}]},
        {"data": None, "errors": [{"message": "Something went wrong while executing your query. …"}]},
    ],
)
def test_a_query_given_up_as_a_whole_is_to_be_made_smaller(payload: object) -> None:
    assert parse_batch(payload, ["a/b"]) is None


@pytest.mark.parametrize(
    "payload", [None, [], {}, {"data": "<html>"}, {"errors": [{"message": "Parse error"}]}]
)
def test_an_answer_of_another_shape_is_a_named_error(payload: object) -> None:
    with pytest.raises(SourceChanged):
        parse_batch(payload, ["a/b"])


@pytest.mark.parametrize(
    "parse", [parse_rest_repository, parse_graph_repository, parse_rest_release, parse_graph_release]
)
def test_half_a_surrogate_pair_where_a_moment_is_wanted_is_a_malformed_item(
    parse: Callable[[object, str], object],
) -> None:
    item = {**rest(created_at="\ud800"), **graph(createdAt="\ud800"), "tag_name": "v1", "tagName": "v1",
            "published_at": "\ud800", "publishedAt": "\ud800"}  # fmt: skip
    with pytest.raises(SourceChanged):
        parse(item, "p")
