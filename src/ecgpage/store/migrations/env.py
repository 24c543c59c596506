"""Run by Alembic: applies the steps on the connection that :mod:`ecgpage.store.schema` holds."""

from alembic import context

from ecgpage.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    version_table=context.config.attributes["version_table"],
)
with context.begin_transaction():
    context.run_migrations()
