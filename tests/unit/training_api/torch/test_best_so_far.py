"""The best weights of a job that still trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil

from tests.small_torch import same
from tests.training_jobs import make_dataset, make_job
from training_api.best_so_far import load_best
from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.composition import Job
from training_api.progress import Progress
from training_api.spec.split import split_of


def test_one_device_tries_what_several_train(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts", count=4)
    directory = make_job(tmp_path, version, {"network": {"name": "lraspp"}}, ema=0.9)
    split_of(version, Job.load(directory, 1).spec.split, 0).save(directory.split_path)
    attempt = directory.attempt(1)
    engine = Job.load(directory, 1).engine((32, 32), version.samples)
    saved = Checkpoint(*engine.state(), Progress(), best=True)
    CheckpointStore(directory.checkpoints_path).save(saved)
    attempt.launch().model_copy(update={"devices": ["cpu", "cpu"]}).save(attempt.launch_path)

    before = psutil.Process().children()
    _, found, _, _ = load_best(directory)

    assert psutil.Process().children() == before
    assert found.facts()["device"] == engine.facts()["device"]
    tensors = found.state()[0]
    assert len(same(tensors, saved.tensors)) == len(tensors)
    assert found.predict(np.zeros((32, 32, 3), np.uint8)).shape == (1, 3, 32, 32)
