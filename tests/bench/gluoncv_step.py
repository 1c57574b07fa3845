"""FCN-ResNet-50 in the gluoncv engine: `.venv-gluoncv/bin/python tests/bench/gluoncv_step.py`.

ours: images per second of whole training epochs (decode, augment, step, log) at 240×240, batch 2,
with auxiliary head, hybridized. reference: a loop as GluonCV's own script runs it, on the same
images, in the same run. The bare step is kept for the record.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.clock import Clock, clocked
from tests.bench.measuring.cores import take_all_cores
from tests.bench.measuring.result import rate, tell
from tests.bench.references.gluoncv_example import example_rate
from tests.training_jobs import make_job
from training_api.formats import scan_folder
from training_api.journal import Journal
from training_api.spec.dataset import DatasetVersion
from training_api.spec.hyper_parameters import EngineName
from training_api.training import Training

ROOT = Path(__file__).resolve().parents[2]
BATCH = 2
GOAL = 1.2


def ours(version: DatasetVersion, size: int) -> Clock:
    """One epoch of the sample dataset through the product."""
    clock = Clock(bare_steps=4)
    spec = {
        "engine": "gluoncv",
        "network": {"name": "fcn", "options": {"backbone": "resnet50", "aux": True}},
    }
    sizes = {"base_size": size, "crop_size": size, "batch_size": BATCH}
    with tempfile.TemporaryDirectory() as scratch:
        directory = make_job(Path(scratch), version, spec, epochs=1, **sizes)
        take_all_cores(directory)
        Training(directory, 1, Journal(directory, 1)).run(clocked(clock, EngineName.gluoncv))
    return clock


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    size, steps = (96, 3) if quick else (240, 12)
    version = scan_folder(ROOT / "datasets" / "dummy_dataset").version
    assert version is not None
    clock = ours(version, size)
    found = clock.rate(BATCH)
    goals = [rate("over GluonCV's script", found, example_rate(version, size, BATCH, steps), GOAL)]
    tell("gluoncv_step", quick, goals, bare_step=clock.bare_rate(BATCH))


if __name__ == "__main__":
    main()
