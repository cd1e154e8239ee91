"""The Hub collector end to end: the real huggingface_hub against the replica."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from collectors.contract import Context
from collectors.fetching import HostGate, Limits, RetryPolicy
from collectors.hub import HubCollector, HubOptions
from collectors.hub.options import PAGES_PER_LISTING
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
from tests.replica.hub import BAD_TOKEN, HubSite
from tests.replica.server import Replica, Request, Response


@pytest.fixture
def site(replica: Replica) -> HubSite:
    made = HubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(
    replica: Replica,
    *,
    models: tuple[str, ...] = (),
    organisations: tuple[str, ...] = (),
    trending: int = 0,
    new_releases: int = 0,
    page_size: int = 1000,
    token: str | None = None,
    first_wait: float = 0,
) -> HubCollector:
    """A collector of nothing but what is named."""
    options = HubOptions(replica.url, token, models, organisations, trending, new_releases, page_size)
    return HubCollector(options, retry=RetryPolicy(first_wait=first_wait))


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


def releases_of(ledger: Ledger) -> list[str]:
    return [each.title for each in ledger.records if isinstance(each, Release)]


def coverage_of(ledger: Ledger, scope: str) -> Coverage:
    (found,) = [each for each in ledger.coverage if each.scope == scope]
    return found


def paths_of(replica: Replica) -> Sequence[str]:
    return [entry.path for entry in replica.log]


def test_a_watched_model_brings_its_counters_facts_and_identity(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",)), context)
    assert values_of(ledger, "Qwen/Qwen3-8B") == {
        "hub.downloads.30d": 4_200_500,
        "hub.downloads.all_time": 61_000_700,
        "hub.likes": 2_310,
        "hub.trending_score": 41,
    }
    assert facts_of(ledger, "Qwen/Qwen3-8B") == {
        "licence": "apache-2.0",
        "gated": "false",
        "base_model": "finetune:Qwen/Qwen3-8B-Base",
        "parameters": "8190735360",
        "pipeline_tag": "text-generation",
        "library": "transformers",
        "created_on": (NOW - timedelta(days=574)).date().isoformat(),
    }
    (native_id,) = {each.subject.native_id for each in ledger.records if isinstance(each, Observation)}
    assert native_id is not None
    assert len(native_id) == 24
    assert coverage_of(ledger, "model:Qwen/Qwen3-8B").status is CoverageStatus.COMPLETE


def test_the_hubs_earliest_date_is_not_taken_for_a_birthday(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("openai-community/gpt2",)), context)
    assert "created_on" not in facts_of(ledger, "openai-community/gpt2")


def test_an_owner_of_several_watched_models_is_listed_and_one_of_a_single_asked_for(
    replica: Replica, site: HubSite, context: Context
) -> None:
    models = ("deepseek-ai/DeepSeek-V4", "mistralai/Mistral-7B-v0.1", "deepseek-ai/DeepSeek-V4.1")
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=models), context)
    assert sorted(paths_of(replica)) == ["/api/models", "/api/models/mistralai/Mistral-7B-v0.1"]
    assert names_of(ledger) == set(models)


def test_of_an_untracked_owner_only_watched_models_are_recorded(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-Base")), context)
    assert names_of(ledger) == {"Qwen/Qwen3-8B", "Qwen/Qwen3-8B-Base"}


def test_an_organisation_is_read_over_all_its_pages(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), page_size=1), context)
    assert len(names_of(ledger)) == 4
    assert paths_of(replica) == ["/api/models"] * 4
    assert coverage_of(ledger, "author:Qwen") == Coverage("author:Qwen", CoverageStatus.COMPLETE, 4)


def test_a_page_smaller_than_asked_for_is_followed_by_the_next(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.page_limit = 3
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(names_of(ledger)) == 4


@pytest.mark.parametrize("stopped_after", range(1, 5))
def test_a_walk_killed_after_any_page_goes_on_with_the_next(
    replica: Replica, site: HubSite, context: Context, stopped_after: int
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), page_size=1)
    ledger = Ledger()
    assert not ledger.collect(collector, context, most_batches=stopped_after)
    assert len(replica.log) == stopped_after
    assert ledger.collect(collector, context)
    assert len(replica.log) == 4
    assert len(names_of(ledger)) == 4
    assert coverage_of(ledger, "author:Qwen").items == 4


def test_a_walk_left_open_yesterday_is_begun_again(
    replica: Replica, site: HubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), page_size=2)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=1)
    clock.advance(timedelta(days=1))
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert len(names_of(later)) == 4


def test_a_saved_cursor_of_another_endpoint_is_forgotten(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), page_size=2)
    (target,) = collector.list_targets()
    walk = {"day": NOW.date().isoformat(), "next_url": "https://hub.example/api/models?cursor=x"}
    ledger = Ledger(states={target.key: {"walk": walk}})
    ledger.collect(collector, context)
    assert len(names_of(ledger)) == 4


def test_trending_and_new_are_read_to_the_number_asked_for(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, trending=3, new_releases=4, page_size=2), context)
    assert coverage_of(ledger, "trending") == Coverage("trending", CoverageStatus.COMPLETE, 3)
    assert coverage_of(ledger, "new") == Coverage("new", CoverageStatus.COMPLETE, 4)
    trending = {"deepseek-ai/DeepSeek-V4.1", "Qwen/Qwen4-Preview", "deepseek-ai/DeepSeek-V4"}
    assert names_of(ledger) == trending | {"newcomer/Tiny-1B"}


def test_new_repositories_without_a_like_and_adapters_of_others_are_left_out(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, new_releases=3), context)
    assert names_of(ledger) == {"newcomer/Tiny-1B"}


def test_releases_are_new_models_of_tracked_owners_without_quantisations_of_others(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen", "nvidia", "deepseek-ai")), context)
    # DeepSeek-V4.1 is "quantized" from the owner's own base, NVIDIA's repository from Meta's model.
    assert sorted(releases_of(ledger)) == ["Qwen/Qwen4-Preview", "deepseek-ai/DeepSeek-V4.1"]


def test_a_new_model_of_an_untracked_owner_is_no_release(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, new_releases=10, trending=10), context)
    assert releases_of(ledger) == []


def test_second_day_brings_the_new_values(
    replica: Replica, site: HubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, models=("Qwen/Qwen3-8B",))
    ledger = Ledger()
    ledger.collect(collector, context)
    site.tick(days=1)
    site.set_downloads("Qwen/Qwen3-8B", 5, 61_000_000)  # the all-time counter may fall
    clock.advance(timedelta(days=1))
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    values = values_of(later, "Qwen/Qwen3-8B")
    assert values["hub.downloads.30d"] == 5
    assert values["hub.downloads.all_time"] == 61_000_000


# --------------------------------------------------------------------------- renames, misses, refusals


def test_a_renamed_watched_model_keeps_its_id_and_says_where_it_came_from(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, models=("mistralai/Mistral-7B-v0.1",))
    ledger = Ledger()
    ledger.collect(collector, context)
    site.rename("mistralai/Mistral-7B-v0.1", "mistral-archive/Mistral-7B")
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert facts_of(later, "mistral-archive/Mistral-7B")["renamed_from"] == "mistralai/Mistral-7B-v0.1"
    # the redirect lost the query, so that the counters were asked for under the new name
    assert values_of(later, "mistral-archive/Mistral-7B")["hub.downloads.all_time"] == 39_700_400
    ids = {each.subject.native_id for each in (*ledger.records, *later.records) if isinstance(each, Fact)}
    assert len(ids) == 1


def test_a_watched_model_renamed_within_its_owners_list_is_recognised_by_its_id(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, models=("Qwen/Qwen3-8B",), organisations=("Qwen",))
    ledger = Ledger()
    ledger.collect(collector, context)
    site.rename("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-Legacy")
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert facts_of(later, "Qwen/Qwen3-8B-Legacy")["renamed_from"] == "Qwen/Qwen3-8B"
    assert len(replica.log) == 1


def test_another_spelling_of_a_name_is_no_rename(replica: Replica, site: HubSite, context: Context) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("qwen/QWEN3-8b",)), context)
    assert "renamed_from" not in facts_of(ledger, "Qwen/Qwen3-8B")


@pytest.mark.parametrize("token", [None, "replica-token"])
def test_a_missing_model_is_gone_when_missed_twice(
    replica: Replica, site: HubSite, context: Context, token: str | None
) -> None:
    site.delete("mistralai/Mistral-7B-v0.1")
    collector = make_collector(replica, models=("mistralai/Mistral-7B-v0.1",), token=token)
    ledger = Ledger()
    ledger.collect(collector, context)
    first = coverage_of(ledger, "model:mistralai/Mistral-7B-v0.1")
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    second = coverage_of(later, "model:mistralai/Mistral-7B-v0.1")
    assert (first.status, second.status) == (CoverageStatus.FAILED, CoverageStatus.GONE)
    assert "missing or private" in second.reason


def test_a_model_that_came_back_begins_its_count_again(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, models=("newcomer/Second",))
    states = Ledger()
    states.collect(collector, context)
    site.add("newcomer/Second", likes=1)
    found = Ledger(states=states.states)
    found.collect(collector, context)
    assert coverage_of(found, "model:newcomer/Second").status is CoverageStatus.COMPLETE
    site.delete("newcomer/Second")
    later = Ledger(states=found.states)
    later.collect(collector, context)
    assert coverage_of(later, "model:newcomer/Second").status is CoverageStatus.FAILED


def test_a_gated_model_is_refused_and_not_gone(replica: Replica, site: HubSite, context: Context) -> None:
    site.refuse("meta-llama/Llama-3.1-8B-Instruct")
    collector = make_collector(replica, models=("meta-llama/Llama-3.1-8B-Instruct",))
    ledger = Ledger()
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert {each.status for each in ledger.coverage} == {CoverageStatus.FAILED}
    assert "gated" in ledger.coverage[0].reason


def test_a_refused_token_is_the_operators_and_no_model_is_called_missing(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    with pytest.raises(AccessDenied, match="token"):
        ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",), token=BAD_TOKEN), context)
    assert ledger.coverage == []


def test_private_models_of_the_tokens_owner_are_not_recorded(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.set_field("Qwen/Qwen4-Preview", "private", True)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), token="replica-token"), context)
    assert "Qwen/Qwen4-Preview" not in names_of(ledger)


def test_an_organisation_that_is_not_there_is_told_from_an_empty_one(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.add_organisation("EmptyLab")
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("EmptyLab", "NoSuchLab")), context)
    assert coverage_of(ledger, "author:EmptyLab") == Coverage("author:EmptyLab", CoverageStatus.COMPLETE)
    assert coverage_of(ledger, "author:NoSuchLab").status is CoverageStatus.FAILED


# --------------------------------------------------------------------------- malformed and hostile answers


def test_malformed_items_are_skipped_and_counted_and_their_page_is_kept(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.break_item("Qwen/Qwen3-8B-Base", without=["id"])
    site.break_item("Qwen/Qwen3-8B-GGUF", createdAt="yesterday")
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert names_of(ledger) == {"Qwen/Qwen3-8B", "Qwen/Qwen4-Preview"}
    assert len(ledger.skipped) == 2
    assert any("id" in problem for problem in ledger.skipped)
    assert coverage_of(ledger, "author:Qwen").status is CoverageStatus.PARTIAL
    assert "2 malformed" in coverage_of(ledger, "author:Qwen").reason


@pytest.mark.parametrize("how", ["listed", "single"])
def test_weights_without_a_total_and_a_date_without_a_time_cost_only_themselves(
    replica: Replica, site: HubSite, context: Context, how: str
) -> None:
    site.break_item("Qwen/Qwen3-8B", safetensors={"parameters": {"BF16": 7}}, createdAt="2025-04-27")
    ledger = Ledger()
    if how == "listed":
        ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    else:
        ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",)), context)
    assert values_of(ledger, "Qwen/Qwen3-8B")["hub.downloads.30d"] == 4_200_500
    assert "parameters" not in facts_of(ledger, "Qwen/Qwen3-8B")
    assert facts_of(ledger, "Qwen/Qwen3-8B")["created_on"] == "2025-04-27"


def test_a_counter_that_was_not_given_is_absent_and_not_zero(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.break_item("Qwen/Qwen3-8B", without=["downloads", "likes"], downloadsAllTime=None)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert values_of(ledger, "Qwen/Qwen3-8B") == {"hub.trending_score": 41}


def test_one_malformed_watched_model_does_not_stop_the_others(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.break_item("mistralai/Mistral-7B-v0.1", downloads="many")
    models = ("mistralai/Mistral-7B-v0.1", "openai-community/gpt2")
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=models), context)
    assert names_of(ledger) == {"openai-community/gpt2"}
    assert coverage_of(ledger, "model:mistralai/Mistral-7B-v0.1").status is CoverageStatus.FAILED
    assert len(ledger.skipped) == 1


def test_a_link_that_names_its_own_page_ends_the_walk(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.lead_astray("self")
    ledger = Ledger()
    with pytest.raises(SourceChanged, match="already read"):
        ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(replica.log) == 2
    assert names_of(ledger)


@pytest.mark.parametrize("link", ["http://[::1", "/api/models?cursor=" + "x" * 70_000])
def test_a_link_that_is_no_address_is_a_change_of_the_source(
    replica: Replica, site: HubSite, context: Context, link: str
) -> None:
    site.lead_astray(link)
    with pytest.raises(SourceChanged, match="not an address"):
        Ledger().collect(make_collector(replica, organisations=("Qwen",)), context)


def test_links_that_never_end_are_followed_no_further_than_our_limit(
    replica: Replica, site: HubSite, context: Context
) -> None:
    for number in range(PAGES_PER_LISTING + 3):
        site.add(f"Qwen/Many-{number}", likes=1)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), page_size=1), context)
    assert len(replica.log) == PAGES_PER_LISTING
    assert coverage_of(ledger, "author:Qwen").status is CoverageStatus.PARTIAL


@pytest.mark.parametrize("way", ["link", "redirect"])
def test_nothing_is_sent_to_another_host(replica: Replica, site: HubSite, context: Context, way: str) -> None:
    with Replica([HubSite(now=NOW)]) as other:
        if way == "link":
            site.lead_astray(f"{other.url}/api/models?cursor=x")
        else:
            replica.fail_next("/api/models", 302, headers={"Location": f"{other.url}/api/models"})
        with pytest.raises(SourceChanged, match="another host"):
            Ledger().collect(make_collector(replica, organisations=("Qwen",), token="replica-token"), context)
        assert other.log == []
    assert replica.log[0].headers["authorization"] == "Bearer replica-token"


def test_an_error_page_with_status_200_is_a_named_error(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next("/api/models", 200, headers={"Content-Type": "text/html"}, body=b"<html></html>")
    with pytest.raises(SourceChanged):
        Ledger().collect(make_collector(replica, organisations=("Qwen",)), context)


# --------------------------------------------------------------------------- limits and failures


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "86400"}, timedelta(days=1)),
        ({"Retry-After": "Sun, 22 Nov 2026 12:30:00 GMT"}, timedelta(minutes=30)),
        (
            {"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'},
            timedelta(seconds=55),
        ),
        ({}, timedelta(minutes=1)),
    ],
    ids=["seconds", "a date", "the Hub's own header", "no header"],
)
def test_a_limit_is_raised_at_once_with_its_end_and_never_slept_through(
    replica: Replica, site: HubSite, context: Context, headers: dict[str, str], wait: timedelta
) -> None:
    replica.fail_next("/api/models", 429, headers=headers)
    ledger = Ledger()
    with pytest.raises(RateLimited) as raised:
        ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert raised.value.retry_at == NOW + wait
    assert len(replica.log) == 1
    assert coverage_of(ledger, "author:Qwen").status is CoverageStatus.POSTPONED


def test_a_spent_window_is_noticed_before_it_is_overdrawn(
    replica: Replica, site: HubSite, context: Context, clock: Clock
) -> None:
    site.quota = 2
    collector = make_collector(replica, organisations=("Qwen",), page_size=1)
    ledger = Ledger()
    with pytest.raises(RateLimited):
        ledger.collect(collector, context)
    assert [entry.status for entry in replica.log] == [200, 200]
    site.quota = 500
    clock.advance(timedelta(seconds=301))
    ledger.collect(collector, context)
    assert len(names_of(ledger)) == 4


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("path", ["/api/models", "/api/models/Qwen/Qwen3-8B"])
def test_a_passing_failure_is_tried_again(
    replica: Replica, site: HubSite, context: Context, status: int, path: str
) -> None:
    replica.fail_next(path, status, times=2)
    ledger = Ledger()
    if path == "/api/models":
        ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    else:
        ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",)), context)
    assert "Qwen/Qwen3-8B" in names_of(ledger)
    assert ledger.requests == len(replica.log) == 3


def test_a_lasting_failure_of_a_list_is_raised(replica: Replica, site: HubSite, context: Context) -> None:
    replica.fail_next("/api/models", 500, times=10)
    with pytest.raises(SourceUnavailable):
        Ledger().collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(replica.log) == 3


def test_a_lasting_failure_of_one_model_leaves_the_others(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next("/api/models/mistralai/", 500, times=10)
    models = ("mistralai/Mistral-7B-v0.1", "openai-community/gpt2")
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=models), context)
    assert names_of(ledger) == {"openai-community/gpt2"}
    assert coverage_of(ledger, "model:mistralai/Mistral-7B-v0.1").status is CoverageStatus.FAILED


def test_a_wait_the_host_asks_for_with_503_is_not_slept_through(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next("/api/models", 503, headers={"Retry-After": "3600"})
    with pytest.raises(SourceUnavailable) as raised:
        Ledger().collect(make_collector(replica, organisations=("Qwen",)), context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert len(replica.log) == 1


class StoppedWhileWaiting(threading.Event):
    """Is set by the first wait, as if a signal had come during it."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return super().wait(timeout)


