"""The only place that touches PyGithub: plain data out, our errors out, nothing sleeps.

REST goes through the requester and not through `get_repo`: a first fetch there never sends an ETag, and an
answer that is no repository becomes one whose attributes are all None.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import requests
from github import Auth, Github, GithubException
from github.Requester import Requester

from collectors.contract import Context
from collectors.fetching import RetryPolicy, host_of
from collectors.fetching.vendor import VendorTransport
from collectors.github.errors import QueryTooLarge, find_refusal, translated_errors
from collectors.github.options import GitHubOptions
from collectors.github.queries import (
    BatchAnswer,
    Points,
    build_query,
    find_points,
    list_error_types,
    parse_batch,
)
from collectors.github.star_weeks import WEEKS_PER_PAGE
from collectors.github.transport import (
    CORE,
    GRAPHQL,
    bucket_of,
    build_connection_classes,
    find_message,
    judge_limits,
)
from collectors.text import clean_message
from store.errors import RateLimited, SourceChanged

API_VERSION = "2022-11-28"
MOST_BYTES = 20_000_000
"""Thirty releases with notes and assets are 1 to 3 MB for the busiest projects."""

RELEASES_PER_PAGE = 30

SECONDARY_WAIT = timedelta(minutes=1)
"""What GitHub asks for after a secondary limit that names no time.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

_CLASSES_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Answer:
    """`is_unchanged`: the source says that nothing changed since `etag`; `item` is then empty and `next_url`
    unknown, since a 304 carries no `Link`. `next_url`: the following page of a list, at the same origin."""

    item: object
    etag: str | None
    is_unchanged: bool = False
    next_url: str | None = None


