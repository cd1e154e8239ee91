"""Lists of feeds: what readers export is read, and nothing a file can do harms."""

from __future__ import annotations

import pytest

from collectors.feeds.opml import LARGEST, ListedFeed, add_feeds, parse_opml, write_opml
from store.errors import Unreadable


def opml(*outlines: str) -> bytes:
    return ("<opml version='1.0'><head/><body>\n" + "\n".join(outlines) + "\n</body></opml>").encode()


def feed(name: str, url: str = "https://a.example/feed") -> ListedFeed:
    return ListedFeed(name, url, 1)


def test_nested_outlines_and_every_spelling_of_the_attribute_are_read() -> None:
    listed = parse_opml(
        opml(
            "<outline text='AI'><outline text='Labs'>",
            "<outline text='A' xmlUrl='https://a.example/feed'/>",
            "<outline title='B' text='ignored' XMLURL='http://b.example/feed'/></outline>",
            "<outline xmlurl='feed://c.example/rss'/><outline text='D' xmlUrl='feed:https://d.example/'/>",
            "</outline>",
        )
    )
    assert [(each.name, each.url, each.line) for each in listed.feeds] == [
        ("A", "https://a.example/feed", 3),
        ("B", "http://b.example/feed", 4),
        ("c.example", "https://c.example/rss", 5),
        ("D", "https://d.example/", 5),
    ]
    assert listed.problems == ()


def test_address_that_is_none_or_stands_twice_is_named_with_its_line() -> None:
    listed = parse_opml(
        opml(
            "<outline text='A' xmlUrl='https://a.example/feed'/>",
            "<outline text='Again' xmlUrl='http://www.a.example/feed/?utm_source=x'/>",
            "<outline text='Bad' xmlUrl='javascript:alert(1)'/>",
            "<outline text='None' type='rss'/>",
        )
    )
    assert [each.name for each in listed.feeds] == ["A"]
    assert listed.problems == (
        "line 3: Again: stands in line 2 already",
        "line 4: Bad: javascript:alert(1) is no http(s) address",
        "line 5: None: has no xmlUrl",
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE opml [<!ENTITY a 'x'>]><opml/>", "line 1: declares"),
        (b"<!DOCTYPE opml SYSTEM 'file:///etc/passwd'><opml/>", "line 1: declares"),
        (b"<opml>\n<body>", "line 2: no well-formed XML"),
        (b"<rss/>", "no OPML"),
        (b"", "no well-formed XML"),
        (b"\xff\xfe\x00", "XML|read"),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", "XML|read"),
        (b"<opml>" + b"<outline>" * 100, "elements inside each other"),
        (b" " * (LARGEST + 1), "larger than"),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_file_that_is_no_list_is_refused_with_its_line(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse_opml(body)


def test_what_is_written_is_read_back() -> None:
    feeds = (
        ListedFeed('A "quoted" & <b>', "https://a.example/?x=1&y=2", 5, "aurora"),
        ListedFeed("B", "https://b.example/", 6, "", "third_party"),
    )
    assert parse_opml(write_opml("T & t", feeds).encode()).feeds == feeds


def test_added_feeds_are_new_and_named_apart() -> None:
    added, left = add_feeds(
        [feed("A")],
        [feed("News", "https://n.example/rss")],
        [
            feed("Same", "http://a.example/feed/"),
            feed("news", "https://o.example/"),
            feed("A", "https://p.example/"),
        ],
    )
    assert [each.name for each in added] == ["news (2)", "A (2)"]
    assert left == ["line 1: Same: A is this feed already"]


@pytest.mark.parametrize("title", ["", ' text="https://user:pw@c.example.org/feed.xml"'])
def test_feed_without_a_title_is_named_by_its_host_and_never_by_its_password(title: str) -> None:
    body = f'<opml><body><outline{title} xmlUrl="https://user:pw@c.example.org:8443/feed.xml"/></body></opml>'
    (read,) = parse_opml(body.encode()).feeds
    assert (read.name, read.url) == ("c.example.org", "https://user:pw@c.example.org:8443/feed.xml")
