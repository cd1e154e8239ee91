"""One Alembic history for SQLite and PostgreSQL; run by `store.migration.upgrade`."""
