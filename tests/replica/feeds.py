"""Blogs of made-up labs in RSS 2.0, Atom and JSON Feed, under `/feeds/`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.replica.server import Request, Response, answer_conditionally


@dataclass(frozen=True, slots=True)
class Entry:
    """`link` is relative to the replica; None for no date or link."""

    id: str
    title: str
    link: str | None
    published: datetime | None
    html: str = ""


@dataclass(slots=True)
class Feed:
    """`kind`: rss, atom or json."""

    path: str
    title: str
    kind: str
    entries: list[Entry] = field(default_factory=list)


class FeedSite:
    """Serves feeds with validators. `moves` maps a path to (status, where it leads)."""

    def __init__(self, feeds: Sequence[Feed] | None = None, *, now: datetime | None = None) -> None:
        listed = list(feeds) if feeds is not None else make_feeds(now or datetime.now(UTC))
        self.feeds = {feed.path: feed for feed in listed}
        self.moves: dict[str, tuple[int, str]] = {}

    def publish(self, path: str, entry: Entry) -> None:
        """Put an entry on top of a feed."""
        self.feeds[path].entries.insert(0, entry)

    def edit(self, path: str, entry_id: str, title: str) -> None:
        """Change the title of an entry and nothing else."""
        entries = self.feeds[path].entries
        at = next(number for number, entry in enumerate(entries) if entry.id == entry_id)
        entries[at] = replace(entries[at], title=title)

    def handle(self, request: Request) -> Response | None:
        if request.path in self.moves:
            status, target = self.moves[request.path]
            return Response(status, b"", {"Location": target})
        feed = self.feeds.get(request.path)
        if feed is None:
            return None
        write, content_type = {
            "rss": (write_rss, "application/rss+xml; charset=utf-8"),
            "atom": (write_atom, "application/atom+xml; charset=utf-8"),
            "json": (write_json, "application/feed+json"),
        }[feed.kind]
        dates = [entry.published for entry in feed.entries if entry.published is not None]
        modified = format_datetime(max(dates), usegmt=True) if dates else None
        return answer_conditionally(
            request, write(feed, request.base).encode(), content_type, last_modified=modified
        )


def write_rss(feed: Feed, base: str) -> str:
    items = []
    for entry in feed.entries:
        link = "" if entry.link is None else f"<link>{escape(base + entry.link)}</link>"
        date = "" if entry.published is None else f"<pubDate>{format_datetime(entry.published)}</pubDate>"
        items.append(
            f'<item><guid isPermaLink="false">{escape(entry.id)}</guid><title>{escape(entry.title)}</title>'
            f"{link}{date}<description>{escape(entry.html)}</description></item>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(feed.title)}</title>"
        f"<link>{base}</link><description>News</description>{''.join(items)}</channel></rss>"
    )


def write_atom(feed: Feed, base: str) -> str:
    """Entries carry `updated` only, and relative links, as GitHub's and many generators' do."""
    entries = []
    for entry in feed.entries:
        link = "" if entry.link is None else f'<link rel="alternate" href="{escape(entry.link)}"/>'
        date = "" if entry.published is None else f"<updated>{entry.published.isoformat()}</updated>"
        entries.append(
            f"<entry><id>{escape(entry.id)}</id><title>{escape(entry.title)}</title>{link}{date}"
            f'<content type="html">{escape(entry.html)}</content></entry>'
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(feed.title)}</title><id>{base}{feed.path}</id>{''.join(entries)}</feed>"
    )


def write_json(feed: Feed, base: str) -> str:
    items = []
    for entry in feed.entries:
        item = {"id": entry.id, "title": entry.title, "content_html": entry.html}
        if entry.link is not None:
            item["url"] = base + entry.link
        if entry.published is not None:
            item["date_published"] = entry.published.isoformat()
        items.append(item)
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": feed.title, "items": items})


def make_feeds(now: datetime) -> list[Feed]:
    """Four feeds with a few posts of the last weeks before `now`."""
    day = now.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)

    def ago(days: int) -> datetime:
        return day - timedelta(days=days)

    aurora = [
        Entry(
            "aurora-7",
            "Introducing Aurora 3",
            "/blog/aurora-3",
            ago(2),
            "<p>Aurora 3 is our <b>open-weight</b> model with 32 billion parameters.</p>",
        ),
        Entry(
            "aurora-6", "How we train on borrowed time", "/blog/time", ago(9), "<p>Notes on schedules.</p>"
        ),
        Entry(
            "aurora-5", "Aurora joins the open compute fund", "/blog/fund", ago(16), "<p>A partnership.</p>"
        ),
    ]
    meridian = [
        Entry(
            "tag:meridian.example,2026:42",
            "Meridian 5.1 is now available",
            "/news/meridian-5-1",
            ago(4),
            "<p>Meridian 5.1 is available through our API today, at lower prices.</p>",
        ),
        Entry(
            "tag:meridian.example,2026:41",
            "A note on our usage policy",
            "/news/policy",
            ago(12),
            "<p>Words.</p>",
        ),
    ]
    gazette = [
        Entry(
            "301", "Weekly round-up: serving engines", "/gazette/301", ago(3), "<p>Throughput doubled.</p>"
        ),
        Entry("300", "Reader question without a date", "/gazette/300", None, "<p>When was this?</p>"),
    ]
    letter = [
        Entry(
            "letter-12-1",
            "Aurora 3 is here, and its weights are open",
            "/blog/aurora-3?utm_source=letter&utm_medium=rss",
            ago(1),
            "<p>The lab that joined the compute fund shows what it was for.</p>",
        ),
        Entry(
            "letter-12-2",
            "Small models, measured again",
            "/letter/12",
            ago(1),
            "<p>We ran the usual questions once more. Qwen3-8B scores 51.5% on GPQA Diamond without tools,"
            " ahead of what it did last spring.</p>"
            "<table><tr><th>Benchmark</th><th>Qwen3-8B</th><th>Aurora 3</th></tr>"
            "<tr><td>MMLU-Pro</td><td>63.8%</td><td>71.0%</td></tr></table>",
        ),
    ]
    return [
        Feed("/feeds/aurora.xml", "Aurora Labs", "rss", aurora),
        Feed("/feeds/meridian.atom", "Meridian", "atom", meridian),
        Feed("/feeds/gazette.json", "Open Gazette", "json", gazette),
        Feed("/feeds/letter.xml", "Harbour Letter", "rss", letter),
    ]
