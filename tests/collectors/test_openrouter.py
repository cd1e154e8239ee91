from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.contract import Context
from collectors.openrouter import OpenRouterCollector, OpenRouterOptions, offer_subject, parse_page
from store.errors import SourceChanged
from store.records import CoverageStatus, Fact, Observation
from tests.collectors.stand import Clock, Ledger
from tests.replica.openrouter import OpenRouterSite, make_model
from tests.replica.server import Replica

DAY = date(2026, 7, 21)
FIELDS = {
    "input": "prompt",
    "output": "completion",
    "cache_read": "input_cache_read",
    "cache_write": "input_cache_write",
}


def prices_of(records: list[Any]) -> dict[str, float]:
    return {each.metric: each.value for each in records if isinstance(each, Observation)}


def facts_of(records: list[Any]) -> dict[str, str]:
    return {each.attribute: each.value for each in records if isinstance(each, Fact)}


@pytest.mark.parametrize("day", [17, 18, 19, 20, 21])
def test_real_answer_comes_out_with_the_prices_of_the_file(real_data: Path, day: int) -> None:
    body = gzip.decompress((real_data / "router" / f"api_v1_models.2026-07-{day}.json.gz").read_bytes())
    page = parse_page(body, DAY, "https://openrouter.ai/api/v1/models")
    source = json.loads(body)
    assert page.skipped == []
    assert list(page.offers) == [item["id"] for item in source]
    for item in source:
        records = page.offers[item["id"]]
        stated = item["pricing"]
        expected = {
            f"price.{name}_usd_per_mtok": float(Decimal(stated[field]) * 1_000_000)
            for name, field in FIELDS.items()
            if field in stated and stated["prompt"] != "-1"
        }
        assert prices_of(records) == expected
        facts = facts_of(records)
        assert facts.get("hub_name") == (item["hugging_face_id"] or None)
        assert facts["canonical_slug"] == item["canonical_slug"]
        assert ("price_tiers" in facts) == ("overrides" in stated)
        assert facts.get("price_varies", "false") == str(stated["prompt"] == "-1").lower()


def parse_one(**pricing: Any) -> list[Any]:
    model = make_model("lab/m", "M", "0", "0")
    body = {"data": [{**model, "pricing": pricing}]}
    return parse_page(json.dumps(body).encode(), DAY, "https://x.example/").offers["lab/m"]


def test_price_per_token_becomes_a_price_per_million_without_rounding() -> None:
    records = parse_one(prompt="0.0000015", completion="0.00000008333333333333334")
    assert prices_of(records) == {
        "price.input_usd_per_mtok": 1.5,
        "price.output_usd_per_mtok": 0.08333333333333334,
    }
    assert records[0].subject == offer_subject("lab/m")
    assert records[0].subject.name == "openrouter/lab/m"


@pytest.mark.parametrize(
    "price",
    [
        "-0.1",
        "NaN",
        "Infinity",
        "0.02",
        "1e99",
        "1e999999999999999999",
        "1e99999999999999999999999",
        "sNaN",
        "free",
        None,
    ],
)
def test_price_that_is_none_skips_its_model_and_no_other(price: str | None) -> None:
    good = make_model("lab/good", "Good", "0.000001", "0.000002")
    bad = make_model("lab/bad", "Bad", "0", "0")
    bad["pricing"]["prompt"] = price if price is not None else []
    page = parse_page(json.dumps({"data": [good, bad]}).encode(), DAY, "https://x.example/")
    assert list(page.offers) == ["lab/good"]
    assert page.skipped[0].startswith("data[1]:")


@pytest.fixture
def site(replica: Replica) -> OpenRouterSite:
    made = OpenRouterSite()
    replica.sites.append(made)
    return made


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def collector_of(replica: Replica) -> OpenRouterCollector:
    return OpenRouterCollector(OpenRouterOptions(f"{replica.url}/openrouter"))


