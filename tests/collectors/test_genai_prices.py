from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.contract import Context
from collectors.genai_prices import GenaiPricesCollector, GenaiPricesOptions, parse_prices
from collectors.price_file import ParsedList
from store.catalogue import load_catalogue
from store.errors import SourceChanged
from store.records import CoverageStatus, Fact, Observation
from tests.collectors.stand import Clock, Ledger
from tests.replica.genai_prices import PATH, GenaiPricesSite, make_model, make_provider
from tests.replica.server import Replica

DAY = date(2026, 11, 22)
URL = "https://raw.example/data.json"
LISTS = load_catalogue().price_lists
OPTIONS = GenaiPricesOptions(URL, LISTS.providers, LISTS.passed_on)


def parse(*models: dict[str, Any], day: date = DAY) -> ParsedList:
    return parse_prices(json.dumps([make_provider("lab", *models)]).encode(), day, URL, OPTIONS)


def prices_of(parsed: ParsedList, offer: str) -> dict[str, float]:
    return {
        each.metric.removeprefix("price.").removesuffix("_usd_per_mtok"): each.value
        for each in parsed.offers[offer]
        if isinstance(each, Observation)
    }


def facts_of(parsed: ParsedList, offer: str) -> dict[str, str]:
    return {each.attribute: each.value for each in parsed.offers[offer] if isinstance(each, Fact)}


def at_hours(start: str, end: str, **prices: float) -> dict[str, Any]:
    return {"constraint": {"start_time": start, "end_time": end}, "prices": prices}


def from_day(day: str, **prices: float) -> dict[str, Any]:
    return {"constraint": {"start_date": day}, "prices": prices}


# ------------------------------------------------------------------ the real file


@pytest.fixture(scope="module")
def real(real_data: Path) -> tuple[list[Any], ParsedList]:
    body = (real_data / "genai_prices_v2.json").read_bytes()
    return json.loads(body), parse_prices(body, DAY, URL, OPTIONS)


def test_real_file_is_read_without_a_malformed_item(real: tuple[list[Any], ParsedList]) -> None:
    source, parsed = real
    assert parsed.skipped == []
    wanted = {
        (LISTS.providers.get(provider["id"], provider["id"]), model["id"])
        for provider in source
        if provider["id"] not in LISTS.passed_on
        for model in provider["models"]
        if model["prices"] and not {"input_mtok", "output_mtok"}.isdisjoint(_last(model["prices"]))
    }
    assert {f"{provider}/{model}" for provider, model in wanted} == parsed.offers.keys()


def _last(prices: Any) -> dict[str, Any]:
    stated: dict[str, Any] = prices[-1]["prices"] if isinstance(prices, list) else prices
    return stated


def test_real_plain_prices_come_out_as_the_file_states_them(real: tuple[list[Any], ParsedList]) -> None:
    source, parsed = real
    compared = 0
    for provider in source:
        for model in provider["models"]:
            name = f"{LISTS.providers.get(provider['id'], provider['id'])}/{model['id']}"
            prices = model["prices"]
            if provider["id"] in LISTS.passed_on or isinstance(prices, list) or name not in parsed.offers:
                continue
            expected = {
                rate: prices[f"{rate}_mtok"]["base"]
                if isinstance(prices[f"{rate}_mtok"], dict)
                else prices[f"{rate}_mtok"]
                for rate in ("input", "output", "cache_read", "cache_write")
                if f"{rate}_mtok" in prices
            }
            assert prices_of(parsed, name) == expected, name
            compared += 1
    assert compared > 1_000


def test_real_off_peak_rate_is_not_the_price(real: tuple[list[Any], ParsedList]) -> None:
    _, parsed = real
    assert prices_of(parsed, "deepseek/deepseek-chat") == {"input": 0.27, "output": 1.1, "cache_read": 0.07}
    assert json.loads(facts_of(parsed, "deepseek/deepseek-chat")["price_off_peak"]) == [
        {"input": 0.135, "output": 0.55, "cache_read": 0.035, "hours_utc": "16:30-00:30"}
    ]


