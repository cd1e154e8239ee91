"""Repositories and releases as GitHub writes them, in REST and in GraphQL: the same thing twice.

The two are read to one definition each, so that a token added later does not bend a series:

| | REST | GraphQL |
|---|---|---|
| stars | `stargazers_count` | `stargazerCount` |
| watchers | `subscribers_count` (`watchers_count` repeats the stars) | `watchers.totalCount` |
| open issues and pull requests | `open_issues_count` | `issues` + `pullRequests`, both OPEN |
| of them pull requests | not told | `pullRequests` |
| forks | `forks_count` | `forkCount` |

A part that was not answered is None, never 0. https://docs.github.com/en/rest/repos/repos#get-a-repository
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from collectors.moments import as_utc
from collectors.shapes import convert_item
from collectors.text import clean_text, is_identifier, parse_link
from store.errors import SourceChanged

_LONGEST = 300

_Name = Annotated[str, msgspec.Meta(pattern=r"^[\w.\-]+/[\w.\-]+\Z", max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=_LONGEST)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _RestLicence(msgspec.Struct):
    spdx_id: _Text | None = None


class _RestRepository(msgspec.Struct):
    id: _Count
    full_name: _Name
    html_url: _Text
    stargazers_count: _Count
    created_at: _Moment
    forks_count: _Count | None = None
    open_issues_count: _Count | None = None
    subscribers_count: _Count | None = None
    archived: bool | None = None
    disabled: bool | None = None
    fork: bool | None = None
    language: _Text | None = None
    license: _RestLicence | None = None


class _Total(msgspec.Struct):
    count: _Count = msgspec.field(name="totalCount")


class _Spdx(msgspec.Struct):
    spdx_id: _Text | None = msgspec.field(name="spdxId", default=None)


class _Language(msgspec.Struct):
    name: _Text


class _GraphRepository(msgspec.Struct, rename="camel"):
    database_id: _Count
    name_with_owner: _Name
    url: _Text
    stargazer_count: _Count
    created_at: _Moment
    fork_count: _Count | None = None
    is_archived: bool | None = None
    is_disabled: bool | None = None
    is_fork: bool | None = None
    license_info: _Spdx | None = None
    primary_language: _Language | None = None
    watchers: _Total | None = None
    issues: _Total | None = None
    pull_requests: _Total | None = None


class _RestRelease(msgspec.Struct):
    id: _Count
    tag_name: _Text
    html_url: _Text
    draft: bool = False
    prerelease: bool = False
    name: str | None = None
    published_at: _Moment | None = None


class _GraphRelease(msgspec.Struct, rename="camel"):
    database_id: _Count
    tag_name: _Text
    url: _Text
    is_draft: bool = False
    is_prerelease: bool = False
    name: str | None = None
    published_at: _Moment | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as of one answer; `native_id` is GitHub's `databaseId`, which survives renames.
    `open_issues` counts pull requests too; `open_pulls` is None where only their sum is told."""

    native_id: str
    name: str
    url: str
    stars: int
    created_at: datetime
    forks: int | None
    open_issues: int | None
    open_pulls: int | None
    watchers: int | None
    is_archived: bool | None
    is_disabled: bool | None
    is_fork: bool | None
    licence: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class RepositoryRelease:
    """A published release; drafts never get this far."""

    native_id: str
    tag: str
    title: str
    url: str
    published_at: datetime
    is_prerelease: bool


def parse_rest_repository(item: object, path: str = "$") -> Repository:
    """Read `GET /repos/{owner}/{name}`. Raises SourceChanged."""
    row = convert_item(item, _RestRepository, path)
    return Repository(
        native_id=str(row.id),
        name=row.full_name,
        url=_find_link(row.html_url, f"{path}.html_url"),
        stars=row.stargazers_count,
        created_at=_find_moment(row.created_at, f"{path}.created_at"),
        forks=row.forks_count,
        open_issues=row.open_issues_count,
        open_pulls=None,
        watchers=row.subscribers_count,
        is_archived=row.archived,
        is_disabled=row.disabled,
        is_fork=row.fork,
        licence=_clean(row.license.spdx_id) if row.license else None,
        language=_clean(row.language),
    )


def parse_graph_repository(item: object, path: str = "$") -> Repository:
    """Read the `Repository` fragment of our query. Raises SourceChanged."""
    row = convert_item(item, _GraphRepository, path)
    open_issues = open_pulls = None
    if row.issues is not None and row.pull_requests is not None:
        open_pulls = row.pull_requests.count
        open_issues = row.issues.count + open_pulls
    return Repository(
        native_id=str(row.database_id),
        name=row.name_with_owner,
        url=_find_link(row.url, f"{path}.url"),
        stars=row.stargazer_count,
        created_at=_find_moment(row.created_at, f"{path}.createdAt"),
        forks=row.fork_count,
        open_issues=open_issues,
        open_pulls=open_pulls,
        watchers=row.watchers.count if row.watchers else None,
        is_archived=row.is_archived,
        is_disabled=row.is_disabled,
        is_fork=row.is_fork,
        licence=_clean(row.license_info.spdx_id) if row.license_info else None,
        language=_clean(row.primary_language.name) if row.primary_language else None,
    )


def parse_rest_release(item: object, path: str = "$") -> RepositoryRelease | None:
    """Read one item of `GET /repos/{owner}/{name}/releases`; None for a draft. Raises SourceChanged."""
    row = convert_item(item, _RestRelease, path)
    if row.draft or row.published_at is None:
        return None
    return RepositoryRelease(
        native_id=str(row.id),
        tag=_find_tag(row.tag_name, f"{path}.tag_name"),
        title=_clean(row.name) or row.tag_name,
        url=_find_link(row.html_url, f"{path}.html_url"),
        published_at=_find_moment(row.published_at, f"{path}.published_at"),
        is_prerelease=row.prerelease,
    )


def parse_graph_release(item: object, path: str = "$") -> RepositoryRelease | None:
    """Read one node of `releases`; None for a draft. Raises SourceChanged."""
    row = convert_item(item, _GraphRelease, path)
    if row.is_draft or row.published_at is None:
        return None
    return RepositoryRelease(
        native_id=str(row.database_id),
        tag=_find_tag(row.tag_name, f"{path}.tagName"),
        title=_clean(row.name) or row.tag_name,
        url=_find_link(row.url, f"{path}.url"),
        published_at=_find_moment(row.published_at, f"{path}.publishedAt"),
        is_prerelease=row.is_prerelease,
    )


def _clean(text: str | None) -> str | None:
    return clean_text(text or "", _LONGEST) or None


def _find_tag(text: str, path: str) -> str:
    if not is_identifier(text, _LONGEST):
        raise SourceChanged(path, f"not a tag: {text!r}")
    return text


def _find_link(text: str, path: str) -> str:
    link = parse_link(text)
    if link is None:
        raise SourceChanged(path, f"not an address: {text!r}")
    return link


def _find_moment(moment: datetime, path: str) -> datetime:
    try:
        return as_utc(moment)
    except ValueError as error:
        raise SourceChanged(path, f"not a date: {error}") from error
