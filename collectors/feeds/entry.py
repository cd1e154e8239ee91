"""One feed entry, whatever format it came in: its identity, date, link and text made safe to store.

Titles are data, not HTML: they are stored as they are meant to be read and escaped on output. Links are
http(s) or nothing. Dates outside [2000, now + 2 days] are not believed (feedparser reads `1762160400` as
the year 1763), and an entry without a believable date carries the moment it was first seen, flagged so.
"""

from __future__ import annotations

import calendar
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import NamedTuple

from collectors.text import clean_text, parse_link, shorten
from store.records import Document, SubjectRef

PUBLISHED = "published"
FIRST_SEEN = "first_seen"

TITLE_LENGTH = 300
TEXT_LENGTH = 500
_MARKUP_LENGTH = 20_000
"""Markup beyond this is not read: 500 characters of text are surely found before it."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)
_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg"})
_TAG = re.compile(r"<[^<>]*>")
_BLOCKS = frozenset(
    {"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "td", "blockquote", "pre"}
)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as a format's parser found it; `published` is already a moment but not yet believed."""

    position: str
    id: str = ""
    link: str = ""
    title: str = ""
    is_title_markup: bool = False
    markup: str = ""
    published: datetime | None = None
    date_text: str = ""


class Malformed(NamedTuple):
    """Why an entry was left out, in words that name it."""

    reason: str


def parse_entry(
    raw: RawEntry,
    subject: SubjectRef,
    now: datetime,
    find_first_seen: Callable[[str], datetime],
    *,
    is_id_reused: bool,
) -> Document | Malformed:
    """Turn a raw entry into a Document; `find_first_seen(key)` dates an entry whose own date is no good.

    The key is the hash of the feed's name and the entry's id, else its link, else its title and date.
    An id that several entries of one answer share is no id.
    """
    link = parse_link(raw.link)
    text = strip_markup(raw.markup)
    title = strip_markup(raw.title) if raw.is_title_markup else clean_text(raw.title, len(raw.title))
    title = shorten(title or text or link or "", TITLE_LENGTH)
    own_id = "" if is_id_reused else raw.id.strip()
    identity = own_id or link or (f"{title}\n{raw.date_text}" if title else "")
    shown = title or clean_text(identity, TITLE_LENGTH)
    if not shown:
        return Malformed(f"{raw.position}: neither id nor link nor title")
    key = _digest(subject.name, identity)[:40]
    summary = shorten(text, TEXT_LENGTH)
    is_believed = raw.published is not None and _EARLIEST <= raw.published <= now + _AHEAD
    published = raw.published if is_believed and raw.published is not None else find_first_seen(key)
    return Document(
        subject=subject,
        key=key,
        title=shown,
        url=link,
        published_at=published,
        published_basis=PUBLISHED if is_believed else FIRST_SEEN,
        text=summary,
        content_hash=_digest(title, text),
        known_at=published if is_believed and published <= now else None,
    )


def parse_time(parsed: time.struct_time | None) -> datetime | None:
    """feedparser's UTC time tuple as a moment; None when there is none or it is outside the calendar."""
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def strip_markup(markup: str) -> str:
    """The text of an HTML fragment: tags, scripts and styles dropped, entities read."""
    head = markup[:_MARKUP_LENGTH]
    reader = _TextReader()
    try:
        reader.feed(head)
        reader.close()
    except AssertionError:  # html.parser's way to refuse an unknown marked section, `<![foo[`
        return clean_text(_TAG.sub(" ", head), _MARKUP_LENGTH)
    return clean_text("".join(reader.pieces), _MARKUP_LENGTH)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base class asks for it
        if tag in _HIDDEN and not self._hidden:
            self._hidden = tag
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base class asks for it
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def _digest(*parts: str) -> str:
    whole = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()
