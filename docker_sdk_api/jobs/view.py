"""A job as lists show it: its row, and what its directory tells of its progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.activity import Activities, Activity
from docker_sdk_api.jobs.duration import attempts_seconds
from docker_sdk_api.jobs.record import AttemptRecord, JobRecord
from docker_sdk_api.jobs.rows import JobRows, JobStore
from docker_sdk_api.weights.awaited import Awaited
from training_api.spec.errors import InvalidSpec, ReasonCode
from training_api.spec.kinds import kind_named
from training_api.spec.states import JobState
from training_api.weights.registry import weight_file

_RESUMABLE = frozenset({JobState.failed, JobState.cancelled, JobState.interrupted})
_PROGRESS = (
    "epoch",
    "epochs",
    "step",
    "steps",
    "bytes",
    "total_bytes",
    "seconds",
    "remaining_seconds",
    "images_per_second",
    "loss",
    "lr",
)
_OF_THE_MOMENT = ("remaining_seconds", "images_per_second", "loss", "lr")


class JobViews:
    """Makes views. Blocking; `why_waiting` gives the sentence on why a queued job waits."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        activities: Activities,
        why_waiting: Callable[[str], str | None],
        stale_seconds: float,
    ) -> None:
        self._home = home
        self._store = store
        self._activities = activities
        self._why_waiting = why_waiting
        self._stale_seconds = stale_seconds

    def one(self, job_id: str) -> dict[str, Any]:
        """The JobView of a job. Raises NotFound."""
        with self._store.read() as rows:
            return self._views(rows, [rows.get(job_id)])[0]

    def many(self, rows: JobRows, jobs: list[JobRecord]) -> list[dict[str, Any]]:
        """The JobViews of these jobs, in their order."""
        return self._views(rows, jobs)

    def active_and_queued(self) -> list[dict[str, Any]]:
        """What the jobs page shows live."""
        with self._store.read() as rows:
            jobs = [*rows.active(), *rows.queued()]
            return self._views(rows, [job for job in jobs if kind_named(job.kind).listed])

    def _views(self, rows: JobRows, jobs: list[JobRecord]) -> list[dict[str, Any]]:
        positions: dict[str, int] = {}
        if any(job.state is JobState.queued for job in jobs):
            positions = {job.id: place for place, job in enumerate(rows.queued(), start=1)}
        attempts = rows.attempts_of([job.id for job in jobs])
        return [
            self._view(job, attempts[job.id], positions.get(job.id))
            | {"fetch": self._fetch(rows, job)}
            for job in jobs
        ]

    def activity(self, job_id: str) -> Activity:
        """What the job's events tell."""
        return self._activities.of(self._home.job(job_id).events_path)

    def _view(
        self, job: JobRecord, attempts: list[AttemptRecord], position: int | None
    ) -> dict[str, Any]:
        activity = self.activity(job.id)
        best = activity.best
        waits = self._why_waiting(job.id) if job.state is JobState.queued else None
        return {
            "id": job.id,
            "name": job.name,
            "kind": job.kind,
            "state": job.state.value,
            "reason": job.reason.value if job.reason else None,
            "message": job.message,
            "created": job.created,
            "started": job.started,
            "ended": job.ended,
            "seconds": attempts_seconds(attempts),
            "attempt": job.attempt,
            "position": position,
            "waiting_for": waits,
            "dataset": {"id": job.dataset_id, "name": job.dataset_name},
            "engine": job.engine.value if job.engine else None,
            "network": job.network,
            "weights": job.weights,
            "backbone": job.backbone,
            "preset": job.preset,
            "progress": _progress(activity, job.attempt),
            "best": best,
            "sparkline": [event["miou"] for event in activity.validations],
            "model_id": self._model_id(job),
            "responding": self._is_responding(job),
            "repeats": job.repeats,
            "actions": self._actions(job, has_best=best is not None),
        }

    def _fetch(self, rows: JobRows, job: JobRecord) -> dict[str, Any] | None:
        """The WeightsFetch of a job that waits for its weights, or waited in vain; None else."""
        queued = job.state is JobState.queued
        if not queued and job.reason is not ReasonCode.no_weights:
            return None
        awaited = Awaited.of(self._home.job(job.id), job.attempt + queued)
        fetch = rows.find(awaited.job) if awaited else None
        if fetch is None or (queued and fetch.state.ended and not fetch.repeats):
            return None
        try:
            licence = weight_file(fetch.weights or "").licence
        except InvalidSpec:  # of a release that listed them
            return None
        return {
            "job_id": fetch.id,
            "weights": fetch.weights,
            "licence": licence,
            "state": fetch.state.value,
            "progress": _progress(self.activity(fetch.id), fetch.attempt),
        }

    def _model_id(self, job: JobRecord) -> str | None:
        """The published model, unless it was deleted since."""
        if job.model_id and (self._home.models / job.model_id / "manifest.json").is_file():
            return job.model_id
        return None

    def _is_responding(self, job: JobRecord) -> bool:
        """False when nothing was heard of a live job for long, neither a beat nor an event."""
        if job.state not in (JobState.running, JobState.stopping):
            return True
        directory = self._home.job(job.id)
        signs = (directory.attempt(job.attempt).heartbeat_path, directory.events_path)
        heard = [path.stat().st_mtime for path in signs if path.exists()]
        return not heard or time.time() - max(heard) < self._stale_seconds

    def _actions(self, job: JobRecord, *, has_best: bool) -> list[str]:
        actions = []
        if job.state in (JobState.queued, JobState.starting, JobState.running):
            actions.append("stop")
        if job.state in _RESUMABLE:
            actions.append("resume")
        if self._model_id(job) or (job.state is JobState.running and has_best):
            actions += ["download", "try"]
        if job.state.ended:
            again = ["train_again"] if kind_named(job.kind).makes_model else []
            actions += [*again, "delete"]
        return actions


def _progress(activity: Activity, attempt: int) -> dict[str, Any] | None:
    """Where the run stands; figures of the moment only if `attempt` itself has told them."""
    event = activity.progress
    if event is None:
        return None
    present = event["attempt"] == attempt
    progress = {
        name: event.get(name) if present or name not in _OF_THE_MOMENT else None
        for name in _PROGRESS
    }
    done = event.get("step") or event.get("bytes") or 0
    whole = event.get("expected_steps") or event.get("steps") or event.get("total_bytes") or 0
    return progress | {"fraction": min(1.0, done / whole) if whole else 0.0}
