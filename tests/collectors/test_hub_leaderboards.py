"""The Hub's leaderboards as claims: standing by badge, one dataset apart from the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.contract import Context
from collectors.fetching import RetryPolicy
from collectors.hub import HubOptions, LeaderboardsCollector
from collectors.hub.claims import NoNames
from collectors.hub.leaderboard_walk import parse_leaderboard
from store.catalogue import load_catalogue
from store.errors import AccessDenied, RateLimited, SourceChanged
from store.records import Claim, Coverage, CoverageStatus, Standing
from tests.collectors.stand import NOW, Clock, Ledger
from tests.replica.hub import BAD_TOKEN, HubSite
from tests.replica.server import Replica

SITE = "https://huggingface.co"
HLE = "/api/datasets/cais/hle/leaderboard"
SWE = "/api/datasets/SWE-bench/SWE-bench_Verified/leaderboard"


@pytest.fixture
def site(replica: Replica) -> HubSite:
    made = HubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(replica: Replica, token: str | None = None) -> LeaderboardsCollector:
    options = HubOptions(replica.url, token)
    return LeaderboardsCollector(options, retry=RetryPolicy(first_wait=0), names=load_catalogue())


def claims_of(ledger: Ledger) -> list[Claim]:
    return [each for each in ledger.records if isinstance(each, Claim)]


def coverage_of(ledger: Ledger, scope: str) -> Coverage:
    (found,) = [each for each in ledger.coverage if each.scope == scope]
    return found


def test_every_leaderboard_is_read_once_and_its_rows_are_claims_by_badge(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert [entry.path for entry in replica.log] == ["/api/datasets", SWE, HLE]
    assert replica.log[0].query["filter"] == ["benchmark:official"]
    assert all("base_model" not in entry.query for entry in replica.log)  # models without one, as on the Hub
    told = {(claim.model, claim.benchmark): claim for claim in claims_of(ledger)}
    pulled = told["deepseek-ai/DeepSeek-V4", "humanitys-last-exam"]
    assert (pulled.score, pulled.unit, pulled.standing) == (37.7, "percent", Standing.THIRD_PARTY)
    assert pulled.settings == "With tools"
    assert told["Qwen/Qwen3-8B", "humanitys-last-exam"].standing is Standing.VERIFIED
    own = told["deepseek-ai/DeepSeek-V4", "swe-bench-verified"]
    assert own.standing is Standing.SELF_REPORTED
    assert own.source_url == f"{SITE}/deepseek-ai/DeepSeek-V4"
    assert {claim.claimed_on for claim in told.values()} == {None}
    assert coverage_of(ledger, "leaderboards") == Coverage("leaderboards", CoverageStatus.COMPLETE, 2)


def test_it_is_read_once_a_day_and_says_what_it_costs(replica: Replica) -> None:
    (target,) = make_collector(replica).list_targets()
    assert target.requests == 40
    assert target.every is not None
    assert timedelta(hours=12) < target.every <= timedelta(days=1)


def test_an_unchanged_leaderboard_is_told_as_such_and_a_changed_one_is_read(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.leaderboards["cais/hle"][0]["value"] = 38.1
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert [entry.status for entry in replica.log] == [200, 304, 200]
    assert coverage_of(later, "leaderboard:SWE-bench/SWE-bench_Verified").status is CoverageStatus.UNCHANGED
    assert {claim.score for claim in claims_of(later)} == {38.1, 20.9}


@pytest.mark.parametrize("stopped_after", [1, 2])
def test_a_pass_that_was_stopped_goes_on_with_the_next_leaderboard(
    replica: Replica, site: HubSite, context: Context, stopped_after: int
) -> None:
    collector = make_collector(replica)
    ledger = Ledger()
    assert not ledger.collect(collector, context, most_batches=stopped_after)
    assert ledger.collect(collector, context)
    assert len(replica.log) == 3
    assert len(claims_of(ledger)) == 3


def test_a_pass_left_open_yesterday_is_begun_again(
    replica: Replica, site: HubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=2)
    site.leaderboards["new/benchmark"] = []
    clock.advance(timedelta(days=1))
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert coverage_of(later, "leaderboard:new/benchmark").status is CoverageStatus.COMPLETE


def test_one_malformed_row_does_not_end_its_leaderboard(
    replica: Replica, site: HubSite, context: Context
) -> None:
    del site.leaderboards["cais/hle"][0]["modelId"]
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert len(claims_of(ledger)) == 2
    assert len(ledger.skipped) == 1
    coverage = coverage_of(ledger, "leaderboard:cais/hle")
    assert (coverage.status, coverage.reason) == (CoverageStatus.PARTIAL, "1 malformed")


def test_a_leaderboard_of_another_shape_leaves_the_others(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next(HLE, 200, headers={"Content-Type": "application/json"}, body=b'{"error": "moved"}')
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert coverage_of(ledger, "leaderboard:cais/hle").status is CoverageStatus.FAILED
    assert {claim.benchmark for claim in claims_of(ledger)} == {"swe-bench-verified"}


@pytest.mark.parametrize(
    ("status", "headers", "first", "second"),
    [
        (404, {"X-Error-Code": "RepoNotFound"}, CoverageStatus.FAILED, CoverageStatus.GONE),
        (401, {}, CoverageStatus.FAILED, CoverageStatus.GONE),
        (403, {"X-Error-Code": "GatedRepo"}, CoverageStatus.FAILED, CoverageStatus.FAILED),
        (400, {}, CoverageStatus.FAILED, CoverageStatus.FAILED),
        (500, {}, CoverageStatus.FAILED, CoverageStatus.FAILED),
    ],
)
def test_a_data_set_that_refuses_is_told_apart_from_one_that_is_missing(
    replica: Replica,
    site: HubSite,
    context: Context,
    status: int,
    headers: dict[str, str],
    first: CoverageStatus,
    second: CoverageStatus,
) -> None:
    replica.fail_next(HLE, status, headers=headers, times=100)
    collector = make_collector(replica)
    states: dict[str, object] = {}
    told = []
    for _ in range(2):
        ledger = Ledger(states=dict(states))  # type: ignore[arg-type] # states as they were saved
        ledger.collect(collector, context)
        states = dict(ledger.states)
        told.append(coverage_of(ledger, "leaderboard:cais/hle").status)
    assert told == [first, second]


def test_a_refused_token_is_the_operators(replica: Replica, site: HubSite, context: Context) -> None:
    with pytest.raises(AccessDenied, match="token"):
        Ledger().collect(make_collector(replica, BAD_TOKEN), context)


def test_a_limit_postpones_what_is_left(replica: Replica, site: HubSite, context: Context) -> None:
    site.quota = 2
    ledger = Ledger()
    with pytest.raises(RateLimited):
        ledger.collect(make_collector(replica), context)
    assert coverage_of(ledger, "leaderboards").status is CoverageStatus.POSTPONED
    assert [entry.status for entry in replica.log] == [200, 200]


def test_private_data_sets_and_odd_names_are_left_out(
    replica: Replica, site: HubSite, context: Context
) -> None:
    listed = (
        b'[{"id": "cais/hle"}, {"id": "me/mine", "private": true}, {"id": "../x"}, {"id": 7}, {"id": ".."}]'
    )
    replica.fail_next("/api/datasets", 200, headers={"Content-Type": "application/json"}, body=listed)
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert HLE in {entry.path for entry in replica.log}
    assert not any("mine" in entry.path or ".." in entry.path for entry in replica.log)


def test_nobody_with_a_benchmark_is_no_success(replica: Replica, site: HubSite, context: Context) -> None:
    site.leaderboards.clear()
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert coverage_of(ledger, "leaderboards").status is CoverageStatus.PARTIAL


def read(*rows: object, dataset: str = "cais/hle") -> list[Claim]:
    claims, _ = parse_leaderboard(rows, dataset, site=SITE, names=load_catalogue())
    return claims


def test_rows_of_the_recorded_form_are_read_without_verdict_source_and_author() -> None:
    """As published clients quote the live answer: some rows carry nothing but these fields."""
    (claim,) = read(
        {"rank": 4, "filename": ".eval_results/hle.yaml", "value": 56, "modelId": "moonshotai/Kimi-K3"}
    )
    assert (claim.score, claim.standing) == (56.0, Standing.SELF_REPORTED)
    assert claim.source_url == f"{SITE}/moonshotai/Kimi-K3/blob/main/.eval_results/hle.yaml"


def test_a_leaderboard_of_several_tasks_is_not_taken_for_one_of_them() -> None:
    (claim,) = read({"modelId": "a/b", "value": 0.412}, dataset="Idavidrein/gpqa")
    assert (claim.benchmark, claim.unit) == ("Idavidrein/gpqa", "")


def test_rows_of_one_model_with_other_notes_stay_apart() -> None:
    rows = [
        {"modelId": "a/b", "value": 36.8, "notes": "No tools"},
        {"modelId": "a/b", "value": 63.9, "notes": "Tools"},
    ]
    assert [(claim.score, claim.settings) for claim in read(*rows)] == [(36.8, "No tools"), (63.9, "Tools")]


def test_a_board_of_nothing_that_can_be_read_is_another_shape() -> None:
    with pytest.raises(SourceChanged):
        parse_leaderboard([{"model": "a/b"}, {"value": 1}], "cais/hle", site=SITE, names=NoNames())
    assert parse_leaderboard([], "cais/hle", site=SITE, names=NoNames()) == ([], [])


@pytest.mark.parametrize("field", ["pullRequest", "verified", "source"])
def test_half_a_surrogate_pair_where_another_type_is_wanted_costs_its_row_only(field: str) -> None:
    rows = [{"modelId": "a/b", "value": 1}, {"modelId": "a/c", "value": 2, field: "\ud800"}]
    claims, skipped = parse_leaderboard(rows, "cais/hle", site=SITE, names=load_catalogue())
    assert [claim.model for claim in claims] == ["a/b"]
    assert len(skipped) == 1


def test_a_link_that_is_no_address_is_a_change_of_the_source(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next("/api/datasets", 200, body=b"[]", headers={"Link": '<http://[::1>; rel="next"'})
    with pytest.raises(SourceChanged, match="not an address"):
        Ledger().collect(make_collector(replica), context)
