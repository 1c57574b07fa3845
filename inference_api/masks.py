"""Masks as people and programs want them: index PNG, overlay, shares. Runs in a child."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training_api.spec.dataset import DatasetClass
from training_api.spec.palette import flat_palette

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class ClassShare:
    """How much of an image one class covers; `share` is 0..1."""

    id: int
    name: str
    colour: tuple[int, int, int]
    pixels: int
    share: float


def class_shares(mask: Pixels, classes: list[DatasetClass]) -> list[ClassShare]:
    """Every class's pixels in an H×W mask, in the order of the classes."""
    counts = np.bincount(mask.ravel(), minlength=256)
    whole = max(1, mask.size)
    return [
        ClassShare(c.id, c.name, c.colour, int(counts[c.id]), int(counts[c.id]) / whole)
        for c in classes
    ]


def index_png(mask: Pixels, classes: list[DatasetClass]) -> bytes:
    """The H×W mask as a PNG of class ids with the classes' colours as palette."""
    image = Image.fromarray(mask)  # a grey image, which takes on a palette:
    image.putpalette(flat_palette([entry.colour for entry in classes]))
    return _png(image)


def overlay_png(image: Pixels, mask: Pixels, classes: list[DatasetClass], opacity: float) -> bytes:
    """The H×W×3 image with the mask's colours over it; a class called background stays clear."""
    palette = np.array(flat_palette([entry.colour for entry in classes]), np.float32)
    colours = palette.reshape(256, 3)
    strength = np.full(256, np.float32(opacity))
    strength[[entry.id for entry in classes if entry.is_background]] = 0
    shown = image.copy()
    for row in range(0, mask.shape[0], 256):  # in bands: float copies of 40 MP are large
        band = mask[row : row + 256]
        alpha = strength[band][..., None]
        mixed = shown[row : row + 256] * (1 - alpha) + colours[band] * alpha
        shown[row : row + 256] = np.rint(mixed).astype(np.uint8)
    return _png(Image.fromarray(shown))


def read_index_png(data: bytes) -> Pixels:
    """The H×W class ids of a mask that our own engine child wrote."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return np.array(image, dtype=np.uint8)


def rgb_png(image: Pixels) -> bytes:
    """H×W×3 RGB as a PNG, quickly."""
    return _png(Image.fromarray(image))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1 if image.mode == "RGB" else 6)
    return buffer.getvalue()
