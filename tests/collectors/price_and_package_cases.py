"""Contract cases of the LiteLLM, genai-prices and pypistats collectors, and of the back-fill of packages."""

from __future__ import annotations

from datetime import date

from collectors.contract import Collector, Span
from collectors.genai_prices import GenaiPricesCollector, GenaiPricesOptions
from collectors.litellm import LiteLLMCollector, LiteLLMOptions
from collectors.pypistats import PypistatsCollector, PypistatsHistory, PypistatsOptions
from tests.collectors.contract_case import Case, Drift
from tests.collectors.stand import NOW
from tests.replica.genai_prices import PATH as GENAI_PRICES
from tests.replica.genai_prices import GenaiPricesSite
from tests.replica.litellm import PATH as LITELLM
from tests.replica.litellm import LiteLLMSite
from tests.replica.pypistats import PACKAGES, PypistatsSite

SPAN = Span(date(2026, 8, 1), date(2026, 10, 31))


def make_litellm(url: str) -> Collector:
    return LiteLLMCollector(LiteLLMOptions(f"{url}{LITELLM}"))


def make_litellm_in_small_batches(url: str) -> Collector:
    return LiteLLMCollector(LiteLLMOptions(f"{url}{LITELLM}", offers_per_batch=1))


def make_genai_prices(url: str) -> Collector:
    return GenaiPricesCollector(GenaiPricesOptions(f"{url}{GENAI_PRICES}", offers_per_batch=2))


def make_pypistats(url: str) -> Collector:
    return PypistatsCollector(PypistatsOptions(f"{url}/pypistats", PACKAGES))


def make_packages_history(url: str) -> Collector:
    return PypistatsHistory(PypistatsOptions(f"{url}/pypistats", PACKAGES), SPAN)


LITELLM_DRIFTS = [
    Drift(LITELLM, b"[]"),
    Drift(LITELLM, b"{}"),
    Drift(LITELLM, b'{"a": {"litellm_provider": "x", "mode": "chat", "input_cost_per_token": "cheap"}}'),
    Drift(LITELLM, b'{"a": {"litellm_provider": "x", "mode": "chat", "price": 3}}'),
]
GENAI_DRIFTS = [
    Drift(GENAI_PRICES, b"{}"),
    Drift(GENAI_PRICES, b"[]"),
    Drift(GENAI_PRICES, b'[{"id": "x", "models": {}}]'),
    Drift(GENAI_PRICES, b'[{"id": "x", "models": [{"id": "a", "prices": {"input_mtok": "cheap"}}]}]'),
]
PYPISTATS_DRIFTS = [
    Drift("/pypistats/", b"[]"),
    Drift("/pypistats/", b'{"data": {"last_day": 1}}'),
    Drift("/pypistats/", b'{"data": [{"category": "without_mirrors", "day": "2026-11-20"}]}'),
]

CASES = [
    Case("litellm", lambda: [LiteLLMSite()], make_litellm, [LITELLM], LITELLM_DRIFTS),
    Case(
        "litellm in small batches",
        lambda: [LiteLLMSite()],
        make_litellm_in_small_batches,
        [LITELLM],
        LITELLM_DRIFTS,
    ),
    Case("genai-prices", lambda: [GenaiPricesSite()], make_genai_prices, [GENAI_PRICES], GENAI_DRIFTS),
    Case("pypistats", lambda: [PypistatsSite(now=NOW)], make_pypistats, ["/pypistats/"], PYPISTATS_DRIFTS),
    Case(
        "history of packages",
        lambda: [PypistatsSite(now=NOW)],
        make_packages_history,
        ["/pypistats/"],
        PYPISTATS_DRIFTS,
    ),
]
