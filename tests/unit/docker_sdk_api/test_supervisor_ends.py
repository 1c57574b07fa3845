from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.base import Capacity, StartFailed
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, settings_for, state_of, until
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.errors import InvalidSpec, NoEngine, ReasonCode
from training_api.spec.launch import Result
from training_api.spec.states import JobState


async def test_a_dying_job_is_repeated_three_times(running: Running) -> None:
    running.runner.conduct = Conduct.dying
    job = add_job(running.home, running.store)
    await until(lambda: running.job(job.id).attempt == 4)
    job = await running.ended(job.id)
    assert job.state is JobState.interrupted
    assert job.reason is ReasonCode.killed
    assert (job.attempt, job.retries) == (4, 3)
    assert "repeated 3 times" in job.message
    assert running.runner.starts == {(job.id, number): 1 for number in (1, 2, 3, 4)}
    for number in (1, 2, 3, 4):
        result = running.home.job(job.id).attempt(number).result()
        assert result is not None
        assert result.state is JobState.interrupted
    running.runner.conduct = Conduct.normal
    running.actions.resume(job.id)
    assert (await running.reached(job.id, JobState.succeeded)).attempt == 5


async def test_a_job_ended_when_its_agent_says(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been while no service ran."""
    monkeypatch.setattr("docker_sdk_api.runners.fake_agent.now", lambda: "2020-02-02T02:02:02.000Z")
    job = await running.ended(add_job(running.home, running.store).id)
    with running.store.read() as rows:
        (attempt,) = rows.attempts(job.id)
    assert job.ended == attempt.ended == "2020-02-02T02:02:02.000Z"


async def test_a_repeated_job_goes_before_the_others(running: Running) -> None:
    """The queue is paused meanwhile: the place is looked at, not a race won."""
    running.runner.conduct = Conduct.dying
    job = add_job(running.home, running.store)
    await until(lambda: running.job(job.id).attempt == 1)
    running.actions.pause(True)
    later = add_job(running.home, running.store)

    def order() -> list[str]:
        with running.store.read() as rows:
            return [entry.id for entry in rows.queued()]

    await until(lambda: len(order()) == 2)
    assert order() == [job.id, later.id]
    running.runner.conduct = Conduct.normal
    running.actions.pause(False)
    await running.reached(job.id, JobState.succeeded)
    await running.reached(later.id, JobState.succeeded)


async def test_an_interrupted_job_can_be_stopped_before_it_repeats(
    home: Home, store: JobStore, tmp_path: Path
) -> None:
    patient = settings_for(tmp_path, retry_seconds=(600.0,))
    running = Running(home, store, FakeRunner(Conduct.dying), patient)
    await running.supervisor.start()
    job = add_job(home, store)
    await running.reached(job.id, JobState.interrupted)
    assert running.job(job.id).repeats
    running.actions.stop(job.id)
    await running.supervisor.round()
    assert state_of(store, job.id) is JobState.cancelled
    await running.supervisor.stop()


async def test_what_never_comes_up_is_ended(home: Home, store: JobStore, tmp_path: Path) -> None:
    hasty = settings_for(tmp_path, start_seconds=0.2)
    running = Running(home, store, FakeRunner(Conduct.never_starting), hasty)
    await running.supervisor.start()
    job = await running.ended(add_job(home, store).id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.not_started)
    assert "did not come up" in job.message
    assert "Fake agent" in job.message
    assert await running.runner.list() == []
    await running.supervisor.stop()


class Refusing(FakeRunner):
    """Starts nothing."""

    error: Exception = StartFailed("The image is not here. Build it.", ReasonCode.no_image)

    async def start(self, assignment: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StartFailed("The image is not here. Build it.", ReasonCode.no_image), "no_image"),
        (NoEngine("The torch engine is not installed."), "no_engine"),
        (InvalidSpec("spec.json: colour: is not a known parameter."), "invalid_spec"),
    ],
)
async def test_a_refused_start_fails_the_job(
    home: Home, store: JobStore, settings: Settings, error: Exception, reason: str
) -> None:
    runner = Refusing()
    runner.error = error
    running = Running(home, store, runner, settings)
    await running.supervisor.start()
    job = await running.ended(add_job(home, store).id)
    assert (job.state, job.reason, job.message) == (JobState.failed, reason, str(error))
    await running.supervisor.stop()


async def test_a_start_on_a_full_disk_is_repeated(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = Refusing()
    runner.error = StartFailed("Docker's disk is full.", ReasonCode.disk_full)
    running = Running(home, store, runner, settings)
    await running.supervisor.start()
    job = await running.ended(add_job(home, store).id)
    assert (job.state, job.reason) == (JobState.interrupted, ReasonCode.disk_full)
    assert (job.attempt, job.retries) == (4, 3)
    assert job.message.startswith("Docker's disk is full. It was repeated 3 times")
    await running.supervisor.stop()


async def test_an_unreachable_runner_fails_nothing(running: Running) -> None:
    running.runner.epochs = 30
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.running)
    running.runner.unreachable = True
    await running.runner.kill(job.id, 1)
    for _ in range(5):
        await running.supervisor.round()
    assert running.job(job.id).state is JobState.running
    running.runner.unreachable = False
    running.runner.epochs = 2
    assert (await running.reached(job.id, JobState.succeeded)).attempt == 2


async def test_what_nobody_can_give_fails(home: Home, store: JobStore, settings: Settings) -> None:
    running = Running(home, store, FakeRunner(capacity=Capacity(1, ("GPU-a",))), settings)
    await running.supervisor.start()
    job = await running.ended(add_job(home, store, resources={"gpus": 2}).id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.no_gpu)
    assert job.message.startswith("2 GPUs were asked for and this machine has 1.")
    await running.supervisor.stop()


async def test_nothing_starts_on_a_full_disk(home: Home, store: JobStore, tmp_path: Path) -> None:
    full = settings_for(tmp_path, disk_reserve=shutil.disk_usage(tmp_path).total)
    running = Running(home, store, FakeRunner(), full)
    job = add_job(home, store)
    await running.supervisor.round()
    assert state_of(store, job.id) is JobState.queued
    assert "disk space" in (running.supervisor.why_waiting(job.id) or "")


async def test_one_that_does_not_admit_starts_nothing(
    home: Home, store: JobStore, runner: FakeRunner, settings: Settings
) -> None:
    supervisor = Supervisor(home, store, runner, settings, admits=False)
    job = add_job(home, store)
    await supervisor.round()
    assert state_of(store, job.id) is JobState.queued
    assert runner.starts == {}


async def test_the_result_of_an_attempt_is_not_rewritten(running: Running) -> None:
    job = await running.ended(add_job(running.home, running.store).id)
    path = running.home.job(job.id).attempt(1).result_path
    before = path.read_bytes()
    for _ in range(3):
        await running.supervisor.round()
    assert path.read_bytes() == before


async def test_a_result_that_cannot_be_read_fails_the_job(running: Running) -> None:
    running.runner.epochs = 10_000
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.running)
    running.home.job(job.id).attempt(1).result_path.write_text("{ torn")
    job = await running.ended(job.id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.error)
    assert "result.json cannot be read" in job.message
    await running.runner.kill(job.id, 1)


async def test_a_finish_within_the_grace_of_a_stop_counts(running: Running) -> None:
    running.runner.epochs = 10_000
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.running)
    with running.store.write() as rows:  # a stop whose file nobody wrote yet
        rows.transition(rows.get(job.id), JobState.stopping)
    await running.runner.kill(job.id, 1)
    attempt = running.home.job(job.id).attempt(1)
    Result(attempt=1, state=JobState.succeeded, started="", ended="").save(attempt.result_path)
    job = await running.ended(job.id)
    assert job.state in (JobState.succeeded, JobState.cancelled)
    result = attempt.result()
    assert result is not None
    assert result.state is job.state
