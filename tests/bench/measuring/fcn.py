"""One epoch of FCN-ResNet-50 with its auxiliary head over the sample dataset, timed.

As a program, `fcn.py ENGINE SIZE`, it is what `epoch` starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.bench.measuring.clock import Clock, clocked
from tests.bench.measuring.cores import take_all_cores
from tests.training_jobs import make_job
from training_api.formats import scan_folder
from training_api.journal import Journal
from training_api.spec.dataset import DatasetVersion
from training_api.spec.hyper_parameters import EngineName
from training_api.trainer_process import trainer_environment
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


@dataclass(frozen=True)
class Rates:
    """Images per second of the whole loop, and of the engine's bare steps."""

    loop: float
    bare: float


def epoch(engine: EngineName, size: int) -> Rates:
    """One through the product, on squares of `size`, in a process like a trainer's own."""
    done = subprocess.run(
        [sys.executable, __file__, engine.value, str(size)],
        env=trainer_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Rates(**json.loads(done.stdout.splitlines()[-1]))


def measured(engine: EngineName, size: int) -> Rates:
    """The same in this process; loss and optimizer are the references'."""
    clock = Clock()
    spec = {"engine": engine.value, "network": _NETWORK, "loss": _LOSS}
    values = {"base_size": size, "crop_size": size, "batch_size": BATCH, "optimizer": "sgd"}
    with tempfile.TemporaryDirectory() as scratch:
        directory = make_job(Path(scratch), sample(), spec, epochs=1, **values)
        take_all_cores(directory)
        Training(directory, 1, Journal(directory, 1)).run(clocked(clock, engine))
    return Rates(clock.rate(BATCH), clock.bare_rate(BATCH))


if __name__ == "__main__":
    print(json.dumps(asdict(measured(EngineName(sys.argv[1]), int(sys.argv[2])))))
