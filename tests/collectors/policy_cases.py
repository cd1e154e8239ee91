"""Contract cases of the policies collector."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.contract import Collector
from collectors.policies import PoliciesCollector, PolicyOptions
from tests.collectors.contract_case import Case, Drift
from tests.replica.policies import PolicySite, list_pages


def make_options(page: Mapping[str, str]) -> PolicyOptions:
    return PolicyOptions(page["service"], page["document"], page["url"], page.get("kind", "terms"))


def make_policies(url: str) -> Collector:
    return PoliciesCollector([make_options(page) for page in list_pages(url)])


CASES = [
    Case(
        "policies",
        lambda: [PolicySite()],
        make_policies,
        paths=["/policies/"],
        drifts=[
            Drift("/policies/meridian/terms", b'{"redirect": "/login"}'),
            Drift("/policies/meridian/terms", b"%PDF-1.7 ...", {"Content-Type": "application/pdf"}),
        ],
    ),
]
