"""GitHub's real answers: played to the real client, read by our parsers, compared with the replica's."""

from __future__ import annotations

import ast
import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from collectors.contract import Context
from collectors.fetching import RetryPolicy
from collectors.fetching.limits import parse_windows
from collectors.github import GitHubCollector, GitHubOptions
from collectors.github.wire import parse_rest_release, parse_rest_repository
from store.errors import RateLimited, SourceChanged
from store.records import CoverageStatus, Fact, Observation
from tests.collectors.stand import NOW, Clock, Ledger
from tests.replica.github import GitHubSite
from tests.replica.server import Replica, Request, Response


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its answer."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: str

    @property
    def item(self) -> Any:
        return json.loads(self.body)


def read_exchanges(path: Path) -> list[Exchange]:
    """Read PyGithub's replay format: ten lines and an empty one per exchange."""
    lines = path.read_text().split("\n")
    exchanges = []
    while len(lines) >= 10:
        _, method, _, _, target, _, _, status, headers, body = lines[:10]
        lowered = {name.lower(): value for name, value in ast.literal_eval(headers)}
        exchanges.append(Exchange(method, target, int(status), lowered, body))
        lines = lines[11:]
    return exchanges


class PlaybackSite:
    """Answers each request with the next recorded exchange, moved from api.github.com to the replica."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self._exchanges = list(exchanges)

    def handle(self, request: Request) -> Response | None:
        played = self._exchanges.pop(0)
        assert request.target.removeprefix("/api/v3") == played.path
        framing = ("content-length", "content-encoding", "transfer-encoding", "connection", "status")
        headers = {
            name: value.replace("https://api.github.com", f"{request.base}/api/v3")
            for name, value in played.headers.items()
            if name not in framing
        }
        return Response(played.status, played.body.encode(), headers)


@pytest.fixture
def recordings(real_data: Path) -> Path:
    return real_data / "recorded-http" / "github"


def collect(replica: Replica, context: Context, name: str, exchanges: list[Exchange]) -> Ledger:
    replica.sites[:] = [PlaybackSite(exchanges)]
    options = GitHubOptions(f"{replica.url}/api/v3", repositories=(name,))
    ledger = Ledger()
    ledger.collect(GitHubCollector(options, retry=RetryPolicy(first_wait=0)), context)
    return ledger


def assert_equal_to(ledger: Ledger, item: Any) -> None:
    """The records hold what the recorded body says."""
    values = {each.metric: each.value for each in ledger.records if isinstance(each, Observation)}
    facts = {each.attribute: each.value for each in ledger.records if isinstance(each, Fact)}
    assert values["github.stars"] == item["stargazers_count"]
    assert values["github.forks"] == item["forks_count"]
    assert values["github.open_issues"] == item["open_issues_count"]
    assert values.get("github.watchers") == item.get("subscribers_count")
    assert facts["created_on"] == item["created_at"][:10]
    assert facts.get("language") == item["language"]
    assert facts.get("licence") == (item.get("license") or {}).get("spdx_id")
    subjects = {
        (each.subject.name, each.subject.native_id) for each in ledger.records if isinstance(each, Fact)
    }
    assert subjects == {(item["full_name"], str(item["id"]))}


def test_a_recorded_repository_gives_the_values_in_the_file(
    recordings: Path, replica: Replica, context: Context
) -> None:
    exchanges = read_exchanges(recordings / "Repository.setUp.txt")
    assert_equal_to(collect(replica, context, "PyGithub/PyGithub", exchanges), exchanges[0].item)


def test_a_recorded_redirect_of_a_renamed_repository_is_followed_and_noted(
    recordings: Path, replica: Replica, context: Context
) -> None:
    exchanges = read_exchanges(recordings / "Repository.testGetRepositoryWith301Redirect.txt")
    ledger = collect(replica, context, "protoncoin/protoncoin", exchanges)
    assert_equal_to(ledger, exchanges[1].item)
    renamed = [
        each.value for each in ledger.records if isinstance(each, Fact) and each.attribute == "renamed_from"
    ]
    assert renamed == ["protoncoin/protoncoin"]


def test_a_recorded_failure_is_followed_by_its_recorded_success(
    recordings: Path, replica: Replica, context: Context
) -> None:
    exchanges = read_exchanges(recordings / "Retry.testReturnsRepoAfter1Retry.txt")
    assert [each.status for each in exchanges] == [500, 200]
    assert_equal_to(collect(replica, context, "PyGithub/PyGithub", exchanges), exchanges[1].item)


def name_stars_as_today(exchange: Exchange) -> Exchange:
    """In 2013 a repository had `watchers_count`, which already meant the stars, and nothing else."""
    item = {**exchange.item, "stargazers_count": exchange.item["watchers_count"]}
    return replace(exchange, body=json.dumps(item))


def test_a_recorded_304_says_unchanged_and_a_later_200_brings_the_change(
    recordings: Path, replica: Replica, context: Context
) -> None:
    first = read_exchanges(recordings / "ConditionalRequestUpdate.setUp.txt")
    same = read_exchanges(recordings / "ConditionalRequestUpdate.testDidNotUpdate.txt")
    changed = read_exchanges(recordings / "ConditionalRequestUpdate.testDidUpdate.txt")
    first = [name_stars_as_today(each) for each in first]
    changed = [name_stars_as_today(each) for each in changed]
    replica.sites[:] = [PlaybackSite([*first, *same, *changed])]
    options = GitHubOptions(f"{replica.url}/api/v3", repositories=("akfish/PyGithub",))
    collector = GitHubCollector(options)
    ledgers = [Ledger()]
    for _ in range(3):
        ledgers.append(Ledger(states=dict(ledgers[-1].states)))
        ledgers[-1].collect(collector, context)
    assert [ledger.coverage[0].status for ledger in ledgers[1:]] == [
        CoverageStatus.COMPLETE, CoverageStatus.UNCHANGED, CoverageStatus.COMPLETE
    ]  # fmt: skip
    assert replica.log[1].headers["if-none-match"] == first[0].headers["etag"]
    assert_equal_to(ledgers[3], changed[0].item)


@pytest.mark.parametrize(
    "file", ["perceval_abuse_rate_limit.json", "SpecificExceptions.testRateLimitExceeded.txt"]
)
def test_recorded_refusals_are_limits(
    recordings: Path, replica: Replica, context: Context, file: str
) -> None:
    if file.endswith(".json"):
        body = (recordings / file).read_bytes()
    else:
        body = read_exchanges(recordings / file)[1].body.encode()
    replica.fail_next("/api/v3/", 403, body=body)
    options = GitHubOptions(f"{replica.url}/api/v3", repositories=("a/b",))
    with pytest.raises(RateLimited):
        Ledger().collect(GitHubCollector(options), context)


def test_an_error_page_with_status_503_is_tried_again_and_then_named(
    recordings: Path, replica: Replica, context: Context
) -> None:
    (page,) = read_exchanges(recordings / "Exceptions.testNonJsonDataReturnedByGithub.txt")
    replica.fail_next("/api/v3/", page.status, body=page.body.encode(), times=3)
    options = GitHubOptions(f"{replica.url}/api/v3", repositories=("a/b",))
    ledger = Ledger()
    ledger.collect(GitHubCollector(options, retry=RetryPolicy(first_wait=0)), context)
    assert ledger.coverage[0].status is CoverageStatus.FAILED
    assert "503" in ledger.coverage[0].reason


def list_repositories(recordings: Path) -> Iterator[Any]:
    for path in sorted(recordings.glob("*.txt")):
        for exchange in read_exchanges(path):
            if (
                exchange.status == 200
                and exchange.path.startswith("/repos/")
                and exchange.path.count("/") == 3
            ):
                yield exchange.item
            if exchange.path.startswith("/search/repositories"):
                yield from exchange.item["items"]
    yield json.loads((recordings / "perceval_github_repo.json").read_text())


def test_every_recorded_repository_reads_as_its_file_says(recordings: Path) -> None:
    read, too_old = 0, 0
    for item in list_repositories(recordings):
        if "stargazers_count" not in item:  # 2012: stars were called watchers
            with pytest.raises(SourceChanged):
                parse_rest_repository(item)
            too_old += 1
            continue
        repository = parse_rest_repository(item)
        assert repository.native_id == str(item["id"])
        assert repository.name == item["full_name"]
        assert repository.stars == item["stargazers_count"]
        assert repository.forks == item["forks_count"]
        assert repository.open_issues == item["open_issues_count"]
        assert repository.watchers == item.get("subscribers_count")
        assert repository.created_at == datetime.fromisoformat(item["created_at"]).astimezone(UTC)
        read += 1
    assert read > 60
    assert too_old > 0


def test_a_recorded_release_gives_the_values_in_the_file(recordings: Path) -> None:
    (exchange,) = read_exchanges(recordings / "GitRelease.testGetLatestRelease.txt")
    release = parse_rest_release(exchange.item)
    assert release is not None
    assert release.tag == exchange.item["tag_name"]
    assert release.native_id == str(exchange.item["id"])
    assert release.title == exchange.item["name"]
    assert release.published_at == datetime.fromisoformat(exchange.item["published_at"])


def test_recorded_limit_headers_are_read(recordings: Path) -> None:
    exchange = read_exchanges(recordings / "RateLimitOverview.setUp.txt")[0]
    long_ago = datetime.fromtimestamp(int(exchange.headers["x-ratelimit-reset"]) - 60, UTC)
    window = parse_windows(exchange.headers, long_ago)["core"]
    assert window.remaining == int(exchange.headers["x-ratelimit-remaining"])
    assert (window.resets_at - long_ago).total_seconds() == 60


def types_of(item: Any) -> dict[str, type]:
    return {key: type(value) for key, value in item.items() if value is not None}


def test_replica_answers_have_recorded_keys_types_and_headers(recordings: Path, replica: Replica) -> None:
    replica.sites.append(GitHubSite(now=NOW))
    recorded = read_exchanges(recordings / "Repository.setUp.txt")[0]
    shown = httpx2.get(f"{replica.url}/api/v3/repos/vllm-project/vllm", headers={"User-Agent": "tests"})
    expected = types_of(recorded.item)
    for key, kind in types_of(shown.json()).items():
        assert expected.get(key, kind) is kind, key
        assert key in recorded.item
    limits = {name for name in recorded.headers if name.startswith("x-ratelimit")}
    assert limits <= set(shown.headers.keys())
    assert {"etag", "cache-control", "x-github-media-type", "content-type"} <= set(shown.headers.keys())
    assert shown.headers["etag"].startswith('W/"')

    release = read_exchanges(recordings / "GitRelease.testGetLatestRelease.txt")[0]
    (first, *_) = httpx2.get(
        f"{replica.url}/api/v3/repos/vllm-project/vllm/releases", headers={"User-Agent": "tests"}
    ).json()
    assert set(first) <= set(release.item)
    for key, kind in types_of(first).items():
        assert types_of(release.item)[key] is kind, key


def test_replica_pages_redirects_and_limits_as_recorded(recordings: Path, replica: Replica) -> None:
    site = GitHubSite(now=NOW)
    replica.sites.append(site)
    asking = {"User-Agent": "tests"}
    recorded = read_exchanges(recordings / "PaginatedList.testIteration.txt")[0].headers["link"]
    address = f"{replica.url}/api/v3/repos/ggml-org/llama.cpp/releases"
    shown = httpx2.get(address, params={"per_page": 10}, headers=asking).headers["link"]
    assert recorded.partition(";")[2].startswith(' rel="next"')
    assert shown.partition(";")[2].startswith(' rel="next"')

    moved = read_exchanges(recordings / "Repository.testGetRepositoryWith301Redirect.txt")[0]
    site.rename("ollama/ollama", "ollama/engine")
    answer = httpx2.get(f"{replica.url}/api/v3/repos/ollama/ollama", headers=asking)
    assert answer.status_code == moved.status
    assert "/repositories/" in moved.headers["location"]
    assert "/api/v3/repositories/" in answer.headers["location"]
    assert set(answer.json()) <= set(moved.item)

    recorded_limits = json.loads((recordings / "perceval_rate_limit.json").read_text())["resources"]["core"]
    shown_limits = httpx2.get(f"{replica.url}/api/v3/rate_limit", headers=asking).json()["resources"]["core"]
    assert set(recorded_limits) <= set(shown_limits)


def test_replica_graphql_has_the_recorded_frame(recordings: Path, replica: Replica) -> None:
    replica.sites.append(GitHubSite(now=NOW))
    recorded = read_exchanges(recordings / "GraphQl.testQuery.txt")[0]
    query = "query Q($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { url } }"
    variables = {"owner": "ollama", "name": "ollama"}
    answer = httpx2.post(
        f"{replica.url}/api/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": "token replica-token"},
    )
    assert answer.json() == {"data": {"repository": {"url": "https://github.com/ollama/ollama"}}}
    assert set(recorded.item) == {"data"}
    assert set(recorded.item["data"]["repository"]) == {"url"}
    assert recorded.headers["x-ratelimit-resource"] == answer.headers["x-ratelimit-resource"] == "graphql"


def read_stars(path: Path, *names: str) -> dict[date, dict[str, int]]:
    """The recorded stars of some repositories, by day."""
    days: dict[date, dict[str, int]] = {}
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if row["repo"] in names:
                days.setdefault(date.fromisoformat(row["date"]), {})[row["repo"]] = int(row["stars"])
    return days


@pytest.mark.parametrize("token", [None, "replica-token"], ids=["REST", "GraphQL"])
def test_recorded_histories_with_a_rename_falls_and_gaps_are_collected_as_they_were(
    real_data: Path, replica: Replica, context: Context, clock: Clock, token: str | None
) -> None:
    # llama.cpp moved to another owner on 2025-02-16, grok-1 loses stars, and for 77 days nobody looked
    old, new, falling = "ggerganov/llama.cpp", "ggml-org/llama.cpp", "xai-org/grok-1"
    recorded = read_stars(real_data / "github" / "stars_daily_to_2025-12.csv.gz", old, new, falling)
    days = [day for day in sorted(recorded) if date(2024, 10, 1) <= day <= date(2025, 3, 5)]
    site = GitHubSite(now=NOW)
    site.rename(new, old)
    site.rename("huggingface/transformers", falling)
    site.forget_moves()
    site.quota = 10_000
    replica.sites[:] = [site]
    options = GitHubOptions(f"{replica.url}/api/v3", token, (old, falling))
    collector = GitHubCollector(options, retry=RetryPolicy(first_wait=0))
    ledger = Ledger()
    expected: dict[tuple[str, date], float] = {}
    name = old
    for day in days:
        clock.now = datetime.combine(day, time(6), UTC)
        site.now = clock.now
        if new in recorded[day] and name == old:
            site.rename(old, new)
            name = new
        for shown in (name, falling):
            site.set_stars(shown, recorded[day][shown])
            expected[shown, day] = recorded[day][shown]
        ledger.collect(collector, context)
    stars = {
        (each.subject.name, each.day): each.value
        for each in ledger.records
        if isinstance(each, Observation) and each.metric == "github.stars"
    }
    unchanged = {
        (shown, later)
        for shown in (old, new, falling)
        for before, later in pairwise(days)
        if (shown, later) in expected and expected[shown, later] == expected.get((shown, before))
    }
    assert stars.items() <= expected.items()  # nothing is made up, and a fall is kept as it is
    assert expected.keys() - stars.keys() <= unchanged
    assert sum(expected[falling, later] < expected[falling, before] for before, later in pairwise(days)) > 3
    assert max(later - before for before, later in pairwise(days)) == timedelta(days=77)
    assert {each.subject.native_id for each in ledger.records if isinstance(each, Observation)} == {
        "612354784", "155220641"
    }  # fmt: skip
    renamed = {
        each.value for each in ledger.records if isinstance(each, Fact) and each.attribute == "renamed_from"
    }
    assert renamed == {old}
