"""Runs the history on the connection that `store.migration` hands in; there is no other way in."""

from alembic import context

from store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    include_name=lambda name, type_, _parents: type_ != "table" or name in metadata.tables,
)
context.run_migrations()
