"""A runner that does not answer, or was another one yesterday: nothing is lost, nothing doubled."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.jobs.verdict import settle
from docker_sdk_api.runners.base import Assignment, Capacity, Handle, Liveness, Sight, Unanswered
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, settings_for, state_of, until
from tests.unit.docker_sdk_api.supervised import Running
from tests.unit.docker_sdk_api.test_verdict import _record
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.kinds import train
from training_api.spec.states import JobState


class Silent(FakeRunner):
    """Answers no start and no adoption while it is unreachable."""

    asked = 0

    async def start(self, assignment: Assignment) -> Handle:
        await self._answer()
        return await super().start(assignment)

    async def adopt(self, directory: Path, attempt: int) -> Handle | None:
        await self._answer()
        return await super().adopt(directory, attempt)

    async def stop(self, handle: Handle, *, force: bool = False) -> None:
        await self._answer()
        await super().stop(handle, force=force)

    async def _answer(self) -> None:
        self.asked += 1
        if self.unreachable:
            raise Unanswered("It does not answer.")


async def test_jobs_wait_while_the_runner_holds_them(running: Running) -> None:
    running.runner._capacity = Capacity(1, hold="Docker does not answer.")
    job = add_job(running.home, running.store)
    await until(lambda: running.supervisor.why_waiting(job.id) == "Docker does not answer.")
    assert state_of(running.store, job.id) is JobState.queued
    running.runner._capacity = Capacity(1)
    assert (await running.ended(job.id)).state is JobState.succeeded


async def test_a_runner_that_fails_holds_the_queue_and_nothing_else(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner(epochs=100_000)
    first = Supervisor(home, store, runner, settings)
    job = add_job(home, store, "first")
    await first.start()
    await until(lambda: state_of(store, job.id) is JobState.running)
    await first.stop()

    async def failing() -> Capacity:
        raise OSError(28, "No space left on device")

    runner.capacity = failing  # type: ignore[method-assign]
    waiting = add_job(home, store, "second")
    second = Supervisor(home, store, runner, settings)
    await second.start()
    await until(lambda: "No space left" in (second.why_waiting(waiting.id) or ""))
    home.request_stop(job.id, 1)
    await until(lambda: state_of(store, job.id) is JobState.cancelled)
    await second.stop()


async def test_an_admitted_job_waits_for_an_answer_and_starts_once(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = Silent()
    runner.unreachable = True
    supervisor = Supervisor(home, store, runner, settings)
    await supervisor.start()
    job = add_job(home, store)
    await until(lambda: runner.asked > 2)
    assert state_of(store, job.id) is JobState.starting
    runner.unreachable = False
    await until(lambda: state_of(store, job.id) is JobState.succeeded)
    await supervisor.stop()
    assert runner.starts == {(job.id, 1): 1}


async def test_a_stop_needs_no_answer(home: Home, store: JobStore, settings: Settings) -> None:
    runner = Silent(epochs=10_000)
    running = Running(home, store, runner, settings)
    await running.supervisor.start()
    job = add_job(home, store)
    await running.reached(job.id, JobState.running)
    runner.unreachable = True
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled
    await running.supervisor.stop()


async def test_an_attempt_of_another_runner_is_followed_by_its_lock(
    home: Home, store: JobStore, settings: Settings
) -> None:
    """The setting was changed while a job ran: it is neither asked for nor started here."""

    class Other(FakeRunner):
        name = "other"

    first = FakeRunner(epochs=10_000)
    running = Running(home, store, first, settings)
    await running.supervisor.start()
    job = add_job(home, store)
    await running.reached(job.id, JobState.running)
    await running.supervisor.stop()
    other = Other()
    again = Running(home, store, other, settings)
    await again.supervisor.start()
    again.actions.stop(job.id)
    assert (await again.ended(job.id)).state is JobState.cancelled
    await again.supervisor.stop()
    assert other.starts == {}


def test_the_kernels_end_at_a_limit_is_lack_of_memory(tmp_path: Path) -> None:
    job = JobDirectory(tmp_path)
    job.attempt(1).path.mkdir(parents=True)
    sight = Sight(Liveness.gone, exit_code=-9, memory=300_000_000)
    result = settle(job, _record(), sight, stopping=False, kind=train.KIND)
    assert (result.state, result.reason) == (JobState.failed, ReasonCode.out_of_memory)
    assert "limit 300 MB" in result.message
    assert "Lower the batch size" in result.message


def test_what_was_lost_says_by_what(tmp_path: Path) -> None:
    job = JobDirectory(tmp_path)
    job.attempt(1).path.mkdir(parents=True)
    lost = dataclasses.replace(Sight(Liveness.gone), lost="The Docker daemon went down.")
    result = settle(job, _record(), lost, stopping=False, kind=train.KIND)
    assert (result.state, result.reason) == (JobState.interrupted, ReasonCode.lost)
    assert result.message == "The Docker daemon went down."


class Lasting(FakeRunner):
    """What it kills ends with the third time."""

    kills = 0

    async def stop(self, handle: Handle, *, force: bool = False) -> None:
        self.kills += force
        if force and self.kills < 3:
            raise Unanswered("It was killed and does not end.")
        await super().stop(handle, force=force)


async def test_what_never_comes_up_and_outlives_a_kill_is_followed_on(
    home: Home, store: JobStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hasty = settings_for(tmp_path, start_seconds=0.1)
    running = Running(home, store, Lasting(Conduct.never_starting), hasty)
    await running.supervisor.start()
    job = await running.ended(add_job(home, store).id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.not_started)
    assert (job.attempt, running.runner.starts) == (1, {(job.id, 1): 1})
    assert "Following" not in caplog.text
    await running.supervisor.stop()
