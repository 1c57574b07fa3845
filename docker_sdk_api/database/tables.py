"""The tables. What they hold can be rebuilt from the job directories."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, MetaData, String, Table, text

METADATA = MetaData()

JOBS = Table(
    "jobs",
    METADATA,
    Column("seq", Integer, primary_key=True),  # order of acceptance, never reused
    Column("id", String, nullable=False, unique=True),
    Column("project_id", String, nullable=False),
    Column("parent_id", String),  # the job of which this one is a part
    Column("created_by", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("message", String, nullable=False),
    Column("attempt", Integer, nullable=False),  # number of the latest, 0 before the first
    Column("retries", Integer, nullable=False),  # automatic ones since the user's last request
    Column("rank", Integer, nullable=False),  # 0 active, 1 queued, 2 ended: order of the list
    Column("place", Integer, nullable=False),  # order within the rank; of the queue too
    Column("resources", JSON, nullable=False),
    Column("dataset_id", String, nullable=False),  # '', like the next three, where there is none
    Column("dataset_name", String, nullable=False),
    Column("engine", String, nullable=False),
    Column("network", String, nullable=False),
    Column("backbone", String),
    Column("preset", String),
    Column("model_id", String),
    Column("created", String, nullable=False),
    Column("started", String),
    Column("ended", String),
    Column("idempotency_key", String),
    Column("request_sha256", String),
    Column("deleted", String),
    Column("weights", String),  # what a fetch job brings
    sqlite_autoincrement=True,
)

Index(
    "one_name_per_project",
    JOBS.c.project_id,
    JOBS.c.name,
    unique=True,
    sqlite_where=text("deleted IS NULL"),
)
Index(
    "one_job_per_key",
    JOBS.c.project_id,
    JOBS.c.idempotency_key,
    unique=True,
    sqlite_where=text("idempotency_key IS NOT NULL"),
)
Index("jobs_in_order", JOBS.c.rank, JOBS.c.place)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("job_id", ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("project_id", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("message", String, nullable=False),
    Column("devices", JSON, nullable=False),  # ["cpu"] or GPU UUIDs
    Column("runner", String, nullable=False),
    Column("handle", JSON),  # how the runner finds it again; null until it was started
    Column("created", String, nullable=False),
    Column("started", String),
    Column("ended", String),
)

QUEUE = Table(
    "queue",
    METADATA,
    Column("project_id", String, primary_key=True),
    Column("paused", Integer, nullable=False),
)
