"""Runs that need more memory than there is, and what is left for the next attempt."""

from __future__ import annotations

from pathlib import Path

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import LEARNS, add_attempt, events_of, make_job
from training_api.engines.base import Images, Labels
from training_api.reasons import EXIT_FAILED
from training_api.spec.dataset import DatasetVersion
from training_api.spec.model import verify_model
from training_api.trainer import run_attempt


class Short(NumpyEngine):
    """After the first epoch of two steps there is room for two images at a time."""

    steps = 0

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.steps += 1
        if self.steps > 2 and len(images) > 2:
            raise MemoryError
        return super().train_step(images, labels, learning_rate)


def test_half_the_batch_goes_on_from_the_last_checkpoint(
    home: Path, version: DatasetVersion
) -> None:
    job = make_job(home, version, **LEARNS | {"batch_size": 4})
    assert run_attempt(job.path, 1, Short) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "out_of_memory" and "Lower the batch size" in failed["message"]

    assert run_attempt(job.path, add_attempt(home, job, version, batch_size=2), Short) == 0

    first, second = events_of(job, "started")
    assert (first["batch_size"], second["batch_size"]) == (4, 2)
    assert second["first_epoch"] == 2
    assert "from 4 to 2 for memory" in events_of(job, "notice")[-1]["message"]
    assert verify_model(home / "models" / "model-2").metrics["miou"] > 0.5