def test_a_stop_request_ends_the_pause_between_attempts(
    replica: Replica, site: HubSite, clock: Clock, gate: HostGate
) -> None:
    context = make_context(clock, gate, StoppedWhileWaiting())
    replica.fail_next("/api/models", 500, times=10)
    with pytest.raises(Interrupted):
        Ledger().collect(make_collector(replica, first_wait=3600, organisations=("Qwen",)), context)
    context.fetcher.close()
    assert len(replica.log) == 1


def test_no_telemetry_and_no_token_of_the_machine_is_sent(
    replica: Replica, site: HubSite, tmp_path: object
) -> None:
    """In a process of its own, since both are decided when the library is imported."""
    program = f"""
import threading
from tests.collectors.stand import Clock, Ledger, make_context, make_gate
from collectors.hub import HubCollector, HubOptions
clock = Clock()
context = make_context(clock, make_gate(clock), threading.Event())
options = HubOptions(endpoint={replica.url!r}, models=("Qwen/Qwen3-8B",), trending=2, new_releases=0)
Ledger().collect(HubCollector(options), context)
"""
    environment = {
        **os.environ, "HF_TOKEN": "hf_of_the_machine", "HF_ENDPOINT": replica.url, "HF_HOME": str(tmp_path)
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)
    assert sorted(paths_of(replica)) == ["/api/models", "/api/models/Qwen/Qwen3-8B"]
    assert all("authorization" not in entry.headers for entry in replica.log)
    assert all(entry.headers["user-agent"].startswith(USER_AGENT) for entry in replica.log)


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint": "huggingface.co"},
        {"page_size": 0},
        {"page_size": 5000},
        {"trending": -1},
        {"models": ("Qwen/",)},
        {"models": ("https://huggingface.co/Qwen/Qwen3-8B",)},
        {"organisations": ("Qwen/Qwen3",)},
        {"token": "hf_a\nb"},
        {"token": "hf_a b"},
        {"token": "hf_é"},
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        HubOptions(**options)  # type: ignore[arg-type] # wrong on purpose


