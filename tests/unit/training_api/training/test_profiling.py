"""Profile jobs with the small engine."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import add_attempt, events_of
from tests.unit.training_api.training.test_faults import Broken, Cornered
from training_api.agent import Agent
from training_api.engines.base import Images, Labels
from training_api.machine import ProcessMemory
from training_api.profiler import run_attempt
from training_api.reasons import EXIT_FAILED
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.files import write_json
from training_api.spec.kinds import kind_named, spec_from
from training_api.spec.profile import Profile, Step, estimate


def profile_job(home: Path, version: DatasetVersion, **parameters: Any) -> JobDirectory:
    directory = JobDirectory(home / "jobs" / "job-1")
    directory.path.mkdir(parents=True)
    version.save(home)
    document = {
        "name": "A measurement",
        "kind": "profile",
        "dataset": version.id,
        "network": {"name": "unet"},
        "hyper_parameters": {"base_size": 32, "batch_size": 2, "epochs": 5} | parameters,
    }
    write_json(directory.spec_path, spec_from(document).document())
    add_attempt(home, directory, version)
    return directory


class Paced(NumpyEngine):
    """Takes 20 ms per step and 10 ms per validation."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        time.sleep(0.02)
        return super().train_step(images, labels, learning_rate)

    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        time.sleep(0.01)
        return super().evaluate(images, labels)


def test_the_parts_of_a_run_are_measured(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version)

    assert run_attempt(job.path, 1, Paced) == 0

    found = Profile.load(job.profile_path)
    assert 0.02 <= found.step_seconds < 0.2
    assert 0.01 <= found.validation_seconds < 0.1
    assert found.setup_seconds > 0 and found.publish_seconds > 0 and found.keeping_seconds > 0
    assert (found.training_images, found.validation_images) == (8, 2)
    assert (found.height, found.width, found.batch_size) == (32, 32, 2)
    assert 10**6 < found.memory < found.memory_free
    assert found.advice is None
    assert estimate(found, job.spec().hyper_parameters).steps_per_epoch == 4
    (finished,) = events_of(job, "finished")
    kind = kind_named("profile")
    assert kind.is_proven(job.attempt(1).launch(), finished)


def test_it_leaves_nothing_but_its_result(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version)
    run_attempt(job.path, 1, NumpyEngine)
    names = sorted(entry.name for entry in job.path.iterdir())
    assert names == ["attempts", "events.jsonl", "profile.json", "spec.json"]


class Short(NumpyEngine):
    """Has memory for three images."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        if len(images) > 3:
            raise MemoryError
        return super().train_step(images, labels, learning_rate)


def test_a_step_that_fits_is_advised(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version, batch_size=8)
    assert run_attempt(job.path, 1, Short) == 0
    found = Profile.load(job.profile_path)
    assert found.advice == Step(batch_size=2, accumulation=4)
    assert (found.batch_size, found.step_images) == (8, 8)


class Accompanied(NumpyEngine):
    """Has another process, until there are no more steps."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        hold = "held = bytearray(3 * 10**8); del held; print(flush=True); input()"
        command = [sys.executable, "-c", hold]
        self._other = Popen(command, stdin=PIPE, stdout=PIPE)
        assert self._other.stdout is not None
        self._other.stdout.readline()

    def close(self) -> None:
        self._other.communicate(b"\n")


def test_the_memory_of_all_processes_counts(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version)
    assert run_attempt(job.path, 1, Accompanied) == 0
    assert Profile.load(job.profile_path).memory - ProcessMemory().peak() > 2 * 10**8


class Several(Short):
    """On two devices that do not fit together any more after a fault."""

    ends_by_fault = True
    ended = False

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        assert not self.ended
        self.ended = len(images) > 3
        return super().train_step(images, labels, learning_rate)


def test_several_devices_cannot_try_less_and_say_what_to_try(
    home: Path, version: DatasetVersion
) -> None:
    job = profile_job(home, version, batch_size=8)
    launch = job.attempt(1).launch().model_copy(update={"devices": ["cpu", "cpu"]})
    launch.save(job.attempt(1).launch_path)
    assert run_attempt(job.path, 1, Several) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "out_of_memory"
    assert failed["message"].startswith("A step of 8 images does not fit into the memory of 2")
    assert "a batch size of 4" in failed["message"]


class Hopeless(NumpyEngine):
    """Has no memory."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        raise MemoryError


def test_without_memory_for_one_image_it_fails(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version)
    assert run_attempt(job.path, 1, Hopeless) == EXIT_FAILED
    assert [event["reason"] for event in events_of(job, "failed")] == ["out_of_memory"]
    assert not job.profile_path.exists()


def test_a_step_that_cannot_return_leaves_its_reason(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version)
    with pytest.raises(KeyboardInterrupt):
        run_attempt(job.path, 1, Cornered)
    assert [event["reason"] for event in events_of(job, "failed")] == ["crashed"]


def test_one_that_fails_lets_its_engine_clean_up(
    home: Path, version: DatasetVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_attempt(profile_job(home, version).path, 1, Broken) == EXIT_FAILED
    assert "closed\n" in capsys.readouterr().out


def test_a_stop_ends_it(home: Path, version: DatasetVersion) -> None:
    job = profile_job(home, version)
    job.attempt(1).stop_path.touch()
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    assert events_of(job, "finished")[-1]["stopped"] and not job.profile_path.exists()


@pytest.mark.parametrize("batch", [1, 100])
def test_any_batch_can_be_measured(home: Path, version: DatasetVersion, batch: int) -> None:
    job = profile_job(home, version, batch_size=batch, workers=0)
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    assert Profile.load(job.profile_path).batch_size == min(batch, 8)


def test_the_agent_starts_the_profiler_by_itself(home: Path, version: DatasetVersion) -> None:
    """Without torch here it cannot come far, and says so."""
    job = profile_job(home, version)
    Agent(job, 1, serve=False).run()
    result = job.attempt(1).result()
    assert result is not None
    assert (result.state, result.reason) == ("failed", "no_engine")
    assert "Setting up" in job.log_path.read_text()
