"""One epoch of FCN-ResNet-50 with its auxiliary head over the sample dataset, timed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.measuring.clock import Clock, clocked
from tests.bench.measuring.cores import take_all_cores
from tests.training_jobs import make_job
from training_api.formats import scan_folder
from training_api.journal import Journal
from training_api.spec.dataset import DatasetVersion
from training_api.spec.hyper_parameters import EngineName
from training_api.training import Training

BATCH = 2

_NETWORK = {"name": "fcn", "options": {"backbone": "resnet50", "aux": True}}
_LOSS = {"name": "cross_entropy", "options": {"class_weights": "none"}}
_SAMPLE = Path(__file__).resolve().parents[3] / "datasets" / "dummy_dataset"


def sample() -> DatasetVersion:
    """The sample dataset."""
    version = scan_folder(_SAMPLE).version
    assert version is not None
    return version


def epoch(engine: EngineName, version: DatasetVersion, size: int) -> Clock:
    """One through the product, on squares of `size`; loss and optimizer are the references'."""
    clock = Clock()
    spec = {"engine": engine.value, "network": _NETWORK, "loss": _LOSS}
    values = {"base_size": size, "crop_size": size, "batch_size": BATCH, "optimizer": "sgd"}
    with tempfile.TemporaryDirectory() as scratch:
        directory = make_job(Path(scratch), version, spec, epochs=1, **values)
        take_all_cores(directory)
        Training(directory, 1, Journal(directory, 1)).run(clocked(clock, engine))
    return clock
