"""Database rows as the vocabulary's records. A row is one of `AsOf.current`, with its run's clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.records import (
    Basis,
    Claim,
    Document,
    Figure,
    Precision,
    Provenance,
    Release,
    ReleaseKind,
    Standing,
    StoredClaim,
    StoredDocument,
    StoredFigure,
    StoredRelease,
    SubjectRef,
)

Row = Mapping[str, Any]


def read_provenance(row: Row) -> Provenance:
    """Who told the row."""
    return Provenance(row["data_source"], Basis(row["run_basis"]), row["run_id"])


def read_release(row: Row, subject: SubjectRef) -> StoredRelease:
    release = Release(
        subject=subject,
        kind=ReleaseKind(row["kind"]),
        key=row["key"],
        title=row["title"],
        url=row["url"],
        published_at=row["published_at"],
        precision=Precision(row["precision"]),
        version=row["version"],
        is_prerelease=row["is_prerelease"],
        known_at=row["told_at"],
    )
    return StoredRelease(release, read_provenance(row))


def read_document(row: Row, subject: SubjectRef) -> StoredDocument:
    document = Document(
        subject=subject,
        key=row["key"],
        title=row["title"],
        url=row["url"],
        published_at=row["published_at"],
        published_basis=row["published_basis"],
        text=row["text"],
        content_hash=row["content_hash"],
        known_at=row["told_at"],
    )
    return StoredDocument(document, read_provenance(row))


def read_claim(row: Row, model_key: str | None) -> StoredClaim:
    """`model_key`: the model that the claimed name means, where we know it."""
    claim = Claim(
        model=row["model"],
        benchmark=row["benchmark"],
        score=row["score"],
        unit=row["unit"],
        metric=row["metric"],
        standing=Standing(row["standing"]),
        claimed_on=row["claimed_on"],
        source_url=row["source_url"],
        version=row["version"],
        settings=row["settings"],
        quote=row["quote"],
        known_at=row["told_at"],
    )
    return StoredClaim(claim, model_key, read_provenance(row))


def read_figure(row: Row) -> StoredFigure:
    figure = Figure(
        measure=row["measure"],
        value=row["value"],
        unit=row["unit"],
        as_of=row["as_of"],
        precision=Precision(row["precision"]),
        source=row["source"],
        sponsor_interest=row["sponsor_interest"],
        notes=row["notes"],
        known_at=row["told_at"],
    )
    return StoredFigure(figure, read_provenance(row))
