from __future__ import annotations

from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.memory import smaller_step
from docker_sdk_api.jobs.rebuild import reconcile_directories
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, until
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.errors import ReasonCode
from training_api.spec.launch import Launch, Result
from training_api.spec.profile import Step
from training_api.spec.states import JobState


def job_with_batch(running: Running, size: int) -> JobRecord:
    return add_job(running.home, running.store, hyper_parameters={"batch_size": size})


def batches(running: Running, job: JobRecord) -> list[int | None]:
    directory = running.home.job(job.id)
    return [attempt.launch().batch_size for attempt in directory.attempts()]


async def test_one_more_attempt_with_half_the_batch(running: Running) -> None:
    running.runner.memory = 4
    job = await running.ended(job_with_batch(running, 8).id)
    assert (job.state, job.attempt, job.retries) == (JobState.succeeded, 2, 1)
    assert batches(running, job) == [None, 4]
    with running.store.read() as rows:
        first, second = rows.attempts(job.id)
    assert (first.state, first.reason) == (JobState.failed, ReasonCode.out_of_memory)
    assert second.state is JobState.succeeded


@pytest.mark.parametrize(
    ("changes", "accumulation"),
    [
        ({}, 2),
        ({"hyper_parameters": {"batch_size": 8, "accumulation": 3}}, 6),
        ({"engine": "gluoncv", "network": {"name": "fcn"}, "preset": None}, 2),
    ],
)
async def test_a_step_has_as_many_images_in_either_engine(
    running: Running, changes: dict[str, Any], accumulation: int
) -> None:
    running.runner.memory = 4
    spec = {"hyper_parameters": {"batch_size": 8}} | changes
    job = await running.ended(add_job(running.home, running.store, **spec).id)
    launch = running.home.job(job.id).attempt(2).launch()
    assert (launch.batch_size, launch.accumulation) == (4, accumulation)


@pytest.mark.parametrize(("batch", "step"), [(6, (2, 3)), (8, (4, 2)), (3, (1, 3)), (2, (2, 1))])
def test_every_device_gets_an_equal_part(
    home: Home, store: JobStore, batch: int, step: tuple[int, int]
) -> None:
    job = add_job(home, store, hyper_parameters={"batch_size": batch})
    attempt = home.job(job.id).attempt(1)
    devices = ["GPU-a", "GPU-b"] if batch % 2 == 0 else ["cpu"]
    files = dict.fromkeys(("dataset_manifest", "dataset_root", "models_dir", "created"), "")
    given = Launch(job_id=job.id, attempt=1, model_id="m", devices=devices, **files)
    attempt.path.mkdir(parents=True, exist_ok=True)
    given.save(attempt.launch_path)
    ended = {"state": "failed", "reason": "out_of_memory", "started": "", "ended": ""}
    Result(attempt=1, **ended).save(attempt.result_path)
    size, parts = step
    assert smaller_step(home.job(job.id), 2) == Step(batch_size=size, accumulation=parts)


async def test_it_says_so_while_it_waits(running: Running) -> None:
    running.runner.memory = 4
    job = job_with_batch(running, 9)
    await until(lambda: running.job(job.id).attempt == 1)
    running.actions.pause(True)
    job = await running.reached(job.id, JobState.queued)
    assert "out of memory with a batch of 9 images; it goes on with 4" in job.message
    running.actions.pause(False)
    assert (await running.reached(job.id, JobState.succeeded)).attempt == 2


async def test_the_second_time_is_the_last(running: Running) -> None:
    running.runner.memory = 2
    job = await running.ended(job_with_batch(running, 8).id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.out_of_memory)
    assert job.attempt == 2
    assert "batch of 8 images and with 4" in job.message
    running.actions.resume(job.id)
    job = await running.reached(job.id, JobState.succeeded)
    assert batches(running, job) == [None, 4, 2]


async def test_a_single_image_cannot_be_halved(running: Running) -> None:
    running.runner.memory = 0
    job = await running.ended(job_with_batch(running, 1).id)
    assert (job.state, job.attempt) == (JobState.failed, 1)


async def test_an_interruption_keeps_the_smaller_step(running: Running) -> None:
    running.runner.memory = 4
    running.runner.epochs = 10_000
    job = job_with_batch(running, 8)
    await until(lambda: running.job(job.id).attempt == 2)
    await running.reached(job.id, JobState.running)
    running.runner.epochs = 2
    await running.runner.kill(job.id, 2)
    job = await running.ended(job.id)
    assert (job.state, job.retries) == (JobState.succeeded, 2)
    assert batches(running, job) == [None, 4, 4]


async def test_a_job_that_waits_for_its_half_survives_another_supervisor(running: Running) -> None:
    running.runner.memory = 4
    job = job_with_batch(running, 8)
    await until(lambda: running.job(job.id).attempt == 1)
    running.actions.pause(True)
    await running.reached(job.id, JobState.queued)
    await running.supervisor.stop()
    assert smaller_step(running.home.job(job.id), 2) == Step(batch_size=4, accumulation=2)
    settings = running.supervisor._settings
    running.supervisor = Supervisor(running.home, running.store, running.runner, settings)
    await running.supervisor.start()
    running.actions.pause(False)
    assert (await running.reached(job.id, JobState.succeeded)).attempt == 2


async def test_a_rebuilt_job_is_not_halved_by_itself_again(running: Running) -> None:
    """The database is lost while the second attempt runs; that one runs out of memory too."""
    running.runner.memory = 4
    running.runner.epochs = 10_000
    job = job_with_batch(running, 8)
    await until(lambda: running.job(job.id).attempt == 2)
    await running.reached(job.id, JobState.running)
    await running.supervisor.stop()
    with running.store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM attempts")
        connection.exec_driver_sql("DELETE FROM jobs")
    assert reconcile_directories(running.home, running.store) == 1
    assert running.job(job.id).retries == 1
    await running.runner.kill(job.id, 2)
