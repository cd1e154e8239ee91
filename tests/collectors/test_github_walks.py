"""What the walks over GitHub remember, in which order they ask, and what an unchanged hour costs."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from collectors.contract import Context
from collectors.fetching import Limits, RetryPolicy, account_with
from collectors.github import GitHubCollector, GitHubOptions
from store.errors import Interrupted, RateLimited, SourceChanged, SourceUnavailable
from store.records import CoverageStatus, Observation, Release
from tests.collectors.stand import NOW, Clock, Ledger, make_context, make_gate
from tests.replica.github import GitHubSite
from tests.replica.server import Replica

VLLM = "vllm-project/vllm"
LLAMA = "ggml-org/llama.cpp"
OLLAMA = "ollama/ollama"
TRANSFORMERS = "huggingface/transformers"
NAMES = (VLLM, LLAMA, OLLAMA, TRANSFORMERS)
TOKEN = "replica-token"

both_ways = pytest.mark.parametrize("token", [None, TOKEN], ids=["REST", "GraphQL"])


@pytest.fixture
def site(replica: Replica) -> GitHubSite:
    made = GitHubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(replica: Replica, *names: str, **options: Any) -> GitHubCollector:
    made = GitHubOptions(**{"api_url": f"{replica.url}/api/v3", "repositories": names, **options})
    return GitHubCollector(made, retry=RetryPolicy(first_wait=0))


def pass_time(site: GitHubSite, clock: Clock, hours: int) -> None:
    clock.advance(timedelta(hours=hours, seconds=1))
    site.tick(hours=hours)


def asked_repositories(replica: Replica) -> list[str]:
    """The repositories asked for one by one, in order."""
    parts = [entry.path.removeprefix("/api/v3/repos/").split("/") for entry in replica.log]
    return ["/".join(part) for part in parts if len(part) == 2]


def sizes_of(replica: Replica) -> list[int]:
    """How many repositories each query asked for."""
    return [
        json.loads(entry.body)["query"].count(": repository(")
        for entry in replica.log
        if entry.path == "/api/graphql"
    ]


def releases_of(ledger: Ledger) -> list[str | None]:
    return [each.version for each in ledger.records if isinstance(each, Release)]


def statuses_of(ledger: Ledger, scope: str) -> list[CoverageStatus]:
    return [each.status for each in ledger.coverage if each.scope == scope]


# --------------------------------------------------------------------------- turns without a token


class Ticking(Clock):
    """A clock on which every look takes a second."""

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def test_more_repositories_than_the_budget_take_turns_from_day_to_day(
    replica: Replica, site: GitHubSite
) -> None:
    # one round a day, always beginning with the first name, would never come to the last
    clock = Ticking()
    context = make_context(clock, make_gate(clock), threading.Event())
    site.quota = 3
    collector = make_collector(replica, *NAMES)
    ledger = Ledger()
    asked: list[list[str]] = []
    for _ in range(4):
        with pytest.raises(RateLimited):
            ledger.collect(collector, context)
        asked.append(asked_repositories(replica))
        replica.clear_log()
        pass_time(site, clock, 24)
    context.fetcher.close()
    assert asked == [
        [VLLM, LLAMA, OLLAMA],
        [TRANSFORMERS, VLLM, LLAMA],
        [OLLAMA, TRANSFORMERS, VLLM],
        [LLAMA, OLLAMA, TRANSFORMERS],
    ]


def test_releases_that_got_no_turn_for_days_go_ahead_of_the_repositories(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    site.quota = 2
    collector = make_collector(replica, VLLM, LLAMA, OLLAMA, releases_for=(VLLM,))
    ledger = Ledger()
    days_with_releases = []
    for day in range(9):
        with pytest.raises(RateLimited):
            ledger.collect(collector, context)
        if any(entry.path.endswith("/releases") for entry in replica.log):
            days_with_releases.append(day)
        replica.clear_log()
        pass_time(site, clock, 24)
    assert days_with_releases == [3, 6]


# --------------------------------------------------------------------------- what an unchanged hour costs


def test_an_unchanged_hour_costs_nothing_of_the_budget_over_rest_with_a_token(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    collector = make_collector(replica, *NAMES, token=TOKEN, uses_graphql=False, releases_for=(VLLM,))
    ledger = Ledger()
    ledger.collect(collector, context)
    spent = site.primary_spent
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert spent == 5
    assert [entry.status for entry in replica.log] == [304] * 5
    assert site.primary_spent == spent
    assert later.records == []
    assert {each.status for each in later.coverage} == {CoverageStatus.UNCHANGED}


def test_without_a_token_an_unchanged_repository_costs_a_request_of_the_budget(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    collector = make_collector(replica, VLLM)
    ledger = Ledger()
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert [entry.status for entry in replica.log] == [200, 304]
    assert site.primary_spent == 2


def test_a_look_lasts_most_of_an_hour_and_says_what_it_costs(replica: Replica) -> None:
    names = tuple(f"a/r{number}" for number in range(60))
    (queries,) = make_collector(replica, *names, token=TOKEN).list_targets()
    (requests,) = make_collector(replica, *names, releases_for=names[:7]).list_targets()
    assert (queries.requests, requests.requests) == (3, 67)
    assert queries.every is not None
    assert timedelta(minutes=45) < queries.every < timedelta(hours=1)


def test_etags_of_another_credential_are_not_sent(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,)), context)
    replica.clear_log()
    options: dict[str, Any] = {"uses_graphql": False, "releases_for": (VLLM,)}
    for token in ("replica-token-1", "replica-token-2", "replica-token-2"):
        ledger.collect(make_collector(replica, VLLM, token=token, **options), context)
    sent = ["if-none-match" in entry.headers for entry in replica.log]
    assert sent == [False, False, False, False, True, True]
    assert [entry.status for entry in replica.log] == [200] * 4 + [304] * 2


def test_the_state_does_not_give_the_token_away(replica: Replica, site: GitHubSite, context: Context) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, token=TOKEN), context)
    assert TOKEN not in json.dumps(ledger.states)
    fingerprints = {
        GitHubOptions(api_url=url, token=token).credential
        for url in ("https://one.example", "https://two.example")
        for token in (None, "a", "b")
    }
    assert len(fingerprints) == 6


def test_a_value_read_by_a_query_is_not_hidden_by_an_older_304(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    # read over REST, changed, read in a query, changed back: a 304 to the first ETag would be true, and wrong
    by_rest = make_collector(replica, VLLM, token=TOKEN, uses_graphql=False)
    ledger = Ledger()
    ledger.collect(by_rest, context)
    site.set_stars(VLLM, 70_000)
    ledger.collect(make_collector(replica, VLLM, token=TOKEN), context)
    site.set_stars(VLLM, 66_100)
    later = Ledger(states=ledger.states)
    later.collect(by_rest, context)
    stars = [each.value for each in later.records if isinstance(each, Observation)]
    assert 66_100 in stars


# --------------------------------------------------------------------------- sizes of queries


def test_the_size_that_worked_is_remembered_and_grows_again_carefully(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    names = site.add_repositories(40)
    site.alias_maximum = 14
    collector = make_collector(replica, *names, token=TOKEN)
    ledger = Ledger()
    sizes = []
    for _ in range(3):
        ledger.collect(collector, context)
        sizes.append(sizes_of(replica))
        replica.clear_log()
        pass_time(site, clock, 24)
    assert sizes[0] == [25, 12, 12, 1, 12, 3]
    assert sizes[1] == [15, 7, 7, 1, 7, 7, 7, 4]
    assert sizes[2] == [8] * 5
    site.alias_maximum = 1000
    for _ in range(12):
        ledger.collect(collector, context)
        pass_time(site, clock, 24)
    replica.clear_log()
    ledger.collect(collector, context)
    assert sizes_of(replica) == [25, 15]


def test_one_repository_too_much_for_a_batch_does_not_make_all_batches_small(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    names = site.add_repositories(100)
    site.heavy.add(names[10])
    ledger = Ledger()
    ledger.collect(make_collector(replica, *names, token=TOKEN), context)
    assert {each.status for each in ledger.coverage} == {CoverageStatus.COMPLETE}
    assert len(ledger.coverage) == 100
    assert sizes_of(replica) == [25, 1, *[12] * 6, 3]


def test_only_what_a_limit_left_out_is_asked_again(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    names = site.add_repositories(20)
    site.alias_limit = 15
    ledger = Ledger()
    ledger.collect(make_collector(replica, *names, token=TOKEN), context)
    assert sizes_of(replica) == [20, 5]
    asked = [json.loads(entry.body)["variables"]["n0"] for entry in replica.log]
    assert asked == ["repository-0000", "repository-0015"]


def test_a_query_is_not_sent_when_the_last_one_said_that_too_few_points_are_left(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    names = site.add_repositories(100)
    site.points = 7  # a query of 50 costs two
    ledger = Ledger()
    collector = make_collector(replica, *names, token=TOKEN, batch_size=50)
    ledger.collect(collector, context)
    assert site.points_used == 4
    with pytest.raises(RateLimited, match="1 GraphQL points are left and a query costs 2") as raised:
        ledger.collect(collector, context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert sizes_of(replica) == [50] * 3
    assert len([each for each in ledger.coverage if each.status is CoverageStatus.POSTPONED]) == 50


@pytest.mark.parametrize("spent", ["core", "graphql"])
def test_a_spent_window_of_one_api_does_not_stop_the_other(
    replica: Replica, site: GitHubSite, context: Context, spent: str
) -> None:
    host = replica.url.removeprefix("http://")
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800", "X-RateLimit-Resource": spent}
    account = account_with(host, TOKEN)
    context.fetcher.gate.note_response(host, 200, headers, account=account)
    over_rest = make_collector(replica, VLLM, token=TOKEN, uses_graphql=False)
    with_queries = make_collector(replica, VLLM, token=TOKEN)
    open_way, closed_way = (with_queries, over_rest) if spent == "core" else (over_rest, with_queries)
    Ledger().collect(open_way, context)
    with pytest.raises(RateLimited) as raised:
        Ledger().collect(closed_way, context)
    assert raised.value.retry_at == NOW + timedelta(minutes=30)
    assert len(replica.log) == 1


# --------------------------------------------------------------------------- gone and back


@both_ways
def test_a_repository_confirmed_gone_is_not_confirmed_anew_every_time(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock, token: str | None
) -> None:
    site.delete(VLLM)
    collector = make_collector(replica, VLLM, LLAMA, token=token)
    ledger = Ledger()
    for _ in range(9):
        ledger.collect(collector, context)
        pass_time(site, clock, 24)
    assert asked_repositories(replica).count(VLLM) == 3  # twice to be sure, and again after a week
    statuses = statuses_of(ledger, f"repo:{VLLM}")
    assert statuses == [CoverageStatus.FAILED, *[CoverageStatus.GONE] * 8]
    again = [each.reason for each in ledger.coverage if each.scope == f"repo:{VLLM}"][2]
    assert "asked for again after 2026-11-30" in again


def test_a_repository_that_came_back_is_read_at_once_in_a_query(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    site.block(VLLM)
    collector = make_collector(replica, VLLM, token=TOKEN)
    ledger = Ledger()
    for _ in range(3):
        ledger.collect(collector, context)
        pass_time(site, clock, 24)
    site.unblock(VLLM)
    ledger.collect(collector, context)
    assert statuses_of(ledger, f"repo:{VLLM}")[-1] is CoverageStatus.COMPLETE


# --------------------------------------------------------------------------- releases


def add_releases(site: GitHubSite, count: int, *, first: int = 0, is_prerelease: bool = False) -> None:
    for number in range(first, first + count):
        site.now += timedelta(minutes=1)
        site.add_release(VLLM, f"v1.{number}", is_prerelease=is_prerelease)


@both_ways
def test_more_new_releases_than_fit_a_page_are_read_down_to_the_known_ones(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock, token: str | None
) -> None:
    collector = make_collector(replica, VLLM, releases_for=(VLLM,), token=token)
    ledger = Ledger()
    ledger.collect(collector, context)
    pass_time(site, clock, 24)
    add_releases(site, 70)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert {f"v1.{number}" for number in range(70)} <= set(releases_of(later))
    assert statuses_of(later, f"releases:{VLLM}") == [CoverageStatus.COMPLETE]
    replica.clear_log()
    again = Ledger(states=later.states)
    again.collect(collector, context)
    assert len(replica.log) == (1 if token else 2)


@pytest.mark.parametrize("stopped_after", [2, 3])
def test_a_304_for_the_first_page_does_not_end_a_list_that_was_cut_short(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock, stopped_after: int
) -> None:
    # the 304 carries no Link: whoever looks for the next page there ends after page one
    collector = make_collector(replica, VLLM, releases_for=(VLLM,))
    ledger = Ledger()
    ledger.collect(collector, context)
    pass_time(site, clock, 24)
    add_releases(site, 70)
    later = Ledger(states=ledger.states)
    assert not later.collect(collector, context, most_batches=stopped_after)
    clock.advance(timedelta(days=2))
    site.tick(hours=48)
    replica.clear_log()
    later.collect(collector, context)
    lists = [entry for entry in replica.log if entry.path.endswith("/releases")]
    assert lists[0].status == 304
    assert {f"v1.{number}" for number in range(70)} <= set(releases_of(later))


def test_a_list_that_links_to_another_host_is_not_followed(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    link = {"Link": '<https://other.example/repos/a/b/releases?page=2>; rel="next"'}
    replica.fail_next(f"/api/v3/repos/{VLLM}/releases", 200, headers=link, body=b"[]")
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,)), context)
    assert statuses_of(ledger, f"releases:{VLLM}") == [CoverageStatus.FAILED]
    assert "another host" in ledger.skipped[0]


def test_a_list_whose_pages_never_end_is_left_after_a_few(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM, releases_for=(VLLM,))
    ledger = Ledger()
    ledger.collect(collector, context)
    path = f"/api/v3/repos/{VLLM}/releases"
    item = {
        "id": 5,
        "tag_name": "v9",
        "html_url": "https://github.com/a/b",
        "published_at": "2027-01-01T00:00:00Z",
    }
    link = {"Link": f'<{replica.url}{path}?page=2>; rel="next"'}
    replica.fail_next(path, 200, headers=link, body=json.dumps([item]).encode(), times=50)
    pass_time(site, clock, 24)
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert sum(entry.path == path for entry in replica.log) == 10
    assert statuses_of(later, f"releases:{VLLM}") == [CoverageStatus.PARTIAL]


def test_the_latest_release_is_known_though_nightly_ones_push_it_out_of_the_newest(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    add_releases(site, 12, is_prerelease=True)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,), token=TOKEN), context)
    found = {each.version: each for each in ledger.records if isinstance(each, Release)}
    assert len(found) == 11
    assert not found["v0.13.1"].is_prerelease
    assert found["v1.11"].is_prerelease


@both_ways
def test_neither_tags_nor_feeds_are_taken_for_releases(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    Ledger().collect(make_collector(replica, VLLM, releases_for=(VLLM,), token=token), context)
    assert not any(
        entry.path.endswith((".atom", "/tags")) or "/stats/" in entry.path for entry in replica.log
    )


@both_ways
def test_releases_of_a_renamed_repository_are_the_same_releases(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock, token: str | None
) -> None:
    collector = make_collector(replica, VLLM, releases_for=(VLLM,), token=token)
    before = Ledger()
    before.collect(collector, context)
    site.rename(VLLM, "vllm/engine")
    pass_time(site, clock, 24)
    after = Ledger(states=before.states)
    after.collect(collector, context)

    def identities(ledger: Ledger) -> set[tuple[str | None, str]]:
        return {(each.subject.native_id, each.key) for each in ledger.records if isinstance(each, Release)}

    assert identities(after) <= identities(before)
    assert len(identities(before)) == 3
    assert statuses_of(after, f"releases:{VLLM}") != [CoverageStatus.FAILED]


def test_a_stop_between_two_pages_of_releases_loses_neither(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM, releases_for=(VLLM,))
    ledger = Ledger()
    ledger.collect(collector, context)
    pass_time(site, clock, 24)
    add_releases(site, 70)
    later = Ledger(states=ledger.states)
    (target,) = collector.list_targets()
    batches = collector.collect(target, later.states[target.key], context)
    for _ in range(2):  # the repository, and the first page
        later.save(target, next(batches))
    context.stop.set()
    with pytest.raises(Interrupted):
        next(batches)
    context.stop.clear()
    later.collect(collector, context)
    assert {f"v1.{number}" for number in range(70)} <= set(releases_of(later))


# --------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("base", "paths"),
    [("", ["/graphql", f"/repos/{VLLM}"]), ("/api/v3", ["/api/graphql", f"/api/v3/repos/{VLLM}"])],
    ids=["github.com", "GitHub Enterprise"],
)
def test_queries_go_beside_the_address_of_rest(
    replica: Replica, context: Context, base: str, paths: list[str]
) -> None:
    missing = {"type": "NOT_FOUND", "path": ["r0"], "message": "Could not resolve"}
    body = json.dumps({"data": {"r0": None}, "errors": [missing]}).encode()
    replica.fail_next(paths[0], 200, body=body)
    Ledger().collect(make_collector(replica, VLLM, token=TOKEN, api_url=f"{replica.url}{base}/"), context)
    assert [entry.path for entry in replica.log] == paths


def test_a_silent_server_is_a_named_error(replica: Replica, site: GitHubSite, clock: Clock) -> None:
    limits = Limits(read_timeout=0.2, total_timeout=0.5)
    context = make_context(
        clock, make_gate(clock), threading.Event(), limits=limits, retry=RetryPolicy(attempts=1)
    )
    replica.slow(f"/api/v3/repos/{VLLM}", 1.0)
    options = GitHubOptions(f"{replica.url}/api/v3", repositories=(VLLM,))
    with pytest.raises(SourceUnavailable):
        Ledger().collect(GitHubCollector(options, retry=RetryPolicy(attempts=1)), context)
    context.fetcher.close()
    assert context.fetcher.gate.total_requests == 1  # marking the host down is no request


def test_a_state_of_an_older_version_is_understood(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    old = {
        "known": {
            VLLM: {
                "id": "599547518",
                "name": VLLM,
                "etag": 'W/"x"',
                "releases_at": "2026-11-20T00:00:00+00:00",
            }
        }
    }
    ledger = Ledger(states={"repositories": old})
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,)), context)
    assert statuses_of(ledger, f"repo:{VLLM}") == [CoverageStatus.COMPLETE]
    assert len(releases_of(ledger)) == 3


def test_a_batch_of_another_shape_is_named_though_repositories_were_known(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    replica.fail_next("/api/graphql", 200, body=b'{"data": {"r0": 7}}')
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, token=TOKEN), context)
    assert statuses_of(ledger, f"repo:{VLLM}") == [CoverageStatus.FAILED]
    replica.fail_next("/api/graphql", 200, body=b'{"data": []}')
    with pytest.raises(SourceChanged):
        Ledger().collect(make_collector(replica, VLLM, token=TOKEN), context)


def test_a_walk_says_when_it_last_looked_in_utc(replica: Replica, site: GitHubSite, context: Context) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM), context)
    state: Any = ledger.states["repositories"]
    assert datetime.fromisoformat(state["looked"][VLLM]) == NOW
