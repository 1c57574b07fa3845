"""How Alembic runs our migrations: on the connection that it is handed, in its transaction."""

from __future__ import annotations

from alembic import context

from docker_sdk_api.database.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
