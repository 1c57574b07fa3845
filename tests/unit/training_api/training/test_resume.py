"""Stopped and killed runs go on as if nothing had happened."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.numpy_engine import NumpyEngine
from tests.ticking import Ticking
from tests.training_jobs import LEARNS, add_attempt, events_of, make_job
from tests.waiting import PATIENCE, until
from training_api.checkpoints import CheckpointStore
from training_api.engines.base import Images, Labels
from training_api.reasons import EXIT_TERMINATED
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.events import validations
from training_api.spec.model import verify_model
from training_api.trainer import run_attempt


def tensors_of(directory: JobDirectory) -> dict[str, Any]:
    found = CheckpointStore(directory.checkpoints_path).latest()
    assert found is not None
    return found.tensors


def same_end(left: JobDirectory, right: JobDirectory) -> bool:
    ours, theirs = tensors_of(left), tensors_of(right)
    return ours.keys() == theirs.keys() and all(
        np.array_equal(array, theirs[name]) for name, array in ours.items()
    )


def figures(directory: JobDirectory) -> list[tuple[Any, ...]]:
    """What must not depend on interruptions, per epoch."""
    keys = ("epoch", "step", "train_loss", "validation_loss", "lr", "miou", "iou", "best")
    return [tuple(map(str, map(event.get, keys))) for event in validations(events_of(directory))]


class Stopping(NumpyEngine):
    """Asks for a stop, as the orchestrator would, after some steps of training."""

    stop_path: Path
    after = 6

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        loss = super().train_step(images, labels, learning_rate)
        type(self).after -= 1
        if type(self).after == 0:
            self.stop_path.touch()
        return loss


def stopping(job: JobDirectory, after: int) -> type[Stopping]:
    return type("Stopping", (Stopping,), {"stop_path": job.attempt(1).stop_path, "after": after})


def test_a_run_with_a_limit_of_minutes_goes_on_with_the_rate_it_had(
    tmp_path: Path, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rate falls towards the end of the minutes; 50,000 epochs alone would have it rise. The
    first step of an attempt may take long (it compiles), and tells nothing of the others' pace.
    """
    clock = Ticking()
    monkeypatch.setattr("training_api.loop.time", clock)
    rates: list[float] = []

    class Recording(Stopping):
        stop_path, after = tmp_path / "never", 300

        def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
            rates.append(learning_rate)
            clock.now += 2.0 if len(rates) in (1, 301) else 0.0
            return super().train_step(images, labels, learning_rate)

    job = make_job(tmp_path, version, **LEARNS | {"epochs": 50_000, "max_minutes": 0.4})
    Recording.stop_path = job.attempt(1).stop_path
    assert run_attempt(job.path, 1, Recording) == 0
    before = rates[-1]
    assert len(rates) == 300 and 0.1 < before < 0.9 * max(rates)
    assert run_attempt(job.path, add_attempt(tmp_path, job, version), Recording) == 0
    assert rates[300:302] == pytest.approx([before, before], rel=0.02)
    assert rates[-1] < 0.02 * before


@pytest.mark.parametrize("after", [5, 6, 8, 11])
def test_a_stopped_run_resumes_as_if_nothing_had_happened(
    tmp_path: Path, version: DatasetVersion, after: int
) -> None:
    whole = make_job(tmp_path / "whole", version, **LEARNS)
    run_attempt(whole.path, 1, NumpyEngine)
    home = tmp_path / "cut"
    job = make_job(home, version, **LEARNS)

    assert run_attempt(job.path, 1, stopping(job, after)) == 0
    (stopped,) = events_of(job, "finished")
    assert stopped["stopped"] and stopped["epochs"] == after / 4
    assert verify_model(home / "models" / "model-1").metrics["miou"] == stopped["best_miou"]
    assert run_attempt(job.path, add_attempt(home, job, version), NumpyEngine) == 0

    assert same_end(job, whole)
    assert figures(job) == figures(whole)
    assert verify_model(home / "models" / "model-2").metrics["epoch"] >= 1


