"""Writing releases, documents, claims and figures: told once, told again only when the content differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, select

from store import schema as t
from store.records import Claim, Document, Figure, Release
from store.transaction import Transaction, chunks, lock


def write_releases(transaction: Transaction, releases: Sequence[Release]) -> None:
    rows = [_about_subject(transaction, r) for r in releases]
    _write_events(transaction, t.release, ("subject_id", "kind", "key"), rows)


def write_documents(transaction: Transaction, documents: Sequence[Document]) -> None:
    """An entry without a date of its own keeps the moment it was first seen."""
    rows = [_about_subject(transaction, r) for r in documents]
    for row in rows:
        if row["published_basis"] == "first_seen":
            row["published_at"] = min(
                _first_seen(transaction, row) or row["published_at"], row["published_at"]
            )
    _write_events(transaction, t.document, ("subject_id", "key"), rows)


def write_claims(transaction: Transaction, claims: Sequence[Claim]) -> None:
    """A claim's identity: model, benchmark, version, metric, standing, source and settings.

    The Hub tells the same result with its date in `evalResults` and without it on a leaderboard: one that
    names no date does not take back the date of the other."""
    if claims:
        lock(transaction.connection, f"{transaction.spec.world}/claims")
    rows = [
        {
            **asdict(r),
            "world": transaction.spec.world,
            "identity": _digest(
                r.model, r.benchmark, r.version, r.metric, r.standing, r.source_url, r.settings
            ),
        }
        for r in claims
    ]
    _write_events(transaction, t.claim, ("world", "identity"), rows, kept=("claimed_on",))


def write_figures(transaction: Transaction, figures: Sequence[Figure]) -> None:
    """A figure's identity: measure, unit, date, source and notes."""
    if figures:
        lock(transaction.connection, f"{transaction.spec.world}/figures")
    rows = [
        {
            **asdict(r),
            "world": transaction.spec.world,
            "identity": _digest(r.measure, r.unit, r.as_of.isoformat(), r.source, r.notes),
        }
        for r in figures
    ]
    _write_events(transaction, t.figure, ("world", "identity"), rows)


def _write_events(
    transaction: Transaction,
    table: Table,
    key: Sequence[str],
    rows: Iterable[dict[str, Any]],
    *,
    kept: Sequence[str] = (),
) -> None:
    """Insert the rows whose content differs from the last one told under the same key. Of the columns
    `kept`, None says nothing and leaves what was told."""
    incoming = {tuple(row[name] for name in key): row for row in rows}
    content = [c.name for c in table.c if not c.primary_key and c.name not in (*key, "run_id", "known_at")]
    scope, name = table.c[key[0]], table.c[key[-1]]
    scopes = sorted({row[key[0]] for row in incoming.values()})
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for chunk in chunks(sorted({row[key[-1]] for row in incoming.values()})):
        for earlier in transaction.connection.execute(
            select(table)
            .join(t.run, transaction.comparable(table))
            .where(scope.in_(scopes), name.in_(chunk))
            .order_by(table.c.run_id)
        ).mappings():
            known[tuple(earlier[n] for n in key)] = tuple(earlier[n] for n in content)
    for identity, row in incoming.items():
        if kept and (before := known.get(identity)) is not None:
            told = dict(zip(content, before, strict=True))
            row.update({name: told[name] for name in kept if row[name] is None})
    news = [
        row for identity, row in incoming.items() if known.get(identity) != tuple(row[n] for n in content)
    ]
    transaction.counts.unchanged += len(incoming) - len(news)
    transaction.corrected += sum(tuple(row[n] for n in key) in known for row in news)
    transaction.tell(table, news, key)


def _about_subject(transaction: Transaction, record: Release | Document) -> dict[str, Any]:
    row = asdict(record)
    del row["subject"]
    return {**row, "subject_id": transaction.subjects[record.subject]}


def _first_seen(transaction: Transaction, row: dict[str, Any]) -> datetime | None:
    d = t.document
    first: datetime | None = transaction.connection.execute(
        select(func.min(d.c.published_at)).where(d.c.subject_id == row["subject_id"], d.c.key == row["key"])
    ).scalar_one()
    return first


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
