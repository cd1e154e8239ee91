"""The GitHub collector end to end: the real PyGithub against the replica, REST and GraphQL."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from collectors.contract import Context
from collectors.fetching import HostGate, RetryPolicy
from collectors.github import GitHubCollector, GitHubOptions
from store.errors import (
    AccessDenied,
    ConfigurationError,
    Interrupted,
    RateLimited,
    SourceChanged,
    SourceUnavailable,
)
from store.records import Coverage, CoverageStatus, Fact, Observation, Release
from tests.collectors.stand import NOW, USER_AGENT, Clock, Ledger, make_context
from tests.replica.github import BAD_TOKEN, GitHubSite
from tests.replica.server import Replica

VLLM = "vllm-project/vllm"
LLAMA = "ggml-org/llama.cpp"
OLLAMA = "ollama/ollama"
TRANSFORMERS = "huggingface/transformers"
TOKEN = "replica-token"

both_ways = pytest.mark.parametrize("token", [None, TOKEN], ids=["REST", "GraphQL"])


@pytest.fixture
def site(replica: Replica) -> GitHubSite:
    made = GitHubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(
    replica: Replica,
    *repositories: str,
    releases_for: tuple[str, ...] = (),
    token: str | None = None,
    batch_size: int = 25,
    first_wait: float = 0,
) -> GitHubCollector:
    options = GitHubOptions(f"{replica.url}/api/v3", token, repositories, releases_for, batch_size)
    return GitHubCollector(options, retry=RetryPolicy(first_wait=first_wait))


def values_of(ledger: Ledger, name: str) -> dict[str, float]:
    return {
        each.metric: each.value
        for each in ledger.records
        if isinstance(each, Observation) and each.subject.name == name
    }


def facts_of(ledger: Ledger, name: str) -> dict[str, str]:
    return {
        each.attribute: each.value
        for each in ledger.records
        if isinstance(each, Fact) and each.subject.name == name
    }


def names_of(ledger: Ledger) -> set[str]:
    return {each.subject.name for each in ledger.records if isinstance(each, Observation)}


def releases_of(ledger: Ledger) -> list[Release]:
    return [each for each in ledger.records if isinstance(each, Release)]


def coverage_of(ledger: Ledger, scope: str) -> Coverage:
    (found,) = [each for each in ledger.coverage if each.scope == scope]
    return found


def paths_of(replica: Replica) -> list[str]:
    return [entry.path for entry in replica.log]


# --------------------------------------------------------------------------- both ways


@both_ways
def test_a_repository_brings_the_same_counts_and_facts_either_way(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.set_field(VLLM, "subscribers_count", 512)
    site.set_field(VLLM, "open_issues_count", 3_001)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, token=token), context)
    both = values_of(ledger, VLLM)
    alone = (both.pop("github.open_issues.without_pulls", None), both.pop("github.open_pulls", None))
    assert alone == ((2_963, 38) if token else (None, None))
    assert both == {
        "github.stars": 66_100,
        "github.forks": 11_016,
        "github.open_issues": 3_001,
        "github.watchers": 512,
    }
    assert facts_of(ledger, VLLM) == {
        "licence": "Apache-2.0",
        "archived": "false",
        "disabled": "false",
        "fork": "false",
        "language": "Python",
        "created_on": "2023-02-09",
    }
    assert {each.subject.native_id for each in ledger.records if isinstance(each, Fact)} == {"599547518"}


@both_ways
def test_releases_are_the_same_either_way_and_drafts_are_none(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.add_release(VLLM, "v0.15.0", is_draft=True)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,), token=token), context)
    found = {each.version: each for each in releases_of(ledger)}
    assert set(found) == {"v0.14.0rc1", "v0.13.1", "v0.13.0"}
    assert found["v0.14.0rc1"].is_prerelease
    assert not found["v0.13.1"].is_prerelease
    assert found["v0.13.1"].url == f"https://github.com/{VLLM}/releases/tag/v0.13.1"
    assert found["v0.13.1"].published_at == NOW - timedelta(days=9)
    assert found["v0.13.1"].key == "880002"
    assert found["v0.13.1"].subject.native_id == "599547518"


@both_ways
def test_a_repository_without_licence_or_language_has_no_such_facts(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, "example-lab/notes", token=token), context)
    assert set(facts_of(ledger, "example-lab/notes")) == {"archived", "disabled", "fork", "created_on"}


@both_ways
def test_a_renamed_repository_keeps_its_id_and_says_where_it_came_from(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.rename(VLLM, "vllm/engine")
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,), token=token), context)
    assert facts_of(ledger, "vllm/engine")["renamed_from"] == VLLM
    assert {each.subject.native_id for each in ledger.records if isinstance(each, Fact)} == {"599547518"}
    assert {each.subject.name for each in releases_of(ledger)} == {"vllm/engine"}


@both_ways
def test_another_spelling_of_a_name_is_no_rename(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, "vLLM-Project/VLLM", token=token), context)
    assert "renamed_from" not in facts_of(ledger, VLLM)


@both_ways
@pytest.mark.parametrize("attribute", ["archived", "disabled", "fork"])
def test_a_repository_that_is_archived_disabled_or_a_fork_says_so(
    replica: Replica, site: GitHubSite, context: Context, token: str | None, attribute: str
) -> None:
    site.set_field(VLLM, attribute, True)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, token=token), context)
    assert facts_of(ledger, VLLM)[attribute] == "true"


@both_ways
@pytest.mark.parametrize("how", ["deleted", "blocked"])
def test_a_missing_repository_is_gone_when_missed_twice(
    replica: Replica, site: GitHubSite, context: Context, token: str | None, how: str
) -> None:
    if how == "deleted":
        site.delete(VLLM)
    else:
        site.block(VLLM)
    collector = make_collector(replica, VLLM, LLAMA, token=token)
    ledger = Ledger()
    ledger.collect(collector, context)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    first, second = coverage_of(ledger, f"repo:{VLLM}"), coverage_of(later, f"repo:{VLLM}")
    assert (first.status, second.status) == (CoverageStatus.FAILED, CoverageStatus.GONE)
    assert ("404" if how == "deleted" else "451") in second.reason
    assert names_of(ledger) == {LLAMA}


@both_ways
def test_a_repository_that_came_back_begins_its_count_again(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.block(VLLM)
    collector = make_collector(replica, VLLM, token=token)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.__init__(now=NOW)  # type: ignore[misc] # the world as it was before
    found = Ledger(states=ledger.states)
    found.collect(collector, context)
    site.block(VLLM)
    later = Ledger(states=found.states)
    later.collect(collector, context)
    assert coverage_of(later, f"repo:{VLLM}").status is CoverageStatus.FAILED


@both_ways
def test_a_refused_token_is_the_operators(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.block(VLLM)
    collector = make_collector(replica, VLLM, token=BAD_TOKEN)
    with pytest.raises(AccessDenied, match="token"):
        Ledger().collect(collector, context)


@both_ways
def test_requests_are_pinned_to_a_version_and_say_who_asks(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    Ledger().collect(make_collector(replica, VLLM, releases_for=(VLLM,), token=token), context)
    assert {entry.headers["x-github-api-version"] for entry in replica.log} == {"2022-11-28"}
    assert all(entry.headers["user-agent"].startswith(USER_AGENT) for entry in replica.log)
    assert all("stargazers" not in entry.path for entry in replica.log)


@both_ways
def test_one_malformed_repository_does_not_stop_the_others(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.break_item(VLLM, stargazers_count="many")
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA, token=token), context)
    assert names_of(ledger) == {LLAMA}
    assert len(ledger.skipped) == 1
    assert VLLM in ledger.skipped[0]
    assert coverage_of(ledger, f"repo:{VLLM}").status is CoverageStatus.FAILED


@both_ways
def test_a_malformed_release_is_skipped_and_counted(
    replica: Replica, site: GitHubSite, context: Context, token: str | None
) -> None:
    site.break_release(VLLM, 1, published_at="soon")
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, releases_for=(VLLM,), token=token), context)
    assert len(releases_of(ledger)) == 2
    assert len(ledger.skipped) == 1
    assert coverage_of(ledger, f"releases:{VLLM}").status is CoverageStatus.PARTIAL


# --------------------------------------------------------------------------- without a token


def test_an_unchanged_repository_answers_304_and_says_so(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    collector = make_collector(replica, VLLM, LLAMA, releases_for=(VLLM,))
    ledger = Ledger()
    ledger.collect(collector, context)
    site.set_stars(LLAMA, 91_301)
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert [entry.status for entry in replica.log] == [304, 200, 304]
    assert coverage_of(later, f"repo:{VLLM}").status is CoverageStatus.UNCHANGED
    assert coverage_of(later, f"releases:{VLLM}").status is CoverageStatus.UNCHANGED
    assert values_of(later, LLAMA)["github.stars"] == 91_301
    assert values_of(later, VLLM) == {}


def test_of_many_releases_the_newest_page_is_read(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, LLAMA, releases_for=(LLAMA,)), context)
    assert len(releases_of(ledger)) == 30
    assert "b7200" in {each.version for each in releases_of(ledger)}


def test_repositories_come_first_and_releases_wait_when_the_quota_is_spent(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    site.quota = 3
    collector = make_collector(replica, VLLM, LLAMA, releases_for=(VLLM, LLAMA))
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:  # else nobody would go on before the next round
        ledger.collect(collector, context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert names_of(ledger) == {VLLM, LLAMA}
    assert coverage_of(ledger, f"releases:{VLLM}").status is CoverageStatus.COMPLETE
    waiting = coverage_of(ledger, f"releases:{LLAMA}")
    assert waiting.status is CoverageStatus.POSTPONED
    assert "2026-11-22 13:00" in waiting.reason
    assert [entry.status for entry in replica.log] == [200] * 3  # none was wasted on a refusal
    clock.advance(timedelta(hours=1, seconds=1))
    site.tick(hours=1)
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert paths_of(replica) == [f"/api/v3/repos/{LLAMA}/releases"]


def test_lists_of_releases_take_turns_the_one_not_read_for_longest_first(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM, LLAMA, OLLAMA, releases_for=(VLLM, LLAMA, OLLAMA))
    ledger = Ledger()
    read: list[str] = []
    site.quota = 4
    for _ in range(4):
        with pytest.raises(RateLimited):
            ledger.collect(collector, context)
        read += [path.split("/")[4] for path in paths_of(replica) if path.endswith("/releases")]
        replica.clear_log()
        clock.advance(timedelta(days=1))
        site.tick(hours=24)
    assert read == ["vllm-project", "ggml-org", "ollama", "vllm-project"]


def test_repositories_that_do_not_fit_are_postponed_and_the_limit_is_raised(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.quota = 1
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:
        ledger.collect(make_collector(replica, VLLM, LLAMA, releases_for=(VLLM,)), context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert names_of(ledger) == {VLLM}
    postponed = {each.scope for each in ledger.coverage if each.status is CoverageStatus.POSTPONED}
    assert postponed == {f"repo:{LLAMA}", f"releases:{VLLM}"}


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (
            403,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 1800)},
            "API rate limit exceeded for 203.0.113.7.",
            timedelta(minutes=30),
        ),
        (403, {"Retry-After": "7200"}, "You have exceeded a secondary rate limit.", timedelta(hours=2)),
        (
            403,
            {},
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            timedelta(minutes=1),
        ),
        (429, {"Retry-After": "90"}, "Too many requests.", timedelta(seconds=90)),
        (
            429,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 600)},
            "Too many requests.",
            timedelta(minutes=10),
        ),
    ],
    ids=["primary", "secondary with a wait", "secondary without", "429 with a wait", "429 with a reset"],
)
@both_ways
def test_a_limit_is_raised_at_once_with_its_end_and_never_slept_through(
    replica: Replica,
    site: GitHubSite,
    context: Context,
    token: str | None,
    status: int,
    headers: dict[str, str],
    message: str,
    wait: timedelta,
) -> None:
    body = json.dumps({"message": message}).encode()
    replica.fail_next("/api/", status, headers=headers, body=body)
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:
        ledger.collect(make_collector(replica, VLLM, token=token), context)
    assert raised.value.retry_at == NOW + wait
    assert len(replica.log) == 1
    assert coverage_of(ledger, f"repo:{VLLM}").status is CoverageStatus.POSTPONED


def test_a_403_that_is_no_limit_concerns_its_repository_alone(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    body = b'{"message": "Repository access blocked"}'
    replica.fail_next(f"/api/v3/repos/{VLLM}", 403, body=body)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA), context)
    assert coverage_of(ledger, f"repo:{VLLM}").status is CoverageStatus.FAILED
    assert names_of(ledger) == {LLAMA}


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_passing_failure_is_tried_again(
    replica: Replica, site: GitHubSite, context: Context, status: int
) -> None:
    replica.fail_next(f"/api/v3/repos/{VLLM}", status, body=b"<html></html>", times=2)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM), context)
    assert names_of(ledger) == {VLLM}
    assert ledger.requests == len(replica.log) == 3


def test_a_lasting_failure_of_one_repository_leaves_the_others(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    replica.fail_next(f"/api/v3/repos/{VLLM}", 500, times=10)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA), context)
    assert names_of(ledger) == {LLAMA}
    assert coverage_of(ledger, f"repo:{VLLM}").status is CoverageStatus.FAILED
    assert paths_of(replica).count(f"/api/v3/repos/{VLLM}") == 3


@pytest.mark.parametrize("status", [302, 304, 307, 308])
def test_a_redirect_pygithub_does_not_follow_is_no_repository_of_nothing(
    replica: Replica, site: GitHubSite, context: Context, status: int
) -> None:
    location = {"Location": f"{replica.url}/api/v3/repositories/599547518"}
    replica.fail_next(f"/api/v3/repos/{VLLM}", status, headers=location, body=b"{}")
    with pytest.raises(SourceChanged, match=str(status)):
        Ledger().collect(make_collector(replica, VLLM), context)


@pytest.mark.parametrize(
    "body", [b"<html><body>Unicorn!</body></html>", b"", b'{"id": 5, "full', b"[]", b"null", b"{}"]
)
def test_an_answer_that_is_no_repository_is_a_named_error(
    replica: Replica, site: GitHubSite, context: Context, body: bytes
) -> None:
    replica.fail_next(f"/api/v3/repos/{VLLM}", 200, body=body)
    with pytest.raises(SourceChanged):
        Ledger().collect(make_collector(replica, VLLM), context)


@both_ways
@pytest.mark.parametrize("status", [301, 302])
def test_nothing_is_sent_to_another_host(
    replica: Replica, site: GitHubSite, context: Context, token: str | None, status: int
) -> None:
    with Replica([GitHubSite(now=NOW)]) as other:
        location = {"Location": f"{other.url}/api/v3/repositories/599547518"}
        replica.fail_next("/api/", status, headers=location, body=b"{}", times=10)
        with pytest.raises(SourceChanged):
            Ledger().collect(make_collector(replica, VLLM, token=token), context)
        assert other.log == []
    assert len(replica.log) == 1


def test_redirects_that_never_end_are_followed_a_few_times(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    there = {"Location": f"{replica.url}/api/v3/repositories/1"}
    back = {"Location": f"{replica.url}/api/v3/repos/{VLLM}"}
    replica.fail_next("/api/v3/repos/", 301, headers=there, body=b"{}", times=50)
    replica.fail_next("/api/v3/repositories/", 301, headers=back, body=b"{}", times=50)
    with pytest.raises(SourceChanged, match="redirected more than"):
        Ledger().collect(make_collector(replica, VLLM), context)
    assert len(replica.log) == 6


def test_an_answer_that_is_still_being_computed_is_not_slept_for(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    replica.fail_next(f"/api/v3/repos/{VLLM}", 202, body=b"{}", times=50)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA), context)
    assert coverage_of(ledger, f"repo:{VLLM}").status is CoverageStatus.FAILED
    assert paths_of(replica).count(f"/api/v3/repos/{VLLM}") == 3


@pytest.mark.parametrize("stopped_after", range(1, 5))
def test_a_walk_killed_after_any_batch_goes_on_with_the_next(
    replica: Replica, site: GitHubSite, context: Context, stopped_after: int
) -> None:
    collector = make_collector(replica, VLLM, LLAMA, OLLAMA, releases_for=(VLLM,))
    ledger = Ledger()
    assert not ledger.collect(collector, context, most_batches=stopped_after)
    assert ledger.collect(collector, context)
    assert len(replica.log) == 4
    assert names_of(ledger) == {VLLM, LLAMA, OLLAMA}


def test_a_walk_left_open_yesterday_is_begun_again(
    replica: Replica, site: GitHubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, VLLM, LLAMA)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=1)
    clock.advance(timedelta(days=1))
    site.tick(hours=24)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert names_of(later) == {VLLM, LLAMA}


class StoppedWhileWaiting(threading.Event):
    """Is set by the first wait, as if a signal had come during it."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return super().wait(timeout)


