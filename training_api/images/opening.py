"""Opening foreign images: an allow-list of formats, a pixel cap, and what their values mean.

Decoding belongs into a job or a child of the service (`training_api.spec.pool`).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
LARGEST = 120_000_000
"""Most pixels of an image to train with."""
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What opening and decoding raise for bytes that are no sound image."""


class TooManyPixels(Exception):
    """More than were allowed; nothing was decoded."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(f"{width}×{height} pixels")
        self.width, self.height = width, height


class Fractions(Exception):
    """The image holds fractions instead of colours."""


def open_image(source: Path | BinaryIO, largest: int = LARGEST) -> Image.Image:
    """The image, not decoded yet. Raises TooManyPixels, or one of UNREADABLE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's bomb warning: the cap below decides
        image = Image.open(source, formats=FORMATS)
    if image.width * image.height > largest:
        image.close()
        raise TooManyPixels(image.width, image.height)
    return image


def rgb_of(image: Image.Image) -> NDArray[np.uint8]:
    """H×W×3 as a viewer shows it: EXIF orientation applied, transparency dropped, 16-bit grey
    scaled by 1/256. Raises Fractions, or one of UNREADABLE.
    """
    upright = eight_bits(ImageOps.exif_transpose(image))
    if upright.mode == "F":
        raise Fractions
    if "transparency" in upright.info:  # colours under transparent pixels stay as they are stored
        upright = upright.convert("RGBA")
    return np.array(upright.convert("RGB"))


def eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey scaled by 1/256; anything else as it is."""
    if not image.mode.startswith("I"):
        return image
    grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255)
    return Image.fromarray(grey.astype(np.uint8))
