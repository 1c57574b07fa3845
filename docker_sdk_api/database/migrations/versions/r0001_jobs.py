"""Jobs, attempts and the queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _create_jobs()
    _create_attempts()
    op.create_table(
        "queue",
        sa.Column("project_id", sa.String, primary_key=True),
        sa.Column("paused", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Back to an empty database."""
    for table in ("queue", "attempts", "jobs"):
        op.drop_table(table)


def _create_jobs() -> None:
    required = ("project_id", "created_by", "name", "kind", "state", "message", "dataset_id")
    required += ("dataset_name", "engine", "network", "created")
    optional = ("parent_id", "reason", "backbone", "preset", "model_id", "started", "ended")
    optional += ("idempotency_key", "request_sha256", "deleted")
    op.create_table(
        "jobs",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        *(sa.Column(name, sa.String, nullable=False) for name in required),
        *(sa.Column(name, sa.String) for name in optional),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("attempt", "retries", "rank", "place")
        ),
        sa.Column("resources", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "one_name_per_project",
        "jobs",
        ["project_id", "name"],
        unique=True,
        sqlite_where=sa.text("deleted IS NULL"),
    )
    op.create_index(
        "one_job_per_key",
        "jobs",
        ["project_id", "idempotency_key"],
        unique=True,
        sqlite_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_index("jobs_in_order", "jobs", ["rank", "place"])


def _create_attempts() -> None:
    required = ("project_id", "created_by", "state", "message", "runner", "created")
    op.create_table(
        "attempts",
        sa.Column("job_id", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in required),
        *(sa.Column(name, sa.String) for name in ("reason", "started", "ended")),
        sa.Column("devices", sa.JSON, nullable=False),
        sa.Column("handle", sa.JSON),
    )
