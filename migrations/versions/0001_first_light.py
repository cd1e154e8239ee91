"""First light: runs, subjects, dated values, statements, issues and deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "benchmark",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=64), nullable=False),
        sa.Column("higher_is_better", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_benchmark")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("collector", sa.String(length=64), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_attempt_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("world", "collector", "target", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "data_source",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_data_source")),
    )
    op.create_table(
        "issue",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("week", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("built_at", MOMENT, nullable=False),
        sa.Column("last_run_id", ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue")),
        sa.UniqueConstraint("world", "week", "revision", name=op.f("uq_issue_world_week_revision")),
    )
    op.create_table(
        "lab",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lab")),
    )
    op.create_table(
        "licence",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("openness", sa.String(length=64), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_licence")),
    )
    op.create_table(
        "metric",
        sa.Column("metric_id", SMALL_ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("semantics", sa.String(length=64), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("caveat", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("metric_id", name=op.f("pk_metric")),
        sa.UniqueConstraint("name", name=op.f("uq_metric_name")),
    )
    op.create_table(
        "run",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("collector", sa.String(length=64), nullable=False),
        sa.Column("data_source", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("error_kind", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_run_world_collector_started_at"),
            ["world", "collector", "started_at"],
            unique=False,
        )

    op.create_table(
        "stamp",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stamp")),
    )
    op.create_table(
        "subscriber",
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("email", name=op.f("uq_subscriber_email")),
    )
    op.create_table(
        "claim",
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("benchmark", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("standing", sa.String(length=64), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_claim_run_id_run")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim")),
        sa.UniqueConstraint("world", "identity", "run_id", name=op.f("uq_claim_world_identity_run_id")),
    )
    op.create_table(
        "coverage",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_coverage_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "scope", name=op.f("pk_coverage")),
    )
    op.create_table(
        "delivery",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.issue_id"], name=op.f("fk_delivery_issue_id_issue")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.subscriber_id"], name=op.f("fk_delivery_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "issue_id", "subscriber_id", "channel", name=op.f("uq_delivery_issue_id_subscriber_id_channel")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    )
    op.create_table(
        "figure",
        sa.Column("figure_id", ID, nullable=False),
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("precision", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sponsor_interest", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_figure_run_id_run")),
        sa.PrimaryKeyConstraint("figure_id", name=op.f("pk_figure")),
        sa.UniqueConstraint("world", "identity", "run_id", name=op.f("uq_figure_world_identity_run_id")),
    )
    op.create_table(
        "model",
        sa.Column("model_id", ID, nullable=False),
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lab", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("run_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_model_run_id_run")),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model")),
        sa.UniqueConstraint("world", "key", name=op.f("uq_model_world_key")),
    )
    op.create_table(
        "subject",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("world", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_subject_run_id_run")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subject")),
        sa.UniqueConstraint(
            "world", "source", "kind", "native_id", name=op.f("uq_subject_world_source_kind_native_id")
        ),
    )
    with op.batch_alter_table("subject", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subject_world_source_kind_name"), ["world", "source", "kind", "name"], unique=False
        )

    op.create_table(
        "document",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_basis", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_document_run_id_run")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_document_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document")),
        sa.UniqueConstraint("subject_id", "key", "run_id", name=op.f("uq_document_subject_id_key_run_id")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_published_at"), ["published_at"], unique=False)

    op.create_table(
        "fact",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("attribute", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("precision", sa.String(length=64), nullable=False),
        sa.Column("evidence_url", sa.Text(), nullable=True),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_fact_run_id_run")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_fact_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("subject_id", "attribute", "valid_from", "run_id", name=op.f("pk_fact")),
    )
    op.create_table(
        "link",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("model_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["model.model_id"], name=op.f("fk_link_model_id_model")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_link_run_id_run")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_link_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("subject_id", "model_id", "run_id", name=op.f("pk_link")),
    )
    op.create_table(
        "model_fact",
        sa.Column("model_id", ID, nullable=False),
        sa.Column("attribute", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("precision", sa.String(length=64), nullable=False),
        sa.Column("evidence_url", sa.Text(), nullable=True),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["model.model_id"], name=op.f("fk_model_fact_model_id_model")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_model_fact_run_id_run")),
        sa.PrimaryKeyConstraint("model_id", "attribute", "valid_from", "run_id", name=op.f("pk_model_fact")),
    )
    op.create_table(
        "observation",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric_id", SMALL_ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["metric_id"], ["metric.metric_id"], name=op.f("fk_observation_metric_id_metric")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_observation_run_id_run")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_observation_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("day", "metric_id", "subject_id", "run_id", name=op.f("pk_observation")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_observation_subject_id_metric_id_day"),
            ["subject_id", "metric_id", "day"],
            unique=False,
        )

    op.create_table(
        "release",
        sa.Column("release_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("precision", sa.String(length=64), nullable=False),
        sa.Column("is_prerelease", sa.Boolean(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_release_run_id_run")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_release_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release")),
        sa.UniqueConstraint(
            "subject_id", "kind", "key", "run_id", name=op.f("uq_release_subject_id_kind_key_run_id")
        ),
    )
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_published_at"), ["published_at"], unique=False)

    op.create_table(
        "subject_name",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_subject_name_run_id_run")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_subject_name_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("subject_id", "run_id", name=op.f("pk_subject_name")),
    )
