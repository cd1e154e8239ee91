"""Policies: every page one target and, where it has changed, one text.

A page that is unchanged (304, or the same bytes) is not parsed. Its text is kept once, as a Document whose
key is the text's hash; the dated fact `text_hash` says which text is in force from when, so that a return to
an earlier text is one more fact and no more text. What our own programs change is told as ours: the fact
`text_origin` names a text that is there because another version of the extraction made it (`extraction`), or
perhaps so (`unclear`: page and extraction changed at once). Lines that a change moved are counted for texts
that are the service's own and new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from collectors.contract import Context, Target
from collectors.fetching.gate import host_of
from collectors.policies.judging import judge
from collectors.policies.lifecycle import list_facts, parse_retirements
from collectors.policies.lines import find_nearest, mark_lines
from collectors.policies.options import COOKIES, DEPRECATIONS, SOURCE, PolicyOptions
from collectors.policies.reader import PageReader, page_reader
from collectors.policies.reading import HTML, PLAIN, describe_extraction, parse_media_type
from collectors.policies.rules import RULES_VERSION, evaluate_rules
from collectors.policies.state import PolicyState
from collectors.policies.wording import digest, unify
from collectors.states import read_state
from store.errors import SourceChanged
from store.records import Batch, Coverage, CoverageStatus, Document, Fact, Observation, Record

if TYPE_CHECKING:
    from collectors.fetching import Fetched

MOST_BYTES = 3_000_000
"""Of one page. The largest in the catalogue are documentation pages of about 1 MB."""

ADDED, REMOVED = "policy.lines_added", "policy.lines_removed"
_QUOTE_LENGTH = 1_000
_ACCEPT = "text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.8"


class PoliciesCollector:
    """`reader`: what makes text of pages; `extraction`: what it is called, with its version."""

    name = SOURCE
    source = SOURCE

    def __init__(
        self,
        pages: Sequence[PolicyOptions],
        *,
        reader: PageReader | None = None,
        extraction: str | None = None,
        rules_version: int = RULES_VERSION,
    ) -> None:
        self._pages = {page.name: page for page in pages}
        self._reader = reader
        self._extraction = extraction
        self._rules_version = rules_version

    def list_targets(self) -> Sequence[Target]:
        return [
            Target(name, f"{name} ({page.url})", host_of(page.url), every=page.every)
            for name, page in self._pages.items()
        ]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Fetch the page once; yield one batch."""
        context.raise_if_stopped()
        page = self._pages[target.key]
        extraction = self._extraction or describe_extraction()
        known = read_state(state, PolicyState)
        is_same_way = (known.url, known.extraction, known.rules) == (
            page.url,
            extraction,
            self._rules_version,
        )
        fetched = context.fetcher.fetch(
            page.url,
            etag=known.etag if is_same_way else None,
            last_modified=known.last_modified if is_same_way else None,
            accept=_ACCEPT,
            headers={"Accept-Language": page.language},
            max_bytes=MOST_BYTES,
        )
        if fetched.is_unchanged:
            known.suspect = None  # the believed text is back: what stood before it was passing
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=known.write(), requests=fetched.requests)
            return
        body = hashlib.sha256(fetched.body).hexdigest()
        if is_same_way and body == known.body:
            known.etag, known.last_modified, known.suspect = fetched.etag, fetched.last_modified, None
            yield Batch(
                coverage=[Coverage(target.key, CoverageStatus.COMPLETE, 1, _describe_move(page, fetched))],
                state=known.write(),
                requests=fetched.requests,
            )
            return
        yield self._read(page, known, fetched, body, extraction, context)

    def _read(
        self,
        page: PolicyOptions,
        known: PolicyState,
        fetched: Fetched,
        body: str,
        extraction: str,
        context: Context,
    ) -> Batch:
        """What an answer that differs from the last one makes known."""
        media_type, _ = parse_media_type(fetched.content_type or "text/html")
        if media_type not in HTML | PLAIN:
            raise SourceChanged("Content-Type", f"a page has become {media_type!r}", host=host_of(page.url))
        reader = self._reader or page_reader()
        read = reader.read(fetched.body, fetched.content_type or "text/html", context.stop)
        text, now = unify(read.text), context.clock()
        suspicion = judge(
            read.title,
            text,
            page.url,
            fetched.url,
            last_length=known.length,
            is_about_cookies=COOKIES in page.document.lower(),
        )
        if suspicion is not None and (suspicion.is_lasting or not known.confirm(digest(text), now.date())):
            days = known.suspect.days if known.suspect and not suspicion.is_lasting else 0
            seen = f", seen on {days} day{'s' * (days > 1)}, to be confirmed" if days else ""
            return Batch(
                coverage=[Coverage(page.name, CoverageStatus.PARTIAL, 0, suspicion.reason + seen)],
                state=known.write(),
                requests=fetched.requests,
            )
        has_same_body = body == known.body
        origin = _find_origin(known, extraction, has_same_body=has_same_body)
        records = self._list_records(page, known, text, fetched.url, origin, now)
        known.url, known.body, known.extraction = page.url, body, extraction
        known.rules = self._rules_version
        known.etag, known.last_modified, known.suspect = fetched.etag, fetched.last_modified, None
        return Batch(
            records=records,
            coverage=[Coverage(page.name, CoverageStatus.COMPLETE, 1, _describe_move(page, fetched))],
            state=known.write(),
            requests=fetched.requests,
        )

    def _list_records(
        self, page: PolicyOptions, known: PolicyState, text: str, url: str, origin: str, now: datetime
    ) -> list[Record]:
        """Facts about the document, its text where it is new, and what it says; `known` is brought up to
        date."""
        records = _list_attributes(page, known, url, now.date())
        key = digest(text)
        marks = mark_lines(text)
        is_in_force = key == known.text
        is_new = key not in known.seen
        if is_new:
            records.append(_make_document(page, text, key, url, now))
        if not is_in_force:
            records.append(Fact(page.subject, "text_hash", key, now.date(), evidence_url=url))
            if origin and is_new and known.text:
                records.append(Fact(page.subject, "text_origin", f"{origin} {key}", now.date()))
            if is_new and not origin and known.text:
                records += _count_lines(page, known, marks, now.date())
            known.put_in_force(key, marks, len(text), now.date())
        if not is_in_force or known.rules != self._rules_version:
            since = date.fromisoformat(known.since)
            records += self._list_readings(page, text, key, url, since)
        return records

    def _list_readings(self, page: PolicyOptions, text: str, key: str, url: str, since: date) -> list[Record]:
        """What the text says, from the day on which it came into force: rules that were changed since correct
        what was read, they do not date a change of the policy."""
        if page.kind == DEPRECATIONS:
            return [*list_facts(parse_retirements(text), SOURCE, page.service, since, url)]
        facts = [Fact(page.subject, "rules", f"{self._rules_version} {key}", since, evidence_url=url)]
        for reading in evaluate_rules(text):
            name = f"rule.{reading.rule}"
            quote = " … ".join(reading.quotes)[:_QUOTE_LENGTH]
            facts.append(Fact(page.subject, name, reading.value, since, evidence_url=url))
            facts.append(Fact(page.subject, f"{name}.quote", quote, since, evidence_url=url))
        return [*facts]


