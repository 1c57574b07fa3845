"""From a lit scene to what a phone stores: lens, exposure, colour cast, noise, eight bits."""

from __future__ import annotations

import cv2
import numpy as np

from sample_painter.fields import Array, blurred


def develop(scene: Array, rng: np.random.Generator, oversampling: int) -> Array:
    """H×W×3 uint8 (BGR) from a linear scene that is `oversampling` times larger."""
    h, w = scene.shape[0] // oversampling, scene.shape[1] // oversampling
    defocus = rng.uniform(0.2, 0.7) if rng.random() < 0.9 else rng.uniform(0.7, 1.2)
    scene = blurred(scene, defocus * oversampling)
    if rng.random() < 0.15:
        scene = cv2.filter2D(scene, -1, _shake(rng, oversampling))
    image = cv2.resize(scene, (w, h), interpolation=cv2.INTER_AREA)
    image = image * _vignette(rng, h, w)[..., None] * rng.uniform(0.95, 1.05, 3)
    image *= rng.uniform(0.24, 0.36) / max(float(np.median(image)), 0.12)
    gain = 10 ** rng.uniform(-3.9, -2.7)  # shot noise grows with the square root of the light
    image = image + rng.normal(size=image.shape) * np.sqrt(gain * np.clip(image, 0.002, None))
    image = np.clip(image, 0, None)
    return np.clip(255 * _toned(image, rng.uniform(0.3, 0.6)), 0, 255).round().astype(np.uint8)


def _toned(image: Array, contrast: float) -> Array:
    """Display values in 0..1: a soft shoulder instead of clipping, gamma 2.2, an S-shaped curve."""
    image = np.where(image > 0.7, 0.7 + 0.3 * np.tanh((image - 0.7) / 0.3), image)
    image = np.clip(image - 0.004, 0, 1) ** (1 / 2.2)
    return image + contrast * (image * image * (3 - 2 * image) - image)


def _shake(rng: np.random.Generator, oversampling: int) -> Array:
    """A short straight motion as a normalised kernel."""
    size = 2 * oversampling + 1
    kernel = np.zeros((size, size))
    angle = rng.uniform(0, np.pi)
    for t in np.linspace(-1, 1, 4 * size):
        x, y = (size - 1) / 2 * (1 + t * np.cos(angle)), (size - 1) / 2 * (1 + t * np.sin(angle))
        kernel[round(y), round(x)] = 1
    return kernel / kernel.sum()


def _vignette(rng: np.random.Generator, h: int, w: int) -> Array:
    y, x = np.mgrid[0:h, 0:w]
    r2 = ((x - w / 2) ** 2 + (y - h / 2) ** 2) / ((w / 2) ** 2 + (h / 2) ** 2)
    return 1 - rng.uniform(0.05, 0.35) * r2
