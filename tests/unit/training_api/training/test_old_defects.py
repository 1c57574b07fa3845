"""Faults of earlier trainers that gave wrong results, one test each over a whole run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import CLASSES, LEARNS, add_attempt, events_of, make_dataset, make_job
from training_api.checkpoints import CheckpointStore
from training_api.engines.base import Images, Labels, Setup
from training_api.spec.dataset import DatasetVersion
from training_api.spec.files import sha256_of
from training_api.spec.model import verify_model
from training_api.spec.split import DatasetSplit
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.trainer import run_attempt


class Watched(NumpyEngine):
    """Notes the size that it was built for and the sizes that it was given."""

    built: tuple[int, int]
    given: set[tuple[int, int]]

    def __init__(self, network: Any, loss: Any, setup: Setup) -> None:
        super().__init__(network, loss, setup)
        type(self).built, type(self).given = setup.size, set()

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.given.add((images.shape[1], images.shape[2]))
        self.given.add((labels.shape[1], labels.shape[2]))
        return super().train_step(images, labels, learning_rate)


@pytest.mark.parametrize("crop", [33, 50, 64])
def test_crop_rounding_gives_network_and_images_one_size(
    home: Path, version: DatasetVersion, crop: int
) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 1, "crop_size": crop})
    assert run_attempt(job.path, 1, Watched) == 0
    assert Watched.given == {Watched.built} == {(64, 64)}


@pytest.mark.parametrize(("base", "size"), [(32, (32, 32)), (64, (64, 96)), (96, (96, 128))])
def test_the_base_size_reaches_the_images(
    home: Path, version: DatasetVersion, base: int, size: tuple[int, int]
) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 1, "base_size": base})
    assert run_attempt(job.path, 1, Watched) == 0
    assert Watched.given == {Watched.built} == {size}


class Perfect(NumpyEngine):
    """Finds every pixel's class."""

    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        return 0.0, np.where(labels == 255, 0, labels).astype(np.uint8)


@pytest.mark.parametrize("theirs", [2, 21])
def test_the_metric_counts_the_datasets_classes_not_the_pretrained_models(
    home: Path, version: DatasetVersion, theirs: int
) -> None:
    path = home / "weights.safetensors"
    save_file({"model/weight": np.zeros((4, theirs), np.float32)}, path)
    weights = InitialWeights(
        mode=WeightsMode.model,
        id="model-9",
        path=str(path),
        format="safetensors",
        scope="network",
        classes=[f"thing {number}" for number in range(theirs)],
        sha256=sha256_of(path),
        dataset="others",
        source="a model",
        licence="any",
    )
    chosen = {"weights": {"mode": "model", "model": "model-9"}}
    job = make_job(home, version, chosen, **LEARNS | {"epochs": 1})
    number = add_attempt(home, job, version, initial_weights=weights)
    assert run_attempt(job.path, number, Perfect) == 0
    (told,) = events_of(job, "validation")
    assert told["miou"] == 1.0 and told["iou"] == [1.0] * len(CLASSES)


class Lucky(NumpyEngine):
    """Right on the first validation image alone at first, later nearly right on all."""

    steps = 0
    first = True
    truths: list[Labels]
    found: list[Labels]

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.steps += 1
        self.first, self.truths, self.found = True, [], []
        return super().train_step(images, labels, learning_rate)

    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        right = np.where(labels == 255, 0, labels).astype(np.uint8)
        if self.steps > 4:
            right[:, ::4] = 0
        elif not self.first:
            right = ((right + 1) % 3).astype(np.uint8)
        self.first = False
        self.truths.append(labels)
        self.found.append(right)
        type(self).last = (self.truths, self.found)
        return 0.5, right

    last: tuple[list[Labels], list[Labels]]


def pooled_miou(truths: list[Labels], found: list[Labels]) -> float:
    """Mean over classes of intersection / union of all pixels, in plain NumPy."""
    truth = np.concatenate([one.ravel() for one in truths])
    guess = np.concatenate([one.ravel() for one in found])[truth != 255]
    truth = truth[truth != 255]
    values = []
    for number in range(len(CLASSES)):
        union = ((truth == number) | (guess == number)).sum()
        if union:
            values.append(((truth == number) & (guess == number)).sum() / union)
    return float(np.mean(values))


def test_the_best_model_is_chosen_on_the_whole_split(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 2, "validation_batch_size": 1})
    assert run_attempt(job.path, 1, Lucky) == 0
    lucky, good = events_of(job, "validation")
    assert lucky["miou"] < 0.5 < good["miou"] < 1, "one perfect image is no perfect split"
    assert good["miou"] == pytest.approx(pooled_miou(*Lucky.last))
    assert verify_model(home / "models" / "model-1").metrics["epoch"] == 2
    best = CheckpointStore(job.checkpoints_path).best()
    assert best is not None and best.progress.step == 8


@pytest.mark.parametrize(
    ("images", "percent", "counts"),
    [(10, 80, (8, 2)), (10, 90, (9, 1)), (5, 60, (3, 2)), (7, 50, (4, 3))],
)
def test_a_split_has_neither_one_too_many_nor_one_too_few(
    home: Path, images: int, percent: int, counts: tuple[int, int]
) -> None:
    version = make_dataset(home / "parts", count=images)
    job = make_job(home, version, {"split": {"training_percent": percent}}, epochs=1)
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    split = DatasetSplit.load(job.split_path)
    assert (len(split.training), len(split.validation)) == counts
    assert sorted(split.training + split.validation) == [one.stem for one in version.samples]
    (started,) = events_of(job, "started")
    assert (started["training_images"], started["validation_images"]) == counts


@pytest.mark.parametrize("images", [2, 3])
def test_validation_is_never_empty_and_a_model_always_there(home: Path, images: int) -> None:
    version = make_dataset(home / "parts", count=images)
    job = make_job(home, version, {"split": {"training_percent": 99}}, epochs=1)
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    (started,), (told,) = events_of(job, "started"), events_of(job, "validation")
    assert started["validation_images"] == 1 and sum(told["support"]) == 48 * 64
    manifest = verify_model(home / "models" / "model-1")
    assert manifest.metrics["miou"] == told["miou"]
    assert (home / "models" / "model-1" / "weights.safetensors").is_file()
