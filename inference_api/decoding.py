"""Images from outside as arrays. Runs in a child."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training_api.images.opening import (
    UNREADABLE,
    Fractions,
    TooManyPixels,
    open_image,
    rgb_of,
)
from training_api.spec.errors import SegsmithError

LARGEST = 40_000_000
"""Most pixels of an image to predict."""


class BadImage(SegsmithError):
    """The bytes are no image that we read."""

    code = "bad_image"

    def __init__(self, message: str, *, field: str | None = "image") -> None:
        super().__init__(message, field=field)


def decode(data: bytes) -> NDArray[np.uint8]:
    """H×W×3 RGB as a viewer shows it (EXIF orientation applied), by the rules of training:

    transparency is dropped, 16-bit grey is scaled by 1/256. Raises BadImage.
    """
    try:
        with open_image(io.BytesIO(data), LARGEST) as image:
            return rgb_of(image)
    except TooManyPixels as error:
        raise _too_large(f"{error.width}×{error.height}") from error
    except Image.DecompressionBombError as error:  # far beyond our cap already
        raise _too_large("far too many") from error
    except Fractions as error:
        raise BadImage("The image holds fractions instead of 8-bit colours. Convert it.") from error
    except UNREADABLE as error:
        raise BadImage(
            "The file cannot be read as an image. PNG, JPEG, TIFF, BMP and WebP are."
        ) from error


def _too_large(pixels: str) -> BadImage:
    return BadImage(
        f"The image has {pixels} pixels; scale it below {LARGEST // 1_000_000} million."
    )
