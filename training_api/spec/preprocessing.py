"""From RGB pixels to network input and from logits to masks, in NumPy only.

Training-time evaluation, the inference API and predict.py all follow these rules, so that they
give the same pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from training_api.spec.model import Preprocessing


def network_size(height: int, width: int, base_size: int, multiple: int) -> tuple[int, int]:
    """(height, width) that a network sees for an image: short side near `base_size`.

    With `base_size` 0 the image keeps its scale. Both sides are rounded half up to `multiple`,
    at least one multiple, by the same integer rule that the exported graph holds.
    """
    short = min(height, width)
    base = base_size or short

    def rounded(side: int) -> int:
        return max(1, (2 * side * base + short * multiple) // (2 * short * multiple)) * multiple

    return rounded(height), rounded(width)


def scale_and_shift(rules: Preprocessing) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What uint8 values are multiplied by, and what is then taken off, per channel."""
    mean: NDArray[np.float32] = np.asarray(rules.mean, np.float32)
    std: NDArray[np.float32] = np.asarray(rules.std, np.float32)
    return np.float32(1) / (np.float32(255) * std), np.divide(mean, std, dtype=np.float32)


def normalised(image: NDArray[np.uint8], rules: Preprocessing) -> NDArray[np.float32]:
    """H×W×3 uint8 RGB to 1×3×H×W float32, normalised by the model's mean and deviation."""
    scale, shift = scale_and_shift(rules)
    values = image.astype(np.float32) * scale - shift
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def mask_of(logits: NDArray[np.float32]) -> NDArray[np.uint8]:
    """1×C×H×W logits to an H×W mask of class ids."""
    mask: NDArray[np.uint8] = logits[0].argmax(axis=0).astype(np.uint8)
    return mask
