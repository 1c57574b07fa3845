"""The Docker daemon goes away and comes back, before a job and under one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Assignment
from docker_sdk_api.runners.docker import DockerRunner
from tests.docker_engine import KEPT, DockerEngine
from tests.faults.container_jobs import containers, runner_in, small, supervised
from tests.faults.own_daemon import OwnDaemon
from tests.unit.docker_sdk_api.at_hand import add_job, until
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.errors import ReasonCode
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.states import JobState


@pytest.fixture(scope="module")
def daemon(docker_engine: DockerEngine, small_image: str) -> Iterator[OwnDaemon]:
    """With the small image; its data are kept from run to run."""
    daemon = OwnDaemon(KEPT / "faults")
    try:
        daemon.start()
        daemon.take(small_image, docker_engine)
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def runner(home: Home, daemon: OwnDaemon, small_image: str) -> DockerRunner:
    """In the daemon that comes and goes."""
    return runner_in(home, daemon.engine, small_image, small())


@pytest.fixture
def running(home: Home, runner: DockerRunner) -> Iterator[Running]:
    """Not started yet."""
    with supervised(home.path.parent, runner, home) as running:
        yield running


async def ended(running: Running, runner: DockerRunner) -> None:
    await running.supervisor.stop()
    await runner.close()


async def swept(running: Running, runner: DockerRunner, engine: DockerEngine) -> None:
    """Containers that ended while nobody could be asked go, too."""
    runner._containers._next_sweep = running.supervisor._capacity_asked = 0.0
    await until(lambda: containers(engine, running.home) == [])


def test_the_tests_take_no_network_from_another_daemon(
    daemon: OwnDaemon, docker_engine: DockerEngine, small_image: str
) -> None:
    docker_engine.docker("run", "--rm", small_image, "true")


async def test_unreachable_at_start(
    daemon: OwnDaemon, runner: DockerRunner, running: Running, home: Home
) -> None:
    daemon.stop()
    await running.supervisor.start()
    job = add_job(home, running.store)
    await until(lambda: "does not answer" in (running.supervisor.why_waiting(job.id) or ""))
    assert "systemctl start docker" in (running.supervisor.why_waiting(job.id) or "")
    assert running.job(job.id).state is JobState.queued
    assert runner.engine_problem(EngineName.torch) is None  # no reason to refuse a job
    checks = await runner.check()
    assert [(check.name, check.ok) for check in checks] == [("docker", False)]
    await asyncio.to_thread(daemon.start)
    await running.reached(job.id, JobState.running)
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled
    assert running.job(job.id).attempt == 1
    await until(lambda: containers(daemon.engine, home) == [])
    await ended(running, runner)


async def test_unreachable_in_the_middle(
    daemon: OwnDaemon, runner: DockerRunner, running: Running, home: Home
) -> None:
    """The job goes on, is watched by its files, hears a stop, and its end is recorded."""
    await running.supervisor.start()
    job = add_job(home, running.store)
    await running.reached(job.id, JobState.running)
    await asyncio.to_thread(daemon.kill)
    await asyncio.sleep(0.5)
    assert running.job(job.id).state is JobState.running
    running.actions.stop(job.id)
    stopped = await running.ended(job.id)
    assert (stopped.state, stopped.attempt) == (JobState.cancelled, 1)
    await asyncio.to_thread(daemon.start)
    await swept(running, runner, daemon.engine)
    await ended(running, runner)


async def test_unreachable_between_intent_and_start(
    daemon: OwnDaemon, runner: DockerRunner, running: Running, home: Home
) -> None:
    """An admitted job waits for the daemon and is started once."""
    await running.supervisor.start()
    await until(lambda: runner._paths._paths is not None)
    begin = runner._containers.begin
    job_ids: list[str] = []

    def failing(assignment: Assignment, *rest: Any) -> str:
        job_ids.append(assignment.job_id)
        if len(job_ids) == 1:
            daemon.kill()
        return begin(assignment, *rest)

    runner._containers.begin = failing
    job = add_job(home, running.store)
    await until(lambda: job_ids)
    await asyncio.sleep(0.5)
    assert running.job(job.id).state is JobState.starting
    await asyncio.to_thread(daemon.start)
    await running.reached(job.id, JobState.running)
    assert job_ids == [job.id, job.id]
    assert len(containers(daemon.engine, home)) == 1
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled
    await ended(running, runner)


async def test_restarted_under_a_running_job(
    daemon: OwnDaemon, runner: DockerRunner, running: Running, home: Home
) -> None:
    """The job is lost with its container, and repeated by itself."""
    await running.supervisor.start()
    job = add_job(home, running.store)
    await running.reached(job.id, JobState.running)
    await asyncio.to_thread(daemon.stop)
    await asyncio.to_thread(daemon.start)
    await until(lambda: running.job(job.id).attempt == 2)
    first = home.job(job.id).attempt(1).result()
    assert first is not None
    assert (first.state, first.reason) == (JobState.interrupted, ReasonCode.lost)
    assert "The Docker daemon went down while the job ran." in first.message
    await running.reached(job.id, JobState.running)
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled
    assert len(home.job(job.id).log_path.read_text().splitlines()) == 2  # one agent per attempt
    await swept(running, runner, daemon.engine)
    await ended(running, runner)