class GitHubClient:
    """Asks one API. Close it when done."""

    def __init__(self, options: GitHubOptions, context: Context, retry: RetryPolicy) -> None:
        self._host = host_of(options.origin)
        self._gate = context.fetcher.gate
        self._clock = context.clock
        self._token = options.token
        self._points: Points | None = None
        limits = replace(context.fetcher.limits, max_bytes=MOST_BYTES)
        self._transport = VendorTransport(
            context.fetcher.build_transport(limits),
            options.origin,
            self._gate,
            context.clock,
            context.stop,
            retry=retry,
            judge=judge_limits(self._host, options.token, self._find_retry_at),
            handed_on={"POST": frozenset({502, 504})},  # a query that took too long: ask for less
            find_bucket=bucket_of,
        )
        with _CLASSES_LOCK:  # the classes are the library's for the whole process: ours for one construction
            Requester.injectConnectionClasses(*build_connection_classes(self._transport))
            try:
                self._github = Github(
                    auth=Auth.Token(options.token) if options.token else None,
                    base_url=options.origin,
                    timeout=max(1, math.ceil(limits.total_timeout)),
                    user_agent=context.fetcher.user_agent,
                    per_page=100,
                    retry=None,
                    seconds_between_requests=0,
                    seconds_between_writes=0,
                    api_version=API_VERSION,
                )
            finally:
                Requester.resetConnectionClasses()

    @property
    def requests(self) -> int:
        """Requests sent so far, retries and redirects included."""
        return self._transport.requests

    def check_host(self, *, is_query: bool) -> None:
        """Raise what the gate would for the next request: a GraphQL query, or one over REST."""
        self._gate.admit(self._host, GRAPHQL if is_query else CORE)

    def close(self) -> None:
        self._github.close()
        self._transport.close()

    def fetch_repository(self, name: str, etag: str | None = None) -> Answer:
        """`GET /repos/{name}`. Raises SourceGone (404, 410, 451), SourceChanged, RateLimited, …"""
        answer = self._fetch(f"/repos/{name}", name, etag, {})
        if not isinstance(answer.item, dict):
            raise SourceChanged(
                "$", f"expected a repository, got {type(answer.item).__name__}", host=self._host
            )
        return answer

    def fetch_releases(self, name: str, etag: str | None = None, address: str | None = None) -> Answer:
        """The newest releases of `name`, drafts of ours among them, or the page at `address` (an earlier
        answer's `next_url`). Raises as `fetch_repository`."""
        what = f"releases of {name}"
        if address is not None:
            self._transport.check_origin(address, "Link")
            return self._fetch_list(address, what, etag, {})
        return self._fetch_list(f"/repos/{name}/releases", what, etag, {"per_page": RELEASES_PER_PAGE})

    def fetch_star_weeks(self, name: str, page: int, etag: str | None = None) -> Answer:
        """Stars received per week and day, newest week first, `[]` past the end. Raises as
        `fetch_repository`; SourceGone also where the server has no star history (GitHub Enterprise)."""
        parameters = {"per_page": WEEKS_PER_PAGE, "page": page}
        return self._fetch_list(
            f"/repos/{name}/stargazers/history", f"star history of {name}", etag, parameters
        )

    def fetch_batch(self, names: Sequence[str], releases_for: Collection[str]) -> BatchAnswer:
        """Many repositories in one GraphQL query; what was answered of it is used, errors or not.

        Raises QueryTooLarge when nothing of it was, for its size, and RateLimited, unsent, when the last
        query said that too few points are left for another."""
        self._check_points()
        query, variables = build_query(names, releases_for)
        with translated_errors("the GraphQL query", self._host, self._token):
            try:
                payload: object = self._github.requester.graphql_query(query, variables)[1]
            except GithubException as error:
                if error.status in (502, 504):
                    raise QueryTooLarge(f"{self._host} answered {error.status}", host=self._host) from error
                if not list_error_types(error.data):
                    raise
                payload = error.data  # PyGithub raises for any error; the other aliases are in its data
        types = list_error_types(payload)
        if "RATE_LIMITED" in types:  # sent with status 200
            raise RateLimited(
                f"{self._host}: the GraphQL budget is spent",
                host=self._host,
                retry_at=self._find_retry_at(GRAPHQL),
            )
        self._points = find_points(payload) or self._points
        answer = parse_batch(payload, names)
        if answer is None:
            raise QueryTooLarge(f"{self._host} gave up on a query of {len(names)}", host=self._host)
        return answer

    def _fetch(self, path: str, what: str, etag: str | None, parameters: dict[str, int]) -> Answer:
        with translated_errors(what, self._host, self._token):
            status, headers, body = self._github.requester.requestJson(
                "GET", path, parameters=parameters, headers={"If-None-Match": etag} if etag else {}
            )
            if status == 304 and etag is not None:
                return Answer({}, etag, is_unchanged=True)
            refusal = find_refusal(status, clean_message(find_message(body), self._token), what, self._host)
            if refusal is not None:
                raise refusal
            return Answer(json.loads(body), headers.get("etag"), next_url=self._find_next(headers))

    def _fetch_list(self, path: str, what: str, etag: str | None, parameters: dict[str, int]) -> Answer:
        answer = self._fetch(path, what, etag, parameters)
        if not answer.is_unchanged and not isinstance(answer.item, list):
            raise SourceChanged("$", f"expected a list, got {type(answer.item).__name__}", host=self._host)
        return answer

    def _find_next(self, headers: Mapping[str, str]) -> str | None:
        """The address of the next page. Raises SourceChanged for one at another host."""
        links = requests.utils.parse_header_links(headers.get("link", ""))
        url = next((link.get("url") for link in links if link.get("rel") == "next"), None)
        if url is not None:
            self._transport.check_origin(url, "Link")
        return url

    def _check_points(self) -> None:
        points = self._points
        if points is not None and points.remaining < points.cost and self._clock() < points.resets_at:
            raise RateLimited(
                f"{self._host}: {points.remaining} GraphQL points are left and a query costs {points.cost}",
                host=self._host,
                retry_at=points.resets_at,
            )

    def _find_retry_at(self, bucket: str) -> datetime:
        """When to ask again after a refusal; one that does not name its window is taken by what is known of
        any."""
        known = self._gate.retry_at(self._host, bucket) or self._gate.retry_at(self._host)
        return known or self._clock() + SECONDARY_WAIT
