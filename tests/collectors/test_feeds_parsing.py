from __future__ import annotations

import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from collectors.feeds import parse_feed
from collectors.feeds.parsing import ParsedFeed
from store.errors import SourceChanged, SourceError
from store.records import Document, ReleaseKind
from tests.collectors.stand import NOW

URL = "https://lab.example/blog/feed.xml"
ATOM = "{http://www.w3.org/2005/Atom}"


def parse(body: str | bytes, content_type: str = "application/xml", *, most_entries: int = 300) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, content_type, URL, "Lab", NOW, most_entries=most_entries)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>Lab</title>{"".join(items)}</channel></rss>'


def only(parsed: ParsedFeed) -> Document:
    (document,) = parsed.documents
    return document


def read_plainly(body: bytes) -> Iterator[tuple[str, str, datetime]]:
    """Title, link and date of each entry of a well-formed feed, by other means than the parser's."""
    root = ET.fromstring(body)  # noqa: S314 - a recording we know
    for entry in root.iter(f"{ATOM}entry"):
        title, link = entry.find(f"{ATOM}title"), entry.find(f"{ATOM}link")
        assert title is not None
        assert link is not None
        date = entry.findtext(f"{ATOM}published") or entry.findtext(f"{ATOM}updated") or ""
        yield "".join(title.itertext()), link.get("href", ""), datetime.fromisoformat(date).astimezone(UTC)
    for item in root.iter("item"):
        date = item.findtext("pubDate") or ""
        moment = parsedate_to_datetime(date).astimezone(UTC)
        yield item.findtext("title") or "", (item.findtext("link") or "").strip(), moment


@pytest.mark.parametrize(
    "name",
    [
        "deepseek_news.xml",
        "feed_anthropic_news.xml",
        "feed_google_ai.xml",
        "feed_mistral.xml",
        "feed_ollama.xml",
        "feed_openai_research.xml",
        "feed_xainews.xml",
        "meta_ai_news.xml",
        "moonshot_blog.xml",
    ],
)
def test_real_feed_of_a_lab_is_read_as_its_file_says(real_data: Path, name: str) -> None:
    body = (real_data / "feeds" / "labs" / name).read_bytes()
    parsed = parse_feed(body, "application/xml", URL, name, NOW, most_entries=1_000)
    expected = [(" ".join(title.split()), link, moment) for title, link, moment in read_plainly(body)]
    assert parsed.skipped == ()
    assert [
        (document.title, document.url, document.published_at, document.published_basis)
        for document in parsed.documents
    ] == [(title, link, moment, "published") for title, link, moment in expected]
    assert all(len(document.text) <= 500 and "<" not in document.text[:1] for document in parsed.documents)


def test_announcements_among_real_entries_are_found(real_data: Path) -> None:
    titles: dict[str, set[str]] = {}
    for name in ("deepseek_news.xml", "feed_anthropic_news.xml", "feed_mistral.xml"):
        body = (real_data / "feeds" / "labs" / name).read_bytes()
        parsed = parse_feed(body, "application/xml", URL, name, NOW)
        titles[name] = {release.title for release in parsed.releases}
    assert {"Introducing Claude Opus 5", "Introducing Claude Haiku 4.5"} <= titles["feed_anthropic_news.xml"]
    assert not {title for title in titles["feed_anthropic_news.xml"] if "join" in title or "Fund" in title}
    assert {"Introducing Mistral Small 4", "Announcing Pixtral 12B"} <= titles["feed_mistral.xml"]
    assert "Emmi joins Mistral to accelerate the AI-native industry" not in titles["feed_mistral.xml"]
    assert "DeepSeek-R1 发布 2025/01/20" in titles["deepseek_news.xml"]


def test_no_file_of_the_corpus_ends_in_anything_but_a_source_error(real_data: Path) -> None:
    read = refused = 0
    with tarfile.open(real_data / "feeds" / "feedparser_corpus.tar.gz") as corpus:
        for member in corpus:
            content = corpus.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            try:
                parsed = parse_feed(content.read(), "", URL, "corpus", NOW)
            except SourceError:
                refused += 1
                continue
            read += 1
            for document in parsed.documents:
                assert document.key
                assert document.title
                assert document.published_at.tzinfo is UTC
                assert document.url is None or document.url.startswith(("http://", "https://"))
    assert read > 500
    assert refused < 20


