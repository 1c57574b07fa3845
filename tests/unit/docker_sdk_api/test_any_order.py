"""Users, crashes and ends in any order: the promises about jobs hold throughout."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.migrate import upgrade
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.rebuild import reconcile_directories
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, save_version, settings_for
from training_api.spec.errors import Conflict
from training_api.spec.launch import Result
from training_api.spec.states import JobState

WHICH = st.integers(min_value=0, max_value=30)


class Jobs(RuleBasedStateMachine):
    """One home, one fake daemon, and supervisors that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="segsmith-"))
        self.settings = settings_for(self.folder)
        self.home = Home(self.settings.home)
        self.home.create()
        save_version(self.home)
        self.store = self._opened("segsmith.db")
        self.loop = asyncio.new_event_loop()
        self.runner = FakeRunner(epochs=10**6, seconds=0.005)
        self.actions = JobActions(self.home, self.store, lambda: None)
        self.ended: dict[tuple[str, int], JobState] = {}
        self._supervise()

    def _opened(self, name: str) -> JobStore:
        database = Database(self.home.path / name)
        upgrade(database)
        return JobStore(database)

    def _supervise(self) -> None:
        self.supervisor = Supervisor(self.home, self.store, self.runner, self.settings)
        self._go(self.supervisor.start())

    def _go(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self._go(self.supervisor.stop())
        for handle in self._go(self.runner.list()):
            self._go(self.runner.kill(handle.job_id, handle.attempt))
        self.store.database.close()
        self._go(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.folder)

    @property
    def jobs(self) -> list[JobRecord]:
        with self.store.read() as rows:
            return rows.listing(limit=100)

    def one(self, which: int) -> JobRecord | None:
        jobs = sorted(self.jobs, key=lambda job: job.seq)
        return jobs[which % len(jobs)] if jobs else None

    @rule()
    def submit(self) -> None:
        add_job(self.home, self.store)

    @rule(which=WHICH)
    def stop(self, which: int) -> None:
        self._try(lambda job: self.actions.stop(job.id), which)

    @rule(which=WHICH)
    def resume(self, which: int) -> None:
        self._try(lambda job: self.actions.resume(job.id), which)

    @rule(which=WHICH, to=st.integers(0, 5))
    def move(self, which: int, to: int) -> None:
        self._try(lambda job: self.actions.move(job.id, to), which)

    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        self._try(lambda job: self.actions.delete(job.id), which)

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        self.actions.pause(paused)

    def _try(self, action: Any, which: int) -> None:
        """Users may ask for anything; a refusal is a Conflict and changes nothing."""
        job = self.one(which)
        if job is None:
            return
        try:
            action(job)
        except Conflict as error:
            assert job.name in error.message

    @rule(seconds=st.sampled_from([0.0, 0.03, 0.15]))
    def time_passes(self, seconds: float) -> None:
        self._go(asyncio.sleep(seconds))

    @rule(which=WHICH)
    def an_attempt_is_killed(self, which: int) -> None:
        handles = self._go(self.runner.list())
        if handles:
            handle = handles[which % len(handles)]
            self._go(self.runner.kill(handle.job_id, handle.attempt))

    @rule(which=WHICH)
    def an_attempt_succeeds(self, which: int) -> None:
        handles = self._go(self.runner.list())
        if handles:
            handle = handles[which % len(handles)]
            self._go(self.runner.kill(handle.job_id, handle.attempt))
            files = self.home.job(handle.job_id).attempt(handle.attempt)
            if not files.result_path.exists():
                done = {"state": JobState.succeeded, "started": "", "ended": ""}
                Result(attempt=handle.attempt, **done).save(files.result_path)

    @rule()
    def the_orchestrator_is_replaced(self) -> None:
        self._go(self.supervisor.stop())
        self._supervise()

    @invariant()
    def no_attempt_was_started_twice(self) -> None:
        assert set(self.runner.starts.values()) <= {1}

    @invariant()
    def no_job_has_two_trainers(self) -> None:
        live = [handle.job_id for handle in self._go(self.runner.list())]
        assert len(live) == len(set(live))

    @invariant()
    def one_cpu_job_at_most_holds_the_slot(self) -> None:
        assert sum(job.state.active for job in self.jobs) <= 1

    @invariant()
    def ended_attempts_stay_as_they_are(self) -> None:
        with self.store.read() as rows:
            for job in rows.listing(limit=100):
                for attempt in rows.attempts(job.id):
                    if attempt.ended:
                        key = (job.id, attempt.number)
                        assert self.ended.setdefault(key, attempt.state) is attempt.state

    @rule()
    def the_directories_tell_the_same(self) -> None:
        """All that has ended is rebuilt as it is known."""
        self._go(self.supervisor.stop())
        rebuilt = self._opened("rebuilt.db")
        reconcile_directories(self.home, rebuilt)
        with rebuilt.read() as rows:
            again = {job.id: job for job in rows.listing(limit=100)}
        rebuilt.database.close()
        for suffix in ("", "-wal", "-shm"):
            (self.home.path / f"rebuilt.db{suffix}").unlink(missing_ok=True)
        for job in self.jobs:
            if job.state.ended:
                assert again[job.id].state is job.state, job
                assert again[job.id].attempt == job.attempt
        self._supervise()


TestJobs = Jobs.TestCase
TestJobs.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