def test_real_price_announced_for_next_year_is_not_the_price_yet(real: tuple[list[Any], ParsedList]) -> None:
    _, parsed = real
    assert prices_of(parsed, "google/gemini-3.7-flash")["input"] == 0.75
    (announced,) = json.loads(facts_of(parsed, "google/gemini-3.7-flash")["price_announced"])
    assert (announced["from"], announced["input"]) == ("2027-01-01", 1.5)
    assert parsed.holds_until == date(2027, 1, 1)


def test_real_price_with_a_day_in_the_past_replaced_the_one_before(
    real: tuple[list[Any], ParsedList],
) -> None:
    _, parsed = real
    assert prices_of(parsed, "openai/o3")["input"] == 2
    assert facts_of(parsed, "openai/o3")["price_valid_from"] == "2025-06-10"


# ------------------------------------------------------------------ days and hours


def test_price_of_a_day_is_the_one_that_holds_longest_of_it() -> None:
    base = {"prices": {"input_mtok": 2, "output_mtok": 2}}
    night = parse(make_model("m", [base, at_hours("20:00:00Z", "04:00:00Z", input_mtok=1, output_mtok=1)]))
    assert prices_of(night, "lab/m")["input"] == 2
    assert json.loads(facts_of(night, "lab/m")["price_off_peak"])[0]["hours_utc"] == "20:00-04:00"
    rush = parse(make_model("m", [base, at_hours("08:00:00Z", "10:00:00Z", input_mtok=5, output_mtok=5)]))
    assert prices_of(rush, "lab/m")["input"] == 2
    assert json.loads(facts_of(rush, "lab/m")["price_peak"])[0] == {
        "input": 5,
        "output": 5,
        "hours_utc": "08:00-10:00",
    }


def test_of_two_prices_that_hold_equally_long_the_dearer_is_the_standard() -> None:
    halves = [
        {"prices": {"input_mtok": 1, "output_mtok": 1}},
        at_hours("00:00:00Z", "12:00:00Z", input_mtok=3, output_mtok=3),
    ]
    assert prices_of(parse(make_model("m", halves)), "lab/m")["input"] == 3


def test_hours_of_another_zone_are_counted_in_utc() -> None:
    prices = [
        {"prices": {"input_mtok": 2, "output_mtok": 2}},
        at_hours("00:00:00+08:00", "08:00:00+08:00", input_mtok=1, output_mtok=1),
    ]
    found = facts_of(parse(make_model("m", prices)), "lab/m")
    assert json.loads(found["price_off_peak"])[0]["hours_utc"] == "16:00-00:00"


def test_of_several_days_that_have_come_the_last_counts() -> None:
    prices = [
        {"prices": {"input_mtok": 1, "output_mtok": 1}},
        from_day("2026-03-01", input_mtok=2, output_mtok=2),
        from_day("2026-11-22", input_mtok=3, output_mtok=3),
        from_day("2026-11-23", input_mtok=4, output_mtok=4),
    ]
    model = make_model("m", prices)
    assert [prices_of(parse(model, day=date(2026, 11, day)), "lab/m")["input"] for day in (21, 22, 23)] == [
        2,
        3,
        4,
    ]


def test_where_no_price_has_begun_the_first_one_counts() -> None:
    prices = [from_day("2027-01-01", input_mtok=1), from_day("2027-02-01", input_mtok=2)]
    assert prices_of(parse(make_model("m", prices)), "lab/m") == {"input": 1}


