"""Jobs that fetch weights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("jobs", sa.Column("weights", sa.String))


def downgrade() -> None:
    """Back to jobs that only train."""
    op.execute("DELETE FROM attempts WHERE job_id IN (SELECT id FROM jobs WHERE kind = 'fetch')")
    op.execute("DELETE FROM jobs WHERE kind = 'fetch'")
    op.drop_column("jobs", "weights")
