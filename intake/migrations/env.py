"""Runs migrations on the connection that ``intake.schema`` hands over."""

from alembic import context

import intake.app  # noqa: F401 - fills the metadata with every room's tables
from intake.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=False,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
