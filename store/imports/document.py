"""Recorded versions of documents: JSON lines `service,document,recorded_at,text`.

Every distinct text is kept once, under its own hash; a dated fact `text_hash` says which text was in
force from when on, so that a return to an earlier text is seen as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from store.imports.entry import Context, Entry, ImportKind, Settled, Statement
from store.imports.field import check_key, read_moment
from store.imports.row import BadField, Row, quote
from store.records import Document, Fact, Kind, Record, SubjectRef


def parse_row(row: Row, context: Context) -> Entry:
    """One text as it was seen at a moment. It is kept to the character: no blank is cut, nothing unified."""
    service, title = row.need("service"), row.need("document")
    if "/" in service:
        raise BadField("service", f"{quote(service)} has a slash; the document's name may have one")
    subject = SubjectRef("import", Kind.DOCUMENT_SOURCE, check_key(f"{service}/{title}", "document"))
    at = read_moment(row, "recorded_at", context.now)
    row.need("text")
    text = row.fields["text"]
    digest = hashlib.sha256(text.encode()).hexdigest()
    records = (
        Document(
            subject=subject,
            key=digest,
            title=title,
            url=None,
            published_at=at,
            published_basis="first_seen",
            text=text,
            content_hash=digest,
            known_at=at,
        ),
        Fact(subject, "text_hash", digest, valid_from=at.date(), known_at=at),
    )
    said = Statement("the same service, document and moment", (subject.name, at), digest)
    return Entry(row.line, at, (said,), records)


def settle(entries: Sequence[Entry]) -> Settled:
    """Each text from its first sight on; of two texts of one day the later stands for the day."""
    texts: dict[tuple[SubjectRef, str], Record] = {}
    in_force: dict[tuple[SubjectRef, date], Fact] = {}
    replaced = 0
    for record in (record for entry in entries for record in entry.records):
        if isinstance(record, Document):
            texts.setdefault((record.subject, record.key), record)
        elif isinstance(record, Fact):
            before = in_force.get((record.subject, record.valid_from))
            if before is None or before.value != record.value:
                replaced += before is not None
                in_force[record.subject, record.valid_from] = record
    return Settled([*texts.values(), *in_force.values()], replaced)


KIND = ImportKind(
    "documents", ("service", "document", "recorded_at", "text"), (), parse_row, settle, only_json=True
)
