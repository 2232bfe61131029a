"""Alembic's entry: runs the migrations on the connection it is handed."""

from alembic import context

from feedsvc.store.all_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the store's own transaction surrounds it
)
context.run_migrations()
