"""Images from outside: an allow-list of formats, a pixel cap, upright RGB. Runs in a child."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from training_api.spec.errors import SegsmithError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: the cap below decides
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            with image:
                _check_size(image)
                return _rgb(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as error:  # far beyond our cap already
        raise _too_large("far too many") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise BadImage(
            "The file cannot be read as an image. PNG, JPEG, TIFF, BMP and WebP are."
        ) from error


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > LARGEST:
        raise _too_large(f"{image.width}×{image.height}")


def _too_large(pixels: str) -> BadImage:
    return BadImage(
        f"The image has {pixels} pixels; scale it below {LARGEST // 1_000_000} million."
    )


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I"):
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode == "F":
        raise BadImage("The image holds fractions instead of 8-bit colours. Convert it.")
    if "transparency" in image.info:
        image = image.convert("RGBA")
    return np.array(image.convert("RGB"))