def withdrawals(ledger: Ledger) -> list[tuple[str, str]]:
    return [
        (each.subject.name, each.value)
        for each in ledger.records
        if isinstance(each, Fact) and each.attribute == "withdrawn"
    ]


@pytest.mark.usefixtures("site")
def test_every_page_is_read(replica: Replica, context: Context, ledger: Ledger) -> None:
    ledger.collect(collector_of(replica), context)
    assert [entry.first("offset") for entry in replica.log] == ["", "2", "4"]
    assert (ledger.coverage[-1].status, ledger.coverage[-1].items) == (CoverageStatus.COMPLETE, 5)
    assert prices_of(ledger.records)["price.output_usd_per_mtok"] == 0.9  # the last page's
    assert ledger.requests == ledger.batches == 3


@pytest.mark.usefixtures("site")
def test_stopped_pass_goes_on_with_the_next_page(replica: Replica, context: Context, ledger: Ledger) -> None:
    collector = collector_of(replica)
    assert not ledger.collect(collector, context, most_batches=2)
    ledger.collect(collector, context)
    assert [entry.first("offset") for entry in replica.log] == ["", "2", "4"]
    assert ledger.coverage[-1].items == 5


@pytest.mark.usefixtures("site")
def test_pass_stopped_long_ago_is_begun_anew(
    replica: Replica, context: Context, ledger: Ledger, clock: Clock
) -> None:
    collector = collector_of(replica)
    assert not ledger.collect(collector, context, most_batches=2)
    clock.advance(timedelta(days=1))
    ledger.collect(collector, context)
    assert [entry.first("offset") for entry in replica.log] == ["", "2", "", "2", "4"]
    assert ledger.coverage[-1].items == 5


def test_list_on_one_page_is_asked_for_conditionally(
    replica: Replica, site: OpenRouterSite, context: Context, ledger: Ledger
) -> None:
    site.page_size = 100
    collector = collector_of(replica)
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert [entry.status for entry in replica.log] == [200, 304]
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED


def test_list_that_grew_to_several_pages_is_read_whole(
    replica: Replica, site: OpenRouterSite, context: Context, ledger: Ledger
) -> None:
    site.page_size = 100
    collector = collector_of(replica)
    ledger.collect(collector, context)
    site.page_size = 2
    for _ in range(2):
        ledger.collect(collector, context)
        assert (ledger.coverage[-1].status, ledger.coverage[-1].items) == (CoverageStatus.COMPLETE, 5)
    assert {entry.status for entry in replica.log} == {200}


