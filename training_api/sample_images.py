"""Pictures of the same few validation samples at each validation, for the browser."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training_api.spec.dataset import IGNORE, DatasetClass, Sample
from training_api.spec.files import out_of_space
from training_api.spec.palette import flat_palette

LARGEST_SIDE = 512
MOST_SAMPLES = 4
MOST_VALIDATIONS = 200


def chosen_stems(samples: list[Sample]) -> list[str]:
    """Up to four samples: those with most classes, in the order of their names."""

    def rank(sample: Sample) -> tuple[int, str]:
        return -sum(count > 0 for count in sample.pixels), sample.stem

    return [sample.stem for sample in sorted(samples, key=rank)[:MOST_SAMPLES]]


class SampleImages:
    """Writes `samples/EPOCH/…` below the job directory, for about 200 of the `validations` at most.

    Masks are index PNGs whose palette makes ignored pixels, and a class called background,
    transparent: laid over the image they show what was found.
    """

    def __init__(
        self,
        job: Path,
        folder: Path,
        stems: list[str],
        classes: list[DatasetClass],
        validations: int,
    ) -> None:
        self._job = job
        self._folder = folder
        self.stems = stems
        self._palette = flat_palette([entry.colour for entry in classes])
        self._transparency = _transparency(classes)
        self._stride = -(-validations // MOST_VALIDATIONS)
        self._validations = validations
        self._fixed: dict[str, tuple[bytes, bytes]] = {}

    def is_due(self, number: int) -> bool:
        """True for validations (from 1) whose pictures are kept: evenly spread, first and last."""
        return number == self._validations or (number - 1) % self._stride == 0

    def remember(self, stem: str, image: NDArray[np.uint8], truth: NDArray[np.uint8]) -> None:
        """Take over H×W×3 image and H×W truth of a stem, once."""
        if stem not in self._fixed:
            self._fixed[stem] = (_jpeg(image), self._mask(truth))

    def write(self, epoch: float, masks: dict[str, NDArray[np.uint8]]) -> list[dict[str, Any]]:
        """Write predictions H×W by stem; the entries of a sample event. Raises OutOfSpace."""
        folder = self._folder / str(epoch)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            present = [(number, stem) for number, stem in enumerate(self.stems) if stem in masks]
            return [self._entry(folder, number, stem, masks[stem]) for number, stem in present]
        except OSError as error:
            raise out_of_space(error, folder) from error

    def _entry(
        self, folder: Path, number: int, stem: str, mask: NDArray[np.uint8]
    ) -> dict[str, Any]:
        """Files are numbered, since stems may hold any character."""
        contents = dict(zip(("image", "truth"), self._fixed[stem], strict=True))
        contents["prediction"] = self._mask(mask)
        entry: dict[str, Any] = {"stem": stem}
        for part, data in contents.items():
            path = folder / f"{number}-{part}{'.jpg' if part == 'image' else '.png'}"
            _replace(path, data)
            entry[part] = str(path.relative_to(self._job))
        return entry

    def _mask(self, mask: NDArray[np.uint8]) -> bytes:
        small = _small(Image.fromarray(mask), Image.Resampling.NEAREST)
        small.putpalette(self._palette)
        return _encoded(small, "PNG", transparency=self._transparency, compress_level=3)


def _replace(path: Path, data: bytes) -> None:
    """Whole or absent for readers; not forced to disk, since a power cut may take a picture."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def _transparency(classes: list[DatasetClass]) -> bytes:
    alpha = bytearray([255] * 256)
    alpha[IGNORE] = 0
    for entry in classes:
        if entry.is_background:
            alpha[entry.id] = 0
    return bytes(alpha)


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    small = _small(Image.fromarray(image), Image.Resampling.BILINEAR)
    return _encoded(small, "JPEG", quality=85)


def _small(image: Image.Image, resampling: Image.Resampling) -> Image.Image:
    longest = max(image.size)
    if longest <= LARGEST_SIDE:
        return image
    width, height = (max(1, round(side * LARGEST_SIDE / longest)) for side in image.size)
    return image.resize((width, height), resampling)


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
