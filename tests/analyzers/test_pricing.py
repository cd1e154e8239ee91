"""The price of a level, the ratio, and build or buy."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.absence import Absent
from analyzers.prices.breakeven import (
    OwnNode,
    break_even_tokens,
    cost_per_million,
    daily_cost,
    find_own_node,
    list_assumptions,
)
from analyzers.prices.pricing import (
    Priced,
    PriceRatio,
    annual_rate,
    blend,
    is_maker,
    list_prices,
    price_levels,
    price_ratio,
)
from store.records import OpenRule, Precision
from tests.analyzers.worlds import AS_OF, CLOSED, World, make_offer


def priced(world: World) -> list[Priced]:
    return list(list_prices(world.offers, world.scores, OpenRule.WEIGHTS).models)


def market(open_usd: float = 1.0, closed_usd: float = 4.0, top: int = 110) -> World:
    """Open models at 100, 105 and `top`, closed ones at 100, 105 and 115, each at one price."""
    world = World()
    for name, score in (("o-a", 100), ("o-b", 105), ("o-c", top)):
        world.score(name, score, AS_OF).offer("host", name, open_usd, open_usd)
    for name, score in (("c-a", 100), ("c-b", 105), ("c-d", 115)):
        world.score(name, score, AS_OF, CLOSED).offer("lab", name, closed_usd, closed_usd)
    return world


def test_blend_counts_input_three_times() -> None:
    assert blend(1.0, 5.0) == 2.0


def test_ratio_is_the_median_over_levels_of_closed_over_open() -> None:
    ratio = price_ratio(priced(market()))
    assert isinstance(ratio, PriceRatio)
    assert ratio.ratio == 4
    assert (ratio.compared, ratio.censored) == (11, 5)
    assert ratio.no_interval_because == "no bootstrap was drawn"


def test_levels_go_in_steps_of_one_point_and_take_the_cheapest_at_or_above() -> None:
    world = market()
    world.score("o-x", 104, AS_OF).offer("host", "o-x", 0.25, 0.25)
    levels = {level.level: level for level in price_levels(priced(world))}
    assert sorted(levels) == list(range(100, 116))
    assert (levels[104].open_model, levels[104].ratio) == ("o-x", 16)
    assert levels[105].ratio == 4
    assert levels[111].open_usd is None


def test_fewer_than_five_common_levels_are_not_enough() -> None:
    world = World().score("o", 100, AS_OF).offer("h", "o", 1, 1).score("c", 103, AS_OF, CLOSED)
    world.offer("l", "c", 4, 4)
    assert price_ratio(priced(world)) == Absent("0 capability levels have a price on both sides; 5 needed")


def test_market_of_one_side_has_no_levels() -> None:
    world = World().score("o", 100, AS_OF).offer("h", "o", 1, 1)
    assert price_levels(priced(world)) == ()


def test_interval_of_the_ratio_is_repeatable_and_holds_it() -> None:
    world = market()
    for k in range(12):
        world.score(f"o-{k}x", 100 + k, AS_OF).offer("h", f"o-{k}x", 1 + 0.1 * k, 1 + 0.1 * k)
        world.score(f"c-{k}x", 100 + k, AS_OF, CLOSED).offer("l", f"c-{k}x", 3 + 0.3 * k, 3 + 0.3 * k)
    first = price_ratio(priced(world), draws=200, seed=2)
    assert first == price_ratio(priced(world), draws=200, seed=2)
    assert isinstance(first, PriceRatio)
    assert first.low is not None
    assert first.high is not None
    assert first.low <= first.ratio <= first.high


def test_free_withdrawn_and_unstated_offers_are_left_out_and_counted() -> None:
    world = World().score("o", 100, AS_OF)
    world.offer("a", "o", 0, 0).offer("b", "o", None, 2)
    world.offers.append(make_offer("c", "o", 1, 1, is_withdrawn=True))
    prices = list_prices(world.offers, world.scores, OpenRule.WEIGHTS)
    assert (prices.models, prices.free, prices.unstated, prices.withdrawn) == ((), 1, 1, 1)


def test_makers_own_offer_is_the_price_where_there_is_one() -> None:
    world = World().score("glm-5", 100, AS_OF, maker="Z.ai (Zhipu AI)")
    world.offer("openrouter", "z-ai/glm-5", 0.5, 0.5).offer("zai", "glm-5", 1, 1)
    (model,) = priced(world)
    assert (model.usd, model.offer.provider, model.hosts) == (1, "zai", 2)


def test_cheapest_host_is_the_price_where_the_maker_sells_none() -> None:
    world = World().score("llama-9", 100, AS_OF, maker="Meta AI")
    world.offer("b", "llama-9", 2, 2).offer("a", "llama-9", 1, 1)
    assert priced(world)[0].usd == 1


@pytest.mark.parametrize(
    ("provider", "organisation", "expected"),
    [
        ("moonshotai", "Moonshot", True),
        ("google", "Google DeepMind", True),
        ("zhipuai", "Z.ai (Zhipu AI)", True),
        ("xai", "xAI", True),
        ("openrouter", "OpenAI", False),
        ("groq", "xAI", False),
    ],
)
def test_maker_is_told_by_name(provider: str, organisation: str, expected: bool) -> None:
    assert is_maker(provider, organisation) is expected


def test_price_ratio_per_year_matches_the_published_fall() -> None:
    assert pytest.approx(285.7, abs=0.05) == 20 / 0.07
    assert annual_rate(20 / 0.07, 23) == pytest.approx(19.1, abs=0.05)


# ------------------------------------------------------------------ build or buy


def test_published_day_of_serving_is_reproduced() -> None:
    assert daily_cost(226.75, 8, 2.0) == 87_072


def test_cost_per_million_follows_the_formula() -> None:
    assert cost_per_million(2.0, 8, 1000, 0.5, 1.5) == pytest.approx(16 / 1_800_000 * 1e6 * 1.5)


def test_utilisation_outside_its_range_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="utilisation"):
        cost_per_million(2.0, 8, 1000, 0.0, 1.5)


def test_break_even_is_fixed_cost_over_the_margin() -> None:
    assert break_even_tokens(1000, 2.5, 0.5) == 500e6
    assert isinstance(break_even_tokens(1000, 0.5, 0.5), Absent)


def serving() -> World:
    world = World()
    day = date(2025, 2, 28)
    world.publish("serving: GPU nodes (8 cards each)", 200, day, unit="nodes", precision=Precision.DAY)
    world.publish("serving: input tokens", 600e9, day, unit="tokens per day")
    world.publish("serving: output tokens", 160e9, day, unit="tokens per day")
    world.publish("H100 one-year contract", 2.0, date(2026, 6, 1), unit="USD per hour")
    return world.publish("H100 spot", 3.0, date(2026, 7, 1), unit="USD per hour")


def test_own_node_breaks_even_within_a_range_with_its_assumptions() -> None:
    node = find_own_node(serving().figures, AS_OF, ("best-closed", 2.0))
    assert isinstance(node, OwnNode)
    assert node.tokens_low == pytest.approx(2.0 * 8 * 730 * 1.3 / 2.0 * 1e6)
    assert node.tokens_high == pytest.approx(3.0 * 8 * 730 * 5 / 2.0 * 1e6)
    assert node.tokens_low < node.tokens_mid < node.tokens_high
    assert any("best-closed" in line for line in list_assumptions(node))


def test_gpu_prices_older_than_a_year_are_not_used() -> None:
    world = serving()
    world.figures = [f for f in world.figures if "H100" not in f.figure.measure]
    world.publish("H100 one-year contract", 1.7, date(2025, 10, 1), unit="USD per hour")
    assert find_own_node(world.figures, AS_OF, ("x", 2.0)) == Absent(
        "no published hourly GPU price of the last 12 months"
    )


def test_own_node_without_an_api_price_uses_the_published_list_price() -> None:
    world = serving()
    world.publish("API: list price input cache miss", 0.55, AS_OF, unit="USD per million tokens")
    world.publish("API: list price output", 2.19, AS_OF, unit="USD per million tokens")
    node = find_own_node(world.figures, AS_OF, None)
    assert isinstance(node, OwnNode)
    assert node.api_usd == pytest.approx(0.96)
    assert isinstance(find_own_node(serving().figures, AS_OF, None), Absent)
