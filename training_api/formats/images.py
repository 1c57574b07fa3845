"""Images and labels decoded in full, for checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import ImageOps

from training_api.images.opening import UNREADABLE, TooManyPixels, open_image
from training_api.spec.errors import InvalidDataset

EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as displayed, EXIF rotation applied, after decoding it in full.

    Raises InvalidDataset with half a sentence on what is wrong (`is empty`).
    """
    with _decoding(path), open_image(path) as image:
        image.load()
        return ImageOps.exif_transpose(image).size


@dataclass(frozen=True)
class LabelFacts:
    """What a check needs of a label: (width, height), pixels per value 0..255, palette if any."""

    size: tuple[int, int]
    counts: list[int]
    palette: list[int] | None


def label_facts(path: Path) -> LabelFacts:
    """Decode a label in full and count its values.

    Raises InvalidDataset with half a sentence on what is wrong.
    """
    with _decoding(path), open_image(path) as image:
        if image.mode not in ("P", "L", "1"):
            raise InvalidDataset(
                f"is a {image.mode} image; a label holds one class id per pixel (palette or grey)"
            )
        palette = image.getpalette() if image.mode == "P" else None
        counts = image.histogram()
        if image.mode == "1":  # its set pixels are counted as 255 and mean class 1
            counts[1], counts[255] = counts[255], 0
        return LabelFacts(image.size, counts, palette)


class _decoding:
    """Turns whatever a decoder raises into InvalidDataset."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        if self._path.stat().st_size == 0:
            raise InvalidDataset("is empty; replace or remove it")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, InvalidDataset):
            return
        if isinstance(error, MemoryError):
            raise InvalidDataset("needs too much memory to decode; scale it down") from error
        if isinstance(error, TooManyPixels):
            raise InvalidDataset(f"has {error}; scale it below 120 million") from error
        if isinstance(error, UNREADABLE):
            raise InvalidDataset("cannot be read as an image; replace or remove it") from error
