"""Whole runs with a small engine that really learns."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import CLASSES, LEARNS, events_of, make_dataset, make_job
from training_api.checkpoints import CheckpointStore
from training_api.engines.base import Images, Labels
from training_api.formats import scan_folder
from training_api.spec.dataset import DatasetVersion
from training_api.spec.files import read_json
from training_api.spec.model import verify_model
from training_api.trainer import run_attempt


def test_a_run_learns_and_leaves_everything_behind(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)

    assert run_attempt(job.path, 1, NumpyEngine) == 0

    (started,) = events_of(job, "started")
    assert started["classes"] == CLASSES and started["steps_per_epoch"] == 4
    assert (started["training_images"], started["validation_images"]) == (8, 2)
    assert (started["size"], started["batch_size"], started["cpus"]) == ([32, 32], 2, 1)
    (finished,) = events_of(job, "finished")
    assert finished["best_miou"] > 0.9 and not finished["stopped"] and finished["epochs"] == 6
    told = events_of(job, "validation")
    assert [event["epoch"] for event in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1]["train_loss"] < told[0]["train_loss"] / 2
    assert max(event["miou"] for event in told) == finished["best_miou"]
    with job.metrics_path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["miou"]) for row in rows] == [event["miou"] for event in told]
    assert [float(row["iou pad"]) for row in rows] == [event["iou"][1] for event in told]


def test_the_model_is_complete_and_the_best_one(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)
    run_attempt(job.path, 1, NumpyEngine)

    folder = home / "models" / "model-1"
    manifest = verify_model(folder)

    (finished,) = events_of(job, "finished")
    assert manifest.metrics["miou"] == finished["best_miou"]
    assert manifest.metrics["epoch"] == finished["best_epoch"]
    assert [entry.name for entry in manifest.classes] == CLASSES
    assert manifest.licences == {
        "segsmith": "Apache-2.0",
        "network": "MIT (segmentation_models_pytorch)",
        "backbone": "BSD-3-Clause (torchvision)",
    }
    assert manifest.dataset["split_sha256"] == read_json(job.split_path)["sha256"]
    assert len((folder / "palette.txt").read_text().split()) == 9
    assert read_json(folder / "configuration.json")["classes_names"] == CLASSES
    assert {"weights.safetensors", "README.md"} <= manifest.files.keys()
    best = CheckpointStore(job.checkpoints_path).best()
    assert best is not None and best.progress.best == manifest.metrics
    assert not list((home / "models").glob(".tmp-*"))


def test_samples_are_shown_each_epoch(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)
    run_attempt(job.path, 1, NumpyEngine)

    shown = events_of(job, "sample")

    assert [event["epoch"] for event in shown] == [1, 2, 3, 4, 5, 6]
    for entry in shown[-1]["samples"]:
        truth = np.array(Image.open(Path(version.root) / "labels" / f"{entry['stem']}.png"))
        assert np.array_equal(np.array(Image.open(job.path / entry["truth"])), truth)
        guess = np.array(Image.open(job.path / entry["prediction"]))
        assert (guess == truth).mean() > 0.9
        assert (job.path / entry["image"]).read_bytes().startswith(b"\xff\xd8\xff")


def test_a_batch_larger_than_the_split_is_clamped(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"batch_size": 100})
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    assert "lowered from 100 to 8" in events_of(job, "notice")[0]["message"]
    assert events_of(job, "started")[0]["steps_per_epoch"] == 1


def test_progress_says_how_long_it_will_take(home: Path, version: DatasetVersion) -> None:
    class OneSecond(NumpyEngine):
        def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
            time.sleep(0.15)
            return super().train_step(images, labels, learning_rate)

    job = make_job(home, version, **LEARNS | {"epochs": 4})
    run_attempt(job.path, 1, OneSecond)
    told = events_of(job, "progress")
    assert 2 <= len(told) <= 5  # 16 steps of 0.15 s, one event per second
    assert [event["steps"] for event in told] == [16] * len(told)
    assert told[0]["remaining_seconds"] is None
    assert 0 < told[-1]["remaining_seconds"] < 10 * told[-1]["seconds"]
    assert 1 < told[-1]["images_per_second"] < 14


def test_a_class_that_never_occurs_stays_undefined(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_dataset(home / "parts")
    document = {"classes": 4, "classesname": [*CLASSES, "rare"]}
    (home / "parts" / "objectclasses.json").write_text(json.dumps(document))
    version = scan_folder(home / "parts").version
    assert version is not None
    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    last = events_of(job, "validation")[-1]
    assert last["iou"][3] is None and last["miou"] == pytest.approx(np.mean(last["iou"][:3]))
    assert "rare –" in capsys.readouterr().out


def test_no_model_is_lost_for_a_readme(
    home: Path, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path, manifest: object) -> None:
        raise KeyError("sizes")

    monkeypatch.setattr("training_api.publish.write_scripts", broken)
    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    assert "README.md" not in verify_model(home / "models" / "model-1").files


def test_accumulated_batches_make_one_step(home: Path, version: DatasetVersion) -> None:
    sizes: list[int] = []

    class Counting(NumpyEngine):
        def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
            sizes.append(len(images))
            return super().train_step(images, labels, learning_rate)

    job = make_job(home, version, **LEARNS | {"epochs": 2, "accumulation": 3})
    assert run_attempt(job.path, 1, Counting) == 0
    (started,) = events_of(job, "started")
    assert started["steps_per_epoch"] == 2 and sizes == [6, 6, 6, 6]
    assert [event["step"] for event in events_of(job, "validation")] == [2, 4]
