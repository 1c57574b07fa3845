"""Decoding images and labels from bytes: an allow-list of formats and a pixel cap."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from training_api.spec.errors import InvalidDataset

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
LARGEST = 120_000_000
"""Most pixels of a training image."""


def decode_image(data: bytes, name: str, largest: int = LARGEST) -> NDArray[np.uint8]:
    """H×W×3 RGB of an image file's bytes, turned as its EXIF orientation says.

    Transparency is dropped, 16-bit grey is scaled by 1/256. Raises InvalidDataset naming the file,
    also for more than `largest` pixels.
    """
    with _decoding(data, name, largest) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            grey = (np.asarray(upright).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
            return np.repeat(grey[..., None], 3, axis=2)
        if upright.mode == "F":
            raise InvalidDataset(f"{name} holds fractions instead of 8-bit colours. Convert it.")
        return np.array(_opaque(upright).convert("RGB"))


def decode_label(data: bytes, name: str) -> NDArray[np.uint8]:
    """H×W class ids of a label file's bytes (palette indices, or grey values).

    Raises InvalidDataset naming the file.
    """
    with _decoding(data, name) as image:
        if image.mode not in ("P", "L", "1"):
            raise InvalidDataset(
                f"{name} is a {image.mode} image; a label holds one class id per pixel "
                "(palette or grey). Export it again."
            )
        return np.array(image, dtype=np.uint8)


def _opaque(image: Image.Image) -> Image.Image:
    """Without an alpha channel: colours under transparent pixels stay as they are stored."""
    return image.convert("RGBA") if "transparency" in image.info else image


@contextmanager
def _decoding(data: bytes, name: str, largest: int = LARGEST) -> Iterator[Image.Image]:
    """The opened image; whatever a decoder raises becomes InvalidDataset."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: the cap below decides
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        with image:
            _check_pixels(image, name, largest)
            yield image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidDataset(
            f"{name} cannot be read as an image ({error}). Replace or remove it."
        ) from error


def _check_pixels(image: Image.Image, name: str, largest: int) -> None:
    if image.width * image.height > largest:
        raise InvalidDataset(
            f"{name} has {image.width}×{image.height} pixels. Scale it below {largest:,}."
        )