def test_a_stop_request_ends_the_pause_between_attempts(
    replica: Replica, site: GitHubSite, clock: Clock, gate: HostGate
) -> None:
    context = make_context(clock, gate, StoppedWhileWaiting())
    replica.fail_next("/api/", 500, times=10)
    with pytest.raises(Interrupted):
        Ledger().collect(make_collector(replica, VLLM, first_wait=3600), context)
    context.fetcher.close()
    assert len(replica.log) == 1


# --------------------------------------------------------------------------- with a token


def test_many_repositories_cost_one_query(replica: Replica, site: GitHubSite, context: Context) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA, OLLAMA, TRANSFORMERS, token=TOKEN), context)
    assert len(names_of(ledger)) == 4
    assert paths_of(replica) == ["/api/graphql"]
    assert ledger.requests == 1


def test_what_was_answered_of_a_partly_failed_query_is_used(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    ledger = Ledger()
    missing = ("nobody/nothing", "nobody/nowhere")
    ledger.collect(make_collector(replica, VLLM, *missing, LLAMA, token=TOKEN), context)
    assert names_of(ledger) == {VLLM, LLAMA}
    assert paths_of(replica) == ["/api/graphql", *(f"/api/v3/repos/{name}" for name in missing)]


def test_aliases_left_out_for_a_limit_are_asked_again_in_halves(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.alias_limit = 1
    names = (VLLM, LLAMA, OLLAMA, TRANSFORMERS)
    ledger = Ledger()
    ledger.collect(make_collector(replica, *names, token=TOKEN), context)
    assert names_of(ledger) == set(names)
    asked = [json.loads(entry.body)["query"].count(": repository(") for entry in replica.log]
    assert asked == [4, 2, 1, 1]
    assert {each.status for each in ledger.coverage} == {CoverageStatus.COMPLETE}


def test_a_query_too_large_for_an_answer_is_halved_until_it_fits(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.alias_maximum = 1
    names = (VLLM, LLAMA, OLLAMA)
    ledger = Ledger()
    ledger.collect(make_collector(replica, *names, token=TOKEN), context)
    assert names_of(ledger) == set(names)
    assert [entry.status for entry in replica.log] == [502, 200, 200, 200]


def test_a_repository_too_large_even_alone_fails_alone(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    replica.fail_next("/api/graphql", 502, times=2)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA, token=TOKEN), context)
    assert coverage_of(ledger, f"repo:{VLLM}").status is CoverageStatus.FAILED
    assert names_of(ledger) == {LLAMA}


def test_a_passing_failure_of_a_query_is_tried_again(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    replica.fail_next("/api/graphql", 500, times=1)
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, token=TOKEN), context)
    assert names_of(ledger) == {VLLM}


def test_a_lasting_failure_of_queries_is_raised(replica: Replica, site: GitHubSite, context: Context) -> None:
    replica.fail_next("/api/graphql", 500, times=10)
    with pytest.raises(SourceUnavailable):
        Ledger().collect(make_collector(replica, VLLM, token=TOKEN), context)


def test_spent_points_sent_with_status_200_are_a_limit(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.points_spent = True
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:
        ledger.collect(make_collector(replica, VLLM, LLAMA, token=TOKEN), context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert {each.status for each in ledger.coverage} == {CoverageStatus.POSTPONED}


def test_a_batch_saved_is_not_asked_again_after_a_kill(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    collector = make_collector(replica, VLLM, LLAMA, OLLAMA, batch_size=1, token=TOKEN)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=2)
    ledger.collect(collector, context)
    assert names_of(ledger) == {VLLM, LLAMA, OLLAMA}
    assert len(replica.log) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"api_url": "api.github.com"},
        {"repositories": ("vllm",)},
        {"repositories": ("https://github.com/vllm-project/vllm",)},
        {"releases_for": ('a/b") { id } }',)},
        {"batch_size": 0},
        {"batch_size": 101},
        {"token": "ghp_a\nb"},
        {"token": "ghp_é"},
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        GitHubOptions(**options)  # type: ignore[arg-type] # wrong on purpose


def test_without_repositories_there_is_nothing_to_do() -> None:
    assert GitHubCollector(GitHubOptions()).list_targets() == []


def test_a_malformed_repository_in_a_batch_of_one_does_not_stop_the_next(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    site.break_item(VLLM, stargazers_count="many")
    ledger = Ledger()
    ledger.collect(make_collector(replica, VLLM, LLAMA, batch_size=1, token=TOKEN), context)
    assert names_of(ledger) == {LLAMA}


def test_releases_of_a_repository_that_is_gone_are_not_asked_for(
    replica: Replica, site: GitHubSite, context: Context
) -> None:
    collector = make_collector(replica, VLLM, LLAMA, releases_for=(VLLM,))
    ledger = Ledger()
    ledger.collect(collector, context)
    site.delete(VLLM)
    replica.clear_log()
    ledger.collect(collector, context)
    assert f"/api/v3/repos/{VLLM}/releases" not in paths_of(replica)


def test_a_token_is_not_shown_in_the_options() -> None:
    assert "hidden" not in repr(GitHubOptions(token="hidden"))
