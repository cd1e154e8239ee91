"""RSS, Atom, RDF and JSON Feed to documents and releases. Pure: bytes in, records out.

feedparser reads the XML formats. Two of its habits shape this module: it opens whatever string it is given
as a path or an address, so it is given bytes; and `bozo` says neither good nor bad, so a body is a feed when
a format was recognised (`version`), and bozo is a warning.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import feedparser
from feedparser.encodings import convert_to_utf8

from collectors.feeds.announcement import find_announced_name
from collectors.feeds.claims import ClaimReader
from collectors.feeds.dates import parse_time
from collectors.feeds.entry import FIRST_SEEN, Malformed, RawEntry, parse_entry
from collectors.feeds.identity import Identities, Seen, describe
from collectors.feeds.jsonfeed import looks_like_json, parse_json_feed
from collectors.feeds.weight import check_weight
from collectors.text import clean_text
from store.errors import SourceChanged
from store.records import Claim, Document, Kind, Release, ReleaseKind, SubjectRef

MOST_ENTRIES = 300


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SKIP_DAYS = re.compile(rb"<skipDays\b[^>]{0,100}>(.{0,1000}?)</skipDays>", re.DOTALL | re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*(\w+)\s*</day>", re.IGNORECASE)
_HEAD_LENGTH = 20_000
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """`releases` and `claims` stand for documents; `claims` has them by the document's key. `skipped` names
    each entry left out and why. `seen`: what to remember of each entry, by key; `reused`: marks of ids that
    are none; `quiet_days`: weekdays (Monday is 0) on which the feed says it is not renewed."""

    documents: tuple[Document, ...]
    releases: tuple[Release, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]
    seen: Mapping[str, Seen]
    reused: frozenset[str]
    quiet_days: frozenset[int] = frozenset()


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
    seen: Mapping[str, Seen] | None = None,
    reused: Collection[str] = (),
    reader: ClaimReader | None = None,
    most_entries: int = MOST_ENTRIES,
) -> ParsedFeed:
    """Parse a feed's body as it came from `final_url`, which makes relative links absolute.

    `first_seen`: when entries without a believable date were first seen, by key; others get `now`. `seen` and
    `reused`: as an earlier answer left them. `reader`: finds benchmark claims in what entries say; without
    one there are none. Raises SourceChanged when the body is not a feed.
    """
    warnings: list[str] = []
    quiet_days: frozenset[int] = frozenset()
    if looks_like_json(body, content_type):
        found, total = parse_json_feed(body, most_entries)
    else:
        found, total = _parse_xml(body, content_type, final_url, most_entries, warnings)
        quiet_days = find_quiet_days(body)
    if total > most_entries:
        warnings.append(f"only the first {most_entries} of {total} entries are read")
    known = first_seen or {}
    subject = feed_subject(feed_name)
    documents: dict[str, Document] = {}
    releases: list[Release] = []
    claims: dict[str, tuple[Claim, ...]] = {}
    skipped: list[str] = []
    entries: list[RawEntry] = []
    for each in found:
        if isinstance(each, Malformed):
            skipped.append(each.reason)
        else:
            entries.append(each)
    identities = Identities(subject.name, seen or {}, reused)
    identities.note_answer((raw.id, raw.link) for raw in entries)
    undated: list[str] = []
    for raw in entries:
        parsed = parse_entry(raw, subject, now, lambda key: known.get(key, now), identities)
        if isinstance(parsed, Malformed):
            skipped.append(parsed.reason)
            continue
        document = parsed.document
        if document.key in documents:
            skipped.append(f"{raw.position}: the same entry again")
            continue
        documents[document.key] = document
        if document.published_basis == FIRST_SEEN:
            undated.append(raw.date_text)
        if find_announced_name(document.title) is not None:
            releases.append(_as_release(document))
        if reader is not None:
            found_claims = reader.read(document, parsed.text, parsed.markup)
            if found_claims:
                claims[document.key] = tuple(found_claims)
    if undated:
        example = next((clean_text(text, 60) for text in undated if text), "")
        said = f" (one says {example!r})" if example else ""
        warnings.append(f"{len(undated)} entries without a believable date{said}")
    return ParsedFeed(
        tuple(documents.values()),
        tuple(releases),
        claims,
        tuple(skipped),
        tuple(warnings),
        {key: describe(each.title, each.url, each.content_hash) for key, each in documents.items()},
        frozenset(identities.reused),
        quiet_days,
    )


def find_quiet_days(body: bytes) -> frozenset[int]:
    """The weekdays of RSS's `skipDays`, on which a feed asks not to be read."""
    found = _SKIP_DAYS.search(body[:_HEAD_LENGTH])
    names = [name.decode("ascii", "replace").lower() for name in _DAY.findall(found[1])] if found else []
    return frozenset(_DAYS.index(name) for name in names if name in _DAYS)


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
    body, was_damaged = _repair_utf8(body, content_type)
    if was_damaged:
        warnings.append("bytes that are no UTF-8 were replaced")
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


def _repair_utf8(body: bytes, content_type: str) -> tuple[bytes, bool]:
    """One wrong byte in UTF-8 makes feedparser read all of it as windows-1252; so replace that byte.

    Only where nothing but UTF-8 is declared and what is right of it outweighs what is wrong."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        declared = {name.lower() for name in _CHARSET.findall(content_type.encode() + b" " + body[:200])}
        repaired = body.decode("utf-8", "replace")
        wrong = repaired.count("\ufffd")
        right = sum(sign > "\x7f" for sign in repaired) - wrong
        if declared <= {b"utf-8", b"utf8"} and b"\x00" not in body[:200] and right > wrong:
            return repaired.encode(), True
    return body, False


def _parse_item(entry: Mapping[str, Any], position: str) -> RawEntry:
    title_type = str((entry.get("title_detail") or {}).get("type", ""))
    content = entry.get("content") or []
    summary = str(entry.get("summary") or "")
    whole = max((str(each.get("value") or "") for each in content), key=len, default="")
    markup = whole or summary
    # Asked for `updated`, feedparser hands out `published` where there is none, and warns; so ask whether.
    updated_parsed = entry.get("updated_parsed") if "updated_parsed" in entry else None
    updated = str((entry.get("updated") if "updated" in entry else None) or "")
    stated = str(entry.get("published") or "")
    published = parse_time(entry.get("published_parsed"), stated) or parse_time(updated_parsed, updated)
    return RawEntry(
        position=position,
        id=str(entry.get("id") or ""),
        # FeedBurner puts its own counter in front of the page and says here which page it is.
        link=str(entry.get("feedburner_origlink") or entry.get("link") or ""),
        title=str(entry.get("title") or ""),
        is_title_markup="html" in title_type,
        markup=markup,
        summary=summary if summary != markup else "",
        published=published,
        date_text=stated or updated,
    )
