"""RSS, Atom, RDF and JSON Feed to documents and releases. Pure: bytes in, records out.

feedparser reads the XML formats. Two of its habits shape this module: it opens whatever string it is given
as a path or an address, so it is given bytes; and `bozo` says neither good nor bad, so a body is a feed when
a format was recognised (`version`), and bozo is a warning.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import feedparser
from feedparser.encodings import convert_to_utf8

from collectors.feeds.announcement import find_announced_name
from collectors.feeds.entry import FIRST_SEEN, Malformed, RawEntry, parse_entry, parse_time
from collectors.feeds.jsonfeed import looks_like_json, parse_json_feed
from collectors.feeds.weight import check_weight
from collectors.text import clean_text
from store.errors import SourceChanged
from store.records import Document, Kind, Release, ReleaseKind, SubjectRef

MOST_ENTRIES = 300


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """`releases` stand for documents of the same key. `skipped` names each entry left out and why."""

    documents: tuple[Document, ...]
    releases: tuple[Release, ...]
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]


def feed_subject(feed_name: str) -> SubjectRef:
    return SubjectRef("feeds", Kind.DOCUMENT_SOURCE, feed_name)


def parse_feed(
    body: bytes,
    content_type: str,
    final_url: str,
    feed_name: str,
    now: datetime,
    *,
    first_seen: Mapping[str, datetime] | None = None,
    most_entries: int = MOST_ENTRIES,
) -> ParsedFeed:
    """Parse a feed's body as it came from `final_url`, which makes relative links absolute.

    `first_seen`: when entries without a believable date were first seen, by key; others get `now`.
    Raises SourceChanged when the body is not a feed.
    """
    warnings: list[str] = []
    if looks_like_json(body, content_type):
        found, total = parse_json_feed(body, most_entries)
    else:
        found, total = _parse_xml(body, content_type, final_url, most_entries, warnings)
    if total > most_entries:
        warnings.append(f"only the first {most_entries} of {total} entries are read")
    known = first_seen or {}
    subject = feed_subject(feed_name)
    documents: dict[str, Document] = {}
    releases: list[Release] = []
    skipped: list[str] = []
    entries: list[RawEntry] = []
    for each in found:
        if isinstance(each, Malformed):
            skipped.append(each.reason)
        else:
            entries.append(each)
    reused = _find_reused_ids(entries)
    undated: list[str] = []
    for raw in entries:
        document = parse_entry(
            raw, subject, now, lambda key: known.get(key, now), is_id_reused=raw.id.strip() in reused
        )
        if isinstance(document, Malformed):
            skipped.append(document.reason)
            continue
        if document.key in documents:
            skipped.append(f"{raw.position}: the same entry again")
            continue
        documents[document.key] = document
        if document.published_basis == FIRST_SEEN:
            undated.append(raw.date_text)
        if find_announced_name(document.title) is not None:
            releases.append(_as_release(document))
    if undated:
        example = next((clean_text(text, 60) for text in undated if text), "")
        said = f" (one says {example!r})" if example else ""
        warnings.append(f"{len(undated)} entries without a believable date{said}")
    return ParsedFeed(tuple(documents.values()), tuple(releases), tuple(skipped), tuple(warnings))


def _find_reused_ids(entries: Iterable[RawEntry]) -> frozenset[str]:
    """Ids that stand for several links in one answer: somebody's template, not an identity."""
    pairs = {(raw.id.strip(), raw.link.strip()) for raw in entries if raw.id.strip()}
    counts = Counter(own_id for own_id, _ in pairs)
    return frozenset(own_id for own_id, count in counts.items() if count > 1)


def _as_release(document: Document) -> Release:
    return Release(
        subject=document.subject,
        kind=ReleaseKind.ANNOUNCEMENT,
        key=document.key,
        title=document.title,
        url=document.url,
        published_at=document.published_at,
        known_at=document.known_at,
    )


def _parse_xml(
    body: bytes, content_type: str, final_url: str, most: int, warnings: list[str]
) -> tuple[Iterator[RawEntry | Malformed], int]:
    # Header keys in lower case, else feedparser overlooks them and with them the charset.
    headers = {"content-location": final_url, "content-type": content_type or "application/xml"}
    try:
        check_weight(convert_to_utf8(headers, body, feedparser.FeedParserDict()))
        parsed = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except SourceChanged:
        raise
    except Exception as error:  # it names no errors of its own; hostile bytes raise various
        problem = clean_text(f"{type(error).__name__}: {error}", 200)
        raise SourceChanged("feed", f"cannot be read: {problem}") from error
    if not parsed.get("version"):
        beginning = clean_text(body[:80].decode("utf-8", "replace"), 60) or "nothing"
        stated = clean_text(content_type, 60) or "no content type"
        raise SourceChanged("feed", f"not a feed ({stated}): {beginning}")
    entries = parsed.get("entries", [])
    if parsed.get("bozo"):
        problem = parsed.get("bozo_exception")
        warnings.append(clean_text(f"{type(problem).__name__}: {problem}", 200))
    return (_parse_item(entry, f"entries[{number}]") for number, entry in enumerate(entries[:most])), len(
        entries
    )


def _parse_item(entry: Mapping[str, Any], position: str) -> RawEntry:
    title_type = str((entry.get("title_detail") or {}).get("type", ""))
    content = entry.get("content") or []
    markup = str(entry.get("summary") or "") or str((content[0].get("value") if content else "") or "")
    # Asked for `updated`, feedparser hands out `published` where there is none, and warns; so ask whether.
    updated_parsed = entry.get("updated_parsed") if "updated_parsed" in entry else None
    updated = entry.get("updated") if "updated" in entry else None
    published = parse_time(entry.get("published_parsed")) or parse_time(updated_parsed)
    return RawEntry(
        position=position,
        id=str(entry.get("id") or ""),
        link=str(entry.get("link") or ""),
        title=str(entry.get("title") or ""),
        is_title_markup="html" in title_type,
        markup=markup,
        published=published,
        date_text=str(entry.get("published") or updated or ""),
    )
