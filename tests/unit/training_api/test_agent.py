"""The agent over a real trainer process with the NumPy engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.training_jobs import LEARNS, add_attempt, events_of, make_dataset, make_job
from tests.waiting import PATIENCE, until
from training_api.agent import Agent
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.files import read_json
from training_api.spec.launch import Heartbeat, Result
from training_api.spec.model import verify_model

TRAINER = Path(__file__).parents[2] / "numpy_trainer.py"


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> DatasetVersion:
    return make_dataset(tmp_path_factory.mktemp("data") / "parts", count=10)


class Running:
    """An agent in a thread, over a job whose trainer does a step every `step_seconds`."""

    def __init__(self, job: JobDirectory, number: int = 1, step_seconds: float = 0.0) -> None:
        self.job, self.number = job, number
        command = [sys.executable, str(TRAINER), str(step_seconds)]
        self.agent = Agent(job, number, command, serve=False)
        self._thread = threading.Thread(target=self.agent.run)
        self._thread.start()

    def result(self) -> Result:
        self._thread.join(PATIENCE)
        found = self.job.attempt(self.number).result()
        assert found is not None and not self._thread.is_alive()
        return found

    def wait_for_validations(self, count: int) -> None:
        until(lambda: len(events_of(self.job, "validation")) >= count)

    @property
    def trainer_pid(self) -> int:
        path = self.job.attempt(self.number).heartbeat_path
        until(path.exists)
        found = Heartbeat.model_validate(read_json(path)).trainer_pid
        assert found is not None
        return found


def test_a_job_succeeds(tmp_path: Path, version: DatasetVersion) -> None:
    job = make_job(tmp_path, version, **LEARNS)
    result = Running(job).result()

    assert (result.state, result.exit_code, result.model_id) == ("succeeded", 0, "model-1")
    assert verify_model(tmp_path / "models" / "model-1").metrics["miou"] > 0.8
    assert job.log_path.read_text().startswith("Segsmith trainer")
    assert result.log_tail[-1].startswith("Finished after 6 epochs")
    attempt = job.attempt(1)
    assert not attempt.is_locked()
    sampled = [json.loads(line) for line in attempt.resources_path.read_text().splitlines()]
    assert sampled[0].keys() == {"time", "cpu", "memory"} and sampled[0]["memory"] > 1 << 20
    beat = Heartbeat.model_validate(read_json(attempt.heartbeat_path))
    assert beat.agent_pid == os.getpid() and beat.time >= result.started


def test_a_stop_cancels_and_publishes_the_best(tmp_path: Path, version: DatasetVersion) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 500})
    running = Running(job, step_seconds=0.01)
    running.wait_for_validations(2)
    assert job.attempt(1).is_locked()
    job.attempt(1).stop_path.touch()
    result = running.result()
    assert (result.state, result.reason, result.model_id) == ("cancelled", None, "model-1")
    verify_model(tmp_path / "models" / "model-1")


def test_a_signal_to_the_agent_interrupts_and_the_next_attempt_resumes(
    tmp_path: Path, version: DatasetVersion
) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 30})
    running = Running(job, step_seconds=0.01)
    running.wait_for_validations(2)
    running.agent.terminate()
    result = running.result()
    assert (result.state, result.reason) == ("interrupted", "killed")
    seen = len(events_of(job, "validation"))

    number = add_attempt(tmp_path, job, version)
    assert Running(job, number).result().state == "succeeded"
    assert events_of(job, "started")[1]["first_epoch"] == seen + 1


def test_a_killed_trainer_is_interrupted(tmp_path: Path, version: DatasetVersion) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 500})
    running = Running(job, step_seconds=0.01)
    running.wait_for_validations(1)
    os.kill(running.trainer_pid, signal.SIGKILL)
    result = running.result()
    assert (result.state, result.reason, result.signal) == ("interrupted", "killed", "SIGKILL")
    assert result.exit_code == -9


def test_a_crashed_trainer_has_failed_and_the_log_shows_where(
    tmp_path: Path, version: DatasetVersion
) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 500})
    running = Running(job, step_seconds=0.01)
    running.wait_for_validations(1)
    os.kill(running.trainer_pid, signal.SIGSEGV)
    result = running.result()
    assert (result.state, result.reason) == ("failed", "crashed")
    assert "Segmentation fault" in job.log_path.read_text()


def test_a_trainer_that_does_not_stop_is_ended_after_its_grace(
    tmp_path: Path, version: DatasetVersion
) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 500})
    launch = job.attempt(1).launch().model_copy(update={"stop_grace_seconds": 0.5})
    launch.save(job.attempt(1).launch_path)
    running = Running(job, step_seconds=0.01)
    running.wait_for_validations(1)
    os.kill(running.trainer_pid, signal.SIGSTOP)
    job.attempt(1).stop_path.touch()
    result = running.result()
    assert result.state == "cancelled" and "did not stop in time" in result.message


def test_an_attempt_runs_once(tmp_path: Path, version: DatasetVersion) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 500})
    running = Running(job, step_seconds=0.01)
    running.wait_for_validations(1)
    assert Agent(job, 1, [sys.executable, "-c", "1"], serve=False).run() == 3
    job.attempt(1).stop_path.touch()
    first = running.result()
    assert Agent(job, 1, [sys.executable, "-c", "1"], serve=False).run() == 3
    assert job.attempt(1).result() == first


def test_a_trainer_that_cannot_start_leaves_a_result(
    tmp_path: Path, version: DatasetVersion
) -> None:
    job = make_job(tmp_path, version, **LEARNS)
    assert Agent(job, 1, [str(tmp_path / "absent")], serve=False).run() == 0
    result = job.attempt(1).result()
    assert result is not None and result.state == "failed" and "absent" in result.message


_AGENT = """
import sys
from pathlib import Path
from training_api.agent import Agent
from training_api.spec.directory import JobDirectory
command = [sys.executable, sys.argv[2], "0.01"]
Agent(JobDirectory(Path(sys.argv[1])), 1, command, serve=False).run()
"""


def test_an_orphaned_trainer_holds_the_lock(tmp_path: Path, version: DatasetVersion) -> None:
    job = make_job(tmp_path, version, **LEARNS | {"epochs": 500})
    agent = subprocess.Popen([sys.executable, "-c", _AGENT, str(job.path), str(TRAINER)])
    until(lambda: len(events_of(job, "validation")) >= 1)
    agent.kill()
    agent.wait()
    seen = len(events_of(job, "validation"))
    until(lambda: len(events_of(job, "validation")) > seen)
    assert job.attempt(1).is_locked()
    job.attempt(1).stop_path.touch()
    until(lambda: not job.attempt(1).is_locked())
    assert events_of(job, "finished")[0]["stopped"]
