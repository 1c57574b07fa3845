"""Random variations of a training sample: scale, position, mirror image, light and colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training_api.transforms.resize import Pixels, Size, warped

_GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601 luma


@dataclass(frozen=True)
class Variation:
    """How far samples are varied. `light` is the largest relative change of brightness, contrast
    and saturation; `scale` the range of the zoom; `mirror` the probability of a mirror image.
    """

    scale: tuple[float, float] = (0.75, 1.33)
    mirror: float = 0.5
    light: float = 0.2


def sample_rng(seed: int, epoch: int, index: int) -> np.random.Generator:
    """Random numbers of one sample in one epoch, whichever thread or attempt asks for them."""
    return np.random.Generator(np.random.PCG64([seed, epoch, index]))


def augmented(
    image: Pixels, label: Pixels, size: Size, variation: Variation, rng: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """A random view of H×W×3 `image` and H×W `label` in a window of `size`.

    Where the window reaches beyond the image, the label is 255. Zoom is log-uniform; the window
    stays inside the image where it fits, else the image inside the window.
    """
    matrix = _view(label.shape[0], label.shape[1], size, variation, rng)
    image, label = warped(image, label, matrix, size)
    return _relit(image, variation.light, rng), label


def _view(
    height: int, width: int, size: Size, variation: Variation, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The 2×3 matrix from image to window coordinates."""
    low, high = variation.scale
    zoom = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    x = _start(zoom * width, size[1], rng)
    y = _start(zoom * height, size[0], rng)
    if rng.random() < variation.mirror:
        return np.array([[-zoom, 0, size[1] - 1 - x], [0, zoom, y]])
    return np.array([[zoom, 0, x], [0, zoom, y]])


def _start(length: float, window: int, rng: np.random.Generator) -> float:
    """Where an image side of `length` begins in a window's side: free, but without waste."""
    slack = window - length
    return float(rng.uniform(min(0.0, slack), max(0.0, slack)))


def _relit(image: Pixels, light: float, rng: np.random.Generator) -> Pixels:
    """Brightness, contrast about the mean and saturation, as one affine map of the colours."""
    if light == 0:
        return image
    brightness, contrast, saturation = rng.uniform(1 - light, 1 + light, 3)
    mean = float(image[::8, ::8].mean())  # a sparse mean is close enough to turn contrast about
    mix = saturation * np.eye(3) + (1 - saturation) * np.tile(_GREY, (3, 1))
    matrix = np.empty((3, 4))
    matrix[:, :3] = brightness * contrast * mix
    matrix[:, 3] = brightness * mean * (1 - contrast)
    return np.asarray(cv2.transform(image, matrix), np.uint8)
