"""Reading and changing jobs within one database transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.tables import ATTEMPTS, JOBS, QUEUE
from docker_sdk_api.jobs.record import RANKS, AttemptRecord, JobRecord, rank_of
from training_api.spec.clock import now
from training_api.spec.errors import Conflict, NotFound
from training_api.spec.kinds import KINDS
from training_api.spec.states import ACTIVE, TRANSITIONS, JobState

PROJECT = "default"
"""The only project of this release; rows carry it so that more can follow."""

_BOTTOM = -1
_LISTED = [kind.name for kind in KINDS if kind.listed]


class NameTaken(Conflict):
    """Another job of the project has this name."""

    code = "name_taken"


class JobRows:
    """The jobs as one transaction sees them. Changes are checked against the state machine."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, job_id: str) -> JobRecord:
        """The job. Raises NotFound, for a deleted one too."""
        job = self.find(job_id)
        if job is None:
            raise NotFound("There is no such job; it may have been deleted.")
        return job

    def find(self, job_id: str) -> JobRecord | None:
        """The job, None for a deleted one too."""
        return self._first(JOBS.c.id == job_id, JOBS.c.deleted.is_(None))

    def named(self, name: str) -> JobRecord | None:
        """The job of this name among those not deleted."""
        return self._first(JOBS.c.name == name, JOBS.c.deleted.is_(None))

    def with_key(self, key: str) -> JobRecord | None:
        """The job that was accepted under an Idempotency-Key, deleted or not."""
        return self._first(JOBS.c.idempotency_key == key)

    def known_ids(self) -> dict[str, bool]:
        """Every job's id, and whether it was deleted."""
        rows = self._connection.execute(select(JOBS.c.id, JOBS.c.deleted))
        return {row.id: row.deleted is not None for row in rows}

    def knows(self, job_id: str) -> bool:
        """True if there is a row of this id, deleted or not."""
        return (
            self._connection.execute(select(JOBS.c.seq).where(JOBS.c.id == job_id)).first()
            is not None
        )

    def _first(self, *conditions: Any) -> JobRecord | None:
        query = select(JOBS).where(JOBS.c.project_id == PROJECT, *conditions)
        row = self._connection.execute(query).first()
        return JobRecord.from_row(row) if row else None

    def in_state(self, *states: JobState) -> list[JobRecord]:
        """The jobs in any of these states, in the order of the list and of the queue."""
        query = select(JOBS).where(JOBS.c.deleted.is_(None), JOBS.c.state.in_(states))
        rows = self._connection.execute(query.order_by(JOBS.c.rank, JOBS.c.place))
        return [JobRecord.from_row(row) for row in rows]

    def active(self) -> list[JobRecord]:
        """The jobs that hold a slot."""
        return self.in_state(*ACTIVE)

    def of_kind(self, kind: str) -> list[JobRecord]:
        """All jobs of a kind, ended ones too."""
        query = select(JOBS).where(JOBS.c.deleted.is_(None), JOBS.c.kind == kind)
        rows = self._connection.execute(query.order_by(JOBS.c.seq))
        return [JobRecord.from_row(row) for row in rows]

    def queued(self) -> list[JobRecord]:
        """The waiting jobs, first to start first."""
        return self.in_state(JobState.queued)

    def listing(
        self,
        *,
        states: list[JobState] | None = None,
        kind: str | None = None,
        search: str = "",
        after: tuple[int, int] | None = None,
        limit: int = 50,
    ) -> list[JobRecord]:
        """Active jobs, then the queue, then the ended ones newest first; after (rank, place)."""
        query = select(JOBS).where(JOBS.c.project_id == PROJECT, JOBS.c.deleted.is_(None))
        if states:
            query = query.where(JOBS.c.state.in_(states))
        query = query.where(JOBS.c.kind == kind if kind else JOBS.c.kind.in_(_LISTED))
        if search:
            columns = (JOBS.c.name, JOBS.c.dataset_name, JOBS.c.network, JOBS.c.weights)
            found = (column.icontains(search, autoescape=True) for column in columns)
            query = query.where(or_(*found))
        if after:
            query = query.where(tuple_(JOBS.c.rank, JOBS.c.place) > after)
        rows = self._connection.execute(query.order_by(JOBS.c.rank, JOBS.c.place).limit(limit))
        return [JobRecord.from_row(row) for row in rows]

    def insert(self, **values: Any) -> JobRecord:
        """Add a job. Raises NameTaken when another one has the name."""
        state = JobState(values["state"])
        complete = {
            "project_id": PROJECT,
            "message": "",
            "attempt": 0,
            "retries": 0,
            "rank": rank_of(state),
            "place": self._place(state),
        } | values
        try:
            self._connection.execute(insert(JOBS).values(**complete))
        except IntegrityError as error:
            if "jobs.name" not in str(error.orig):
                raise
            raise NameTaken(
                f"The name '{values['name']}' is taken. Choose another one.", field="name"
            ) from error
        return self.get(values["id"])

    def transition(
        self, job: JobRecord, state: JobState, *, front: bool = False, **values: Any
    ) -> JobRecord:
        """Move `job` to `state`, if that is legal and nothing moved it meanwhile.

        With `front` it becomes the first of the queue. Raises Conflict; ended states are left by
        the user's or the supervisor's repetition only, as TRANSITIONS says.
        """
        if state not in TRANSITIONS[job.state]:
            raise Conflict(f"Job '{job.name}' is {job.state}; it cannot become {state}.")
        changes = {"rank": rank_of(state), "place": self._place(state, front)} | values
        unchanged = (JOBS.c.state == job.state.value, JOBS.c.attempt == job.attempt)
        statement = update(JOBS).where(JOBS.c.id == job.id, JOBS.c.deleted.is_(None), *unchanged)
        done = self._connection.execute(statement.values(state=state.value, **changes))
        if done.rowcount != 1:
            raise Conflict(f"Job '{job.name}' has changed meanwhile. Look again.")
        return self.get(job.id)

    def _place(self, state: JobState, front: bool = False) -> int:
        """The place of a job that enters `state`'s rank now: last, or first where newest lead."""
        rank = rank_of(state)
        first = front or rank == RANKS["ended"]
        end = func.min(JOBS.c.place) if first else func.max(JOBS.c.place)
        present = self._connection.execute(select(end).where(JOBS.c.rank == rank)).scalar()
        return (present or 0) + (_BOTTOM if first else 1)

    def mark_deleted(self, job: JobRecord) -> None:
        """Hide an ended job and free its name. Raises Conflict while it is not ended."""
        ended = [state.value for state in JobState if state.ended]
        statement = update(JOBS).where(JOBS.c.id == job.id, JOBS.c.state.in_(ended))
        if self._connection.execute(statement.values(deleted=now())).rowcount != 1:
            raise Conflict(f"Job '{job.name}' is {job.state}. Stop it before you delete it.")

    def set_queue_order(self, job_ids: list[str]) -> None:
        """Renumber the queue in this order."""
        for place, job_id in enumerate(job_ids, start=1):
            waiting = (JOBS.c.id == job_id, JOBS.c.state == JobState.queued.value)
            self._connection.execute(update(JOBS).where(*waiting).values(place=place))

    def is_paused(self) -> bool:
        """True while the queue starts nothing."""
        query = select(QUEUE.c.paused).where(QUEUE.c.project_id == PROJECT)
        return bool(self._connection.execute(query).scalar())

    def set_paused(self, paused: bool) -> None:
        """Hold or release the queue."""
        self._connection.execute(QUEUE.delete().where(QUEUE.c.project_id == PROJECT))
        self._connection.execute(insert(QUEUE).values(project_id=PROJECT, paused=int(paused)))

    def add_attempt(self, job: JobRecord, **values: Any) -> None:
        """Record the intent to run attempt number `job.attempt`."""
        head = {"job_id": job.id, "number": job.attempt, "project_id": job.project_id}
        complete = head | {"created_by": job.created_by, "message": ""} | values
        self._connection.execute(insert(ATTEMPTS).values(**complete))

    def attempt(self, job_id: str, number: int) -> AttemptRecord:
        """One attempt. Raises NotFound."""
        own = (ATTEMPTS.c.job_id == job_id, ATTEMPTS.c.number == number)
        row = self._connection.execute(select(ATTEMPTS).where(*own)).first()
        if row is None:
            raise NotFound(f"The job has no attempt {number}.")
        return AttemptRecord.from_row(row)

    def attempts(self, job_id: str) -> list[AttemptRecord]:
        """All attempts of a job, first to last."""
        return self.attempts_of([job_id])[job_id]

    def attempts_of(self, job_ids: list[str]) -> dict[str, list[AttemptRecord]]:
        """All attempts of several jobs, first to last."""
        found: dict[str, list[AttemptRecord]] = {job_id: [] for job_id in job_ids}
        query = select(ATTEMPTS).where(ATTEMPTS.c.job_id.in_(job_ids)).order_by(ATTEMPTS.c.number)
        for row in self._connection.execute(query):
            found[row.job_id].append(AttemptRecord.from_row(row))
        return found

    def change_attempt(self, job_id: str, number: int, **values: Any) -> None:
        """Change an attempt that has not ended; an ended one stays as it is."""
        own = (ATTEMPTS.c.job_id == job_id, ATTEMPTS.c.number == number)
        statement = update(ATTEMPTS).where(*own, ATTEMPTS.c.ended.is_(None))
        self._connection.execute(statement.values(**values))


class JobStore:
    """Transactions over the jobs of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextlib.contextmanager
    def read(self) -> Iterator[JobRows]:
        """A consistent view."""
        with self.database.read() as connection:
            yield JobRows(connection)

    @contextlib.contextmanager
    def write(self) -> Iterator[JobRows]:
        """A write transaction; committed at the block's end unless it raises."""
        with self.database.write() as connection:
            yield JobRows(connection)
