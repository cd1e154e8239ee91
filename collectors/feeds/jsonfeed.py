"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1), which feedparser 6 does not read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from collectors.feeds.entry import Malformed, RawEntry
from collectors.moments import parse_moment
from store.errors import SourceChanged


class _Feed(msgspec.Struct):
    version: str
    items: list[msgspec.Raw]


class _Item(msgspec.Struct):
    """`id` should be a string; readers are asked to take a number too."""

    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    summary: str | None = None
    content_text: str | None = None
    content_html: str | None = None
    date_published: str | None = None
    date_modified: str | None = None


def looks_like_json(body: bytes, content_type: str) -> bool:
    """Whether to read a body as JSON Feed: what it says it is, or how it begins."""
    return "json" in content_type.lower() or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse_json_feed(body: bytes, most: int) -> tuple[Iterator[RawEntry | Malformed], int]:
    """The first `most` entries, read one by one, and how many there are in all.

    Raises SourceChanged when the body is no JSON Feed; an item of another shape is Malformed.
    """
    try:
        feed = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_Feed)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("feed", f"not a JSON Feed: {error}") from error
    if "jsonfeed.org/version/" not in feed.version:
        raise SourceChanged("version", f"not a JSON Feed version: {feed.version[:60]!r}")
    return (_parse_item(raw, f"items[{number}]") for number, raw in enumerate(feed.items[:most])), len(
        feed.items
    )


def _parse_item(raw: msgspec.Raw, position: str) -> RawEntry | Malformed:
    try:
        item = msgspec.json.decode(raw, type=_Item)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Malformed(f"{position}: {error}")
    text = item.content_text if item.content_text is not None else item.summary
    date_text = item.date_published or item.date_modified or ""
    return RawEntry(
        position=position,
        id="" if item.id is None else str(item.id),
        link=item.url or item.external_url or "",
        title=item.title or "",
        markup=item.content_html or _escape(text or ""),
        summary=_escape(item.summary or "") if item.content_html else "",
        published=_find_moment(date_text),
        date_text=date_text,
    )


def _find_moment(text: str) -> datetime | None:
    """RFC 3339; without a zone it is taken as UTC, as feedparser does for the other formats."""
    try:
        return parse_moment(text)
    except ValueError:
        return None


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