def test_release_is_an_announcement_under_its_documents_key() -> None:
    parsed = parse(rss("<item><guid>1</guid><title>Introducing Aurora 3</title></item>"))
    (release,) = parsed.releases
    assert release.kind is ReleaseKind.ANNOUNCEMENT
    assert release.key == only(parsed).key
    assert release.published_at == only(parsed).published_at


def test_markup_is_stripped_from_text_and_titles_stay_data() -> None:
    document = only(
        parse(
            rss(
                "<item><guid>1</guid><title>AT&amp;amp;T: x &lt; y</title>"
                "<description>&lt;p&gt;One &lt;b&gt;two&lt;/b&gt;"
                "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
                "&lt;p&gt;three&amp;nbsp;four&lt;/p&gt;</description></item>"
            )
        )
    )
    assert document.title == "AT&T: x < y"
    assert document.text == "One two three four"


def test_markup_in_an_html_title_is_stripped() -> None:
    document = only(
        parse(
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>'
            '<title type="html">Meet &lt;em&gt;Aurora&lt;/em&gt;&lt;script&gt;x()&lt;/script&gt;</title>'
            "</entry></feed>"
        )
    )
    assert document.title == "Meet Aurora"


def test_text_is_cut_at_a_words_end() -> None:
    words = " ".join(["word"] * 400)
    text = only(
        parse(rss(f"<item><guid>1</guid><title>t</title><description>{words}</description></item>"))
    ).text
    assert len(text) <= 500
    assert text.endswith("word…")


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://", "https://a b.example/"],
)
def test_unsafe_link_is_dropped_and_the_entry_kept(link: str) -> None:
    document = only(
        parse(rss(f"<item><guid isPermaLink='false'>1</guid><title>t</title><link>{link}</link></item>"))
    )
    assert document.url is None


def test_relative_link_is_made_absolute_by_where_the_feed_came_from() -> None:
    document = only(
        parse(
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>t</title>'
            '<link href="../posts/1"/></entry></feed>'
        )
    )
    assert document.url == "https://lab.example/posts/1"


@pytest.mark.parametrize(
    "date", ["", "1762160400", "Fri, 31 Dec 9999 00:00:00 GMT", "0001-01-01T00:00:00Z", "soon", "Nov 3, 2026"]
)
def test_date_that_cannot_be_is_not_believed_and_flagged(date: str) -> None:
    parsed = parse(rss(f"<item><guid>1</guid><title>t</title><pubDate>{date}</pubDate></item>"))
    document = only(parsed)
    assert (document.published_at, document.published_basis) == (NOW, "first_seen")
    assert document.known_at is None
    assert "without a believable date" in parsed.warnings[0]


def test_date_far_ahead_is_not_believed_and_one_of_tomorrow_is() -> None:
    def parse_at(moment: datetime) -> Document:
        text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return only(parse(rss(f"<item><guid>1</guid><title>t</title><pubDate>{text}</pubDate></item>")))

    assert parse_at(NOW + timedelta(days=3)).published_basis == "first_seen"
    tomorrow = parse_at(NOW + timedelta(days=1))
    assert tomorrow.published_at == NOW + timedelta(days=1)
    assert tomorrow.known_at is None


def test_believed_date_is_when_the_world_could_know() -> None:
    document = only(
        parse(
            rss(
                "<item><guid>1</guid><title>t</title>"
                "<pubDate>Mon, 02 Nov 2026 10:00:00 +0100</pubDate></item>"
            )
        )
    )
    assert document.published_at == document.known_at == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_atom_entry_with_updated_alone_is_dated_by_it() -> None:
    document = only(
        parse(
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>t</title>'
            "<updated>2026-10-01T00:00:00Z</updated></entry></feed>"
        )
    )
    assert document.published_at == datetime(2026, 10, 1, tzinfo=UTC)


