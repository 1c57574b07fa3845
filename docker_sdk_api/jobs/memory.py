"""What follows an attempt that ran out of memory: one more, with half the images per step."""

from __future__ import annotations

from typing import Any

from docker_sdk_api.jobs.record import AttemptRecord, JobRecord
from docker_sdk_api.jobs.verdict import read_result
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import NotFound, ReasonCode
from training_api.spec.events import latest, read_events
from training_api.spec.kinds import kind_named
from training_api.spec.launch import Result
from training_api.spec.profile import Step
from training_api.spec.states import JobState


def end_without_memory(
    directory: JobDirectory, job: JobRecord, attempts: list[AttemptRecord], result: Result
) -> tuple[JobState, str]:
    """(state, message) of a job whose last attempt ended for lack of memory with `result`.

    The first time since the user's last request it is interrupted, and so repeated with half the
    batch; the second time, or with a batch of one image per device, it has failed.
    """
    if not kind_named(job.kind).makes_model:
        return result.state, result.message
    batch = batch_of(directory, job.attempt)
    before = [entry for entry in attempts if entry.number < job.attempt]
    since = before[len(before) - job.retries :]
    smaller = [entry.number for entry in since if entry.reason is ReasonCode.out_of_memory]
    if smaller:
        return result.state, _tried(result, batch_of(directory, smaller[-1]), batch)
    smaller_batch = _half(batch, _devices(directory.attempt(job.attempt)))
    if smaller_batch == batch or job.state is JobState.stopping:
        return result.state, result.message
    return JobState.interrupted, (
        f"It ran out of memory with a batch of {batch} images; it goes on with {smaller_batch}."
    )


def launched_step(directory: JobDirectory, job: JobRecord) -> dict[str, Any]:
    """What memory forces upon the job's attempt, for launch.json; empty for nothing."""
    trains = kind_named(job.kind).makes_model
    step = smaller_step(directory, job.attempt) if trains else None
    return step.model_dump() if step else {}


def smaller_step(directory: JobDirectory, number: int) -> Step | None:
    """The step of attempt `number` where memory forces smaller batches than the spec asks for.

    Half the batch of the attempt before if that ran out of memory, and twice as many where the
    engine can add them up; else the same as before.
    """
    if number == 1:
        return None
    before = directory.attempt(number - 1)
    result = read_result(before)
    if result is not None and result.reason is ReasonCode.out_of_memory:
        return _halved(directory, before)
    try:
        launch = before.launch()
    except NotFound:  # stopped before it was launched
        return smaller_step(directory, before.number)
    if launch.batch_size is None:
        return None
    return Step(batch_size=launch.batch_size, accumulation=launch.accumulation or 1)


def _halved(directory: JobDirectory, attempt: AttemptDirectory) -> Step:
    spec, batch = directory.spec(), batch_of(directory, attempt.number)
    parts = attempt.launch().accumulation or spec.hyper_parameters.accumulation
    half = _half(batch, _devices(attempt))
    return Step(batch_size=half, accumulation=parts * (batch // half))


def _half(batch: int, devices: int) -> int:
    """What every device still gets an equal part of; `batch` itself if they have one image each."""
    return max(devices, batch // 2 // devices * devices)


def _devices(attempt: AttemptDirectory) -> int:
    return len(attempt.launch().devices)


def batch_of(directory: JobDirectory, number: int) -> int:
    """Images per step of attempt `number`: as its trainer told, else as it was asked for."""
    events = [event for _, event in read_events(directory.events_path)]
    started = latest([event for event in events if event["attempt"] == number], "started")
    if started is not None and "batch_size" in started:
        return int(started["batch_size"])
    asked = directory.spec().hyper_parameters.batch_size
    return directory.attempt(number).launch().batch_size or asked


def _tried(result: Result, first: int, second: int) -> str:
    return f"{result.message} It was tried with a batch of {first} images and with {second}."
