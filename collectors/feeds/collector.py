"""Feeds: one target per feed, conditional requests, documents and the announcements among them.

What a target remembers between runs (its state, plain JSON values):

    configured      the address in the settings; when that changes, everything else is forgotten
    url             where the feed is fetched from now
    etag, last_modified   sent back verbatim
    moved_to, moved_seen  a permanent redirect and how often it was seen; the third time it is believed
    entries         how many entries the last answer with any had
    hashes          content hash by entry key, to tell an edit from a first sight
    first_seen      when an entry without a believable date was first seen, by key
    facts           what was last said about the feed itself
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from collectors.contract import Context, Target
from collectors.feeds.entry import FIRST_SEEN
from collectors.feeds.parsing import ParsedFeed, feed_subject, parse_feed
from collectors.fetching.gate import host_of
from collectors.states import read_text
from store.errors import AccessDenied, ConfigurationError, SourceGone, SourceUnavailable
from store.records import Batch, Coverage, CoverageStatus, Document, Fact, Record

if TYPE_CHECKING:
    from collectors.fetching import Fetched

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
MOVES_TO_BELIEVE = 3
"""A permanent redirect is followed every time and remembered after so many sightings in a row."""

_HASH_LENGTH = 16


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """A feed to read. `lab`: the lab's key, empty when it is nobody's own feed. `provenance`: official,
    or third_party for a feed somebody else makes from the lab's pages."""

    name: str
    url: str
    lab: str = ""
    provenance: str = "official"


class FeedsCollector:
    """Reads feeds. Raises ConfigurationError when two feeds share a name: it is their identity."""

    name = "feeds"
    source = "feeds"

    def __init__(self, feeds: Sequence[FeedOptions]) -> None:
        self._feeds = {f"feed:{feed.name}": feed for feed in feeds}
        if len(self._feeds) != len(feeds):
            names = [feed.name for feed in feeds]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ConfigurationError(f"two feeds have the same name: {', '.join(twice)}")

    def list_targets(self) -> Sequence[Target]:
        """One target per feed, in the order of the settings."""
        return [Target(key=key, label=feed.name, host=host_of(feed.url)) for key, feed in self._feeds.items()]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """One batch: the feed's entries, or only coverage when the feed says that nothing changed."""
        context.raise_if_stopped()
        feed = self._feeds[target.key]
        known = dict(state) if state.get("configured") == feed.url else {"configured": feed.url}
        url = read_text(known.get("url")) or feed.url
        try:
            fetched = context.fetcher.fetch(
                url,
                etag=read_text(known.get("etag")),
                last_modified=read_text(known.get("last_modified")),
                accept=ACCEPT,
            )
        except (SourceGone, SourceUnavailable, AccessDenied):
            if url != feed.url:  # the new address may be the mistake: ask the configured one next time
                yield Batch(state={"configured": feed.url, **_memory(known)})
            raise
        known |= _note_move(known, fetched, url)
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=known, requests=fetched.requests)
            return
        now = context.clock()
        parsed = parse_feed(
            fetched.body,
            fetched.content_type,
            fetched.url,
            feed.name,
            now,
            first_seen=_moments(known.get("first_seen")),
        )
        yield self._conclude(target, feed, known, fetched, parsed, now)

    def _conclude(
        self,
        target: Target,
        feed: FeedOptions,
        known: Mapping[str, object],
        fetched: Fetched,
        parsed: ParsedFeed,
        now: datetime,
    ) -> Batch:
        before = known.get("entries")
        if not parsed.documents:
            # Keep the old validators: else the next 304 would call an emptied feed "unchanged".
            reason = f"no entry where there were {before}" if before else "; ".join(parsed.warnings)
            is_suspect = bool(before) or bool(parsed.skipped)
            status = CoverageStatus.PARTIAL if is_suspect else CoverageStatus.COMPLETE
            return Batch(
                coverage=[Coverage(target.key, status, 0, reason)],
                state=known if is_suspect else {**known, **_validators(fetched)},
                requests=fetched.requests,
                skipped=parsed.skipped,
            )
        hashes = _strings(known.get("hashes"))
        documents = [_date_edit(document, hashes) for document in parsed.documents]
        facts = {"url": fetched.url, "lab": feed.lab, "provenance": feed.provenance}
        told = _strings(known.get("facts"))
        subject = feed_subject(feed.name)
        records: list[Record] = [
            Fact(subject, attribute, value, now.date(), evidence_url=fetched.url)
            for attribute, value in facts.items()
            if value and told.get(attribute) != value
        ]
        records += documents
        records += parsed.releases
        return Batch(
            records=records,
            coverage=[
                Coverage(target.key, CoverageStatus.COMPLETE, len(documents), "; ".join(parsed.warnings))
            ],
            state={
                **known,
                **_validators(fetched),
                "entries": len(documents),
                "hashes": {each.key: each.content_hash[:_HASH_LENGTH] for each in parsed.documents},
                "first_seen": {
                    each.key: each.published_at.isoformat()
                    for each in parsed.documents
                    if each.published_basis == FIRST_SEEN
                },
                "facts": facts,
            },
            requests=fetched.requests,
            skipped=parsed.skipped,
        )


def _date_edit(document: Document, hashes: Mapping[str, str]) -> Document:
    """An entry whose text changed was known when we saw the change, not when it was first published."""
    before = hashes.get(document.key)
    is_edit = before is not None and before != document.content_hash[:_HASH_LENGTH]
    return replace(document, known_at=None) if is_edit else document


def _validators(fetched: Fetched) -> dict[str, object]:
    return {"etag": fetched.etag, "last_modified": fetched.last_modified}


def _note_move(known: Mapping[str, object], fetched: Fetched, url: str) -> dict[str, object]:
    """Count sightings of a permanent redirect; believe it at the third in a row."""
    moved_to = fetched.permanent_url
    if moved_to is None or moved_to == url:
        return {"moved_to": None, "moved_seen": 0}
    before = known.get("moved_seen")
    seen = before + 1 if known.get("moved_to") == moved_to and isinstance(before, int) else 1
    if seen >= MOVES_TO_BELIEVE:
        return {"url": moved_to, "moved_to": None, "moved_seen": 0}
    return {"moved_to": moved_to, "moved_seen": seen}


def _memory(known: Mapping[str, object]) -> dict[str, object]:
    """The part of the state that stays true wherever the feed is fetched from."""
    return {key: known[key] for key in ("entries", "hashes", "first_seen", "facts") if key in known}


def _strings(value: object) -> dict[str, str]:
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, Mapping) else {}


def _moments(value: object) -> dict[str, datetime]:
    return {key: datetime.fromisoformat(text) for key, text in _strings(value).items()}
