"""Images and labels as arrays, from the bytes of their files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training_api.images.opening import (
    LARGEST,
    UNREADABLE,
    Fractions,
    TooManyPixels,
    open_image,
    rgb_of,
)
from training_api.spec.errors import InvalidDataset


def decode_image(data: bytes, name: str, largest: int = LARGEST) -> NDArray[np.uint8]:
    """H×W×3 RGB of an image file's bytes, turned as its EXIF orientation says.

    Transparency is dropped, 16-bit grey is scaled by 1/256. Raises InvalidDataset naming the file,
    also for more than `largest` pixels.
    """
    with _decoding(data, name, largest) as image:
        try:
            return rgb_of(image)
        except Fractions as error:
            raise InvalidDataset(
                f"{name} holds fractions instead of 8-bit colours. Convert it."
            ) from error


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


@contextmanager
def _decoding(data: bytes, name: str, largest: int = LARGEST) -> Iterator[Image.Image]:
    """The opened image; whatever a decoder raises becomes InvalidDataset."""
    try:
        with open_image(io.BytesIO(data), largest) as image:
            yield image
    except TooManyPixels as error:
        raise InvalidDataset(f"{name} has {error}. Scale it below {largest:,}.") from error
    except UNREADABLE as error:
        raise InvalidDataset(
            f"{name} cannot be read as an image ({error}). Replace or remove it."
        ) from error
