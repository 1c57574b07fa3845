"""What a job's engine is put together from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.training_jobs import make_dataset, make_job
from training_api.composition import Job
from training_api.engines.base import Setup
from training_api.spec.dataset import class_frequencies, pixel_shares


def test_the_engine_is_told_how_often_classes_occur(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts")
    job = Job.load(make_job(tmp_path, version), 1)
    told: list[Setup] = []

    def factory(network: Any, loss: Any, setup: Setup) -> Any:
        told.append(setup)

    job.engine((32, 32), version.samples, factory)
    assert told[0].class_shares == pixel_shares(version.samples)
    assert told[0].class_frequencies == class_frequencies(version.samples)