def test_model_that_is_gone_is_withdrawn_once_and_comes_back(
    replica: Replica, site: OpenRouterSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    gone = site.models.pop()
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    site.models.append(gone)
    ledger.collect(collector, context)
    name = "openrouter/harbour/tide-2"
    assert withdrawals(ledger) == [(name, "true"), (name, "false")]


def test_list_that_lost_most_of_its_models_withdraws_nothing(
    replica: Replica, site: OpenRouterSite, context: Context, ledger: Ledger
) -> None:
    collector = collector_of(replica)
    ledger.collect(collector, context)
    del site.models[1:]
    ledger.collect(collector, context)
    site.models.extend(OpenRouterSite().models[1:])
    ledger.collect(collector, context)
    assert withdrawals(ledger) == []
    told = [entry.status for entry in ledger.coverage]
    assert told == [CoverageStatus.COMPLETE, CoverageStatus.PARTIAL, CoverageStatus.COMPLETE]


@pytest.mark.parametrize(
    ("following", "problem"),
    [
        ("/openrouter/api/v1/models", "circle"),
        ("http://other.example/api/v1/models?offset=2", "another host"),
    ],
)
@pytest.mark.usefixtures("site")
def test_next_page_that_leads_nowhere_is_a_changed_source(
    replica: Replica, context: Context, ledger: Ledger, following: str, problem: str
) -> None:
    answer = {"data": [make_model("a/b", "B", "0", "0")], "links": {"next": following}}
    replica.fail_next("/openrouter/", 200, body=json.dumps(answer).encode())
    with pytest.raises(SourceChanged, match=problem) as caught:
        ledger.collect(collector_of(replica), context)
    assert caught.value.path == "links.next"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{}", "$"),
        (b"3", "$"),
        (b'{"data": {}}', "$"),
        (b'{"data": [{"id": "a/b"}]}', "data[0]"),
        (b'{"data": [{"id": "", "pricing": {}}]}', "data[0]"),
    ],
)
def test_other_shape_is_named_by_its_path(body: bytes, path: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        parse_page(body, DAY, "https://x.example/")
    assert caught.value.path == path


def test_models_that_cannot_be_read_make_the_list_partial_over_all_its_pages(
    replica: Replica, site: OpenRouterSite, context: Context, ledger: Ledger
) -> None:
    site.page_size = 3
    for model in (site.models[0], site.models[4]):
        model["pricing"]["prompt"] = "1e999999999999999999"
    collector = collector_of(replica)
    assert not ledger.collect(collector, context, most_batches=1)
    ledger.collect(collector, context)
    assert (ledger.coverage[-1].status, ledger.coverage[-1].reason) == (CoverageStatus.PARTIAL, "2 malformed")
    assert len(ledger.skipped) == 2


def test_names_are_stored_without_control_characters_and_identifiers_with_them_are_refused() -> None:
    shown = make_model("lab/m", "M\x1b[31m \u202eevil", "0", "0")
    odd = make_model("lab/\x1b[2J", "M", "0", "0")
    link = {**make_model("lab/n", "N", "0", "0"), "hugging_face_id": "a/\u202eb"}
    page = parse_page(
        json.dumps({"data": [shown, odd, link, make_model("lab/o", "O", "0", "0")]}).encode(),
        DAY,
        "https://x.example/",
    )
    assert facts_of(page.offers["lab/m"])["name"] == "M [31m evil"
    assert list(page.offers) == ["lab/m", "lab/o"]
    assert len(page.skipped) == 2
    assert all(problem.isprintable() for problem in page.skipped)


def test_prices_of_long_prompts_are_facts_in_the_unit_of_all_others() -> None:
    override = {"min_prompt_tokens": 272_000, "prompt": "0.000002", "completion": "0.000009", "image": "0.01"}
    records = parse_one(prompt="0.000001", completion="0.000006", overrides=[override])
    assert prices_of(records)["price.input_usd_per_mtok"] == 1
    assert json.loads(facts_of(records)["price_tiers"]) == [
        {"min_prompt_tokens": 272_000, "input": 2, "output": 9, "image": "0.01"}
    ]


@pytest.mark.parametrize("overrides", [{"prompt": "0.1"}, "cheap", [{"prompt": "free"}], [1]])
def test_overrides_of_another_shape_cost_no_price(overrides: Any) -> None:
    records = parse_one(prompt="0.000001", completion="0.000006", overrides=overrides)
    assert prices_of(records)["price.input_usd_per_mtok"] == 1
    assert json.loads(facts_of(records)["price_tiers"]) == overrides


def test_pages_that_end_before_the_total_withdraw_nothing(
    context: Context, replica: Replica, site: OpenRouterSite, ledger: Ledger
) -> None:
    collector = OpenRouterCollector(OpenRouterOptions(f"{replica.url}/openrouter"))
    ledger.collect(collector, context)
    known = ledger.states["models"]["offers"]
    page = {"data": site.models[:4], "links": {"next": None}, "total_count": len(site.models)}
    replica.fail_next("/openrouter/", 200, body=json.dumps(page).encode())
    ledger.collect(collector, context)
    assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
    assert ledger.coverage[-1].reason == "the pages ended after 4 of 5 models"
    assert ledger.states["models"]["offers"] == known
    assert not [r for r in ledger.records if isinstance(r, Fact) and r.attribute == "withdrawn"]
