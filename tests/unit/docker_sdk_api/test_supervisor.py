from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.base import Capacity
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, until
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.errors import Conflict
from training_api.spec.states import JobState


async def test_a_job_succeeds_with_its_model(running: Running) -> None:
    job = add_job(running.home, running.store)
    running.supervisor.wake()
    job = await running.ended(job.id)
    assert (job.state, job.attempt, job.reason) == (JobState.succeeded, 1, None)
    assert job.model_id and (running.home.models / job.model_id / "manifest.json").is_file()
    assert running.runner.starts == {(job.id, 1): 1}
    assert await running.runner.list() == []
    with running.store.read() as rows:
        (attempt,) = rows.attempts(job.id)
    assert attempt.state is JobState.succeeded
    assert attempt.ended is not None


async def test_launch_names_everything_that_the_agent_needs(running: Running) -> None:
    job = add_job(running.home, running.store, resources={"cpus": 3})
    await running.ended(job.id)
    launch = running.home.job(job.id).attempt(1).launch()
    assert launch.job_id == job.id
    assert Path(launch.dataset_manifest).name == "dv-test.json"
    assert launch.dataset_root.endswith("nowhere")
    assert launch.devices == ["cpu"]
    assert launch.cpus == 3


async def test_jobs_run_one_after_another_in_queue_order(running: Running) -> None:
    running.actions.pause(True)
    jobs = [add_job(running.home, running.store) for _ in range(3)]
    running.actions.move(jobs[2].id, 0)
    await until(lambda: running.supervisor.why_waiting(jobs[0].id) == "The queue is paused.")
    assert running.runner.starts == {}
    running.actions.pause(False)
    ended = [await running.ended(job.id) for job in jobs]
    order = sorted(ended, key=lambda job: job.started or "")
    assert [job.id for job in order] == [jobs[2].id, jobs[0].id, jobs[1].id]
    assert all(job.state is JobState.succeeded for job in ended)


async def test_a_move_beyond_the_end_is_last(running: Running) -> None:
    running.actions.pause(True)
    first, second = (add_job(running.home, running.store) for _ in range(2))
    running.actions.move(first.id, 99)
    with running.store.read() as rows:
        assert [job.id for job in rows.queued()] == [second.id, first.id]


async def test_an_end_while_the_database_is_read_is_recorded_once(
    home: Home, store: JobStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second follower would take the end of this attempt for that of the next."""
    supervisor = Supervisor(home, store, FakeRunner(), settings)
    job, loop = add_job(home, store), asyncio.get_running_loop()
    supervisor._followers[job.id] = asyncio.create_task(asyncio.sleep(0))

    def active(_: Capacity | None) -> list[str]:
        loop.call_soon_threadsafe(supervisor._followers.pop, job.id)  # as at its follower's end
        return [job.id]

    monkeypatch.setattr(supervisor, "_admit", active)
    await supervisor.round()
    assert supervisor._followers == {}


async def test_a_runner_is_left_alone_while_nothing_waits(
    home: Home, store: JobStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, asked = FakeRunner(), 0

    async def counted() -> Capacity:
        nonlocal asked
        asked += 1
        return Capacity(0)

    monkeypatch.setattr(runner, "capacity", counted)
    supervisor = Supervisor(home, store, runner, settings)
    for _ in range(5):
        await supervisor.round()
    assert asked == 1, "to tidy up"
    job = add_job(home, store)
    for _ in range(3):
        await supervisor.round()
    assert asked == 4 and supervisor.why_waiting(job.id)
    monkeypatch.setattr("docker_sdk_api.supervisor._IDLE_SECONDS", 0.0)
    JobActions(home, store, lambda: None).stop(job.id)
    await supervisor.round()
    assert asked == 5


async def test_stop_in_the_queue_costs_no_attempt(running: Running) -> None:
    running.actions.pause(True)
    job = add_job(running.home, running.store)
    running.actions.stop(job.id)
    job = running.job(job.id)
    assert (job.state, job.attempt) == (JobState.cancelled, 0)
    running.actions.pause(False)
    await running.supervisor.round()
    assert running.runner.starts == {}


async def test_stop_while_it_trains_keeps_the_model(running: Running) -> None:
    running.runner.epochs = 10_000
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.running)
    assert running.actions.stop(job.id).state is JobState.stopping
    running.actions.stop(job.id)  # twice is no error
    job = await running.ended(job.id)
    assert job.state is JobState.cancelled
    assert job.model_id
    with pytest.raises(Conflict, match="been cancelled already"):
        running.actions.stop(job.id)


async def test_stop_while_it_starts(running: Running) -> None:
    running.runner.conduct = Conduct.slow
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.starting)
    running.actions.stop(job.id)
    job = await running.ended(job.id)
    assert job.state is JobState.cancelled
    assert job.attempt == 1
    assert sum(running.runner.starts.values()) <= 1  # the stop may come before the start goes out


async def test_resume_adds_an_attempt(running: Running) -> None:
    running.runner.epochs = 10_000
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.running)
    with pytest.raises(Conflict, match="cannot become queued"):
        running.actions.resume(job.id)
    running.actions.stop(job.id)
    await running.ended(job.id)
    running.runner.epochs = 2
    running.actions.resume(job.id)
    job = await running.reached(job.id, JobState.succeeded)
    assert job.attempt == 2
    with running.store.read() as rows:
        states = [attempt.state for attempt in rows.attempts(job.id)]
    assert states == [JobState.cancelled, JobState.succeeded]
    with pytest.raises(Conflict, match="Train it again"):
        running.actions.resume(job.id)