class CutShort:
    """Answers every request with half of what it announces."""

    def handle(self, request: Request) -> Response:
        return Response(200, b'[{"id": "Qwen/Q', {"Content-Type": "application/json"}, declared_length=500)


def test_a_body_cut_short_is_tried_again_and_does_not_make_the_host_dead(
    replica: Replica, context: Context
) -> None:
    replica.sites.append(CutShort())
    with pytest.raises(SourceUnavailable):
        Ledger().collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(replica.log) == 3
    replica.sites[:] = [HubSite(now=NOW)]
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(names_of(ledger)) == 4


def test_a_page_of_malformed_items_after_good_ones_does_not_end_the_walk(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.break_item("Qwen/Qwen3-8B-GGUF", without=["id"])
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), page_size=1), context)
    assert len(names_of(ledger)) == 3
    assert coverage_of(ledger, "author:Qwen").status is CoverageStatus.PARTIAL


def test_a_token_is_not_shown_in_the_options() -> None:
    assert "hidden" not in repr(HubOptions(token="hidden"))


def test_a_token_with_white_space_around_it_is_read_without() -> None:
    assert HubOptions(token=" hf_abc\n").token == "hf_abc"
    assert HubOptions(token=" \n").token is None


def test_a_wrong_token_is_refused_without_being_quoted() -> None:
    with pytest.raises(ConfigurationError) as caught:
        HubOptions(token="hf_secret\nrest")
    assert "secret" not in str(caught.value)


