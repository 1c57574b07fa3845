"""Small pictures of a sample: the image, its label in class colours, or both."""

from __future__ import annotations

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

    from training_api.images.opening import (
        LARGEST,
        UNREADABLE,
        TooManyPixels,
        eight_bits,
        open_image,
    )

    try:
        with open_image(path) as file:
            # draft: a JPEG is decoded at a fraction of its size where that is enough
            file.draft("RGB", (size, size))
            nearest = mode == "P"
            if nearest:
                picture = Image.frombytes("P", file.size, _ids(file).tobytes())
            else:
                picture = eight_bits(ImageOps.exif_transpose(file)).convert("RGB")
            way = Image.Resampling.NEAREST if nearest else Image.Resampling.BILINEAR
            picture.thumbnail((size, size), way)
            return picture
    except TooManyPixels as error:
        raise InvalidDataset(f"{path.name} has {error}. Scale it below {LARGEST:,}.") from error
    except UNREADABLE as error:
        raise InvalidDataset(f"{path.name} cannot be read as an image; replace it.") from error


def _ids(file: Image.Image) -> Image.Image:
    """A label whose values are class ids; the set pixels of one with 1 bit are class 1."""
    if file.mode == "1":
        return file.convert("L").point([0] + [1] * 255)
    return file if file.mode == "P" else file.convert("L")
