"""Which entry is which, and what an edit is: each case is one that a plain hash of id and body gets wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from collectors.feeds import ParsedFeed, parse_feed
from store.records import Document
from tests.collectors.stand import NOW

URL = "https://lab.example/feed.xml"


def item(
    title: str, *, guid: str = "", link: str = "", text: str = "", date: str = "Mon, 02 Nov 2026 10:00:00 GMT"
) -> str:
    parts = [
        f"<title>{title}</title>",
        f"<pubDate>{date}</pubDate>",
        f"<description><![CDATA[{text}]]></description>",
    ]
    parts += [f"<guid isPermaLink='false'>{guid}</guid>"] if guid else []
    parts += [f"<link>{link}</link>"] if link else []
    return f"<item>{''.join(parts)}</item>"


def parse(items: Sequence[str], before: ParsedFeed | None = None) -> ParsedFeed:
    body = f"<rss version='2.0'><channel><title>L</title>{''.join(items)}</channel></rss>".encode()
    seen = before.seen if before else {}
    return parse_feed(body, "", URL, "Lab", NOW, seen=seen, reused=before.reused if before else ())


def only(*items: str) -> Document:
    (document,) = parse(items).documents
    return document


def hash_of(text: str) -> str:
    return only(item("t", guid="1", text=text)).content_hash


LINK = "https://lab.example/post"


@pytest.mark.parametrize(
    "link",
    [
        "https://lab.example/post?utm_source=rss&utm_campaign=november",
        "http://lab.example/post",
        "https://www.lab.example/post/",
        "https://lab.example/post#comments",
    ],
)
def test_permalink_that_changes_its_looks_is_the_same_entry(link: str) -> None:
    assert only(item("a", link=link)).key == only(item("a", link=LINK)).key
    permalink = f"<item><guid>{link.replace('&', '&amp;')}</guid><title>a</title></item>"
    assert only(permalink).key == only(f"<item><guid>{LINK}</guid><title>a</title></item>").key


def test_tracking_is_not_stored_in_the_address() -> None:
    assert only(item("a", link="https://lab.example/post?id=3&amp;utm_source=rss")).url == f"{LINK}?id=3"


def test_id_shared_in_one_answer_stays_no_identity_when_one_entry_is_left() -> None:
    first = parse([item("a", guid="blog", link=f"{LINK}/1"), item("b", guid="blog", link=f"{LINK}/2")])
    second = parse([item("b", guid="blog", link=f"{LINK}/2")], first)
    assert len(first.documents) == 2
    assert second.documents[0].key == first.documents[1].key


def test_id_used_again_for_another_post_does_not_edit_the_old_one() -> None:
    first = parse([item("Autumn notes", guid="latest", link=f"{LINK}/autumn")])
    second = parse([item("Winter notes", guid="latest", link=f"{LINK}/winter")], first)
    assert second.documents[0].key != first.documents[0].key
    third = parse([item("Winter notes", guid="latest", link=f"{LINK}/winter")], second)
    assert third.documents[0].key == second.documents[0].key


@pytest.mark.parametrize(
    "moved",
    [
        item("Autumn notes", guid="7", link=f"{LINK}/moved"),
        item("Autumn notes, corrected", guid="7", link=LINK),
    ],
)
def test_entry_that_moved_or_was_retitled_stays_itself(moved: str) -> None:
    first = parse([item("Autumn notes", guid="7", link=LINK)])
    assert parse([moved], first).documents[0].key == first.documents[0].key


def test_same_id_on_one_page_with_other_tracking_is_one_entry_told_twice() -> None:
    parsed = parse([item("a", guid="1", link=LINK), item("a", guid="1", link=f"{LINK}?utm_source=x")])
    assert len(parsed.documents) == 1
    assert parsed.reused == frozenset()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>Open  weights,<br>for all.</p>", "<div>Open weights,</div>\n<div>for all.</div>"),
        ('It\'s "open" - really...', "It’s “open” – really…"),
        ("Posted 3 hours ago. Open.", "Posted 2 days ago. Open."),
        ("Open. 12 comments", "Open. 1.3k comments"),
        ("Open<script>var a=1</script>", "Open<script>var a=2</script>"),
        ("<a href='x?utm_source=1'>Open</a>", "<a href='x?utm_source=2'>Open</a>"),
        ("Open <img src='a.png' width='1'>", "Open <img src='b.png'>"),
    ],
)
def test_other_markup_marks_dates_and_counters_are_no_edit(before: str, after: str) -> None:
    assert (
        only(item("t", guid="1", text=before)).content_hash
        == only(item("t", guid="1", text=after)).content_hash
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("It scores 81.3%", "It scores 81.2%"), ("3 weeks of training", "4 weeks of training"), ("a", "b")],
)
def test_other_words_are_an_edit(before: str, after: str) -> None:
    assert (
        only(item("t", guid="1", text=before)).content_hash
        != only(item("t", guid="1", text=after)).content_hash
    )


def test_edit_far_behind_the_stored_text_is_noticed() -> None:
    head = "word " * 2_000
    before, after = only(item("t", guid="1", text=head + "one")), only(item("t", guid="1", text=head + "two"))
    assert before.text == after.text
    assert before.content_hash != after.content_hash