def test_what_the_hub_says_is_told_without_the_token_and_in_one_printable_line(
    replica: Replica, site: HubSite, context: Context
) -> None:
    said = {"X-Error-Message": "no \x1b[31mpass for odd-secret, sent as Bearer odd-secret"}
    replica.fail_next("/api/models/", 403, headers=said)
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",), token="odd-secret"), context)
    reason = coverage_of(ledger, "model:Qwen/Qwen3-8B").reason
    assert "pass for" in reason
    assert reason.isprintable()
    assert "odd-secret" not in reason


def test_the_fetchers_limits_hold_for_the_hub_too(
    replica: Replica, site: HubSite, clock: Clock, gate: HostGate
) -> None:
    limits = Limits(total_timeout=0.5)
    context = make_context(clock, gate, threading.Event(), limits=limits, retry=RetryPolicy(attempts=1))
    replica.slow("/api/models", 0.1)
    with pytest.raises(SourceUnavailable, match=r"longer than 0\.5 s"):
        Ledger().collect(make_collector(replica, trending=3), context)
    context.fetcher.close()


def test_user_texts_of_a_model_are_stored_without_control_characters(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.set_field("Qwen/Qwen3-8B", "pipeline_tag", "text\x1b[2J\u202egeneration")
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",)), context)
    assert facts_of(ledger, "Qwen/Qwen3-8B")["pipeline_tag"] == "text [2J generation"
