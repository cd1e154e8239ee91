"""One feed entry, whatever format it came in: its identity, date, link and text made safe to store.

Titles are data, not HTML: they are stored as they are meant to be read and escaped on output. Links are
http(s) or nothing, and without tracking parameters. Dates outside [2000, now + 2 days] are not believed
(feedparser reads `1762160400` as the year 1763), and an entry without a believable date carries the moment it
was first seen, flagged so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from collectors.feeds.identity import Identities, hash_content
from collectors.feeds.markup import read_text
from collectors.text import clean_text, parse_link, shorten
from store.canonical import plain_address
from store.records import Document, SubjectRef

PUBLISHED = "published"
FIRST_SEEN = "first_seen"

TITLE_LENGTH = 300
TEXT_LENGTH = 500
_CONTENT_LENGTH = 50_000
"""An edit beyond this is not noticed."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as a format's parser found it; `published` is already a moment but not yet believed.
    `markup` is the whole of it, `summary` what the feed gives as its beginning, if that is another."""

    position: str
    id: str = ""
    link: str = ""
    title: str = ""
    is_title_markup: bool = False
    markup: str = ""
    summary: str = ""
    published: datetime | None = None
    date_text: str = ""


class Malformed(NamedTuple):
    """Why an entry was left out, in words that name it."""

    reason: str


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """`text` is all of it, a line per block, to be read and not kept; `document` holds its beginning."""

    document: Document
    text: str
    markup: str


def parse_entry(
    raw: RawEntry,
    subject: SubjectRef,
    now: datetime,
    find_first_seen: Callable[[str], datetime],
    identities: Identities,
) -> ParsedEntry | Malformed:
    """Turn a raw entry into a Document; `find_first_seen(key)` dates an entry whose own date is no good."""
    link = parse_link(raw.link)
    lines = read_text(raw.markup)
    text = clean_text(lines, _CONTENT_LENGTH)
    beginning = clean_text(read_text(raw.summary), TEXT_LENGTH) if raw.summary else ""
    title = clean_text(read_text(raw.title) if raw.is_title_markup else raw.title, TITLE_LENGTH)
    title = title or shorten(text or link or "", TITLE_LENGTH)
    key = identities.find_key(raw.id, link, title, raw.date_text)
    shown = title or clean_text(raw.id, TITLE_LENGTH)
    if key is None or not shown:
        return Malformed(f"{raw.position}: neither id nor link nor title")
    is_believed = raw.published is not None and _EARLIEST <= raw.published <= now + _AHEAD
    published = raw.published if is_believed and raw.published is not None else find_first_seen(key)
    document = Document(
        subject=subject,
        key=key,
        title=shown,
        url=None if link is None else plain_address(link),
        published_at=published,
        published_basis=PUBLISHED if is_believed else FIRST_SEEN,
        text=beginning or shorten(text, TEXT_LENGTH),
        content_hash=hash_content(shown, text),
        known_at=published if is_believed and published <= now else None,
    )
    return ParsedEntry(document, lines, raw.markup)