def test_announced_price_is_read_on_its_day_although_the_file_is_the_same(
    context: Context, replica: Replica, clock: Clock
) -> None:
    replica.sites = [GenaiPricesSite()]
    collector = GenaiPricesCollector(GenaiPricesOptions(f"{replica.url}{PATH}"))
    clock.now = datetime(2026, 12, 31, 12, tzinfo=UTC)
    ledger = Ledger()
    ledger.collect(collector, context)
    ledger.collect(collector, context)
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED
    clock.now = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
    ledger.collect(collector, context)
    inputs = [
        r.value
        for r in ledger.records
        if isinstance(r, Observation)
        and r.subject.name == "meridian/meridian-5-mini"
        and ".input" in r.metric
    ]
    assert inputs == [0.25, 0.5]
    ledger.collect(collector, context)
    assert ledger.coverage[-1].status is CoverageStatus.UNCHANGED


# ------------------------------------------------------------------ shapes


def test_both_formats_are_read_alike(context: Context, replica: Replica) -> None:
    found = []
    for is_wrapped in (False, True):
        replica.sites = [GenaiPricesSite(is_wrapped=is_wrapped)]
        ledger = Ledger()
        ledger.collect(GenaiPricesCollector(GenaiPricesOptions(f"{replica.url}{PATH}")), context)
        found.append(set(ledger.records))
    assert found[0] == found[1] != set()


def test_dearer_rate_of_long_prompts_and_rates_of_other_media_are_facts() -> None:
    parsed = parse(
        make_model(
            "m",
            {
                "input_mtok": {"base": 2, "tiers": [{"start": 200_000, "price": 4}]},
                "output_mtok": 10,
                "input_audio_mtok": 32,
                "cache_write_1h_mtok": {"base": 4, "tiers": []},
            },
        )
    )
    facts = facts_of(parsed, "lab/m")
    assert prices_of(parsed, "lab/m") == {"input": 2, "output": 10}
    assert json.loads(facts["price_tiers"]) == {"input": [{"start": 200_000, "price": 4}]}
    assert json.loads(facts["price_other"]) == {"cache_write_1h_mtok": 4, "input_audio_mtok": 32}


def test_free_offer_keeps_its_0_and_one_without_prices_is_no_offer() -> None:
    parsed = parse(make_model("free", {"input_mtok": 0, "output_mtok": 0}), make_model("unknown", {}))
    assert prices_of(parsed, "lab/free") == {"input": 0, "output": 0}
    assert "lab/unknown" not in parsed.offers.keys() | parsed.listed
    assert parsed.notes == ["1 without a price per token left out"]


def test_offer_listed_again_without_a_price_keeps_its_own_and_is_not_withdrawn() -> None:
    parsed = parse(make_model("m", {"input_mtok": 1}), make_model("m", {}))
    assert prices_of(parsed, "lab/m") == {"input": 1}
    assert parsed.listed == {"lab/m"}


def test_price_that_repeats_another_providers_is_left_out() -> None:
    body = [
        make_provider("x-ai", make_model("grok", {"input_mtok": 3})),
        make_provider("huggingface_groq", make_model("llama", {"input_mtok": 1})),
    ]
    parsed = parse_prices(json.dumps(body).encode(), DAY, URL, OPTIONS)
    assert list(parsed.offers) == ["xai/grok"]
    assert parsed.notes == ["1 that repeat another provider's price left out"]


@pytest.mark.parametrize("price", ["cheap", -1, 20_000, True, {"base": 1}, []])
def test_impossible_price_is_skipped_alone_and_its_offer_is_not_withdrawn(price: Any) -> None:
    good = [make_model(name, {"input_mtok": 1, "output_mtok": 2}) for name in ("a", "b")]
    parsed = parse(*good, make_model("bad", {"input_mtok": price}))
    assert set(parsed.offers) == {"lab/a", "lab/b"}
    assert "lab/bad" in parsed.listed
    assert len(parsed.skipped) == 1
    assert parsed.skipped[0].startswith("[0].models[2]")


def test_list_without_a_single_price_is_another_shape() -> None:
    with pytest.raises(SourceChanged):
        parse(make_model("m", {}))
