"""One job, one model: what a stopped attempt published goes when a resumed one has its own."""

from __future__ import annotations

from docker_sdk_api.jobs.record import JobRecord, model_id
from docker_sdk_api.jobs.replacement import remove_replaced
from tests.unit.docker_sdk_api.at_hand import add_job
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.states import JobState


async def _stopped(running: Running) -> JobRecord:
    """A job that was stopped while it trained and has published its first model."""
    running.runner.epochs = 10_000
    job = add_job(running.home, running.store)
    await running.reached(job.id, JobState.running)
    running.actions.stop(job.id)
    job = await running.ended(job.id)
    assert job.model_id == model_id(job.id, 1)
    return job


async def _resumed(running: Running, job: JobRecord) -> JobRecord:
    running.runner.epochs = 2
    running.actions.resume(job.id)
    return await running.reached(job.id, JobState.succeeded)


def _models(running: Running) -> list[str]:
    return sorted(folder.name for folder in running.home.models.iterdir())


async def test_the_resumed_attempts_model_replaces_the_first(running: Running) -> None:
    first = await _stopped(running)
    other = await _stopped(running)
    assert _models(running) == sorted([model_id(first.id, 1), model_id(other.id, 1)])
    job = await _resumed(running, first)
    assert job.model_id == model_id(first.id, 2)
    assert _models(running) == sorted([model_id(first.id, 2), model_id(other.id, 1)])


async def test_a_model_that_another_job_starts_from_stays(running: Running) -> None:
    first = await _stopped(running)
    running.actions.pause(True)
    weights = {"mode": "model", "model": first.model_id}
    add_job(running.home, running.store, weights=weights)
    running.actions.pause(False)
    await _resumed(running, first)
    assert {model_id(first.id, 1), model_id(first.id, 2)} <= {*_models(running)}


async def test_nothing_goes_before_the_new_model_is_whole(running: Running) -> None:
    first = await _stopped(running)
    remove_replaced(running.home, running.store, first.id, 2)
    (running.home.models / model_id(first.id, 2)).mkdir()
    remove_replaced(running.home, running.store, first.id, 2)
    assert model_id(first.id, 1) in _models(running)
