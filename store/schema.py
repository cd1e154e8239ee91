"""The tables. Reference tables are small; observations carry no surrogate id and no foreign key to them.

    lab, metric, benchmark, licence, data_source      the catalogue, loaded from store/catalogue
    stamp                                             which views this database has
    run ─┬─ coverage                                  one attempt of a collector, what it looked at
         └─ every row below                           which run told us (the second clock)
    checkpoint                                        where each target goes on from, what is due
    subject ─┬─ subject_name                          one thing in one source, and what it was called
             ├─ observation, fact                     dated values
             ├─ release, document                     dated events and texts
             └─ link ── model ── model_fact           the same thing across sources
    claim, figure                                     statements by somebody
    issue ── delivery ── subscriber                   what we said, to whom

Keys follow the rules of a distributed PostgreSQL: every primary and unique key of a growing table begins
with or contains its subject. Nothing is overwritten but `run`'s counters, `checkpoint` and `delivery`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite would drop the offset silently, so naive values are refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, got naive {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value.astimezone(UTC) if value else None
        return value.replace(tzinfo=UTC)


Id = BigInteger().with_variant(Integer, "sqlite")
Word = String(64)
"""A word of our own vocabulary."""
Name = Text()
"""Somebody else's word; the writer bounds it, so that both databases refuse the same ones."""


def _run_id(*, key: bool = False) -> Column[int]:
    return Column("run_id", Id, ForeignKey("run.run_id"), nullable=False, primary_key=key)


# --------------------------------------------------------------------------- catalogue

lab = Table(
    "lab",
    metadata,
    Column("key", Word, primary_key=True),
    Column("name", Name, nullable=False),
    Column("kind", Word, nullable=False),
    Column("country", Word, nullable=False),
)

