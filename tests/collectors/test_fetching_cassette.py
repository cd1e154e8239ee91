"""The fetcher against a recorded exchange: what vcrpy replays is what a live feed would send."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collectors.contract import Context
from collectors.feeds import parse_feed
from tests.collectors.stand import NOW

CASSETTES = Path(__file__).resolve().parents[1]
SECRET = re.compile(
    r"hf_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{10,}|github_pat_\w+|(?i:set-cookie|cookie|authorization)\s*:"
)
ADDRESS = "https://aurora.example/feed.xml"


@pytest.mark.vcr(match_on=["method", "uri", "headers"])
@pytest.mark.block_network
def test_feed_is_fetched_and_then_found_unchanged(context: Context) -> None:
    first = context.fetcher.fetch(ADDRESS, accept="application/atom+xml")
    parsed = parse_feed(first.body, first.content_type, first.url, "Aurora Labs", NOW)
    (document,) = parsed.documents
    assert (document.title, document.url) == ("Introducing Aurora 3", "https://aurora.example/blog/aurora-3")
    assert document.text == "Weights under Apache-2.0."
    again = context.fetcher.fetch(
        ADDRESS, accept="application/atom+xml", etag=first.etag, last_modified=first.last_modified
    )
    assert again.is_unchanged
    assert context.fetcher.gate.total_requests == 2


def test_no_cassette_holds_a_credential_or_a_cookie() -> None:
    cassettes = sorted(CASSETTES.rglob("cassettes/**/*.yaml"))
    assert cassettes
    for cassette in cassettes:
        assert SECRET.search(cassette.read_text()) is None, cassette.name


@pytest.mark.parametrize(
    "text",
    ["authorization:", "Set-Cookie: x", "hf_" + "a" * 20, "ghp_" + "b" * 20, "github_pat_" + "c" * 20],
)
def test_search_for_credentials_finds_them(text: str) -> None:
    assert SECRET.search(f"  {text}") is not None