def test_edit_changes_the_hash_and_keeps_the_key() -> None:
    def parse_titled(title: str) -> Document:
        return only(parse(rss(f"<item><guid>1</guid><title>{title}</title></item>")))

    before, after = parse_titled("Aurora 3"), parse_titled("Aurora 3 (corrected)")
    assert before.key == after.key
    assert before.content_hash != after.content_hash


def test_key_is_the_id_then_the_link_then_title_and_date() -> None:
    link = "<link>https://lab.example/1</link>"
    date = "<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"
    by_id = only(parse(rss(f"<item><guid>1</guid>{link}<title>a</title></item>")))
    by_id_moved = only(
        parse(rss("<item><guid>1</guid><link>https://lab.example/2</link><title>a</title></item>"))
    )
    by_link = only(parse(rss(f"<item>{link}<title>a</title></item>")))
    by_link_retitled = only(parse(rss(f"<item>{link}<title>b</title></item>")))
    by_title = only(parse(rss(f"<item><title>a</title>{date}</item>")))
    assert by_id.key == by_id_moved.key
    assert by_link.key == by_link_retitled.key
    assert len({by_id.key, by_link.key, by_title.key}) == 3
    other_feed = parse_feed(
        rss("<item><guid>1</guid><title>a</title></item>").encode(), "", URL, "Other", NOW
    )
    assert only(other_feed).key != by_id.key


def test_id_that_several_entries_share_is_no_identity() -> None:
    items = [
        f"<item><guid isPermaLink='false'>blog</guid><link>https://lab.example/{n}</link><title>{n}</title></item>"
        for n in range(3)
    ]
    assert len(parse(rss(*items)).documents) == 3


def test_entry_told_twice_is_kept_once_and_counted() -> None:
    item = "<item><guid>1</guid><title>a</title></item>"
    parsed = parse(rss(item, item))
    assert len(parsed.documents) == 1
    assert parsed.skipped == ("entries[1]: the same entry again",)


def test_entry_without_id_link_and_title_is_skipped_and_counted() -> None:
    parsed = parse(rss("<item><author>nobody</author></item>", "<item><guid>1</guid><title>a</title></item>"))
    assert len(parsed.documents) == 1
    assert parsed.skipped == ("entries[0]: neither id nor link nor title",)


def test_entries_beyond_the_cap_are_left_out_with_a_warning() -> None:
    items = [f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(10)]
    parsed = parse(rss(*items), most_entries=4)
    assert [document.title for document in parsed.documents] == ["0", "1", "2", "3"]
    assert any("first 4 of 10" in warning for warning in parsed.warnings)


def test_damaged_feed_that_still_has_entries_is_read_with_a_warning() -> None:
    parsed = parse(rss("<item><guid>1</guid><title>Aurora & friends</title></item>"))
    assert only(parsed).title == "Aurora & friends"
    assert parsed.warnings


@pytest.mark.parametrize("content_type", ["text/html", "application/json; charset=utf-8", ""])
def test_feed_under_a_wrong_content_type_is_read(content_type: str) -> None:
    body = rss("<item><guid>1</guid><title>a</title></item>")
    if "json" in content_type:
        with pytest.raises(SourceChanged):
            parse(body, content_type)
    else:
        assert only(parse(body, content_type)).title == "a"


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"<html><body>Just a moment...</body></html>", b"\x89PNG\r\n", b"<root/>"]
)
def test_body_that_is_no_feed_is_a_changed_source(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="not a feed") as caught:
        parse(body, "text/html")
    assert caught.value.path == "feed"


def test_charset_of_the_content_type_is_used() -> None:
    body = rss("<item><guid>1</guid><title>Modèle</title></item>").encode("iso-8859-1")
    assert only(parse(body, "application/xml; charset=iso-8859-1")).title == "Modèle"


