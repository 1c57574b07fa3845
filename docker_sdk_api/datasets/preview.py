"""Small pictures of a sample: the image, its label in class colours, or both."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from training_api.spec.dataset import DatasetClass
from training_api.spec.errors import InvalidDataset
from training_api.spec.files import write_atomically
from training_api.spec.palette import Colour, flat_palette

if TYPE_CHECKING:
    from PIL import Image

Kind = Literal["overlay", "image", "label"]
SIZES = (160, 320, 640, 1024)
"""Longest sides in pixels; others are raised to the next, so that the cache stays small."""

_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
_OPACITY = 0.55


def size_at_least(size: int) -> int:
    """The smallest of SIZES that is not below `size`, else the largest."""
    return next((entry for entry in SIZES if entry >= size), SIZES[-1])


def draw(
    image: Path, label: Path, classes: list[DatasetClass], kind: Kind, size: int, target: Path
) -> None:
    """Write a PNG whose longest side is at most `size` to `target`. Decodes: run it in a child.

    An overlay shows the photo alone where the label has no class, or one called background.

    Raises InvalidDataset naming a file that cannot be read.
    """
    from io import BytesIO

    picture = _picture(image, label, classes, kind, size)
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    write_atomically(target, buffer.getvalue())


def _picture(
    image: Path, label: Path, classes: list[DatasetClass], kind: Kind, size: int
) -> Image.Image:
    from PIL import Image

    if kind == "image":
        return _read(image, size, mode="RGB")
    mask = _read(label, size, mode="P")
    colours: dict[int, Colour] = {entry.id: entry.colour for entry in classes}
    mask.putpalette(flat_palette([colours.get(index, (0, 0, 0)) for index in range(255)]))
    if kind == "label":
        return mask.convert("RGB")
    photo = _read(image, size, mode="RGB")
    mask = mask.resize(photo.size, Image.Resampling.NEAREST)
    mixed = Image.blend(photo, mask.convert("RGB"), _OPACITY)
    shown = {entry.id for entry in classes if not entry.is_background}
    marked = mask.point([255 if value in shown else 0 for value in range(256)], "L")
    return Image.composite(mixed, photo, marked)


def _read(path: Path, size: int, *, mode: Literal["RGB", "P"]) -> Image.Image:
    from PIL import Image, ImageOps

    try:
        with _open(path) as file:
            # draft: a JPEG is decoded at a fraction of its size where that is enough
            file.draft("RGB", (size, size))
            nearest = mode == "P"
            if nearest:
                picture = Image.frombytes("P", file.size, _ids(file).tobytes())
            else:
                picture = _eight_bits(ImageOps.exif_transpose(file)).convert("RGB")
            way = Image.Resampling.NEAREST if nearest else Image.Resampling.BILINEAR
            picture.thumbnail((size, size), way)
            return picture
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidDataset(f"{path.name} cannot be read as an image; replace it.") from error


def _open(path: Path) -> Image.Image:
    """Raises InvalidDataset for more pixels than training accepts; nothing is decoded yet."""
    from PIL import Image

    from training_api.formats.images import LARGEST

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's bomb warning: the cap below decides
        file = Image.open(path, formats=_FORMATS)
    if file.width * file.height > LARGEST:
        file.close()
        raise InvalidDataset(
            f"{path.name} has {file.width}×{file.height} pixels. Scale it below {LARGEST:,}."
        )
    return file


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16-bit grey scaled by 1/256, as training reads it; anything else as it is."""
    import numpy as np
    from PIL import Image

    if not picture.mode.startswith("I"):
        return picture
    grey = (np.asarray(picture).astype(np.int64) >> 8).clip(0, 255)
    return Image.fromarray(grey.astype(np.uint8))


def _ids(file: Image.Image) -> Image.Image:
    """A label whose values are class ids; the set pixels of one with 1 bit are class 1."""
    if file.mode == "1":
        return file.convert("L").point([0] + [1] * 255)
    return file if file.mode == "P" else file.convert("L")
