"""Measuring the network on the whole validation split."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.engines.base import Engine
from training_api.loader import Loader
from training_api.metrics import confusion_matrix, counts_of, scores
from training_api.sample_images import SampleImages


@dataclass(frozen=True)
class Validation:
    """Mean loss (None if not finite), the figures of `metrics.scores`, masks of sample stems."""

    loss: float | None
    scores: dict[str, Any]
    masks: dict[str, NDArray[np.uint8]]


def validate(
    engine: Engine,
    loader: Loader,
    batch_size: int,
    classes: int,
    samples: SampleImages,
    stopped: Callable[[], bool],
) -> Validation | None:
    """One pass over the validation split, never varied; None if `stopped` in the middle."""
    confusion = np.zeros((classes, classes), np.int64)
    losses: list[tuple[float, int]] = []
    masks: dict[str, NDArray[np.uint8]] = {}
    with loader.validation(batch_size) as batches:
        for batch in batches:
            if stopped():
                return None
            loss, predicted = engine.evaluate(batch.images, batch.labels)
            confusion += confusion_matrix(batch.labels, predicted, classes)
            losses.append((loss, len(batch.stems)))
            for at, stem in enumerate(batch.stems):
                if stem in samples.stems:
                    samples.remember(stem, batch.images[at], batch.labels[at])
                    masks[stem] = predicted[at]
    return Validation(_mean_loss(losses), scores(counts_of(confusion)), masks)


def _mean_loss(losses: list[tuple[float, int]]) -> float | None:
    """Mean over images; a batch without a single labelled pixel has no loss and is left out."""
    finite = [(loss, count) for loss, count in losses if math.isfinite(loss)]
    images = sum(count for _, count in finite)
    return sum(loss * count for loss, count in finite) / images if images else None
