"""What a user may do with a job that exists: stop, resume, move, delete."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.meta import Meta
from docker_sdk_api.jobs.record import JobRecord, model_id
from docker_sdk_api.jobs.rows import JobRows, JobStore
from training_api.spec.clock import now
from training_api.spec.errors import Conflict
from training_api.spec.states import JobState

log = logging.getLogger(__name__)

TRASH = ".trash-"


class JobActions:
    """Each action commits its intent first, acts then, and wakes the supervisor. Blocking."""

    def __init__(self, home: Home, store: JobStore, wake: Callable[[], None]) -> None:
        self._home = home
        self._store = store
        self._wake = wake

    def stop(self, job_id: str) -> JobRecord:
        """Stop a job at any moment; a running one ends with its step and keeps everything.

        Raises Conflict for one that has ended. Stopping twice is no error.
        """
        with self._store.write() as rows:
            job = self._stopped(rows, rows.get(job_id))
        if job.state is JobState.cancelled:
            self._note_cancelled(job, job.attempt)
        else:
            self._home.request_stop(job.id, job.attempt)
        self._wake()
        return job

    def _stopped(self, rows: JobRows, job: JobRecord) -> JobRecord:
        if job.state in (JobState.queued, JobState.interrupted):
            end: dict[str, Any] = {
                "message": "Stopped before it ran.",
                "reason": None,
                "ended": now(),
            }
            if job.attempt:
                end["message"] = "Stopped while it waited to go on from its last checkpoint."
            return rows.transition(job, JobState.cancelled, **end)
        if job.state in (JobState.starting, JobState.running):
            rows.change_attempt(job.id, job.attempt, state=JobState.stopping.value)
            return rows.transition(job, JobState.stopping)
        if job.state is JobState.stopping:
            return job
        raise Conflict(f"Job '{job.name}' has {_ENDED[job.state]} already; nothing is running.")

    def _note_cancelled(self, job: JobRecord, attempt: int | None) -> None:
        """Leave in meta.json what no attempt tells, for a rebuild of the database."""
        directory = self._home.job(job.id)
        meta = Meta.load(directory)
        if meta.cancelled_after_attempt != attempt:
            meta.model_copy(update={"cancelled_after_attempt": attempt}).save(directory)

    def resume(self, job_id: str, reserve: int = 0) -> JobRecord:
        """Queue a new attempt from the last checkpoint.

        Raises Conflict unless the job was cancelled, failed or interrupted, and OutOfSpace when
        fewer than `reserve` bytes are free.
        """
        self._home.require_space(reserve)
        with self._store.write() as rows:
            job = rows.get(job_id)
            if job.state.ended:  # what it waited for before it was stopped may have failed since
                following = self._home.job(job.id).attempt(job.attempt + 1)
                following.fetch_path.unlink(missing_ok=True)
            if job.state is JobState.succeeded:
                raise Conflict(
                    f"Job '{job.name}' has succeeded; there is nothing to resume. Train it again "
                    "with more epochs to go further."
                )
            fresh: dict[str, Any] = {"retries": 0, "reason": None, "message": "", "ended": None}
            job = rows.transition(job, JobState.queued, **fresh)
        self._note_cancelled(job, None)
        self._wake()
        return job

    def move(self, job_id: str, to: int) -> JobRecord:
        """Put a queued job at index `to` (0 is next; beyond the end is last)."""
        with self._store.write() as rows:
            job = rows.get(job_id)
            if job.state is not JobState.queued:
                raise Conflict(f"Job '{job.name}' is {job.state}; only queued jobs can be moved.")
            order = [entry.id for entry in rows.queued() if entry.id != job_id]
            order.insert(max(0, to), job_id)
            rows.set_queue_order(order)
            job = rows.get(job_id)
        self._wake()
        return job

    def pause(self, paused: bool) -> None:
        """Hold or release the queue; running jobs go on."""
        with self._store.write() as rows:
            rows.set_paused(paused)
        self._wake()

    def delete(self, job_id: str, *, model: bool = False) -> None:
        """Remove an ended job and its files, its models too if `model`. Raises Conflict."""
        with self._store.write() as rows:
            job = rows.get(job_id)
            rows.mark_deleted(job)
        discard(self._home.job(job.id).path)
        if model:
            for number in range(1, job.attempt + 1):
                discard(self._home.models / model_id(job.id, number))


def discard(folder: Path) -> None:
    """Remove a folder so that it vanishes at once, and in full if we are killed meanwhile."""
    if not folder.exists():
        return
    trash = folder.with_name(f"{TRASH}{folder.name}")
    folder.rename(trash)
    shutil.rmtree(trash, ignore_errors=True)


_ENDED = {
    JobState.succeeded: "succeeded",
    JobState.failed: "failed",
    JobState.cancelled: "been cancelled",
}
