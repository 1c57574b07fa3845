"""What single parts of a training take, measured on an engine that is set up."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.engines.base import Engine
from training_api.loader import Batch
from training_api.metrics import confusion_matrix
from training_api.prefetch import Prefetch
from training_api.progress import Progress
from training_api.publish import Publication

LEAST_STEPS, MOST_STEPS, STEP_SECONDS = 3, 20, 8.0
MOST_BATCHES, VALIDATION_SECONDS = 20, 5.0
LEARNING_RATE = 1e-6
"""The weights do not matter here."""


def step_seconds(
    engine: Engine, batches: Prefetch[Batch], ahead: int, check: Callable[[], None]
) -> float:
    """Per step, with waiting for its images; the `ahead` batches that were prepared before are
    used up first. `check` is called before each step, and may raise.
    """

    def step() -> float:
        check()
        began = time.perf_counter()
        batch = next(batches)
        engine.train_step(batch.images, batch.labels, LEARNING_RATE)
        return time.perf_counter() - began

    for number in range(ahead):
        if step() > 1 and number:  # slow enough that no image is waited for
            break
    times: list[float] = []
    while len(times) < LEAST_STEPS or (len(times) < MOST_STEPS and sum(times) < STEP_SECONDS):
        times.append(step())
    return statistics.median(times)  # another job's short burst does not count


def validation_seconds(
    engine: Engine, batches: Prefetch[Batch], classes: int, check: Callable[[], None]
) -> float:
    """Per image, with the counts; the first batch warms up, unless it is the only one."""
    times: list[tuple[float, int]] = []
    start = began = time.perf_counter()
    for batch in batches:
        check()
        _, masks = engine.evaluate(batch.images, batch.labels)
        confusion_matrix(batch.labels, masks, classes)
        moment = time.perf_counter()
        times.append((moment - began, len(batch.stems)))
        began = moment
        if len(times) == MOST_BATCHES or moment - start > VALIDATION_SECONDS:
            break
    counted = times[1:] or times
    return sum(seconds for seconds, _ in counted) / sum(images for _, images in counted)


def keeping_seconds(engine: Engine, folder: Path) -> float:
    """Of a checkpoint, which is written into `folder` and removed again."""
    began = time.perf_counter()
    tensors, values = engine.state()
    copies = {name: np.array(array, copy=True) for name, array in tensors.items()}
    CheckpointStore(folder).save(Checkpoint(copies, values, Progress(), False))
    took = time.perf_counter() - began
    shutil.rmtree(folder)
    return took


def publish_seconds(publication: Publication, folder: Path) -> float:
    """Of a model with its exports and their proofs, written into `folder` and removed again."""
    folder.mkdir(exist_ok=True)
    began = time.perf_counter()
    publication.write(folder)
    took = time.perf_counter() - began
    shutil.rmtree(folder)
    return took
