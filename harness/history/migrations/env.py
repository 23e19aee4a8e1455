"""What Alembic runs to migrate a database: in the transaction that is open already."""

from __future__ import annotations

from alembic import context

from harness.history.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
