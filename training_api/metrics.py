"""The quality figures of a segmentation, from counts over a whole split.

One place for every engine, so that their numbers are comparable. The protocol is that of
Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation", 2015 (IoU,
pixel, class and frequency-weighted figures), with undefined classes left out of means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.spec.dataset import IGNORE

Confusion = NDArray[np.int64]
"""C×C pixel counts: row = truth, column = prediction."""


@dataclass(frozen=True)
class Counts:
    """Per class: true and false positives, false and true negatives, int64 of length C."""

    tp: NDArray[np.int64]
    fp: NDArray[np.int64]
    fn: NDArray[np.int64]
    tn: NDArray[np.int64]


def confusion_matrix(
    truth: NDArray[np.uint8], prediction: NDArray[np.uint8], classes: int
) -> Confusion:
    """Counts of (truth, prediction) pairs; truth 255 is left out. Any equal shapes."""
    pairs = truth.astype(np.intp).ravel()
    pairs *= classes
    pairs += prediction.ravel()
    known = truth.ravel() != IGNORE
    if not known.all():
        pairs = pairs[known]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def counts_of(confusion: Confusion) -> Counts:
    """Each class against all others."""
    tp = confusion.diagonal().copy()
    fp = confusion.sum(axis=0) - tp
    fn = confusion.sum(axis=1) - tp
    return Counts(tp, fp, fn, confusion.sum() - tp - fp - fn)


def scores(counts: Counts) -> dict[str, Any]:
    """All figures of a validation event; None where nothing defines one.

    IoU = TP/(TP+FP+FN), Dice = 2TP/(2TP+FP+FN), precision = TP/(TP+FP), recall = TP/(TP+FN);
    class accuracy is the mean recall; frequency-weighted IoU weighs by the truth's pixels.
    """
    tp, support = counts.tp, counts.tp + counts.fn
    iou = _ratios(tp, support + counts.fp)
    recall = _ratios(tp, support)
    weighted = sum(int(pixels) * (value or 0.0) for pixels, value in zip(support, iou, strict=True))
    total = int(support.sum())
    return {
        "miou": _mean(iou),
        "pixel_accuracy": int(tp.sum()) / total if total else None,
        "class_accuracy": _mean(recall),
        "frequency_weighted_iou": weighted / total if total else None,
        "iou": iou,
        "precision": _ratios(tp, tp + counts.fp),
        "recall": recall,
        "dice": _ratios(2 * tp, support + tp + counts.fp),
        "support": [int(pixels) for pixels in support],
    }


def _ratios(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> list[float | None]:
    return [
        int(part) / int(whole) if whole else None for part, whole in zip(parts, wholes, strict=True)
    ]


def _mean(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
