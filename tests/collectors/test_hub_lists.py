"""The Hub's lists end to end: most downloaded, new since the last time, pages that are too much, ETags."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from collectors.contract import Context
from collectors.fetching import RetryPolicy
from collectors.hub import HubCollector, HubOptions
from collectors.hub.client import EXPAND, LEAN
from store.catalogue import load_catalogue
from store.errors import ConfigurationError, Interrupted, SourceChanged, SourceUnavailable
from store.records import Claim, Coverage, CoverageStatus, Fact, Observation
from tests.collectors.stand import NOW, Clock, Ledger, make_context, make_gate
from tests.replica.hub import HubSite
from tests.replica.server import Replica, Request, Response


@pytest.fixture
def site(replica: Replica) -> HubSite:
    made = HubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(replica: Replica, **asked: object) -> HubCollector:
    """A collector of nothing but what is named."""
    options = HubOptions(**{"endpoint": replica.url, "trending": 0, "new_releases": 0, **asked})  # type: ignore[arg-type] # the names are those of the fields
    return HubCollector(options, retry=RetryPolicy(first_wait=0), names=load_catalogue())


def names_of(ledger: Ledger) -> set[str]:
    return {each.subject.name for each in ledger.records if isinstance(each, Observation)}


def claims_of(ledger: Ledger) -> list[Claim]:
    return [each for each in ledger.records if isinstance(each, Claim)]


def coverage_of(ledger: Ledger, scope: str) -> Coverage:
    (found,) = [each for each in ledger.coverage if each.scope == scope]
    return found


def queries_of(replica: Replica) -> Sequence[dict[str, list[str]]]:
    return [entry.query for entry in replica.log]


# --------------------------------------------------------------------------- most downloaded by task


def test_the_most_downloaded_of_a_task_are_read_in_one_lean_request(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.set_field("openai-community/gpt2", "pipeline_tag", "text-classification")
    ledger = Ledger()
    ledger.collect(make_collector(replica, tasks=("text-generation",), per_task=2), context)
    assert names_of(ledger) == {"meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen3-8B"}
    (query,) = queries_of(replica)
    assert query["pipeline_tag"] == ["text-generation"]
    assert query["sort"] == ["downloads"]
    assert set(query["expand"]) == {*LEAN} < {*EXPAND}
    assert not {"cardData", "evalResults", "model-index"} & {*query["expand"]}
    assert coverage_of(ledger, "task:text-generation").items == 2


def test_a_task_that_the_hub_does_not_have_is_named(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, tasks=("text-generatoin",)), context)
    told = coverage_of(ledger, "task:text-generatoin")
    assert told.status is CoverageStatus.PARTIAL
    assert "hub.tasks" in told.reason


def test_a_task_is_looked_at_once_a_day_and_said_to_cost_one_request(replica: Replica) -> None:
    (target,) = make_collector(replica, tasks=("text-generation",)).list_targets()
    assert target.requests == 1
    assert target.every is not None
    assert timedelta(hours=12) < target.every <= timedelta(days=1)


def test_a_model_that_left_the_list_is_not_told_as_zero(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, tasks=("text-generation",), per_task=1)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.set_downloads("openai-community/gpt2", 1)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert names_of(ledger) == {"openai-community/gpt2"}
    assert names_of(later) == {"meta-llama/Llama-3.1-8B-Instruct"}


def test_a_licence_called_other_is_not_told_without_the_card_that_names_it(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.set_field("openai-community/gpt2", "tags", ["license:other"])
    site.set_field("openai-community/gpt2", "cardData", {"license": "other", "license_name": "my-own"})
    lean, full = Ledger(), Ledger()
    lean.collect(make_collector(replica, tasks=("text-generation",), per_task=1), context)
    full.collect(make_collector(replica, models=("openai-community/gpt2",)), context)
    licences = [
        [each.value for each in ledger.records if isinstance(each, Fact) and each.attribute == "licence"]
        for ledger in (lean, full)
    ]
    assert licences == [[], ["my-own"]]


# --------------------------------------------------------------------------- new since the last time


def test_the_first_time_only_so_many_of_the_newest_are_read(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, new_releases=4), context)
    assert coverage_of(ledger, "new") == Coverage("new", CoverageStatus.COMPLETE, 4)
    assert len(replica.log) == 1


def test_afterwards_all_that_were_made_since_are_read_over_as_many_pages_as_it_takes(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, new_releases=2, page_size=2)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.tick()
    for number in range(7):
        site.add(f"somebody/Fresh-{number}", likes=3)
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert names_of(later) == {f"somebody/Fresh-{number}" for number in range(7)}
    assert coverage_of(later, "new") == Coverage("new", CoverageStatus.COMPLETE, 7)
    assert len(replica.log) == 4
    replica.clear_log()
    again = Ledger(states=later.states)
    again.collect(collector, context)
    assert names_of(again) == set()
    assert coverage_of(again, "new") == Coverage("new", CoverageStatus.COMPLETE, 0)
    assert len(replica.log) == 1


def test_what_is_made_in_the_same_moment_as_the_last_one_known_is_new(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, new_releases=1)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.add("somebody/Same-Second", likes=1)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert "somebody/Same-Second" in names_of(later)


def test_more_new_models_than_pages_are_said_to_be_missing(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, new_releases=2, page_size=2, new_pages=2)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.tick()
    for number in range(7):
        site.add(f"somebody/Fresh-{number}", likes=3)
    replica.clear_log()
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert len(replica.log) == 2
    coverage = coverage_of(later, "new")
    assert (coverage.status, coverage.items) == (CoverageStatus.PARTIAL, 4)
    assert "more than 2 pages since" in coverage.reason


def test_a_walk_to_the_cursor_that_was_stopped_goes_on_and_misses_nothing(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, new_releases=2, page_size=2)
    first = Ledger()
    first.collect(collector, context)
    site.tick()
    for number in range(5):
        site.add(f"somebody/Fresh-{number}", likes=3)
    ledger = Ledger(states=dict(first.states))
    assert not ledger.collect(collector, context, most_batches=1)
    site.add("somebody/Made-Meanwhile", likes=3)
    assert ledger.collect(collector, context)
    third = Ledger(states=dict(ledger.states))
    third.collect(collector, context)
    wanted = {f"somebody/Fresh-{number}" for number in range(5)} | {"somebody/Made-Meanwhile"}
    assert wanted <= names_of(ledger) | names_of(third)


def test_a_repository_from_the_future_does_not_hide_what_is_made_before_it(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.add("somebody/From-2099", likes=1, createdAt="2099-01-01T00:00:00.000Z")
    collector = make_collector(replica, new_releases=3)
    ledger = Ledger()
    ledger.collect(collector, context)
    site.tick()
    site.add("somebody/Fresh", likes=1)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert "somebody/Fresh" in names_of(later)


def test_a_state_of_an_older_version_is_gone_on_from(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, new_releases=4)
    (target,) = collector.list_targets()
    ledger = Ledger(states={target.key: {"misses": {"new": 1}, "ids": {"a/b": "1"}}})
    ledger.collect(collector, context)
    assert coverage_of(ledger, "new").items == 4


# --------------------------------------------------------------------------- pages that are too much


def limits_of(replica: Replica) -> list[str]:
    return [query["limit"][0] for query in queries_of(replica)]


def test_a_page_the_hub_gives_up_on_is_asked_for_again_with_half_the_repositories(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.give_up_on(larger_than=300)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(names_of(ledger)) == 4
    assert limits_of(replica) == ["1000"] * 3 + ["500"] * 3 + ["250"]
    assert ledger.requests == 7


def test_a_deep_page_the_hub_gives_up_on_goes_on_from_its_cursor_with_smaller_ones(
    replica: Replica, site: HubSite, context: Context
) -> None:
    for number in range(150):
        site.add(f"Qwen/Many-{number}", likes=1)
    site.give_up_on(larger_than=50, from_row=100)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), page_size=100), context)
    assert len(names_of(ledger)) == 154
    assert limits_of(replica) == ["100"] * 4 + ["50"] * 2
    cursors = [query.get("cursor") for query in queries_of(replica)]
    assert cursors[1] == cursors[4] is not None


def test_a_list_that_ends_in_time_outs_is_read_as_far_as_it_goes_and_said_to_be_cut(
    replica: Replica, site: HubSite, context: Context
) -> None:
    for number in range(100):
        site.add(f"Qwen/Many-{number}", likes=1)
    site.give_up_on(larger_than=0, from_row=100)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), page_size=100), context)
    assert len(names_of(ledger)) == 100
    coverage = coverage_of(ledger, "author:Qwen")
    assert coverage.status is CoverageStatus.PARTIAL
    assert "no more than 100 in time" in coverage.reason


def test_a_list_that_cannot_be_had_at_all_is_raised(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.give_up_on(larger_than=0)
    with pytest.raises(SourceUnavailable):
        Ledger().collect(make_collector(replica, organisations=("Qwen",), page_size=100), context)
    assert limits_of(replica) == ["100"] * 3 + ["50"] * 3


def test_a_pause_asked_for_with_504_is_not_spent_on_smaller_pages(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next("/api/models", 504, headers={"Retry-After": "3600"}, times=10)
    with pytest.raises(SourceUnavailable) as raised:
        Ledger().collect(make_collector(replica, organisations=("Qwen",)), context)
    assert raised.value.retry_at == NOW + timedelta(hours=1)
    assert len(replica.log) == 1


def test_a_page_larger_than_our_limit_is_asked_for_again_smaller(
    replica: Replica, site: HubSite, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        site.add(f"Qwen/Many-{number}", likes=1)
    monkeypatch.setattr("collectors.hub.client.MOST_BYTES", 60_000)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",)), context)
    assert len(names_of(ledger)) == 204
    assert limits_of(replica)[0] == "1000"
    assert int(limits_of(replica)[-1]) < 250


class SamePageForEver:
    """A cache that answers every page with the first one, whatever the cursor says."""

    def __init__(self) -> None:
        self._hub = HubSite(now=NOW)

    def handle(self, request: Request) -> Response | None:
        query = {key: values for key, values in request.query.items() if key != "cursor"}
        return self._hub.handle(
            Request(request.method, request.path, query, request.headers, base=request.base)
        )


def test_a_cached_first_page_in_the_place_of_the_next_ends_the_walk(
    replica: Replica, context: Context
) -> None:
    replica.sites.append(SamePageForEver())
    with pytest.raises(SourceChanged, match="already read"):
        Ledger().collect(make_collector(replica, organisations=("Qwen",), page_size=2), context)
    assert len(replica.log) == 2


# --------------------------------------------------------------------------- conditional requests


@pytest.mark.parametrize(
    "asked",
    [
        {"tasks": ("text-generation",), "per_task": 3},
        {"trending": 3},
        {"organisations": ("Qwen",)},
        {"organisations": ("Qwen",), "claims": True},
    ],
    ids=lambda asked: ",".join(asked),
)
def test_a_list_of_one_page_is_asked_for_with_its_etag_and_told_as_unchanged(
    replica: Replica, site: HubSite, context: Context, asked: dict[str, object]
) -> None:
    collector = make_collector(replica, **asked)
    ledger = Ledger()
    ledger.collect(collector, context)
    replica.clear_log()
    again = Ledger(states=ledger.states)
    again.collect(collector, context)
    assert {entry.status for entry in replica.log} == {304}
    assert {each.status for each in again.coverage} == {CoverageStatus.UNCHANGED}
    assert again.records == []
    site.tick()
    site.set_field("Qwen/Qwen3-8B", "evalResults", [])
    third = Ledger(states=again.states)
    third.collect(collector, context)
    assert CoverageStatus.UNCHANGED not in {each.status for each in third.coverage}


def test_a_list_of_several_pages_is_never_asked_for_with_an_etag(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), page_size=2)
    ledger = Ledger()
    ledger.collect(collector, context)
    again = Ledger(states=ledger.states)
    again.collect(collector, context)
    assert all("if-none-match" not in entry.headers for entry in replica.log)
    assert len(names_of(again)) == 4


def test_a_list_with_watched_models_is_read_again_so_that_renames_are_seen(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, models=("Qwen/Qwen3-8B",), organisations=("Qwen",))
    ledger = Ledger()
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert all("if-none-match" not in entry.headers for entry in replica.log)


def test_another_question_is_not_asked_with_the_etag_of_the_old_one(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, tasks=("text-generation",), per_task=2), context)
    more = Ledger(states=ledger.states)
    more.collect(make_collector(replica, tasks=("text-generation",), per_task=4), context)
    assert len(names_of(more)) == 4


def test_an_organisation_that_lists_nothing_is_confirmed_missing_in_spite_of_its_etag(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, organisations=("NoSuchLab",))
    ledger = Ledger()
    ledger.collect(collector, context)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert coverage_of(ledger, "author:NoSuchLab").status is CoverageStatus.FAILED
    assert coverage_of(later, "author:NoSuchLab").status is CoverageStatus.GONE


# --------------------------------------------------------------------------- results of benchmarks


def test_results_of_a_tracked_owner_are_asked_for_apart_and_once_a_week(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), claims=True)
    by_key = {target.key: target for target in collector.list_targets()}
    assert by_key["author:Qwen"].every is None
    every = by_key["claims:Qwen"].every
    assert every is not None
    assert timedelta(days=6) < every <= timedelta(days=7)
    ledger = Ledger()
    ledger.collect(collector, context)
    listing, results = queries_of(replica)
    assert not {"evalResults", "model-index"} & {*listing["expand"]}
    assert {*results["expand"]} == {"private", "evalResults", "model-index"}
    assert {(claim.benchmark, claim.standing) for claim in claims_of(ledger)} == {
        ("humanitys-last-exam", "verified"),
        ("gpqa-diamond", "self_reported"),
        ("mmlu", "third_party"),
    }
    assert len(ledger.skipped) == 2  # a file the Hub could not read, a result without a data set
    assert coverage_of(ledger, "claims:Qwen").status is CoverageStatus.COMPLETE


def test_results_of_a_watched_model_come_with_its_only_request(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",), claims=True), context)
    assert len(replica.log) == 1
    assert len(claims_of(ledger)) == 3
    assert coverage_of(ledger, "model:Qwen/Qwen3-8B").status is CoverageStatus.COMPLETE


def test_of_an_untracked_owner_only_watched_models_bring_results(
    replica: Replica, site: HubSite, context: Context
) -> None:
    models = ("deepseek-ai/DeepSeek-V4", "deepseek-ai/DeepSeek-V4.1")
    site.set_field("deepseek-ai/DeepSeek-V4.1", "evalResults", None)
    site.add("deepseek-ai/Other", evalResults=[{"data": {"dataset": {"id": "cais/hle"}, "value": 1}}])
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=models, claims=True), context)
    assert {claim.model for claim in claims_of(ledger)} == {"deepseek-ai/DeepSeek-V4"}


def test_without_results_wanted_none_are_asked_for(replica: Replica, site: HubSite, context: Context) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",), organisations=("nvidia",)), context)
    asked = {field for query in queries_of(replica) for field in query["expand"]}
    assert not {"evalResults", "model-index"} & asked
    assert claims_of(ledger) == []


def test_results_that_cannot_be_read_cost_the_model_nothing_else(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.set_field("Qwen/Qwen3-8B", "evalResults", "a text")
    site.set_field("Qwen/Qwen3-8B", "model-index", {"results": 7})
    ledger = Ledger()
    ledger.collect(make_collector(replica, models=("Qwen/Qwen3-8B",), claims=True), context)
    assert names_of(ledger) == {"Qwen/Qwen3-8B"}
    assert len(ledger.skipped) == 2


# --------------------------------------------------------------------------- disabled, refused, odd


def test_a_disabled_model_is_told_once_and_told_again_when_it_is_enabled(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.set_field("Qwen/Qwen3-8B", "disabled", True)
    collector = make_collector(replica, models=("Qwen/Qwen3-8B",))
    told = []
    states: dict[str, object] = {}
    for step in range(3):
        if step == 2:
            site.set_field("Qwen/Qwen3-8B", "disabled", False)
        ledger = Ledger(states=dict(states))  # type: ignore[arg-type] # states as they were saved
        ledger.collect(collector, context)
        states = dict(ledger.states)
        told.append([e.value for e in ledger.records if isinstance(e, Fact) and e.attribute == "disabled"])
    assert told == [["true"], [], ["false"]]


def test_a_model_the_hub_has_shut_off_is_refused_and_not_gone(
    replica: Replica, site: HubSite, context: Context
) -> None:
    message = {"X-Error-Message": "Access to this resource is disabled."}
    replica.fail_next("/api/models/Qwen/", 403, headers=message, times=2)
    ledger = Ledger()
    collector = make_collector(replica, models=("Qwen/Qwen3-8B",))
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert {each.status for each in ledger.coverage} == {CoverageStatus.FAILED}
    assert "disabled" in ledger.coverage[0].reason


@pytest.mark.parametrize("name", ["..", "a/..", "../models"])
def test_a_redirect_to_a_name_that_climbs_asks_for_nothing_else(
    replica: Replica, site: HubSite, context: Context, name: str
) -> None:
    body = json.dumps({"id": name}).encode()
    replica.fail_next("/api/models/Qwen/", 200, headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(SourceChanged):
        Ledger().collect(make_collector(replica, models=("Qwen/Qwen3-8B",)), context)
    assert len(replica.log) == 1


def test_no_query_file_of_a_model_is_ever_asked_for(
    replica: Replica, site: HubSite, context: Context
) -> None:
    """Each request for `config.json` and its like, GET or HEAD, counts as a download."""
    collector = make_collector(
        replica,
        models=("Qwen/Qwen3-8B", "openai-community/gpt2"),
        organisations=("Qwen",),
        trending=5,
        new_releases=5,
        tasks=("text-generation",),
        claims=True,
        derivatives_of=("Qwen/Qwen3-8B",),
    )
    Ledger().collect(collector, context)
    assert {entry.method for entry in replica.log} == {"GET"}
    assert all(entry.path.startswith("/api/models") for entry in replica.log)
    query_files = (
        "config.json",
        "config.yaml",
        "hyperparams.yaml",
        "params.json",
        "meta.yaml",
        "model_index.json",
    )
    assert not any(entry.path.endswith(query_files) or "/resolve/" in entry.path for entry in replica.log)


def test_everything_is_asked_within_the_fields_the_hub_knows_of_lists(
    replica: Replica, site: HubSite, context: Context
) -> None:
    """A list that is asked for one unknown field is refused altogether: `childrenModelCount` is one."""
    collector = make_collector(
        replica,
        organisations=("Qwen",),
        claims=True,
        derivatives_of=("Qwen/Qwen3-8B",),
        tasks=("any-to-any",),
    )
    Ledger().collect(collector, context)
    assert {entry.status for entry in replica.log} == {200}
    lists = [parse_qs(urlsplit(entry.target).query) for entry in replica.log if entry.path == "/api/models"]
    assert lists
    assert all("childrenModelCount" not in query["expand"] for query in lists)


def test_a_stop_request_between_pages_keeps_what_was_read(
    replica: Replica, site: HubSite, context: Context
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), page_size=1)
    (target,) = collector.list_targets()
    ledger = Ledger()
    batches = iter(collector.collect(target, {}, context))
    ledger.save(target, next(batches))
    context.stop.set()
    with pytest.raises(Interrupted):
        next(batches)
    assert len(names_of(ledger)) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"tasks": ("Text Generation",)},
        {"tasks": ("",)},
        {"per_task": 0},
        {"new_pages": 0},
        {"derivatives_of": ("Qwen/",)},
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        HubOptions(**options)  # type: ignore[arg-type] # wrong on purpose


def test_a_clock_that_moves_during_a_walk_does_not_split_it(
    replica: Replica, site: HubSite, context: Context, clock: Clock
) -> None:
    collector = make_collector(replica, organisations=("Qwen",), page_size=1)
    (target,) = collector.list_targets()
    days = set()
    for batch in collector.collect(target, {}, context):
        days |= {each.day for each in batch.records if isinstance(each, Observation)}
        clock.advance(timedelta(hours=5))
    assert days == {NOW.date()}


def test_a_list_is_asked_for_with_one_filter_only(replica: Replica, site: HubSite, context: Context) -> None:
    """Deep pages of lists with several filters are those that time out."""
    collector = make_collector(
        replica,
        organisations=("Qwen",),
        trending=3,
        new_releases=3,
        tasks=("text-generation",),
        claims=True,
        derivatives_of=("Qwen/Qwen3-8B",),
    )
    Ledger().collect(collector, context)
    for query in queries_of(replica):
        filters = [value for name in ("author", "filter", "pipeline_tag") for value in query.get(name, [])]
        assert len(filters) <= 1


def test_a_model_withheld_for_legal_reasons_is_refused_and_not_gone(
    replica: Replica, site: HubSite, context: Context
) -> None:
    replica.fail_next("/api/models/Qwen/", 451, times=2)
    ledger = Ledger()
    collector = make_collector(replica, models=("Qwen/Qwen3-8B",))
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert [each.status for each in ledger.coverage] == [CoverageStatus.FAILED] * 2


class MeanwhileAnotherHubIsDead:
    """Answers as the Hub does, after another thread has asked an address where nobody listens: the library's
    shared client is closed by a failed connection, under whoever else is using it."""

    def __init__(self) -> None:
        self._hub = HubSite(now=NOW)
        self.failures: list[Exception] = []
        self.threads: list[threading.Thread] = []

    def handle(self, request: Request) -> Response | None:
        thread = threading.Thread(target=self._ask_a_dead_hub)
        thread.start()
        thread.join(0.2)  # where calls wait for each other it is not done before we answer
        self.threads.append(thread)
        return self._hub.handle(request)

    def _ask_a_dead_hub(self) -> None:
        clock = Clock()
        context = make_context(clock, make_gate(clock), threading.Event())
        options = HubOptions("http://127.0.0.1:9", trending=1, new_releases=0)
        try:
            Ledger().collect(HubCollector(options, retry=RetryPolicy(first_wait=0)), context)
        except SourceUnavailable as error:
            self.failures.append(error)
        finally:
            context.fetcher.close()


def test_a_dead_endpoint_asked_from_another_thread_does_not_break_a_request_under_way(
    replica: Replica, context: Context
) -> None:
    site = MeanwhileAnotherHubIsDead()
    replica.sites.append(site)
    ledger = Ledger()
    ledger.collect(make_collector(replica, organisations=("Qwen",), page_size=2), context)
    for thread in site.threads:
        thread.join()
    assert len(names_of(ledger)) == 4
    assert len(replica.log) == 2  # nothing had to be asked again
    assert len(site.failures) == 2
