"""Datasets and job directories for tests of training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training_api.formats import scan_folder
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.events import Event, read_events
from training_api.spec.files import write_json
from training_api.spec.job import parse_spec
from training_api.spec.launch import Launch

CLASSES = ["background", "pad", "circle"]
LEARNS: dict[str, Any] = {"learning_rate": 0.5, "optimizer": "sgd", "epochs": 6}
"""With these the NumPy engine is good after four epochs."""
COLOURS = np.array([(90, 90, 90), (220, 60, 40), (40, 70, 220)], np.float32)


def paint(
    rng: np.random.Generator, height: int, width: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """H×W×3 image and H×W label: a red block and a blue disc on grey, under noise."""
    label = np.zeros((height, width), np.uint8)
    top, left = rng.integers(0, height // 2), rng.integers(0, width // 2)
    label[top : top + height // 3, left : left + width // 3] = 1
    rows, columns = np.mgrid[:height, :width]
    middle = rng.uniform(0.4, 0.8, 2) * (height, width)
    radius = min(height, width) / 5
    label[(rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < radius**2] = 2
    image = COLOURS[label] * rng.uniform(0.8, 1.2) + rng.normal(0, 12, (height, width, 3))
    return image.clip(0, 255).astype(np.uint8), label


def make_dataset(folder: Path, count: int = 8, height: int = 48, width: int = 64) -> DatasetVersion:
    """A dataset in the canonical layout, written to `folder` and read as a version."""
    rng = np.random.default_rng(7)
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for number in range(count):
        image, label = paint(rng, height, width)
        Image.fromarray(image).save(folder / "images" / f"part {number:03d}.png")
        Image.fromarray(label).save(folder / "labels" / f"part {number:03d}.png")
    document = {"classes": len(CLASSES), "classesname": CLASSES}
    (folder / "objectclasses.json").write_text(json.dumps(document))
    version = scan_folder(folder).version
    assert version is not None
    return version


def make_job(
    home: Path, version: DatasetVersion, spec: dict[str, Any] | None = None, **parameters: Any
) -> JobDirectory:
    """A job directory with its first attempt, as the orchestrator writes it."""
    directory = JobDirectory(home / "jobs" / "job-1")
    directory.path.mkdir(parents=True)
    (home / "models").mkdir(exist_ok=True)
    version.save(home)
    quick = {"base_size": 32, "batch_size": 2, "epochs": 3, "validation_batch_size": 2}
    document = {
        "name": "A test",
        "dataset": version.id,
        "network": {"name": "unet"},
        "hyper_parameters": quick | parameters,
    } | (spec or {})
    write_json(directory.spec_path, parse_spec(document).document())
    add_attempt(home, directory, version)
    return directory


def add_attempt(home: Path, directory: JobDirectory, version: DatasetVersion, **more: Any) -> int:
    """The next attempt's launch.json; its number."""
    number = len(directory.attempts()) + 1
    attempt = directory.attempt(number)
    attempt.path.mkdir(parents=True)
    values = {
        "job_id": "job-1",
        "attempt": number,
        "dataset_manifest": str(home / f"{version.id}.json"),
        "dataset_root": version.root,
        "models_dir": str(home / "models"),
        "model_id": f"model-{number}",
        "created": now(),
    } | more
    Launch.model_validate(values).save(attempt.launch_path)
    return number


def events_of(directory: JobDirectory, kind: str | None = None) -> list[Event]:
    """The job's events, of one kind if asked."""
    events = [event for _, event in read_events(directory.events_path)]
    return [event for event in events if kind in (None, event["event"])]
