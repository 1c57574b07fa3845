"""What the loop adds to bare training steps: `.venv-torch/bin/python tests/bench/loop_overhead.py`.

ours: images per second of a whole run on the sample dataset with the Fast preset's network:
reading, augmentation, metrics, events, samples and checkpoints included, only the network's own
work in validation left out. reference: the same engine doing steps on batches that lie ready,
before and after.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.training_jobs import make_job
from training_api.composition import EngineFactory, Job
from training_api.dataset_reader import DatasetReader
from training_api.engines import engine_class
from training_api.engines.base import Images, Labels
from training_api.formats import scan_folder
from training_api.journal import Journal
from training_api.loader import Batch, Loader, Sampling
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.split import DatasetSplit
from training_api.training import Training
from training_api.augmentations import augmentations_for
from training_api.networks.input_size import training_size
from training_api.spec.augmentations import usual_augmentations
from training_api.variation import Variation

ROOT = Path(__file__).resolve().parents[2]
GOAL = 0.95
WARM_UP = 3
BARE_STEPS = 20


@dataclass
class Clock:
    """Time from the last warm-up step to the end of the last epoch, without evaluation."""

    steps: int = 0
    began: float = 0.0
    evaluating: float = 0.0
    seconds: float = 0.0


def clocked(clock: Clock) -> EngineFactory:
    """The torch engine, which tells `clock` what it does."""
    base: Any = engine_class(EngineName.torch)

    class Clocked(base):  # type: ignore[misc]
        def train_step(self, images: Images, labels: Labels, rate: float) -> float:
            loss: float = super().train_step(images, labels, rate)
            clock.steps += 1
            if clock.steps == WARM_UP:
                clock.began, clock.evaluating = time.perf_counter(), 0.0
            return loss

        def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
            began = time.perf_counter()
            result: tuple[float, Labels] = super().evaluate(images, labels)
            clock.evaluating += time.perf_counter() - began
            return result

        def save_weights(self, folder: Path) -> str:
            clock.seconds = time.perf_counter() - clock.began - clock.evaluating
            return str(super().save_weights(folder))

    return Clocked


def bare_step_seconds(job: Job) -> float:
    """Seconds of one step without any loop."""
    split = DatasetSplit.load(job.directory.split_path)
    chosen = set(split.training)
    samples = [sample for sample in job.version.samples if sample.stem in chosen]
    given = job.hyper_parameters
    size = training_size(given, samples, job.network)
    sampling = Sampling(
        given.seed, given.batch_size, 1, given.base_size, job.network.multiple, size,
        Variation(augmentations_for(usual_augmentations())),
    )
    reader = DatasetReader(job.version, Path(job.launch.dataset_root), 1 << 32)
    with Loader(reader, split, sampling, workers=0).training(1, 0) as batches:
        ready: list[Batch] = [next(batches) for _ in range(4)]
    engine = job.engine(size, samples)
    for batch in ready[:WARM_UP]:
        engine.train_step(batch.images, batch.labels, 1e-4)
    began = time.perf_counter()
    for number in range(BARE_STEPS):
        batch = ready[number % len(ready)]
        engine.train_step(batch.images, batch.labels, 1e-4)
    return (time.perf_counter() - began) / BARE_STEPS


def measured(quick: bool) -> dict[str, float]:
    """Both rates, in images per second."""
    version = scan_folder(ROOT / "datasets" / "dummy_dataset").version
    assert version is not None
    clock = Clock()
    with tempfile.TemporaryDirectory() as scratch:
        size = {"base_size": 128, "epochs": 2} if quick else {"base_size": 240, "epochs": 6}
        directory = make_job(Path(scratch), version, {"preset": "fast"}, batch_size=4, **size)
        training = Training(directory, 1, Journal(directory, 1))
        job = Job.load(directory, 1)
        before = bare_step_seconds(job)
        training.run(clocked(clock))
        after = bare_step_seconds(job)
    batch = job.hyper_parameters.batch_size
    ours = batch * (clock.steps - WARM_UP) / clock.seconds
    return {"ours": ours, "reference": 2 * batch / (before + after)}


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    rates = measured(quick)
    goal = {"name": "images per second", **rates, "goal": GOAL}
    goal["ratio"] = rates["ours"] / rates["reference"]
    print(json.dumps({"name": "loop_overhead", "quick": quick, "goals": [goal]}))


if __name__ == "__main__":
    main()