def _find_origin(known: PolicyState, extraction: str, *, has_same_body: bool) -> str:
    """Whose a new text is: empty for the service's own."""
    if not known.extraction or known.extraction == extraction:
        return ""
    return "extraction" if has_same_body else "unclear"


def _list_attributes(page: PolicyOptions, known: PolicyState, url: str, today: date) -> list[Record]:
    """What is told of the document itself, where it differs from what was told."""
    told = {"url": url, "lab": page.lab, "document_kind": page.kind}
    news = {name: value for name, value in told.items() if value and known.told.get(name) != value}
    known.told = {**known.told, **news}
    return [Fact(page.subject, name, value, today, evidence_url=url) for name, value in news.items()]


def _make_document(page: PolicyOptions, text: str, key: str, url: str, now: datetime) -> Document:
    return Document(
        subject=page.subject,
        key=key,
        title=page.document,
        url=url,
        published_at=now,
        published_basis="first_seen",
        text=text,
        content_hash=key,
    )


def _count_lines(page: PolicyOptions, known: PolicyState, marks: str, today: date) -> list[Record]:
    moved = find_nearest(known.forms.values(), marks)
    if moved is None or moved == (0, 0):
        return []
    added, removed = known.add_moved(*moved, today)
    return [
        Observation(page.subject, ADDED, today, added),
        Observation(page.subject, REMOVED, today, removed),
    ]


def _describe_move(page: PolicyOptions, fetched: Fetched) -> str:
    return "" if fetched.url == page.url else f"answered by {fetched.url}"
