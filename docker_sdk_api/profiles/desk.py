"""Asking what a training takes: from what is kept, from a job that measures, or from a new one."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.jobs.submission import Submission
from docker_sdk_api.jobs.view import JobViews
from docker_sdk_api.profiles.answer import answer_of, measured_answer
from docker_sdk_api.profiles.cache import Kept, ProfileCache
from docker_sdk_api.profiles.key import key_of
from docker_sdk_api.specs.kind_checker import Checker
from docker_sdk_api.specs.report import SpecRejected
from training_api.spec.errors import Conflict, NotFound, SegsmithError
from training_api.spec.job import JobSpec
from training_api.spec.kinds.profile import ProfileSpec, Profiling
from training_api.spec.profile import Profile
from training_api.spec.states import JobState

ANY_NAME = "what has no name yet"
"""Stands for the name of a training: it may have one, or that of another, or none."""


class ProfileDesk:
    """Blocking; thread-safe. `machine` tells what makes this one as fast as it is."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        submission: Submission,
        actions: JobActions,
        views: JobViews,
        checker: Checker,
        machine: Callable[[], dict[str, Any]],
    ) -> None:
        self._home, self._store = home, store
        self._submission, self._actions, self._views = submission, actions, views
        self._checker, self._machine = checker, machine
        self._cache = ProfileCache(home.profiles)
        self._one_at_a_time = threading.Lock()

    def ask(self, data: dict[str, Any], *, start: bool) -> dict[str, Any]:
        """The ProfileAnswer for the spec of a training; a name is not needed.

        With `start` a measurement is begun where there is none. Raises SpecRejected, OutOfSpace.
        """
        spec = self._checked(data)
        key = self._key(spec)
        with self._one_at_a_time:
            self._collect()
            kept = self._cache.get(key)
            if kept is not None:
                return measured_answer(key, kept.profile, spec.hyper_parameters)
            job = self._job(key)
            if start and (job is None or job.state.ended):
                job = self._started(spec, key, job)
        return self._answer(key, job)

    def look(self, key: str) -> dict[str, Any]:
        """The ProfileAnswer of an earlier question, by its id. Raises NotFound."""
        with self._one_at_a_time:
            self._collect()
            kept = self._cache.get(key)
            job = self._job(key)
        if kept is not None:
            return measured_answer(key, kept.profile, kept.hyper_parameters)
        if job is None:
            raise NotFound("There is no such measurement. Measure again.")
        return self._answer(key, job)

    def _checked(self, data: dict[str, Any]) -> ProfileSpec:
        report = self._checker.check(data | {"kind": Profiling.name, "name": ANY_NAME})
        if not isinstance(report.spec, ProfileSpec):
            raise SpecRejected(report.problems)
        return report.spec

    def _key(self, spec: JobSpec) -> str:
        return key_of(spec, self._machine())

    def _job(self, key: str) -> JobRecord | None:
        with self._store.read() as rows:
            return next((job for job in rows.of_kind(Profiling.name) if _holds(job, key)), None)

    def _started(self, spec: ProfileSpec, key: str, earlier: JobRecord | None) -> JobRecord:
        """A new job, the first of the queue, in place of one that was in vain."""
        if earlier is not None:
            self._actions.delete(earlier.id)
        name = f"Measuring {spec.network.name} {key[:16]}"
        job = self._submission.submit(spec.document() | {"name": name})
        with contextlib.suppress(Conflict):  # it runs already
            return self._actions.move(job.id, 0)
        return job

    def _collect(self) -> None:
        """Keep the results of jobs that are done, which then are not needed any more."""
        with self._store.read() as rows:
            done = [job for job in rows.of_kind(Profiling.name) if job.state is JobState.succeeded]
        for job in done:
            directory = self._home.job(job.id)
            with contextlib.suppress(SegsmithError):
                spec, profile = directory.spec(), Profile.load(directory.profile_path)
                kept = Kept(profile=profile, hyper_parameters=spec.hyper_parameters)
                self._cache.add(self._key(spec), kept)
            with contextlib.suppress(SegsmithError):
                self._actions.delete(job.id)

    def _answer(self, key: str, job: JobRecord | None) -> dict[str, Any]:
        if job is None:
            return answer_of(key, "unknown")
        view = self._views.one(job.id)
        progress = view["progress"] or {"fraction": 0.0}
        told = {"job_id": job.id, "message": job.message, "waiting_for": view["waiting_for"]}
        if job.state.ended and not job.repeats:
            return answer_of(key, "failed", **told)
        waits = job.state in (JobState.queued, JobState.interrupted)
        state = "waiting" if waits else "measuring"
        return answer_of(key, state, **told, fraction=progress["fraction"])


def _holds(job: JobRecord, key: str) -> bool:
    return job.name.endswith(f" {key[:16]}")
