from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.contract import Context
from collectors.models_dev import ModelsDevCollector, ModelsDevOptions
from collectors.models_dev.offer import offer_subject
from store.errors import SourceChanged
from store.records import Claim, CoverageStatus, Fact, Link, Observation
from tests.collectors.stand import Clock, Ledger
from tests.replica.models_dev import ModelsDevSite
from tests.replica.server import Replica


@pytest.fixture
def site(replica: Replica) -> ModelsDevSite:
    made = ModelsDevSite()
    replica.sites.append(made)
    return made


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def collector_of(replica: Replica, *providers: str) -> ModelsDevCollector:
    return ModelsDevCollector(ModelsDevOptions(f"{replica.url}/models.dev", providers))


def withdrawals(ledger: Ledger) -> list[tuple[str, str]]:
    return [
        (each.subject.name, each.value)
        for each in ledger.records
        if isinstance(each, Fact) and each.attribute == "withdrawn"
    ]


@pytest.mark.usefixtures("site")
def test_prices_claims_and_links_of_the_answer_are_told(
    replica: Replica, context: Context, ledger: Ledger, clock: Clock
) -> None:
    ledger.collect(collector_of(replica), context)
    prices = {
        (each.subject.name, each.metric): each.value
        for each in ledger.records
        if isinstance(each, Observation)
    }
    assert prices["meridian/meridian-5.1", "price.output_usd_per_mtok"] == 10
    assert prices["meridian/meridian-5.1", "price.cache_read_usd_per_mtok"] == 0.125
    assert prices["harbour/aurora-labs/aurora-3:free", "price.input_usd_per_mtok"] == 0
    assert not any(name == "harbour/aurora-labs/aurora-2" for name, _ in prices)
    assert {each.day for each in ledger.records if isinstance(each, Observation)} == {clock.now.date()}
    assert [each.subject.name for each in ledger.records if isinstance(each, Link)] == [
        "aurora-labs/Aurora-3-32B"
    ]
    assert len([each for each in ledger.records if isinstance(each, Claim)]) == 3
    assert [(each.scope, each.items) for each in ledger.coverage] == [("models.json", 2), ("api.json", 5)]


def test_only_the_file_that_changed_is_read_again(
    replica: Replica, site: ModelsDevSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    site.set_price("meridian", "meridian-5.1", output=8)
    ledger.collect(collector, context)
    assert [(entry.path.rpartition("/")[2], entry.status) for entry in replica.log] == [
        ("models.json", 200),
        ("api.json", 200),
        ("models.json", 304),
        ("api.json", 200),
    ]
    last = [
        each.value
        for each in ledger.records
        if isinstance(each, Observation)
        and each.subject == offer_subject("meridian/meridian-5.1")
        and each.metric == "price.output_usd_per_mtok"
    ]
    assert last == [10, 8]


def test_offer_that_is_gone_is_withdrawn_once_and_comes_back(
    replica: Replica, site: ModelsDevSite, context: Context, ledger: Ledger, clock: Clock
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    name = "harbour/aurora-labs/aurora-2"
    offer = site.withdraw("harbour", "aurora-labs/aurora-2")
    clock.advance(timedelta(days=1))
    ledger.collect(collector, context)
    assert withdrawals(ledger) == [(name, "true")]
    site.set_price("meridian", "meridian-5.1", output=9)
    ledger.collect(collector, context)
    assert withdrawals(ledger) == [(name, "true")]
    site.api["harbour"]["models"]["aurora-labs/aurora-2"] = offer
    ledger.collect(collector, context)
    assert withdrawals(ledger) == [(name, "true"), (name, "false")]
    site.withdraw("harbour", "aurora-labs/aurora-2")
    ledger.collect(collector, context)
    assert withdrawals(ledger)[2:] == [(name, "true")]


def test_offer_that_cannot_be_read_is_not_taken_for_withdrawn(
    replica: Replica, site: ModelsDevSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    site.set_price("meridian", "meridian-5.1", output=-3)
    ledger.collect(collector, context)
    assert withdrawals(ledger) == []
    assert len(ledger.skipped) == 1
    assert (ledger.coverage[-1].status, ledger.coverage[-1].reason) == (CoverageStatus.PARTIAL, "1 malformed")


def test_answer_that_lost_most_of_its_offers_withdraws_nothing(
    replica: Replica, site: ModelsDevSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    state = ledger.states["api.json"]
    del site.api["harbour"]
    ledger.collect(collector, context)
    assert withdrawals(ledger) == []
    assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
    assert ledger.coverage[-1].reason == "only 2 offers listed where there were 5"
    assert ledger.states["api.json"] == state


@pytest.mark.usefixtures("site")
def test_other_selection_of_providers_withdraws_nothing_and_is_read_anew(
    replica: Replica, context: Context, ledger: Ledger
) -> None:
    ledger.collect(collector_of(replica), context)
    ledger.collect(collector_of(replica, "meridian"), context)
    assert withdrawals(ledger) == []
    assert (ledger.coverage[-1].status, ledger.coverage[-1].items) == (CoverageStatus.COMPLETE, 2)


@pytest.mark.usefixtures("site")
def test_interrupted_offers_are_fetched_again_and_not_called_unchanged(
    replica: Replica, context: Context, ledger: Ledger
) -> None:
    options = ModelsDevOptions(f"{replica.url}/models.dev", offers_per_batch=2)
    collector = ModelsDevCollector(options)
    offers = collector.list_targets()[1]
    assert not ledger.collect_target(collector, offers, context, most_batches=1)
    assert ledger.states == {}
    assert ledger.collect_target(collector, offers, context)
    assert ledger.coverage[-1].items == 5
    assert ledger.requests == 2


@pytest.mark.usefixtures("site")
def test_one_target_that_changed_shape_leaves_the_other_running(
    replica: Replica, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    models, offers = collector.list_targets()
    replica.fail_next("/models.dev/models.json", 200, body=b'{"models": []}')
    with pytest.raises(SourceChanged):
        ledger.collect_target(collector, models, context)
    assert ledger.collect_target(collector, offers, context)


def test_provider_that_models_dev_does_not_have_is_named(
    replica: Replica, site: ModelsDevSite, context: Context, ledger: Ledger
) -> None:
    ledger.collect(collector_of(replica, "nobody"), context)
    told = [each for each in ledger.coverage if "no such provider: nobody" in each.reason]
    assert [each.status for each in told] == [CoverageStatus.PARTIAL]
