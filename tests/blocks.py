"""A picture of coloured blocks whose label follows from its colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.augmentations import augmentations_for
from training_api.variation import Variation, sample_rng

Pixels = NDArray[np.uint8]
COLOURS = np.array([(40, 40, 40), (200, 60, 60), (60, 60, 200)], np.uint8)
"""By class id."""


def blocks(height: int = 96, width: int = 128) -> tuple[Pixels, Pixels]:
    """H×W×3 image and H×W label of three classes, different in all four quarters."""
    label = np.zeros((height, width), np.uint8)
    label[height // 4 : height // 2, width // 8 : width // 3] = 1
    label[height // 2 :, width // 2 :] = 2
    return COLOURS[label], label


def view(
    chosen: dict[str, dict[str, Any]],
    size: tuple[int, int] = (96, 128),
    number: int = 0,
    pair: tuple[Pixels, Pixels] | None = None,
) -> tuple[Pixels, Pixels]:
    """`pair`, or the blocks, as sample `number` sees them under the chosen augmentations."""
    variation = Variation(augmentations_for(chosen))
    return variation.view(*(pair or blocks()), size, sample_rng(0, 1, number))
