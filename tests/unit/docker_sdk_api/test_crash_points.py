"""The orchestrator is killed at each step of a start; another one goes on from what is there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from docker_sdk_api.follower import Follower
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.queue import Decision
from docker_sdk_api.runners.base import Assignment, Handle
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, state_of, until
from training_api.spec.errors import ReasonCode
from training_api.spec.launch import Result
from training_api.spec.states import JobState


class Killed(BaseException):
    """Stands for kill -9: nothing that catches errors catches it."""


class Fatal(FakeRunner):
    """Kills its caller before or after the attempt has begun; as a daemon, it goes on itself."""

    when = ""

    async def start(self, assignment: Assignment) -> Handle:
        if self.when == "before the start":
            raise Killed
        handle = await super().start(assignment)
        if self.when == "after the start":
            raise Killed
        return handle


async def followed(follower: Follower) -> None:
    with pytest.raises(Killed):
        await follower.follow()


async def intent(home: Home, store: JobStore, runner: Any, settings: Settings) -> str:
    """A job of which the start is committed and nothing else done."""
    job = add_job(home, store)
    with store.write() as rows:
        Supervisor(home, store, runner, settings)._begin_attempt(rows, job, ["cpu"])
    return job.id


async def taken_over(home: Home, store: JobStore, runner: Any, settings: Settings, job: str) -> Any:
    """What becomes of the job under another supervisor."""
    supervisor = Supervisor(home, store, runner, settings)
    await supervisor.start()
    await until(lambda: state_of(store, job).ended)
    await supervisor.stop()
    with store.read() as rows:
        return rows.get(job)


async def test_killed_between_intent_and_launch(
    home: Home, store: JobStore, runner: FakeRunner, settings: Settings
) -> None:
    job_id = await intent(home, store, runner, settings)
    assert not home.job(job_id).attempt(1).launch_path.exists()
    job = await taken_over(home, store, runner, settings, job_id)
    assert (job.state, job.attempt) == (JobState.succeeded, 1)
    assert runner.starts == {(job_id, 1): 1}


async def test_killed_between_an_intent_in_vain_and_its_end(
    home: Home, store: JobStore, runner: FakeRunner, settings: Settings
) -> None:
    """What it waited for does not come: known from the database alone, and never started."""
    waited = add_job(home, store)
    supervisor = Supervisor(home, store, runner, settings)
    assert supervisor._settled(waited, Decision(in_vain={waited.id: "Its weights did not come."}))
    assert state_of(store, waited.id) is JobState.starting
    assert not home.job(waited.id).attempt(1).path.exists()
    job = await taken_over(home, store, runner, settings, waited.id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.no_weights)
    assert job.message == "Its weights did not come."
    result = home.job(job.id).attempt(1).result()
    assert result is not None and result.message == job.message
    assert runner.starts == {}


@pytest.mark.parametrize("when", ["before the start", "after the start"])
async def test_killed_around_the_start(
    home: Home, store: JobStore, settings: Settings, when: str
) -> None:
    runner = Fatal(epochs=20)
    runner.when = when
    job_id = await intent(home, store, runner, settings)
    await followed(Follower(job_id, home, store, runner, settings))
    with store.read() as rows:
        assert rows.attempt(job_id, 1).handle is None
    assert state_of(store, job_id) is JobState.starting
    runner.when = ""
    job = await taken_over(home, store, runner, settings, job_id)
    assert (job.state, job.attempt) == (JobState.succeeded, 1)
    assert runner.starts == {(job_id, 1): 1}


async def test_killed_after_the_start_and_ended_meanwhile(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = Fatal()
    runner.when = "after the start"
    job_id = await intent(home, store, runner, settings)
    await followed(Follower(job_id, home, store, runner, settings))
    await until(lambda: home.job(job_id).attempt(1).result_path.exists())
    job = await taken_over(home, store, runner, settings, job_id)
    assert (job.state, job.attempt) == (JobState.succeeded, 1)
    assert runner.starts == {(job_id, 1): 1}


async def test_killed_after_the_start_and_died_meanwhile(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = Fatal(epochs=10_000)
    runner.when = "after the start"
    job_id = await intent(home, store, runner, settings)
    await followed(Follower(job_id, home, store, runner, settings))
    await until(lambda: home.job(job_id).attempt(1).heartbeat_path.exists())
    await runner.kill(job_id, 1)
    runner.when = ""
    runner.epochs = 2
    supervisor = Supervisor(home, store, runner, settings)
    await supervisor.start()
    await until(lambda: state_of(store, job_id) is JobState.succeeded)
    await supervisor.stop()
    assert runner.starts == {(job_id, 1): 1, (job_id, 2): 1}
    first = home.job(job_id).attempt(1).result()
    assert first is not None
    assert first.state is JobState.interrupted


async def test_killed_between_result_and_record(
    home: Home, store: JobStore, runner: FakeRunner, settings: Settings
) -> None:
    job_id = await intent(home, store, runner, settings)
    attempt = home.job(job_id).attempt(1)
    attempt.path.mkdir(parents=True)
    Result(attempt=1, state=JobState.succeeded, started="", ended="").save(attempt.result_path)
    job = await taken_over(home, store, runner, settings, job_id)
    assert job.state is JobState.succeeded
    assert runner.starts == {}


async def test_killed_between_a_stop_and_its_file(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner(epochs=10_000)
    first = Supervisor(home, store, runner, settings)
    await first.start()
    job = add_job(home, store)
    await until(lambda: state_of(store, job.id) is JobState.running)
    await first.stop()
    with store.write() as rows:
        rows.transition(rows.get(job.id), JobState.stopping)
    assert not home.job(job.id).attempt(1).stop_path.exists()
    ended = await taken_over(home, store, runner, settings, job.id)
    assert (ended.state, ended.attempt) == (JobState.cancelled, 1)


async def test_stopped_before_the_start_went_out(
    home: Home, store: JobStore, runner: FakeRunner, settings: Settings
) -> None:
    job_id = await intent(home, store, runner, settings)
    JobActions(home, store, lambda: None).stop(job_id)
    job = await taken_over(home, store, runner, settings, job_id)
    assert job.state is JobState.cancelled
    assert runner.starts == {}


async def test_three_crashes_in_a_row_while_it_trains(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner(epochs=60)
    job = add_job(home, store)
    for _ in range(3):
        supervisor = Supervisor(home, store, runner, settings)
        await supervisor.start()
        await until(lambda: state_of(store, job.id) is JobState.running)
        await asyncio.sleep(0.05)
        await supervisor.stop()
    ended = await taken_over(home, store, runner, settings, job.id)
    assert (ended.state, ended.attempt, ended.retries) == (JobState.succeeded, 1, 0)
    assert runner.starts == {(job.id, 1): 1}


async def test_two_followers_start_one_attempt(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner(epochs=20)
    job_id = await intent(home, store, runner, settings)
    followers = [Follower(job_id, home, store, runner, settings) for _ in range(5)]
    outcomes = await asyncio.gather(
        *(follower.follow() for follower in followers), return_exceptions=True
    )
    assert runner.starts == {(job_id, 1): 1}
    assert outcomes.count(None) >= 1  # the others find the end recorded already
    assert state_of(store, job_id) is JobState.succeeded
