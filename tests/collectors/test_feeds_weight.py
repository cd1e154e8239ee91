"""Feeds that would cost minutes to read are refused by their size, before they are read."""

from __future__ import annotations

import pytest

from collectors.feeds import parse_feed
from collectors.feeds.weight import DEEPEST, MOST_ATTRIBUTES, MOST_ELEMENTS, MOST_REFERENCES, check_weight
from store.errors import SourceChanged
from tests.collectors.stand import NOW

MANY = MOST_ELEMENTS + 1


def wrap(markup: bytes) -> bytes:
    item = b"<item><title>x</title><guid>1</guid><description>" + markup + b"</description></item>"
    return b'<rss version="2.0"><channel><title>t</title>' + item + b"</channel></rss>"


def attributes(count: int) -> bytes:
    return b"".join(b' a%d="1"' % number for number in range(count))


@pytest.mark.parametrize(
    "body",
    [
        wrap(b"<a>" * 200_000),
        wrap(b"<a></a>" * MANY),
        wrap(b"<a>" * DEEPEST + b"</a>" * DEEPEST),
        wrap(b"<a" + attributes(MOST_ATTRIBUTES + 1) + b"></a>"),
        wrap(b"<a" + attributes(MOST_ATTRIBUTES + 1) + b">"),
        wrap(b"<x:a></x:a>" * MANY),
        wrap(b"&" * (MOST_REFERENCES + 1)),
        wrap(b"<!-- -- ><![CDATA[" + b"<a>" * MANY + b"]]>"),
        wrap(b"<![CDATA[" + b"<a>" * MANY + b"]]>").replace(b"<rss", b"<!-- <!DOCTYPE x -->\n<rss"),
        wrap(b"<a></a>" * MANY).decode().encode("utf-16"),
    ],
    ids=lambda body: repr(body[100:140]),
)
def test_feed_too_costly_to_read_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="more than") as caught:
        parse_feed(body, "application/xml", "https://lab.example/feed", "Lab", NOW)
    assert caught.value.path == "feed"


@pytest.mark.parametrize(
    "body",
    [
        wrap(b"<![CDATA[" + b"<p>text</p>" * MANY + b"]]>"),
        wrap(b"<a>" * (DEEPEST - 10) + b"</a>" * (DEEPEST - 10)),
        wrap(b"<a" + attributes(MOST_ATTRIBUTES) + b"></a>"),
        wrap(b"<b>not closed"),
        b"no feed at all",
    ],
    ids=lambda body: repr(body[100:140]),
)
def test_feed_within_the_limits_is_let_through(body: bytes) -> None:
    check_weight(body)
