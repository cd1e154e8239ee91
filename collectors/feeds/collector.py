"""Feeds: one target per feed, conditional requests, documents, announcements and claims among them.

What a target remembers between runs (its state, plain JSON values):

    configured      the address in the settings; when that changes, everything else is forgotten
    url             where the feed is fetched from now
    etag, last_modified   sent back verbatim
    moved_to, moved_seen  a permanent redirect and how often it was seen; the third time it is believed
    entries         how many entries the last answer with any had
    seen            marks of what each entry said, by key: an entry is told again when it was edited only;
                    entries that left the feed are remembered for a while, since some come back
    reused          marks of ids that were seen on several posts
    first_seen      when an entry without a believable date was first seen, by key
    quiet_days      weekdays on which the feed itself says that it is not renewed
    facts           what was last said about the feed itself
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from collectors.contract import Context, Target
from collectors.feeds.claims import ClaimReader
from collectors.feeds.entry import FIRST_SEEN
from collectors.feeds.identity import Seen
from collectors.feeds.naming import ClaimNames
from collectors.feeds.parsing import ParsedFeed, feed_subject, parse_feed
from collectors.fetching import without_credentials
from collectors.fetching.gate import host_of
from collectors.states import read_names, read_text
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

MOST_REMEMBERED = 1_000
"""Entries of one feed, those in its last answer among them; the largest feeds hold some hundred."""

_NEARBY = timedelta(hours=12)
"""A feed's weekday is that of its own place, which it does not say."""


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """A feed to read. `lab`: the lab's key, empty when it is nobody's own feed. `provenance`: official,
    or third_party for a feed somebody else makes from the lab's pages. `every`: how often it is looked at
    where it says so itself; `quiet_days`: weekdays (Monday is 0) on which it is known to be empty."""

    name: str
    url: str
    lab: str = ""
    provenance: str = "official"
    every: timedelta | None = None
    quiet_days: frozenset[int] = frozenset()