metric = Table(
    "metric",
    metadata,
    Column("metric_id", SmallInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("name", Word, nullable=False, unique=True),
    Column("unit", Word, nullable=False),
    Column("semantics", Word, nullable=False),
    Column("window_days", Integer),
    Column("source", Word, nullable=False),
    Column("caveat", Text, nullable=False),
)

benchmark = Table(
    "benchmark",
    metadata,
    Column("key", Word, primary_key=True),
    Column("name", Name, nullable=False),
    Column("unit", Word, nullable=False),
    Column("domain", Word, nullable=False),
    Column("higher_is_better", Boolean, nullable=False),
)

licence = Table(
    "licence",
    metadata,
    Column("key", Word, primary_key=True),
    Column("name", Name, nullable=False),
    Column("openness", Word, nullable=False),
    Column("is_approved", Boolean, nullable=False),
    Column("note", Text, nullable=False),
)

data_source = Table(
    "data_source",
    metadata,
    Column("key", Word, primary_key=True),
    Column("name", Name, nullable=False),
    Column("url", Text, nullable=False),
    Column("licence", Name, nullable=False),
    Column("changes", Text, nullable=False),
)

stamp = Table(
    "stamp",
    metadata,
    Column("name", Word, primary_key=True),
    Column("value", Text, nullable=False),
)

# --------------------------------------------------------------------------- runs and coverage

run = Table(
    "run",
    metadata,
    Column("run_id", Id, primary_key=True),
    Column("world", Word, nullable=False),
    Column("collector", Word, nullable=False),
    Column("data_source", Word, nullable=False),
    Column("basis", Word, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("outcome", Word, nullable=False),
    Column("written", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("error_kind", Word),
    Column("error", Text),
    Index(None, "world", "collector", "started_at"),
)

coverage = Table(
    "coverage",
    metadata,
    _run_id(key=True),
    Column("scope", Name, primary_key=True),
    Column("status", Word, nullable=False),
    Column("items", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("world", Word, primary_key=True),
    Column("collector", Word, primary_key=True),
    Column("target", Name, primary_key=True),
    Column("state", Text, nullable=False),
    Column("last_attempt_at", Moment),
    Column("last_success_at", Moment),
    Column("next_check_at", Moment),
    Column("failures", Integer, nullable=False),
    Column("problem", Text, nullable=False),
)

# --------------------------------------------------------------------------- subjects and models

subject = Table(
    "subject",
    metadata,
    Column("subject_id", Id, primary_key=True),
    Column("world", Word, nullable=False),
    Column("source", Word, nullable=False),
    Column("kind", Word, nullable=False),
    Column("native_id", Name),
    Column("name", Name, nullable=False),
    _run_id(),
    UniqueConstraint("world", "source", "kind", "native_id"),
    Index(None, "world", "source", "kind", "name"),
)

subject_name = Table(
    "subject_name",
    metadata,
    Column("subject_id", Id, ForeignKey("subject.subject_id"), primary_key=True),
    _run_id(key=True),
    Column("name", Name, nullable=False),
)

model = Table(
    "model",
    metadata,
    Column("model_id", Id, primary_key=True),
    Column("world", Word, nullable=False),
    Column("key", Name, nullable=False),
    Column("lab", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("family", Name),
    _run_id(),
    UniqueConstraint("world", "key"),
)

link = Table(
    "link",
    metadata,
    Column("subject_id", Id, ForeignKey("subject.subject_id"), primary_key=True),
    Column("model_id", Id, ForeignKey("model.model_id"), primary_key=True),
    _run_id(key=True),
    Column("basis", Word, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    Column("known_at", Moment),
)

# --------------------------------------------------------------------------- dated values

observation = Table(
    "observation",
    metadata,
    Column("day", Date, primary_key=True),
    Column(
        "metric_id",
        SmallInteger().with_variant(Integer, "sqlite"),
        ForeignKey("metric.metric_id"),
        primary_key=True,
    ),
    Column("subject_id", Id, ForeignKey("subject.subject_id"), primary_key=True),
    _run_id(key=True),
    Column("value", Double, nullable=False),
    Column("known_at", Moment),
    Index(None, "subject_id", "metric_id", "day"),
    sqlite_with_rowid=False,
)


def _fact_columns(owner: str) -> list[Column[Any]]:
    return [
        Column(f"{owner}_id", Id, ForeignKey(f"{owner}.{owner}_id"), primary_key=True),
        Column("attribute", Word, primary_key=True),
        Column("valid_from", Date, primary_key=True),
        _run_id(key=True),
        Column("value", Text, nullable=False),
        Column("precision", Word, nullable=False),
        Column("evidence_url", Text),
        Column("known_at", Moment),
    ]


fact = Table("fact", metadata, *_fact_columns("subject"))
model_fact = Table("model_fact", metadata, *_fact_columns("model"))

release = Table(
    "release",
    metadata,
    Column("release_id", Id, primary_key=True),
    Column("subject_id", Id, ForeignKey("subject.subject_id"), nullable=False),
    Column("kind", Word, nullable=False),
    Column("key", Name, nullable=False),
    _run_id(),
    Column("title", Text, nullable=False),
    Column("version", Name),
    Column("url", Text),
    Column("published_at", Moment, nullable=False),
    Column("precision", Word, nullable=False),
    Column("is_prerelease", Boolean, nullable=False),
    Column("known_at", Moment),
    UniqueConstraint("subject_id", "kind", "key", "run_id"),
    Index(None, "published_at"),
)

document = Table(
    "document",
    metadata,
    Column("document_id", Id, primary_key=True),
    Column("subject_id", Id, ForeignKey("subject.subject_id"), nullable=False),
    Column("key", Name, nullable=False),
    _run_id(),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("published_at", Moment, nullable=False),
    Column("published_basis", Word, nullable=False),
    Column("text", Text, nullable=False),
    Column("content_hash", Word, nullable=False),
    Column("known_at", Moment),
    UniqueConstraint("subject_id", "key", "run_id"),
    Index(None, "published_at"),
)

# --------------------------------------------------------------------------- statements

claim = Table(
    "claim",
    metadata,
    Column("claim_id", Id, primary_key=True),
    Column("world", Word, nullable=False),
    Column("identity", Word, nullable=False),
    _run_id(),
    Column("model", Name, nullable=False),
    Column("benchmark", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("metric", Name, nullable=False),
    Column("unit", Name, nullable=False),
    Column("score", Double, nullable=False),
    Column("standing", Word, nullable=False),
    Column("claimed_on", Date),
    Column("source_url", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("known_at", Moment),
    UniqueConstraint("world", "identity", "run_id"),
)

figure = Table(
    "figure",
    metadata,
    Column("figure_id", Id, primary_key=True),
    Column("world", Word, nullable=False),
    Column("identity", Word, nullable=False),
    _run_id(),
    Column("measure", Name, nullable=False),
    Column("value", Double, nullable=False),
    Column("unit", Name, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("precision", Word, nullable=False),
    Column("source", Name, nullable=False),
    Column("sponsor_interest", Name, nullable=False),
    Column("notes", Text, nullable=False),
    Column("known_at", Moment),
    UniqueConstraint("world", "identity", "run_id"),
)

# --------------------------------------------------------------------------- what we said, to whom

issue = Table(
    "issue",
    metadata,
    Column("issue_id", Id, primary_key=True),
    Column("world", Word, nullable=False),
    Column("week", Word, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("built_at", Moment, nullable=False),
    Column("last_run_id", Id, nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", Word, nullable=False),
    Column("inputs_hash", Word, nullable=False),
    UniqueConstraint("world", "week", "revision"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("subscriber_id", Id, primary_key=True),
    Column("email", Name, nullable=False, unique=True),
    Column("added_at", Moment, nullable=False),
    Column("is_active", Boolean, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("issue_id", Id, ForeignKey("issue.issue_id"), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.subscriber_id"), nullable=False),
    Column("channel", Word, nullable=False),
    Column("message_id", Name, nullable=False, unique=True),
    Column("message", LargeBinary, nullable=False),
    Column("state", Word, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("place", Text),
    Column("problem", Text),
    UniqueConstraint("issue_id", "subscriber_id", "channel"),
)
