"""One page has one canonical address, two pages have two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.canonical import canonical_address, plain_address

PAGE = "https://lab.example/blog/aurora-3"


@pytest.mark.parametrize(
    "address",
    [
        "https://lab.example/blog/aurora-3",
        "http://lab.example/blog/aurora-3/",
        "HTTPS://WWW.Lab.Example:443/blog/aurora-3",
        "https://lab.example/blog//aurora-3/index.html",
        "https://lab.example/blog/aurora-3?utm_source=rss&utm_medium=feed&fbclid=x",
        "https://lab.example/blog/aurora-3#:~:text=open",
        "https://m.lab.example/blog/aurora-3",
        "https://lab.example/blog/aurora-3/amp/",
        "https://lab.example/amp/blog/aurora-3",
        "https://lab.example/blog/aurora-3?amp=1",
        "https://lab-example.cdn.ampproject.org/c/s/lab.example/blog/aurora-3",
        "https://www.google.com/amp/s/lab.example/blog/aurora-3",
        "https://www.google.com/url?q=https%3A%2F%2Flab.example%2Fblog%2Faurora-3&sa=D",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Flab.example%2Fblog%2Faurora-3%3Futm_source%3Dfb&h=x",
    ],
)
def test_spellings_of_one_page_are_one(address: str) -> None:
    assert canonical_address(address) == PAGE


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://lab.example/?p=1", "https://lab.example/?p=2"),
        ("https://lab.example/log#v2", "https://lab.example/log#v3"),
        ("https://lab.example/A", "https://lab.example/a"),
        ("https://lab.example:8080/a", "https://lab.example/a"),
        ("https://github.com/a/b?ref=v1", "https://github.com/a/b?ref=v2"),
        ("https://a.example/x", "https://b.example/x"),
    ],
)
def test_two_pages_stay_two(left: str, right: str) -> None:
    assert canonical_address(left) != canonical_address(right)


def test_order_of_parameters_does_not_matter() -> None:
    assert canonical_address("https://a.example/x?b=2&a=1") == canonical_address(
        "https://a.example/x?a=1&b=2"
    )


@pytest.mark.parametrize("text", ["tag:lab.example,2026:41", "", "urn:uuid:1", "http://[", "javascript:x()"])
def test_what_is_no_address_is_compared_as_it_is(text: str) -> None:
    assert canonical_address(text) == text
    assert plain_address(text) == text


def test_plain_address_only_loses_its_tracking() -> None:
    address = "http://www.lab.example/Blog/?id=7&utm_source=rss&b=%20x"
    assert plain_address(address) == "http://www.lab.example/Blog/?id=7&b=%20x"


@given(
    st.text(max_size=80), st.sampled_from(["", "https://", "https://a.example/?", "http://a.example/amp/"])
)
def test_canonical_address_of_a_canonical_address_is_itself(text: str, head: str) -> None:
    once = canonical_address(head + text)
    assert canonical_address(once) == once
