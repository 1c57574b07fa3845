"""The task that makes database, runner and job directories agree, now and after every crash."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

from docker_sdk_api.follower import Follower
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobRows, JobStore
from docker_sdk_api.queue import Decision, decide
from docker_sdk_api.runners.base import Capacity, Runner
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.supply import Supply, WeightsSupply
from training_api.spec.clock import now
from training_api.spec.errors import Conflict, ReasonCode
from training_api.spec.states import JobState

log = logging.getLogger(__name__)

_PAUSED = "The queue is paused."
_IDLE_SECONDS = 5.0  # between two looks at the runner while nothing waits for it
_FULL = "There is too little disk space. Delete old jobs or models."


class Supervisor:
    """Admits queued jobs, follows active ones, repeats interrupted ones.

    It keeps nothing that it could not find again: one that is killed at any point is replaced by
    another that reads the same database, runner and directories. `supply` brings the weights that
    queued jobs start from. With `admits` false it starts and repeats nothing, and only follows what
    is active.
    """

    def __init__(
        self,
        home: Home,
        store: JobStore,
        runner: Runner,
        settings: Settings,
        *,
        supply: WeightsSupply | None = None,
        admits: bool = True,
    ) -> None:
        self._admits = admits
        self._supply = supply
        self.waiting: dict[str, str] = {}  # job id -> why it waits, as last decided
        self._home = home
        self._store = store
        self._runner = runner
        self._settings = settings
        self._awake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._interrupted_since: dict[tuple[str, int], float] = {}
        self._capacity_asked = float("-inf")

    def why_waiting(self, job_id: str) -> str | None:
        """Why a queued job waits, as a sentence; None before the first look at it."""
        return self.waiting.get(job_id)

    async def start(self) -> None:
        """Begin; jobs that were active are followed again at once."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run(), name="supervisor")

    async def stop(self) -> None:
        """End this task and its followers. The jobs themselves go on."""
        tasks = [*self._followers.values(), *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._followers.clear()
        self._task = None

    def wake(self) -> None:
        """Look now instead of at the next turn; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    async def _run(self) -> None:
        while True:
            self._awake.clear()
            try:
                await self.round()
            except Exception:  # a full disk, a busy daemon: the next round tries again
                log.exception("A round of the supervisor failed; it goes on")
            # Not wait_for: before Python 3.12 it may swallow the cancellation that ends us.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.poll_seconds):
                    await self._awake.wait()

    async def round(self) -> None:
        """One pass: repeat what was interrupted, admit what may start, follow what is active."""
        if self._admits:
            await asyncio.to_thread(self._repeat_interrupted)
        wanted = await asyncio.to_thread(self._wants_capacity)
        capacity = await self._capacity() if wanted else None
        # Before the look at the database: what was followed then may have ended since, and a second
        # follower would take the end of one attempt for that of the next.
        followed = set(self._followers)
        active = await asyncio.to_thread(self._admit, capacity)
        for job_id in active:
            if job_id not in followed:
                self._follow(job_id)

    def _wants_capacity(self) -> bool:
        """While nothing waits it is asked for rarely: a runner also tidies up then."""
        with self._store.read() as rows:
            waits = bool(rows.queued())
        return waits or time.monotonic() - self._capacity_asked > _IDLE_SECONDS

    async def _capacity(self) -> Capacity:
        """The runner's; a failure holds the queue and nothing else: what runs is followed."""
        self._capacity_asked = time.monotonic()
        try:
            return await self._runner.capacity()
        except Exception as error:
            log.exception("The %s runner cannot say what may start", self._runner.name)
            return Capacity(0, hold=f"The {self._runner.name} runner failed: {error}")

    def _follow(self, job_id: str) -> None:
        follower = Follower(job_id, self._home, self._store, self._runner, self._settings)
        task = asyncio.create_task(follower.follow(), name=f"follow {job_id}")
        self._followers[job_id] = task
        task.add_done_callback(lambda done: self._followed(job_id, done))

    def _followed(self, job_id: str, task: asyncio.Task[None]) -> None:
        self._followers.pop(job_id, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            log.error("Following %s failed; it is tried again", job_id, exc_info=error)
            return
        self._awake.set()  # its slot is free

    def _repeat_interrupted(self) -> None:
        """Put jobs that ended from outside back in front, in their old order, after a pause."""
        with self._store.read() as rows:
            interrupted = rows.in_state(JobState.interrupted)
        present = {(job.id, job.attempt) for job in interrupted}
        self._interrupted_since = {
            key: since for key, since in self._interrupted_since.items() if key in present
        }
        for job in sorted(interrupted, key=lambda job: -job.seq):
            if self._is_due(job):
                message = f"Attempt {job.attempt} was interrupted: {job.message}"
                again = {"retries": job.retries + 1, "reason": None, "message": message}
                with contextlib.suppress(Conflict), self._store.write() as rows:
                    rows.transition(job, JobState.queued, front=True, ended=None, **again)

    def _is_due(self, job: JobRecord) -> bool:
        """True for an infrastructure cause, some seconds after it was first seen."""
        if not job.repeats:
            return False
        since = self._interrupted_since.setdefault((job.id, job.attempt), time.monotonic())
        pauses = self._settings.retry_seconds
        pause = pauses[min(job.retries, len(pauses) - 1)]
        if job.reason is ReasonCode.disk_full and not self._has_space():
            return False
        return time.monotonic() - since >= pause

    def _has_space(self) -> bool:
        return self._home.free_space() >= self._settings.disk_reserve

    def _admit(self, capacity: Capacity | None) -> list[str]:
        """Commit the intent to start what may start, where that is known; active jobs' ids."""
        with self._store.read() as rows:
            if capacity is None:
                return [job.id for job in rows.active()]
            queued, active = rows.queued(), rows.active()
            devices = {job.id: rows.attempt(job.id, job.attempt).devices for job in active}
            hold = _PAUSED if rows.is_paused() or not self._admits else capacity.hold
        if not hold and queued and not self._has_space():
            hold = _FULL
        names = {job.id: job.name for job in [*queued, *active]}
        supply = self._supply.of(queued) if self._supply and not hold else Supply()
        decision = decide(supply.ready(queued), devices, names, capacity, hold=hold)
        decision.waiting |= supply.waiting
        decision.in_vain = supply.failed
        admitted = [job.id for job in queued if self._settled(job, decision)]
        self.waiting = decision.waiting
        return [job.id for job in active] + admitted

    def _settled(self, job: JobRecord, decision: Decision) -> bool:
        """Act on the decision for one queued job; True if it is to be started."""
        with contextlib.suppress(Conflict), self._store.write() as rows:
            if job.id in decision.impossible:
                end: dict[str, Any] = {"reason": ReasonCode.no_gpu.value, "ended": now()}
                message = f"{decision.impossible[job.id]} Choose other devices and train again."
                rows.transition(job, JobState.failed, message=message, **end)
            elif job.id in decision.in_vain:
                vain = {"reason": ReasonCode.no_weights, "message": decision.in_vain[job.id]}
                self._begin_attempt(rows, job, [], **vain)  # its follower ends it
                return True
            elif job.id in decision.admitted:
                self._begin_attempt(rows, job, decision.admitted[job.id])
                return True
        return False

    def _begin_attempt(
        self, rows: JobRows, job: JobRecord, devices: list[str], **vain: Any
    ) -> None:
        """`vain`: reason and message of one that is not to be started, but to end at once."""
        moment = now()
        started = rows.transition(
            job,
            JobState.starting,
            attempt=job.attempt + 1,
            started=job.started or moment,
            message="",
        )
        intent = {"state": JobState.starting.value, "runner": self._runner.name}
        rows.add_attempt(started, devices=devices, created=moment, **intent, **vain)
