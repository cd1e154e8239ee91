"""What a collection will cost, before it runs: the plan, and the command as people use it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from collectors.contract import Context, Target
from collectors.fetching import Standing, Window, account_with
from lunchwatch.accounts import Account
from lunchwatch.budget import AccountPlan, plan_budget
from store.checkpoint import Checkpoint
from store.records import Batch
from tests.lunchwatch.conftest import Desk, stop, wait_until
from tests.replica.server import Replica

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
GITHUB = "api.github.com"
HOUR = timedelta(hours=1)
SECTIONS = (
    "HUB",
    "GITHUB",
    "FEEDS",
    "MODELS_DEV",
    "OPENROUTER",
    "LITELLM",
    "GENAI_PRICES",
    "ARENA",
    "EPOCH",
    "PYPISTATS",
    "POLICIES",
)


class Planned:
    """A collector that only has targets."""

    def __init__(self, name: str, *targets: Target) -> None:
        self.name = self.source = name
        self._targets = targets

    def list_targets(self) -> Sequence[Target]:
        return self._targets

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        raise NotImplementedError


def plan(
    *collectors: Planned,
    checkpoints: Mapping[str, Mapping[str, Checkpoint]] | None = None,
    accounts: Mapping[str, Account] | None = None,
    token: str | None = None,
    reserve: int = 0,
    cap: int | None = None,
    is_named: bool = False,
) -> list[AccountPlan]:
    return plan_budget(
        collectors,
        checkpoints or {},
        accounts or {},
        {"github.token": (GITHUB, token)},
        NOW,
        reserve=reserve,
        cap=cap,
        is_named=is_named,
    )


STARS = Planned("github.stars", Target("stars", "star history", GITHUB, requests=96))
REPOSITORIES = Planned("github", Target("repositories", "48 repositories", GITHUB, requests=91))


def test_run_that_does_not_fit_without_a_token_says_so_and_what_to_do() -> None:
    (github,) = plan(REPOSITORIES, STARS)
    assert [(cost.source, cost.requests) for cost in github.costs] == [("github", 91), ("github.stars", 96)]
    assert (github.requests, github.room, github.short_by) == (187, 60, 127)
    assert github.done_after == 3 * HOUR
    assert github.remedy == "set github.token: 5,000 requests an hour instead of 60"


def test_source_that_leaves_room_for_others_takes_as_many_windows_as_its_share_needs() -> None:
    stars = Planned("github.stars", Target("stars", "star history", GITHUB, requests=96, most=20))
    few = Planned("github", Target("repositories", "30 repositories", GITHUB, requests=30))
    (github,) = plan(few, stars)
    assert (github.requests, github.room, github.short_by) == (126, 60, 76)
    assert github.done_after == 4 * HOUR  # 20 in the first hour, 20, 20, 20, 16
    (alone,) = plan(stars)
    assert (alone.short_by, alone.done_after) == (76, 4 * HOUR)
    assert alone.remedy == "set github.token: 5,000 requests an hour instead of 60"


def test_run_that_fits_with_a_token_needs_no_remedy() -> None:
    (github,) = plan(REPOSITORIES, STARS, token="a-credential")
    assert (github.account, github.has_credential) == (account_with(GITHUB, "a-credential"), True)
    assert (github.room, github.short_by, github.remedy) == (5_000, 0, "")


def test_what_the_host_said_last_holds_until_its_window_ends() -> None:
    window = Window(7, NOW + HOUR / 2, limit=60)
    said = {GITHUB: Account(Standing(GITHUB, {"core": window}, in_round=53, asked_at=NOW - HOUR / 2))}
    (github,) = plan(REPOSITORIES, accounts=said, reserve=5)
    assert (github.left, github.until, github.limit, github.room) == (7, NOW + HOUR / 2, 60, 2)
    assert github.spent_last == 53
    over = {GITHUB: Account(Standing(GITHUB, {"core": Window(7, NOW - HOUR / 2, limit=60)}))}
    (github,) = plan(REPOSITORIES, accounts=over, reserve=5)
    assert (github.left, github.until, github.room) == (60, None, 55)


def test_host_that_asked_us_to_wait_has_no_room() -> None:
    said = {GITHUB: Account(Standing(GITHUB, wait_until=NOW + HOUR))}
    (github,) = plan(REPOSITORIES, accounts=said)
    assert (github.wait_until, github.room, github.short_by) == (NOW + HOUR, 0, 91)


def test_our_own_cap_is_told_from_the_hosts_limit() -> None:
    (github,) = plan(REPOSITORIES, cap=10)
    assert (github.room, github.short_by) == (10, 81)
    assert "network.requests_per_host" in github.remedy


def test_credentials_are_for_their_own_sources_at_their_own_host() -> None:
    feed = Planned("feeds", Target("blog", "blog", GITHUB))
    plans = plan(REPOSITORIES, feed, token="a-credential")
    assert [each.account for each in plans] == [account_with(GITHUB, "a-credential"), GITHUB]


def test_what_is_postponed_or_not_due_costs_nothing_now() -> None:
    sweep = Planned(
        "sweep",
        Target("late", "late one", "host", requests=500),
        Target("daily", "daily one", "host", requests=50, every=timedelta(days=1)),
        Target("open", "open one", "host", requests=5),
    )
    until = NOW + HOUR
    known = {
        "sweep": {
            "late": Checkpoint("late", next_check_at=until, problem="asked us to wait"),
            "daily": Checkpoint("daily", last_success_at=NOW - HOUR),
        }
    }
    (host,) = plan(sweep, checkpoints=known)
    (cost,) = host.costs
    assert (cost.targets, cost.requests, cost.not_due) == (1, 5, 1)
    assert [(each.target, each.until, each.reason, each.requests) for each in cost.waiting] == [
        ("late one", until, "asked us to wait", 500)
    ]
    (named,) = plan(sweep, checkpoints=known, is_named=True)
    assert (named.requests, named.costs[0].not_due, named.costs[0].waiting) == (555, 0, ())


def test_what_was_spent_at_a_host_that_no_target_names_is_not_left_out() -> None:
    # a file's address leads to a host of another name
    spent = Account(Standing("cdn.example", asked_at=NOW), {f"{NOW:%Y-%m-%dT%H}": 7})
    long_ago = Account(Standing("old.example", asked_at=NOW - timedelta(days=9)), {"2020-01-01T00": 7})
    accounts = {"cdn.example": spent, "old.example": long_ago}
    assert [(each.account, each.requests, each.spent_day) for each in plan(STARS, accounts=accounts)] == [
        (GITHUB, 96, 0),
        ("cdn.example", 0, 7),
    ]
    assert [each.account for each in plan(STARS, accounts=accounts, is_named=True)] == [GITHUB]


def test_dearest_host_comes_first() -> None:
    targets = [Target(f"{n}", f"{n}", f"{n}.example", requests=n) for n in (3, 9, 1)]
    costs = [each.requests for each in plan(Planned("feeds", *targets))]
    assert all(dearer >= cheaper for dearer, cheaper in pairwise(costs))


def test_budget_needs_neither_a_database_nor_a_network_and_makes_none(lone_desk: Desk) -> None:
    done = lone_desk.run("budget", "--json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["schema"] == "lunchwatch/budget@1"
    hosts = {row["host"] for row in answer["data"]}
    assert {"huggingface.co", "api.github.com", "models.dev"} <= hosts
    assert answer["meta"]["requests"] == sum(row["requests"] for row in answer["data"]) > 0
    assert "set github.token" in done.err
    assert not list(lone_desk.folder.glob("data/*"))


def test_budget_of_named_sources_is_about_them_alone(lone_desk: Desk) -> None:
    rows = json.loads(lone_desk.run("budget", "openrouter", "--json").out)["data"]
    assert {row["source"] for row in rows} == {"openrouter"}
    unknown = lone_desk.run("budget", "nobody")
    assert unknown.code == 5
    assert "there are:" in unknown.err


def test_budget_is_a_table_for_people(lone_desk: Desk) -> None:
    done = lone_desk.run("budget", "--format", "table")
    assert done.code == 0
    assert "api.github.com" in done.out
    assert "(no token)" in done.out
    assert " hosts" in done.out


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 100, 120])
def test_budget_table_keeps_hosts_and_headers_whole_at_any_width(desk: Desk, columns: int) -> None:
    desk.run("collect", "hub", "github", "github.stars", "openrouter", "models.dev")
    settings = {"COLUMNS": str(columns), "NO_COLOR": "1", "LUNCHWATCH_NETWORK__RESERVE": "5"}
    done = desk.run("budget", "--format", "table", **settings)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    header = next(line for line in lines if "Requests" in line)
    for name in ("Host, source", "Requests", "Left", "Not due"):
        assert name in header
    assert all(len(line) <= columns for line in lines)
    assert "\x1b" not in done.out
    assert any(line.startswith((" 127.0.0.1:", "127.0.0.1:")) for line in lines)
    assert "Not due  targets that succeeded lately" in done.out


def test_budget_says_that_every_source_is_switched_off(lone_desk: Desk) -> None:
    off = {f"LUNCHWATCH_{name}__ENABLED": "false" for name in SECTIONS}
    done = lone_desk.run("budget", "--format", "table", **off)
    assert done.code == 0, done.err
    assert "every source is switched off" in done.err
    assert "every source is switched off" in lone_desk.run("collect", **off).out


def test_budget_knows_what_the_last_collection_spent_and_what_it_postponed(
    desk: Desk, replica: Replica
) -> None:
    replica.fail_next("/openrouter", 429, headers={"Retry-After": "3600"}, times=9)
    desk.run("collect", "openrouter")
    answer = json.loads(desk.run("budget", "--json").out)
    (row,) = [row for row in answer["data"] if row["source"] == "openrouter"]
    assert (row["targets"], row["requests"], row["postponed"], row["spent_24h"]) == (0, 0, 1, 1)
    assert row["wait_until"] == row["postponed_until"]
    assert [each["source"] for each in answer["meta"]["postponed"]] == ["openrouter"]
    assert len(replica.log) == 1
    again = desk.run("collect", "openrouter")  # named: asked again, but the host's own wait holds
    assert (again.code, len(replica.log)) == (0, 1)
    assert "Postponed" in again.out
    assert "◌ postponed" in again.out
    assert "nothing could be asked for now" in again.err


@pytest.mark.slow
def test_waiting_collection_says_for_whom_and_goes_on_when_the_time_has_come(
    desk: Desk, replica: Replica
) -> None:
    replica.fail_next("/openrouter", 429, headers={"Retry-After": "6"})
    done = desk.run("collect", "openrouter", "--wait")
    assert done.code == 0, done.err
    assert f"UTC for {replica.host} (1 target)" in done.err
    assert "Postponed" not in done.out
    assert int(desk.sql("select count(*) from v_observation where source = 'openrouter'")[0][0]) > 0


@pytest.mark.slow
def test_waiting_collection_ends_at_once_when_asked_to(desk: Desk, replica: Replica) -> None:
    replica.fail_next("/openrouter", 429, headers={"Retry-After": "600"})
    running = desk.start("collect", "openrouter", "--wait")
    assert wait_until(lambda: "waiting until" in (desk.folder / "err.txt").read_text())
    assert stop(running, 5) == 130


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["silent", "dripping"])
def test_collection_ends_within_seconds_whatever_a_host_does_to_it(
    desk: Desk, replica: Replica, kind: str
) -> None:
    connected = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)

        def accept() -> None:
            connection, _ = server.accept()
            connected.set()
            with connection:
                for sign in b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 200:
                    if kind == "dripping":
                        with contextlib.suppress(OSError):  # the other side has left, as it should
                            connection.sendall(bytes([sign]))
                    if done.wait(0.2):
                        return

        done = threading.Event()
        thread = threading.Thread(target=accept)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        running = desk.start("collect", "models.dev", "openrouter", LUNCHWATCH_MODELS_DEV__URL=address)
        try:
            assert connected.wait(60)
            assert wait_until(lambda: any(r.path.startswith("/openrouter") for r in replica.log))
            told = "select count(*) from v_observation where source = 'openrouter'"
            assert wait_until(lambda: int(desk.sql(told)[0][0]) > 0)
            assert stop(running, 5) == 130
        finally:
            done.set()
            thread.join()
    assert int(desk.sql(told)[0][0]) > 0
    assert desk.sql("select outcome from v_run where collector = 'models.dev'") == [["interrupted"]]
