"""Bundled single figures, and the recorded versions of providers' policies."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date

from store.baseline.notation import parse_date, parse_events, read_lines
from store.catalogue import Catalogue, midnight
from store.records import Document, Figure, Kind, Observation, Record, SubjectRef

VERSION_KINDS = {"f": "first record", "c": "change", "x": "extraction"}


def read_figures(file_name: str, _catalogue: Catalogue, _through: date) -> Iterator[Record]:
    for line in read_lines(file_name):
        measure, value, unit, as_of, source, interest = line.columns[:6]
        day, precision = parse_date(as_of)
        yield Figure(
            measure=measure,
            value=float(value),
            unit=unit,
            as_of=day,
            precision=precision,
            source=source,
            sponsor_interest=interest,
            notes=line.text(6) or "",
            known_at=midnight(day),
        )


def read_policies(file_name: str, _catalogue: Catalogue, _through: date) -> Iterator[Record]:
    """A Document per recorded version, and the lines that the service's changes of a day moved.

    First records and the recorder's own changed extraction are documents, but no lines moved by the
    service; the metric leaves them out."""
    for line in read_lines(file_name):
        title, first_day, events = line.columns
        subject = SubjectRef("policies", Kind.DOCUMENT_SOURCE, f"{line.group[0]}/{title}")
        versions: Counter[str] = Counter()
        moved: dict[date, tuple[int, int]] = {}
        for day, mark, lines in parse_events(first_day, events):
            added, removed = (int(part) for part in lines.split("/"))
            kind = VERSION_KINDS[mark]
            versions[f"{day} {kind}"] += 1
            yield _document(subject, title, day, kind, versions[f"{day} {kind}"], added, removed)
            if kind == "change":
                before = moved.get(day, (0, 0))
                moved[day] = (before[0] + added, before[1] + removed)
        for day, (added, removed) in moved.items():
            yield Observation(subject, "policy.lines_added", day, added, known_at=midnight(day))
            yield Observation(subject, "policy.lines_removed", day, removed, known_at=midnight(day))


def _document(
    subject: SubjectRef, title: str, day: date, kind: str, number: int, added: int, removed: int
) -> Document:
    key = f"{day} {kind}" if number == 1 else f"{day} {kind} {number}"
    sentence = f"{title}: {added} lines added, {removed} removed"
    return Document(
        subject=subject,
        key=key,
        title=sentence,
        url=None,
        published_at=midnight(day),
        published_basis="first_seen",
        text=kind,
        # The text itself is not bundled; the hash tells two records of one document apart.
        content_hash=hashlib.sha256(f"{subject.name}\n{key}\n{sentence}".encode()).hexdigest(),
        known_at=midnight(day),
    )
