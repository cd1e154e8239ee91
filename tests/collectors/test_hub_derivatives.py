"""What is made from a base model: levels by relation, and the week's new ones."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collectors.contract import Context
from collectors.fetching import RetryPolicy
from collectors.hub import HubCollector, HubOptions
from collectors.hub.derivative_walk import parse_children
from store.catalogue import load_catalogue
from store.errors import SourceChanged
from store.records import Coverage, CoverageStatus, Fact, Observation, Semantics
from tests.collectors.stand import NOW, Clock, Ledger
from tests.replica.hub import HubSite
from tests.replica.hub_world import stamp
from tests.replica.server import Replica

BASE = "Qwen/Qwen3-8B"
MIDNIGHT = NOW.replace(hour=0)
IN_THE_WEEK = MIDNIGHT - timedelta(days=10)


@pytest.fixture
def site(replica: Replica) -> HubSite:
    made = HubSite(now=NOW)
    replica.sites.append(made)
    return made


def make_collector(replica: Replica, *bases: str, page_size: int = 1000) -> HubCollector:
    options = HubOptions(
        replica.url, trending=0, new_releases=0, page_size=page_size, derivatives_of=bases or (BASE,)
    )
    return HubCollector(options, retry=RetryPolicy(first_wait=0))


def add_derivative(
    site: HubSite, name: str, relation: str, made: datetime = IN_THE_WEEK, **fields: object
) -> None:
    stated = {
        "tags": [f"base_model:{BASE}", f"base_model:{relation}:{BASE}"],
        "baseModels": {"relation": relation, "models": [{"_id": "1", "id": BASE}]},
        "createdAt": stamp(made),
        "downloads": 90,
        "downloadsAllTime": 90,
    }
    site.add(name, **{**stated, **fields})


def values_of(ledger: Ledger) -> dict[str, float]:
    return {each.metric: each.value for each in ledger.records if isinstance(each, Observation)}


def new_of(ledger: Ledger) -> dict[str, float]:
    values = values_of(ledger)
    return {key.split(".")[2]: value for key, value in values.items() if key.endswith(".new_7d")}


def coverage_of(ledger: Ledger, name: str = BASE) -> Coverage:
    (found,) = [each for each in ledger.coverage if each.scope == f"derivatives:{name}"]
    return found


def test_levels_by_relation_come_from_the_model_and_the_weeks_new_ones_from_the_list(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert values_of(ledger) == {
        "hub.derivatives.finetune": 1,
        "hub.derivatives.adapter": 1,
        "hub.derivatives.merge": 0,
        "hub.derivatives.quantized": 1,
        "hub.derivatives.finetune.new_7d": 1,  # Qwen3-8B-Law, ten days old
        "hub.derivatives.adapter.new_7d": 0,
        "hub.derivatives.merge.new_7d": 0,
        "hub.derivatives.quantized.new_7d": 0,
    }
    assert [entry.path for entry in replica.log] == [f"/api/models/{BASE}", "/api/models"]
    assert replica.log[1].query["filter"] == [f"base_model:{BASE}"]
    assert coverage_of(ledger).status is CoverageStatus.COMPLETE
    (target,) = make_collector(replica).list_targets()
    assert target.requests == len(replica.log)
    assert target.every is not None


def test_every_metric_told_is_declared_with_what_it_counts() -> None:
    metrics = load_catalogue().metrics
    for relation in ("finetune", "adapter", "merge", "quantized"):
        assert metrics[f"hub.derivatives.{relation}"].semantics is Semantics.INSTANT
        new = metrics[f"hub.derivatives.{relation}.new_7d"]
        assert (new.semantics, new.window_days) == (Semantics.ROLLING, 7)


@pytest.mark.parametrize(
    ("made", "fields", "counted"),
    [
        (MIDNIGHT - timedelta(days=14), {}, True),
        (MIDNIGHT - timedelta(days=14, seconds=1), {}, False),
        (MIDNIGHT - timedelta(days=7, seconds=1), {}, True),
        (MIDNIGHT - timedelta(days=7), {}, False),
        (IN_THE_WEEK, {"downloadsAllTime": 6}, True),
        (IN_THE_WEEK, {"downloadsAllTime": 5}, False),
        (IN_THE_WEEK, {"downloadsAllTime": None, "downloads": 6}, True),
        (IN_THE_WEEK, {"downloadsAllTime": None, "downloads": None}, False),
        (IN_THE_WEEK, {"private": True}, False),
    ],
)
def test_a_derivative_counts_that_was_made_in_the_week_and_is_used(
    replica: Replica,
    site: HubSite,
    context: Context,
    made: datetime,
    fields: dict[str, object],
    counted: bool,
) -> None:
    add_derivative(site, "somebody/Merge", "merge", made, **fields)
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert new_of(ledger)["merge"] == counted
    lineage = {each.subject.name for each in ledger.records if isinstance(each, Fact)}
    assert ("somebody/Merge" in lineage) is counted


def test_a_counted_derivative_keeps_its_lineage_but_no_counter(
    replica: Replica, site: HubSite, context: Context
) -> None:
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    facts = {each.attribute: each.value for each in ledger.records if isinstance(each, Fact)}
    assert facts == {
        "base_model": f"finetune:{BASE}",
        "created_on": (NOW - timedelta(days=10)).date().isoformat(),
    }
    assert {each.subject.name for each in ledger.records if isinstance(each, Observation)} == {BASE}


def test_weekly_readings_follow_each_other_without_gap_or_overlap(
    replica: Replica, site: HubSite, context: Context, clock: Clock
) -> None:
    for day in range(21):
        add_derivative(site, f"somebody/Day-{day}", "adapter", MIDNIGHT - timedelta(days=day, hours=3))
    collector = make_collector(replica, page_size=4)
    counted = []
    states: dict[str, object] = {}
    for _ in range(3):
        ledger = Ledger(states=dict(states))  # type: ignore[arg-type] # states as they were saved
        ledger.collect(collector, context)
        states = dict(ledger.states)
        counted.append(new_of(ledger)["adapter"])
        clock.advance(timedelta(days=7))
    assert counted == [7, 7, 0]


def test_derivatives_are_read_no_further_back_than_the_week(
    replica: Replica, site: HubSite, context: Context
) -> None:
    for number in range(30):
        add_derivative(site, f"somebody/Old-{number}", "adapter", MIDNIGHT - timedelta(days=60 + number))
    ledger = Ledger()
    ledger.collect(make_collector(replica, page_size=5), context)
    assert len(replica.log) == 2
    assert coverage_of(ledger).status is CoverageStatus.COMPLETE


def test_a_week_that_is_not_reached_is_not_told_as_a_number(
    replica: Replica, site: HubSite, context: Context
) -> None:
    for number in range(30):
        add_derivative(site, f"somebody/Young-{number}", "adapter", MIDNIGHT - timedelta(days=1))
    ledger = Ledger()
    ledger.collect(make_collector(replica, page_size=2), context)
    assert new_of(ledger) == {}
    assert values_of(ledger)["hub.derivatives.adapter"] == 31
    coverage = coverage_of(ledger)
    assert coverage.status is CoverageStatus.PARTIAL
    assert "not reached" in coverage.reason


@pytest.mark.parametrize("stopped_after", range(1, 6))
def test_a_count_that_was_stopped_goes_on_and_counts_nothing_twice(
    replica: Replica, site: HubSite, context: Context, stopped_after: int
) -> None:
    for number in range(9):
        add_derivative(site, f"somebody/New-{number}", "adapter")
    collector = make_collector(replica, page_size=2)
    ledger = Ledger()
    assert not ledger.collect(collector, context, most_batches=stopped_after)
    assert ledger.collect(collector, context)
    assert new_of(ledger)["adapter"] == 9


def test_a_count_whose_place_is_at_another_endpoint_begins_anew(
    replica: Replica, site: HubSite, context: Context
) -> None:
    add_derivative(site, "somebody/New", "adapter")
    walk = {
        "day": NOW.date().isoformat(), "name": BASE, "new": {"adapter": 40}, "pages": 1,
        "next_url": "https://hub.example/api/models?cursor=x",
    }  # fmt: skip
    ledger = Ledger(states={f"derivatives:{BASE}": {"walk": walk}})
    ledger.collect(make_collector(replica), context)
    assert new_of(ledger)["adapter"] == 1


def test_one_malformed_derivative_costs_only_itself(
    replica: Replica, site: HubSite, context: Context
) -> None:
    add_derivative(site, "somebody/Odd", "merge")
    add_derivative(site, "somebody/Good", "merge")
    site.break_item("somebody/Odd", createdAt="yesterday")
    ledger = Ledger()
    ledger.collect(make_collector(replica), context)
    assert new_of(ledger)["merge"] == 1
    assert len(ledger.skipped) == 1
    assert coverage_of(ledger).status is CoverageStatus.PARTIAL


def test_a_renamed_base_is_asked_again_under_its_name(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.rename("mistralai/Mistral-7B-v0.1", "mistral-archive/Mistral-7B")
    ledger = Ledger()
    ledger.collect(make_collector(replica, "mistralai/Mistral-7B-v0.1"), context)
    assert values_of(ledger)["hub.derivatives.finetune"] == 0
    assert replica.log[-1].query["filter"] == ["base_model:mistral-archive/Mistral-7B"]
    (native_id,) = {each.subject.native_id for each in ledger.records if isinstance(each, Observation)}
    assert native_id


def test_a_missing_base_is_gone_when_missed_twice_and_a_gated_one_is_not(
    replica: Replica, site: HubSite, context: Context
) -> None:
    site.delete("mistralai/Mistral-7B-v0.1")
    site.refuse(BASE)
    collector = make_collector(replica, "mistralai/Mistral-7B-v0.1", BASE)
    ledger = Ledger()
    ledger.collect(collector, context)
    later = Ledger(states=ledger.states)
    later.collect(collector, context)
    assert coverage_of(ledger, "mistralai/Mistral-7B-v0.1").status is CoverageStatus.FAILED
    assert coverage_of(later, "mistralai/Mistral-7B-v0.1").status is CoverageStatus.GONE
    assert coverage_of(later).status is CoverageStatus.FAILED
    assert "gated" in coverage_of(later).reason


@pytest.mark.parametrize(
    ("stated", "children"),
    [
        ({"adapter": 716, "merge": 19, "quantized": 190, "finetune": 328},
         {"adapter": 716, "merge": 19, "quantized": 190, "finetune": 328}),
        ({"adapter": 3, "distilled": 9}, {"adapter": 3}),
        ({"adapter": None}, {}),
        (1253, {}),
        (None, {}),
    ],
)  # fmt: skip
def test_a_number_that_is_not_told_by_relation_is_no_zero(stated: object, children: dict[str, int]) -> None:
    assert parse_children({"id": BASE, "childrenModelCount": stated}, BASE) == children


@pytest.mark.parametrize("count", ["many", "\ud800", -1, 1.5, True, 2**70])
def test_a_wrong_count_is_named_with_its_path(count: object) -> None:
    with pytest.raises(SourceChanged) as raised:
        parse_children({"childrenModelCount": {"adapter": count}}, BASE)
    assert raised.value.path.startswith(f"{BASE}.childrenModelCount")
