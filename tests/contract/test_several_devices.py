"""A training on several devices: two processes of the torch engine that compute on the CPU."""

from __future__ import annotations

from pathlib import Path

import psutil

from tests.contract.test_trainer import ended, start
from tests.training_jobs import add_attempt, events_of, make_dataset, make_job
from tests.waiting import until
from training_api.spec.directory import JobDirectory
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName

SMALL = {"network": {"name": "lraspp"}}


def on_two_devices(job: JobDirectory) -> JobDirectory:
    """Its newest attempt, as two processes that compute on the CPU."""
    attempt = job.attempt(len(job.attempts()))
    launch = attempt.launch().model_copy(update={"devices": ["cpu", "cpu"]})
    launch.save(attempt.launch_path)
    return job


def test_several_devices_train_as_one_even_if_the_process_of_one_is_killed(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts", count=12, height=64, width=96)
    job = on_two_devices(make_job(tmp_path, version, SMALL, epochs=1000, ema=0.9))
    process = start(EngineName.torch, job)
    until(lambda: len(events_of(job, "validation")) >= 1)
    heartbeat = read_json(job.attempt(1).heartbeat_path)
    (other,) = psutil.Process(heartbeat["trainer_pid"]).children()
    other.kill()
    killed = ended(job, 1, process)
    assert (killed.state, killed.reason) == ("interrupted", "killed"), killed
    assert "The process that trains on cpu" in killed.message

    known = len(events_of(job, "validation"))
    add_attempt(tmp_path, job, version)
    process = start(EngineName.torch, on_two_devices(job))
    until(lambda: len(events_of(job, "validation")) > known)
    job.attempt(2).stop_path.touch()
    result = ended(job, 2, process)
    assert (result.state, result.model_id) == ("cancelled", "model-2"), result
    told = events_of(job, "started")
    assert [event["device"] for event in told] == ["2 × cpu"] * 2
    assert told[1]["first_epoch"] > 1