class FeedsCollector:
    """Reads feeds. Raises ConfigurationError when two feeds share a name: it is their identity.

    `names`: what models and benchmarks are called; without it no claims are found."""

    name = "feeds"
    source = "feeds"

    def __init__(self, feeds: Sequence[FeedOptions], names: ClaimNames | None = None) -> None:
        self._names = names
        self._feeds = {f"feed:{feed.name}": feed for feed in feeds}
        if len(self._feeds) != len(feeds):
            listed = [feed.name for feed in feeds]
            twice = sorted({name for name in listed if listed.count(name) > 1})
            raise ConfigurationError(f"two feeds have the same name: {', '.join(twice)}")

    def list_targets(self) -> Sequence[Target]:
        """One target per feed, in the order of the settings."""
        return [
            Target(key=key, label=feed.name, host=host_of(feed.url), every=feed.every)
            for key, feed in self._feeds.items()
        ]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """One batch: the feed's entries, or only coverage when the feed says that nothing changed."""
        context.raise_if_stopped()
        feed = self._feeds[target.key]
        configured = without_credentials(feed.url)
        known = dict(state) if state.get("configured") == configured else {"configured": configured}
        url = read_text(known.get("url")) or feed.url
        quiet_days = feed.quiet_days | _weekdays(known.get("quiet_days"))
        now = context.clock()
        if (
            known.get("entries")
            and _is_quiet(now - _NEARBY, quiet_days)
            and _is_quiet(now + _NEARBY, quiet_days)
        ):
            reason = f"not renewed on {now:%A}s, as the feed says"
            yield Batch(coverage=[Coverage(target.key, CoverageStatus.POSTPONED, 0, reason)])
            return
        try:
            fetched = context.fetcher.fetch(
                url,
                etag=read_text(known.get("etag")),
                last_modified=read_text(known.get("last_modified")),
                accept=ACCEPT,
            )
        except (SourceGone, SourceUnavailable, AccessDenied):
            if url != feed.url:  # the new address may be the mistake: ask the configured one next time
                yield Batch(state={"configured": configured, **_memory(known)})
            raise
        known |= _note_move(known, fetched, url)
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=known, requests=fetched.requests)
            return
        parsed = parse_feed(
            fetched.body,
            fetched.content_type,
            fetched.url,
            feed.name,
            now,
            first_seen=_moments(known.get("first_seen")),
            seen=_marks(known.get("seen")),
            reused=read_names(known.get("reused")),
            reader=None if self._names is None else ClaimReader(self._names, feed.lab),
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
            quiet_days = feed.quiet_days | parsed.quiet_days | _weekdays(known.get("quiet_days"))
            is_quiet = _is_quiet(now, quiet_days) or _is_quiet(now - _NEARBY, quiet_days)
            reason = "; ".join(parsed.warnings)
            if before:
                reason = (
                    f"no entry, as usual on {now:%A}s" if is_quiet else f"no entry where there were {before}"
                )
            is_suspect = (bool(before) and not is_quiet) or bool(parsed.skipped)
            status = CoverageStatus.PARTIAL if is_suspect else CoverageStatus.COMPLETE
            return Batch(
                coverage=[Coverage(target.key, status, 0, reason)],
                state=known if is_suspect or before else {**known, **_validators(fetched)},
                requests=fetched.requests,
                skipped=parsed.skipped,
            )
        seen = _marks(known.get("seen"))
        undated = _strings(known.get("first_seen"))
        news = [
            _date_edit(document, seen)
            for document in parsed.documents
            if _is_news(document, parsed.seen[document.key], seen, undated)
        ]
        told_now = {document.key for document in news}
        facts = {"url": fetched.url, "lab": feed.lab, "provenance": feed.provenance}
        told = _strings(known.get("facts"))
        subject = feed_subject(feed.name)
        records: list[Record] = [
            Fact(subject, attribute, value, now.date(), evidence_url=fetched.url)
            for attribute, value in facts.items()
            if value and told.get(attribute) != value
        ]
        records += news
        records += [release for release in parsed.releases if release.key in told_now]
        records += [claim for key in parsed.claims if key in told_now for claim in parsed.claims[key]]
        remembered = _remember(seen, parsed.seen)
        return Batch(
            records=records,
            coverage=[
                Coverage(
                    target.key, CoverageStatus.COMPLETE, len(parsed.documents), "; ".join(parsed.warnings)
                )
            ],
            state={
                **known,
                **_validators(fetched),
                "entries": len(parsed.documents),
                "seen": {key: each.write() for key, each in remembered.items()},
                "reused": _remember_reused(read_names(known.get("reused")), parsed.reused),
                "first_seen": {
                    **{key: moment for key, moment in undated.items() if key in remembered},
                    **{
                        each.key: each.published_at.isoformat()
                        for each in parsed.documents
                        if each.published_basis == FIRST_SEEN
                    },
                },
                "quiet_days": sorted(parsed.quiet_days),
                "facts": facts,
            },
            requests=fetched.requests,
            skipped=parsed.skipped,
        )


def _is_news(document: Document, now: Seen, seen: Mapping[str, Seen], undated: Mapping[str, str]) -> bool:
    """Whether an entry is new, was edited, or has got the date that it lacked. A feed that only stamps its
    entries with another date, address or markup tells nothing."""
    before = seen.get(document.key)
    if before is None or before.text != now.text:
        return True
    return document.key in undated and document.published_basis != FIRST_SEEN


def _date_edit(document: Document, seen: Mapping[str, Seen]) -> Document:
    """An entry that changed was known when we saw the change, not when it was first published."""
    return replace(document, known_at=None) if document.key in seen else document


def _remember(before: Mapping[str, Seen], now: Mapping[str, Seen]) -> dict[str, Seen]:
    """The entries of this answer and, as far as there is room, those that left it, the latest ones last."""
    left = [(key, each) for key, each in before.items() if key not in now]
    room = max(MOST_REMEMBERED - len(now), 0)
    return dict([*left[len(left) - min(room, len(left)) :], *reversed(list(now.items()))])


def _remember_reused(before: Sequence[str], now: Collection[str]) -> list[str]:
    """The marks of ids that are none, the latest last; as many as entries are remembered."""
    return [*before, *sorted(set(now) - set(before))][-MOST_REMEMBERED:]


def _is_quiet(moment: datetime, days: frozenset[int]) -> bool:
    return moment.weekday() in days


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


_LASTING = ("entries", "seen", "reused", "first_seen", "quiet_days", "facts")


def _memory(known: Mapping[str, object]) -> dict[str, object]:
    """The part of the state that stays true wherever the feed is fetched from."""
    return {key: known[key] for key in _LASTING if key in known}


def _strings(value: object) -> dict[str, str]:
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, Mapping) else {}


def _moments(value: object) -> dict[str, datetime]:
    return {key: datetime.fromisoformat(text) for key, text in _strings(value).items()}


def _marks(value: object) -> dict[str, Seen]:
    read = ((key, Seen.read(written)) for key, written in _strings(value).items())
    return {key: each for key, each in read if each is not None}


def _weekdays(value: object) -> frozenset[int]:
    return frozenset(day for day in value if isinstance(day, int)) if isinstance(value, list) else frozenset()