def test_a_stop_before_the_first_validation_publishes_nothing(
    home: Path, version: DatasetVersion
) -> None:
    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, stopping(job, 2)) == 0
    (finished,) = events_of(job, "finished")
    assert finished["stopped"] and finished["model_id"] is None and finished["best_miou"] is None
    assert "no model yet" in events_of(job, "notice")[-1]["message"]
    assert list((home / "models").iterdir()) == []


_KILLED = """
import sys
from tests.unit.training_api.training.test_resume import SlowEngine
from training_api.trainer import run_attempt
from pathlib import Path
sys.exit(run_attempt(Path(sys.argv[1]), int(sys.argv[2]), SlowEngine))
"""


class SlowEngine(NumpyEngine):
    """Slow enough to be killed at a chosen moment."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        time.sleep(0.05)
        return super().train_step(images, labels, learning_rate)


def start(job: JobDirectory, number: int) -> subprocess.Popen[bytes]:
    with job.log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(job.path), str(number)],
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def test_a_killed_run_resumes_as_if_nothing_had_happened(
    tmp_path: Path, version: DatasetVersion
) -> None:
    whole = make_job(tmp_path / "whole", version, **LEARNS)
    run_attempt(whole.path, 1, NumpyEngine)
    home = tmp_path / "cut"
    job = make_job(home, version, **LEARNS)
    for number in (1, 2):
        process = start(job, number)
        until(lambda seen=number: len(events_of(job, "validation")) > seen)
        process.kill()
        process.wait()
        add_attempt(home, job, version)

    assert run_attempt(job.path, 3, NumpyEngine) == 0

    assert same_end(job, whole)
    assert figures(job) == figures(whole)
    with job.metrics_path.open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3", "4", "5", "6"]


def test_sigterm_saves_and_publishes_nothing(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 200})
    process = start(job, 1)
    until(lambda: len(events_of(job, "validation")) > 1)
    process.terminate()
    assert process.wait(PATIENCE) == EXIT_TERMINATED
    assert not events_of(job, "finished") and list((home / "models").iterdir()) == []
    found = CheckpointStore(job.checkpoints_path).latest()
    assert found is not None and found.progress.step >= 8


def test_a_smaller_batch_after_a_restart_goes_on(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"batch_size": 4})
    run_attempt(job.path, 1, stopping(job, 5))
    number = add_attempt(home, job, version, batch_size=2)
    assert run_attempt(job.path, number, NumpyEngine) == 0
    assert "from 4 to 2 for memory" in events_of(job, "notice")[-1]["message"]
    assert events_of(job, "validation")[-1]["step"] == 24


class Fading(NumpyEngine):
    """Gets worse in the last two epochs."""

    steps = 0

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.steps += 1
        sign = -1 if self.steps > 16 else 1
        return super().train_step(images, labels, sign * learning_rate)


def test_a_lost_best_checkpoint_is_searched_anew(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)
    run_attempt(job.path, 1, Fading)
    store = CheckpointStore(job.checkpoints_path)
    best = store.best()
    assert best is not None and best.name != store.names()[-1]
    (job.checkpoints_path / best.name / "state.json").write_text("{")

    assert run_attempt(job.path, add_attempt(home, job, version), NumpyEngine) == 0

    assert "searched anew" in events_of(job, "notice")[-1]["message"]
    assert events_of(job, "finished")[-1]["best_epoch"] == 6
    assert verify_model(home / "models" / "model-2").metrics["epoch"] == 6


def test_all_checkpoints_lost_means_a_told_new_start(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)
    run_attempt(job.path, 1, stopping(job, 9))
    names = CheckpointStore(job.checkpoints_path).names()
    for name in names:
        (job.checkpoints_path / name / "tensors.safetensors").write_bytes(b"")

    assert run_attempt(job.path, add_attempt(home, job, version), NumpyEngine) == 0

    notices = [event["message"] for event in events_of(job, "notice")]
    assert sum("is damaged and was passed over" in text for text in notices) == len(names)
    assert "begins anew" in notices[-1]
    assert events_of(job, "started")[-1]["first_epoch"] == 1
