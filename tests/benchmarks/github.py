"""Five hundred GitHub repositories on the replica: calls, budget and processor time, beside a loop.

Seconds are processor time of the asking thread: the replica answers in others, and a network's time is the
service's. The obvious way is `get_repo` for each, without the quarter of a second that the library waits
between requests.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from github import Auth, Github

from collectors.github import GitHubCollector, GitHubOptions
from store.records import CoverageStatus, Observation
from tests.benchmarks import Row
from tests.collectors.stand import NOW, Clock, Ledger, make_context, make_gate
from tests.replica.github import GitHubSite
from tests.replica.server import Replica

REPOSITORIES = 500
MOST_CALLS = 25
TOKEN = "replica-token"
REPETITIONS = 3

T = TypeVar("T")


def run() -> Iterator[Row]:
    site = GitHubSite(now=NOW)
    names = tuple(site.add_repositories(REPOSITORIES))
    with Replica([site]) as replica:
        stars = {name: float(100 + number) for number, name in enumerate(names)}
        other, (found, calls_of_loop) = best_cpu_of(lambda: ask_one_by_one(replica, names))
        assert found == stars

        ours, ledger = best_cpu_of(lambda: collect(replica, names, uses_graphql=True))
        calls = len(replica.log)
        assert stars_of(ledger) == stars
        assert calls <= MOST_CALLS, calls
        assert ledger.requests == calls
        yield Row(
            f"{REPOSITORIES} repositories refreshed",
            ours,
            other,
            f"{calls} calls, promised {MOST_CALLS}; PyGithub's loop {calls_of_loop}:"
            f" {calls_of_loop / calls:.0f} × as many",
        )

        first = collect(replica, names, uses_graphql=False)
        before = site.primary_spent
        ours, again = best_cpu_of(lambda: collect(replica, names, uses_graphql=False, states=first.states))
        assert site.primary_spent == before, "an unchanged hour costs nothing"
        assert again.records == []
        assert {each.status for each in again.coverage} == {CoverageStatus.UNCHANGED}
        assert {entry.status for entry in replica.log} == {304}
        yield Row(
            f"{REPOSITORIES} repositories unchanged, over REST",
            ours,
            other,
            f"{len(replica.log)} × 304, 0 of the hour's budget; PyGithub's loop {calls_of_loop} of it",
        )


def collect(
    replica: Replica,
    names: tuple[str, ...],
    *,
    uses_graphql: bool,
    states: Mapping[str, Mapping[str, object]] | None = None,
) -> Ledger:
    """One collection; the replica's log is then its alone."""
    replica.clear_log()
    clock = Clock()
    context = make_context(clock, make_gate(clock), threading.Event())
    options = GitHubOptions(f"{replica.url}/api/v3", TOKEN, names, uses_graphql=uses_graphql)
    ledger = Ledger(states=dict(states or {}))
    ledger.collect(GitHubCollector(options), context)
    context.fetcher.close()
    return ledger


def ask_one_by_one(replica: Replica, names: tuple[str, ...]) -> tuple[dict[str, float], int]:
    """The obvious way: stars by name, and how many calls that took."""
    replica.clear_log()
    github = Github(
        auth=Auth.Token(TOKEN), base_url=f"{replica.url}/api/v3", seconds_between_requests=0, retry=None
    )
    found = {name: float(github.get_repo(name).stargazers_count) for name in names}
    github.close()
    return found, len(replica.log)


def stars_of(ledger: Ledger) -> dict[str, float]:
    return {
        each.subject.name: each.value
        for each in ledger.records
        if isinstance(each, Observation) and each.metric == "github.stars"
    }


def best_cpu_of(work: Callable[[], T]) -> tuple[float, T]:
    """The least processor time of several runs in this thread, in seconds, and what the last one returned."""
    times: list[float] = []
    for _ in range(REPETITIONS):
        started = time.thread_time()
        answer = work()
        times.append(time.thread_time() - started)
    return min(times), answer