def test_json_feed_is_read_with_its_odd_ids_and_dates() -> None:
    body = """{"version": "https://jsonfeed.org/version/1.1", "title": "Lab", "items": [
        {"id": 7, "url": "https://lab.example/7", "title": "Introducing Aurora 3", "content_text": "a < b",
         "date_published": "2026-11-20T10:00:00+02:00"},
        {"id": "8", "external_url": "https://lab.example/8", "content_html": "<p>No title</p>"},
        "nonsense",
        {"id": "9", "title": "x", "date_published": "yesterday"}]}"""
    parsed = parse(body, "application/feed+json")
    first, second, third = parsed.documents
    assert (first.url, first.text) == ("https://lab.example/7", "a < b")
    assert first.published_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert second.title == "No title"
    assert third.published_basis == "first_seen"
    assert len(parsed.skipped) == 1
    assert parsed.skipped[0].startswith("items[2]:")
    assert [release.title for release in parsed.releases] == ["Introducing Aurora 3"]


def test_first_sight_is_remembered_for_an_entry_without_a_date() -> None:
    body = rss("<item><guid>1</guid><title>a</title></item>").encode()
    before = NOW - timedelta(days=8)
    key = only(parse(body)).key
    again = parse_feed(body, "", URL, "Lab", NOW, first_seen={key: before})
    assert only(again).published_at == before


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026年11月03日", datetime(2026, 11, 3, tzinfo=UTC)),
        ("2026-02-30", None),
        ("2026-02-30T10:00:00Z", None),
        ("2026-11-03T23:30:00-11:00", datetime(2026, 11, 4, 10, 30, tzinfo=UTC)),
        ("2026-11-03T01:00:00+14:00", datetime(2026, 11, 2, 11, tzinfo=UTC)),
    ],
)
def test_date_is_the_day_that_is_written_or_none(date: str, expected: datetime | None) -> None:
    document = only(parse(rss(f"<item><guid>1</guid><title>t</title><pubDate>{date}</pubDate></item>")))
    assert document.published_at == (expected or NOW)
    assert document.published_basis == ("published" if expected else "first_seen")


@pytest.mark.parametrize("content_type", ["application/xml", "application/xml; charset=utf-8"])
def test_one_wrong_byte_does_not_turn_the_whole_feed_into_another_encoding(content_type: str) -> None:
    body = rss(
        "<item><guid>1</guid><title>Modèle à poids</title></item><item><title>X?Y</title></item>"
    ).encode()
    parsed = parse(body.replace(b"X?Y", b"X\xffY"), content_type)
    assert [each.title for each in parsed.documents] == ["Modèle à poids", "X\ufffdY"]
    assert any("no UTF-8" in warning for warning in parsed.warnings)


@pytest.mark.parametrize("encoding", ["gb2312", "utf-16", "iso-8859-1"])
def test_declared_encoding_is_used(encoding: str) -> None:
    title = "模型" if encoding == "gb2312" else "Modèle"
    body = f'<?xml version="1.0" encoding="{encoding}"?>' + rss(
        f"<item><guid>1</guid><title>{title}</title></item>"
    )
    assert only(parse(body.encode(encoding))).title == title


def test_title_and_author_are_data_and_never_markup_to_run() -> None:
    document = only(
        parse(
            rss(
                "<item><guid>1</guid><title>&lt;script&gt;alert(1)&lt;/script&gt;Meet\u202eAurora</title></item>"
            )
        )
    )
    assert "\u202e" not in document.title
    assert document.title.endswith("Meet Aurora")


def test_page_behind_a_feed_services_counter_is_the_link() -> None:
    body = (
        "<rss version='2.0' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><channel><item>"
        "<guid isPermaLink='false'>1</guid><title>t</title><link>https://feeds.example/~r/lab/1</link>"
        "<feedburner:origLink>https://lab.example/1</feedburner:origLink></item></channel></rss>"
    )
    assert only(parse(body)).url == "https://lab.example/1"


def test_whole_content_is_hashed_and_the_summary_stored() -> None:
    def parse_with(content: str) -> Document:
        return only(
            parse(
                "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item>"
                "<guid>1</guid><title>t</title><description>In short.</description>"
                f"<content:encoded><![CDATA[<p>{content}</p>]]></content:encoded></item></channel></rss>"
            )
        )

    before, after = parse_with("It scores 81.3%"), parse_with("It scores 81.2%")
    assert before.text == after.text == "In short."
    assert before.content_hash != after.content_hash
