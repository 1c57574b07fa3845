"""Reading a dataset version: verified, decoded, scaled, and kept in memory while it fits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training_api.image_cache import ImageCache, Kind
from training_api.spec.dataset import IGNORE, DatasetVersion, FileEntry, Sample
from training_api.spec.errors import InvalidDataset
from training_api.spec.preprocessing import network_size
from training_api.transforms.decode import decode_image, decode_label
from training_api.transforms.resize import resized

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""H×W×3 RGB and H×W class ids."""

CACHE_SHARE = 0.25
"""Part of the free memory that decoded images may take."""


class DatasetReader:
    """The samples of `version` by stem. Thread-safe. Up to `budget` bytes of `kind` are kept."""

    def __init__(
        self, version: DatasetVersion, root: Path, budget: int, kind: Kind = "decoded"
    ) -> None:
        self._root = root
        self._samples = {sample.stem: sample for sample in version.samples}
        self._classes = len(version.classes)
        self._void = version.void
        self._cache = ImageCache(kind, budget)

    @property
    def kept(self) -> int:
        """Bytes of the images that are in memory."""
        return self._cache.bytes

    def sample(self, stem: str) -> Sample:
        """The manifest's entry. Raises InvalidDataset if there is none."""
        try:
            return self._samples[stem]
        except KeyError:
            raise InvalidDataset(
                f"The dataset has no sample '{stem}' any more. Check the dataset again."
            ) from None

    def check_files(self) -> None:
        """Raise InvalidDataset for the first file that is missing or has another size."""
        for sample in self._samples.values():
            for entry in (sample.image, sample.label):
                self._check_size(entry)

    def full(self, stem: str) -> Pair:
        """The pair at its own size."""
        return self._kept((stem, True), lambda: self._read(stem))

    def scaled(self, stem: str, base_size: int, multiple: int) -> Pair:
        """The pair at the size that the network sees; see `network_size`."""

        def read() -> Pair:
            image, label = self._read(stem)
            height, width = label.shape
            return resized(image, label, network_size(height, width, base_size, multiple))

        return self._kept((stem, False), read)

    def _kept(self, key: tuple[str, bool], read: Callable[[], Pair]) -> Pair:
        return self._cache.get("decoded", key, read, lambda pair: sum(part.nbytes for part in pair))

    def _read(self, stem: str) -> Pair:
        sample = self.sample(stem)
        image = decode_image(self._bytes(sample.image), sample.image.path)
        label = decode_label(self._bytes(sample.label), sample.label.path)
        if image.shape[:2] != label.shape:
            raise InvalidDataset(
                f"{sample.image.path} has {image.shape[1]}×{image.shape[0]} pixels and "
                f"{sample.label.path} {label.shape[1]}×{label.shape[0]}. Export the label again."
            )
        return image, self._known(label, sample)

    def _known(self, label: NDArray[np.uint8], sample: Sample) -> NDArray[np.uint8]:
        """`label` with 255 for void, if its ids are classes: any other would crash an engine."""
        if self._void:
            label = np.where(np.isin(label, self._void), np.uint8(IGNORE), label)
        strange = label[(label >= self._classes) & (label != IGNORE)]
        if strange.size:
            raise InvalidDataset(
                f"{sample.label.path} holds the id {int(strange[0])}, but the dataset has classes "
                f"0 to {self._classes - 1} and 255 (ignored). Correct the label."
            )
        return label

    def _bytes(self, entry: FileEntry) -> bytes:
        return self._cache.get("raw", entry.path, lambda: self._verified(entry), len)

    def _verified(self, entry: FileEntry) -> bytes:
        """A file's content, if it is still what the version recorded."""
        self._check_size(entry)
        try:
            data = (self._root / entry.path).read_bytes()
        except OSError as error:
            raise InvalidDataset(
                f"{entry.path} cannot be read ({error.strerror}). Make it readable."
            ) from error
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise InvalidDataset(
                f"{entry.path} has changed since the dataset was checked. Check the dataset again "
                "and start a new job, or put the old file back."
            )
        return data

    def _check_size(self, entry: FileEntry) -> None:
        path = self._root / entry.path
        try:
            size = path.stat().st_size
        except OSError as error:
            raise InvalidDataset(
                f"{entry.path} is missing in {self._root}. Put it back, or check the dataset "
                "again and start a new job."
            ) from error
        if size != entry.size:
            raise InvalidDataset(
                f"{entry.path} has {size} bytes instead of {entry.size}: it has changed since the "
                "dataset was checked. Check the dataset again and start a new job."
            )


def cache_budget() -> int:
    """Bytes that decoded images may take: a share of the memory that is free now."""
    from training_api.machine import free_memory

    return int(free_memory() * CACHE_SHARE)
