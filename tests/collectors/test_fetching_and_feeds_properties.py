"""Whatever text a source sends, these parsers answer or raise a SourceError."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.feeds import parse_feed
from collectors.feeds.entry import TEXT_LENGTH
from collectors.feeds.markup import list_tables, read_text
from collectors.fetching.limits import LONGEST_WAIT, parse_wait, parse_windows
from collectors.text import clean_text, parse_link, shorten
from store.errors import SourceError
from tests.collectors.stand import NOW

MARKUP = st.text(alphabet='<![]>-&#;xab"= /?DOCTYPEif\n', max_size=60)
HEADER = st.one_of(st.text(max_size=40), st.text(alphabet='0123456789 MonJanFeb,:;+-eE.GMT"=rt', max_size=40))
PIECES = (
    "<rss> <channel> <item> </item> <title> </title> <guid> <entry> <id> <updated> </updated> "
    "'/> <![CDATA[ ]]> &amp; &x; 2026-11-01 \x00 <feed\txmlns='http://www.w3.org/2005/Atom'> <link\thref='"
)
TAGS = st.sampled_from(PIECES.split(" "))


@settings(deadline=None)
@given(HEADER)
def test_waits_read_from_headers_are_within_reason(text: str) -> None:
    wait = parse_wait(429, {"retry-after": text}, NOW)
    assert wait is None or NOW <= wait <= NOW + LONGEST_WAIT
    headers = {"ratelimit": text, "x-ratelimit-remaining": text, "x-ratelimit-reset": text}
    for window in parse_windows(headers, NOW).values():
        assert window.remaining >= 0
        assert NOW <= window.resets_at <= NOW + LONGEST_WAIT


@settings(deadline=None)
@given(MARKUP)
def test_text_of_any_markup_is_one_printable_line(markup: str) -> None:
    list_tables("<table>" + markup)
    text = clean_text(read_text(markup), 10_000)
    assert text.isprintable()
    assert len(shorten(text * 20, TEXT_LENGTH)) <= TEXT_LENGTH


@settings(deadline=None)
@given(st.text(max_size=60))
def test_link_is_http_or_nothing(text: str) -> None:
    link = parse_link(text)
    assert link is None or link.startswith(("http://", "https://"))


@settings(deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.lists(TAGS, max_size=30).map(lambda tags: "".join(tags).encode()))
)
def test_any_body_is_a_feed_or_a_source_error(body: bytes) -> None:
    with suppress(SourceError):
        for document in parse_feed(body, "", "https://lab.example/feed", "Lab", NOW).documents:
            assert document.title
