"""Runs of every kind that are killed at random steps end as if nothing had happened."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import LEARNS, add_attempt, events_of, make_job
from tests.unit.training_api.training.test_resume import figures, same_end
from training_api.checkpoints import CheckpointStore
from training_api.engines.base import Images, Labels
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.trainer import run_attempt

_KILLED = """
import sys
from pathlib import Path
from tests.unit.training_api.training.test_killed import Dying
from training_api import checkpoint_writer
from training_api.trainer import run_attempt
checkpoint_writer.LONGEST_GAP = 0.0  # at every step at which the last one is written
Dying.after, Dying.pause = int(sys.argv[3]), float(sys.argv[4])
sys.exit(run_attempt(Path(sys.argv[1]), int(sys.argv[2]), Dying))
"""


class Dying(NumpyEngine):
    """Is killed in the middle of a step. `pause` seconds per step let checkpoints be written."""

    after = 0
    pause = 0.0

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        loss = super().train_step(images, labels, learning_rate)
        time.sleep(self.pause)
        type(self).after -= 1
        if type(self).after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return loss


def killed(job: JobDirectory, number: int, after: int, pause: float = 0.0) -> None:
    """Run an attempt that dies in its step `after`."""
    words = [sys.executable, "-c", _KILLED, str(job.path), str(number), str(after), str(pause)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == -signal.SIGKILL


KINDS: dict[str, dict[str, Any]] = {
    "by steps": {"validate_every_steps": 3},
    "rarely validated": {"validate_every_epochs": 4},
    "accumulated": {"accumulation": 2, "max_steps": 9},
    "in three steps": {"schedule": "three_step", "validate_every_steps": 5, "best_by": "pad"},
    "stopped early": {"early_stopping_patience": 2, "early_stopping_delta": 0.02, "epochs": 12},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_at_random_steps_ends_as_the_unbroken_one(
    tmp_path: Path, version: DatasetVersion, kind: str
) -> None:
    values = LEARNS | KINDS[kind]
    whole, job = (make_job(tmp_path / one, version, **values) for one in ("whole", "cut"))
    assert run_attempt(whole.path, 1, NumpyEngine) == 0
    draw = random.Random(kind)
    for number in (1, 2):
        killed(job, number, draw.randrange(1, 5))
        add_attempt(tmp_path / "cut", job, version)

    assert run_attempt(job.path, 3, NumpyEngine) == 0

    assert same_end(job, whole) and figures(job) == figures(whole)
    ends = [events_of(one, "finished")[-1] for one in (job, whole)]
    for key in ("epochs", "ended", "best_epoch", "best_miou"):
        assert ends[0][key] == ends[1][key], key
    rows = [[*csv.DictReader(one.metrics_path.read_text().splitlines())] for one in (job, whole)]
    assert [row["epoch"] for row in rows[0]] == [row["epoch"] for row in rows[1]]


def test_a_damaged_last_checkpoint_falls_back_to_the_one_before_and_says_so(
    tmp_path: Path, version: DatasetVersion
) -> None:
    whole, job = (make_job(tmp_path / one, version, **LEARNS) for one in ("whole", "cut"))
    assert run_attempt(whole.path, 1, NumpyEngine) == 0
    killed(job, 1, 15, pause=0.2)
    names = CheckpointStore(job.checkpoints_path).names()
    damaged = job.checkpoints_path / names[-1] / "tensors.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    add_attempt(tmp_path / "cut", job, version)

    assert run_attempt(job.path, 2, NumpyEngine) == 0

    told = [event["message"] for event in events_of(job, "notice")]
    assert any(names[-1] in text and "damaged and was passed over" in text for text in told)
    assert events_of(job, "started")[-1]["after_epoch"] > 0, "not anew"
    assert same_end(job, whole) and figures(job) == figures(whole)
