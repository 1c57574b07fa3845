"""Following one attempt from the committed intent to its recorded end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.launching import launch_for
from docker_sdk_api.jobs.memory import end_without_memory
from docker_sdk_api.jobs.record import AttemptRecord, JobRecord
from docker_sdk_api.jobs.replacement import remove_replaced
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.jobs.verdict import not_started, read_result, settle
from docker_sdk_api.measurements import Measurements
from docker_sdk_api.runners.base import (
    Assignment,
    Handle,
    Liveness,
    Runner,
    Sight,
    StartFailed,
    Unanswered,
)
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.converting import engine_of
from training_api.spec.clock import now
from training_api.spec.errors import (
    Corrupt,
    InvalidSpec,
    NoEngine,
    OutOfSpace,
    ReasonCode,
)
from training_api.spec.kinds import kind_named
from training_api.spec.kinds.base import Kind
from training_api.spec.launch import Result
from training_api.spec.states import MAX_AUTOMATIC_RETRIES, JobState

log = logging.getLogger(__name__)

_STARTING_PAUSE = 0.1  # seconds between two looks while the agent comes up
_FORCE_MARGIN = 15.0  # seconds beyond the agent's own grace before the runner ends everything
_REASONS = {
    InvalidSpec: ReasonCode.invalid_spec,
    NoEngine: ReasonCode.no_engine,
    OutOfSpace: ReasonCode.disk_full,
}


class Follower:
    """Brings the attempt of an active job up, if it is not, and watches it until it has ended.

    Everything it does may be repeated: after a crash another follower goes on from what the
    database, the runner and the job directory say.
    """

    def __init__(
        self, job_id: str, home: Home, store: JobStore, runner: Runner, settings: Settings
    ) -> None:
        self._store = store
        self._runner = runner
        self._settings = settings
        self._home = home
        self._job_id = job_id
        self._directory = home.job(job_id)
        self._since = time.monotonic()
        self._stopping_since: float | None = None
        self._pause = _STARTING_PAUSE

    async def follow(self) -> None:
        """Returns once the end is recorded."""
        handle = await self._patiently_brought_up()
        while True:
            result = await self._look(handle)
            if result is not None:
                await asyncio.to_thread(self._record_end, result)
                if handle is not None:
                    await self._runner.remove(handle)
                return
            await asyncio.sleep(self._pause)

    def _read(self) -> tuple[JobRecord, AttemptRecord]:
        with self._store.read() as rows:
            job = rows.get(self._job_id)
            return job, rows.attempt(job.id, job.attempt)

    async def _patiently_brought_up(self) -> Handle | None:
        """As `_brought_up`, however long the runner does not answer."""
        told = False
        while True:
            job, attempt = await asyncio.to_thread(self._read)
            try:
                return await self._brought_up(job, attempt)
            except Unanswered as error:
                if not told:
                    log.warning("%s waits: %s", self._job_id, error.message)
                told, self._since = True, time.monotonic()
            await asyncio.sleep(self._settings.poll_seconds)

    async def _brought_up(self, job: JobRecord, attempt: AttemptRecord) -> Handle | None:
        """The attempt's handle: known, found alive, or started now; None if it is over."""
        if attempt.handle is not None and attempt.runner == self._runner.name:
            return Handle(self._runner.name, job.id, attempt.number, attempt.handle)
        handle = await self._runner.adopt(self._directory.path, attempt.number)
        if handle is None and self._may_start(job):
            handle = await self._start(job, attempt)
        if handle is not None:
            await asyncio.to_thread(self._record_handle, handle)
        return handle

    def _may_start(self, job: JobRecord) -> bool:
        """True for an attempt that never ran: one that did and is gone is not run again."""
        files = self._directory.attempt(job.attempt)
        ran = files.heartbeat_path.exists() or files.result_path.exists() or files.is_locked()
        return job.state is JobState.starting and not ran

    async def _start(self, job: JobRecord, attempt: AttemptRecord) -> Handle | None:
        number = attempt.number
        try:
            assignment = await asyncio.to_thread(self._prepare, job, attempt)
            return await self._runner.start(assignment)
        except StartFailed as error:
            reason, message = error.reason, error.message
        except (Corrupt, InvalidSpec, NoEngine, OutOfSpace) as error:
            reason, message = _REASONS.get(type(error), ReasonCode.error), error.message
        log.warning("Attempt %d of %s did not start: %s", number, self._job_id, message)
        await asyncio.to_thread(not_started, self._directory, number, reason, message)
        return None

    def _prepare(self, job: JobRecord, attempt: AttemptRecord) -> Assignment:
        """Write launch.json, which the agent reads; the intent is committed already."""
        files = self._directory.attempt(attempt.number)
        files.path.mkdir(parents=True, exist_ok=True)
        if attempt.reason is not None:  # it was begun in vain
            raise StartFailed(attempt.message, attempt.reason)
        launch = launch_for(self._home, self._settings, job, attempt)
        launch.save(files.launch_path)
        return Assignment(
            job_id=job.id,
            attempt=attempt.number,
            directory=self._directory.path,
            engine=engine_of(job),
            devices=attempt.devices,
            cpus=launch.cpus,
        )

    def _record_handle(self, handle: Handle) -> None:
        with self._store.write() as rows:
            rows.change_attempt(handle.job_id, handle.attempt, handle=handle.data)

    async def _look(self, handle: Handle | None) -> Result | None:
        """One look at runner, lock and result, in this order: what is gone writes no more."""
        job, attempt = await asyncio.to_thread(self._read)
        starting = job.state is JobState.starting
        self._pause = _STARTING_PAUSE if starting else self._settings.poll_seconds
        if job.state is JobState.stopping:
            await self._press(handle, attempt.number)
        sight = await self._runner.poll(handle) if handle else None
        files = self._directory.attempt(attempt.number)
        locked = await asyncio.to_thread(files.is_locked)
        result = await asyncio.to_thread(read_result, files)
        if result is not None:
            return result
        if locked:
            if starting:
                await asyncio.to_thread(self._record_running, job)
            return None
        if sight is not None and sight.liveness is not Liveness.gone:
            return await self._await_agent(handle, job, sight)
        stopping = job.state is JobState.stopping
        return await self._settled(attempt, sight, stopping, kind_named(job.kind))

    async def _settled(
        self, attempt: AttemptRecord, sight: Sight | None, stopping: bool, kind: Kind
    ) -> Result | None:
        try:
            return await asyncio.to_thread(
                settle, self._directory, attempt, sight, stopping=stopping, kind=kind
            )
        except BlockingIOError:
            return None  # something lives after all: look again

    async def _await_agent(
        self, handle: Handle | None, job: JobRecord, sight: Sight
    ) -> Result | None:
        """Nothing yet, unless an agent that is there has not come up in time."""
        waited = time.monotonic() - self._since
        late = waited > self._settings.start_seconds and sight.liveness is Liveness.alive
        if job.state is not JobState.starting or not late or handle is None:
            return None
        try:
            await self._runner.stop(handle, force=True)
            last = (await self._runner.logs(handle, 1) or [""])[-1]
        except Unanswered:
            return None  # it may live still: look again
        message = f"The job's agent did not come up within {self._settings.start_seconds:.0f} s."
        message += f" Its last words: {last}" if last else " It wrote nothing."
        return await asyncio.to_thread(
            not_started, self._directory, job.attempt, ReasonCode.not_started, message
        )

    def _record_running(self, job: JobRecord) -> None:
        with self._store.write() as rows:
            if rows.get(job.id).state is JobState.starting:
                rows.transition(job, JobState.running)
                running = {"state": JobState.running.value, "started": now()}
                rows.change_attempt(job.id, job.attempt, **running)

    async def _press(self, handle: Handle | None, number: int) -> None:
        """See to it that a stop is heard; by force when the agent's own grace is long over."""
        await asyncio.to_thread(self._home.request_stop, self._job_id, number)
        first = self._stopping_since is None
        self._stopping_since = self._stopping_since or time.monotonic()
        waited = time.monotonic() - self._stopping_since
        force = waited > self._settings.stop_grace_seconds + _FORCE_MARGIN
        if handle is not None and (first or force):
            with contextlib.suppress(Unanswered):  # the file is there; force is used again
                await self._runner.stop(handle, force=force)

    def _record_end(self, result: Result) -> None:
        if result.state in (JobState.succeeded, JobState.cancelled):
            Measurements(self._home.measurements).take_from(self._directory)
        if result.model_id:
            remove_replaced(self._home, self._store, self._job_id, result.attempt)
        ended: dict[str, Any] = {"reason": result.reason, "message": result.message}
        ended["ended"] = result.ended  # which may have been while no service ran
        with self._store.write() as rows:
            job = rows.get(self._job_id)
            rows.change_attempt(job.id, job.attempt, state=result.state.value, **ended)
            state = result.state
            if result.reason is ReasonCode.out_of_memory:
                attempts = rows.attempts(job.id)
                state, message = end_without_memory(self._directory, job, attempts, result)
                ended["message"] = message
            elif state is JobState.interrupted and job.retries >= MAX_AUTOMATIC_RETRIES:
                ended["message"] = (
                    f"{result.message} It was repeated {job.retries} times by itself; "
                    "read the log, then press Resume."
                )
            model = result.model_id or job.model_id
            rows.transition(job, state, model_id=model, **ended)
        log.info("Job %s ended: %s %s", self._job_id, state, ended["message"])
