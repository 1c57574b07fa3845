"""Scaling an image with its label, and placing them in a window of fixed size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training_api.spec.dataset import IGNORE

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
"""(height, width)."""

# One image per worker thread is the parallelism; OpenCV's own threads would only get in the way
# of the engine's.
cv2.setNumThreads(1)

FILL = (124, 116, 104)
"""Colour outside an image: the mean that preprocessing subtracts, so the network sees zero."""


def resized(image: Pixels, label: Pixels, size: Size) -> tuple[Pixels, Pixels]:
    """Image (bilinear, as in the exported graph) and label (nearest) at `size`."""
    if label.shape == size:
        return image, label
    height, width = size
    return (
        _pixels(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)),
        _pixels(cv2.resize(label, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)),
    )


def warped(
    image: Pixels, label: Pixels, matrix: NDArray[np.float64], size: Size
) -> tuple[Pixels, Pixels]:
    """Both under the 2×3 affine `matrix`, in a window of `size`; what was outside is ignored."""
    window, ignored = (size[1], size[0]), (IGNORE,)
    return (
        _pixels(cv2.warpAffine(image, matrix, window, flags=cv2.INTER_LINEAR, borderValue=FILL)),
        _pixels(
            cv2.warpAffine(label, matrix, window, flags=cv2.INTER_NEAREST, borderValue=ignored)
        ),
    )


def centred(image: Pixels, label: Pixels, size: Size) -> tuple[Pixels, Pixels]:
    """The middle of both in a window of `size`, cut or filled up without scaling."""
    if label.shape == size:
        return image, label
    top, left = (size[0] - label.shape[0]) // 2, (size[1] - label.shape[1]) // 2
    return warped(image, label, np.array([[1, 0, left], [0, 1, top]], np.float64), size)


def _pixels(array: object) -> Pixels:
    return np.asarray(array, np.uint8)
