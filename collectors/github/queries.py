"""The GraphQL query for many repositories at once, and what its answer means.

Each repository is an alias `r0`, `r1`, … with its owner and name as variables, never as text in the query.
`mentionableUsers`, `history` and `releases { totalCount }` are left out: they are slow and trip the limit.
https://docs.github.com/en/graphql/reference/objects#repository
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.moments import parse_moment
from collectors.text import clean_message
from store.errors import SourceChanged

RELEASES = 10
"""Newest releases per repository and query; a daily look misses none of a project that makes fewer a day."""

_LIMIT = "RESOURCE_LIMITS_EXCEEDED"
_TIMEOUT = "Something went wrong while executing your query"  # an error without a type, after about 10 s

_REPOSITORY = """fragment R on Repository {
  databaseId nameWithOwner url stargazerCount forkCount isArchived isDisabled isFork createdAt
  licenseInfo { spdxId } primaryLanguage { name } watchers { totalCount }
  issues(states: OPEN) { totalCount } pullRequests(states: OPEN) { totalCount }
}"""

_RELEASES = """fragment L on Repository {
  releases(first: %d, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { databaseId tagName name url publishedAt isPrerelease isDraft }
  }
  latestRelease { databaseId tagName name url publishedAt isPrerelease isDraft }
}"""

_POINTS = "  rateLimit { cost remaining resetAt }"


def build_query(names: Sequence[str], releases_for: Collection[str]) -> tuple[str, dict[str, str]]:
    """The query and its variables; alias `r{i}` is `names[i]`."""
    variables: dict[str, str] = {}
    aliases: list[str] = []
    has_releases = False
    for index, name in enumerate(names):
        owner, _, repository = name.partition("/")
        variables[f"o{index}"] = owner
        variables[f"n{index}"] = repository
        wants_releases = name in releases_for
        has_releases = has_releases or wants_releases
        fragments = "...R ...L" if wants_releases else "...R"
        aliases.append(f"  r{index}: repository(owner: $o{index}, name: $n{index}) {{ {fragments} }}")
    declared = ", ".join(f"${variable}: String!" for variable in variables)
    parts = [_REPOSITORY, f"query({declared}) {{", *aliases, _POINTS, "}"]
    if has_releases:
        parts.insert(1, _RELEASES % RELEASES)
    return "\n".join(parts), variables


@dataclass(frozen=True, slots=True)
class Points:
    """What a query cost of the hour's points, and what is left until `resets_at`."""

    cost: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of each name. `found` holds repositories as sent, `is_partial` those of them that a
    limit left incomplete; `missing` are not found; `refused` says why; `unanswered` may be asked again."""

    found: Mapping[str, dict[str, object]]
    is_partial: Collection[str]
    missing: Sequence[str]
    refused: Mapping[str, str]
    unanswered: Sequence[str]


def list_error_types(payload: object) -> list[str]:
    """The types of an answer's errors, "" for one that has none; empty when it is no answer with errors."""
    return [str(error.get("type", "")) for error in _list_errors(payload)]


def find_points(payload: object) -> Points | None:
    """The `rateLimit` of an answer; None where it says nothing (a server without limits, a failed query)."""
    data = payload.get("data") if isinstance(payload, dict) else None
    said = data.get("rateLimit") if isinstance(data, dict) else None
    if not isinstance(said, dict):
        return None
    cost, remaining, resets_at = said.get("cost"), said.get("remaining"), said.get("resetAt")
    if not isinstance(cost, int) or not isinstance(remaining, int) or not isinstance(resets_at, str):
        return None
    try:
        return Points(cost, remaining, parse_moment(resets_at))
    except ValueError:
        return None


def parse_batch(payload: object, names: Sequence[str]) -> BatchAnswer | None:
    """Read the answer to `build_query(names, …)`; None when GitHub gave up on the whole query.

    Raises SourceChanged for an answer of another shape, and for a query GitHub does not understand."""
    errors = _list_errors(payload)
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, dict):
        messages = [str(error.get("message", "")) for error in errors]
        if _LIMIT in list_error_types(payload) or any(message.startswith(_TIMEOUT) for message in messages):
            return None
        raise SourceChanged("data", clean_message(messages[0]) if messages else "missing")
    by_alias: dict[str, dict[str, str]] = {}
    for error in errors:
        path = error.get("path")
        if isinstance(path, list) and path:
            types = by_alias.setdefault(str(path[0]), {})
            types[str(error.get("type", ""))] = str(error.get("message", ""))
    found: dict[str, dict[str, object]] = {}
    partial, missing, unanswered = [], [], []
    refused: dict[str, str] = {}
    for index, name in enumerate(names):
        types = by_alias.get(f"r{index}", {})
        value = data.get(f"r{index}")
        if isinstance(value, dict):
            found[name] = value
            if types:
                partial.append(name)
        elif "NOT_FOUND" in types:
            missing.append(name)
        elif "FORBIDDEN" in types:
            refused[name] = clean_message(types["FORBIDDEN"])
        else:
            unanswered.append(name)
    return BatchAnswer(found, partial, missing, refused, unanswered)


def _list_errors(payload: object) -> list[dict[str, object]]:
    errors = payload.get("errors") if isinstance(payload, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
