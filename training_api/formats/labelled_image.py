"""One image with its label, decoded and checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.formats.base import Findings
from training_api.formats.images import image_size, label_facts
from training_api.spec.dataset import IGNORE, FileEntry, Sample
from training_api.spec.errors import InvalidDataset
from training_api.spec.files import sha256_of

Size = tuple[int, int]
MOST_THREADS = 8
"""More would not be faster, and each holds a whole photo in memory."""


@dataclass
class LabelledImage:
    """What decoding a pair gave. Sizes are (width, height), `faults` (file, half a sentence)."""

    folder: Path
    image: Path
    label: Path
    faults: list[tuple[str, str]] = field(default_factory=list)
    entries: tuple[FileEntry, FileEntry] | None = None
    size: Size = (0, 0)
    label_size: Size = (0, 0)
    counts: NDArray[Any] = field(default_factory=lambda: np.zeros(256, int))
    palette: list[int] | None = None

    def sample(
        self, names: list[str], findings: Findings, void: Sequence[int] = ()
    ) -> Sample | None:
        """The pair as a sample of classes `names`; None after reporting what is wrong.

        Label values in `void` belong to no class and are counted as ignored.
        """
        for file, fault in self.faults:
            findings.error("unreadable_file", f"A file {fault}.", file)
        if self.entries is None or self.faults:
            return None
        sizes_agree = self._check_sizes(findings)
        values_known = self._check_values(names, findings, void)
        if not (sizes_agree and values_known):
            return None
        return Sample(
            stem=self.image.stem,
            image=self.entries[0],
            label=self.entries[1],
            width=self.size[0],
            height=self.size[1],
            pixels=[int(count) for count in self.counts[: len(names)]],
            ignored=int(self.counts[[IGNORE, *void]].sum()),
        )

    def _check_sizes(self, findings: Findings) -> bool:
        name = self.name_of(self.label)
        if self.label.suffix.lower() in (".jpg", ".jpeg"):
            findings.warning(
                "lossy_label", "A label is a JPEG, which blurs class ids. Save it as PNG.", name
            )
        if self.size == self.label_size:
            return True
        findings.error(
            "size_mismatch",
            f"An image has {_by(self.size)} pixels and its label {_by(self.label_size)} "
            "(width×height). Export the label again at the image's size.",
            name,
        )
        return False

    def _check_values(self, names: list[str], findings: Findings, void: Sequence[int]) -> bool:
        found = [int(value) for value in np.flatnonzero(self.counts[:IGNORE])]
        unknown = [value for value in found if value >= len(names) > 0 and value not in void]
        for value in unknown:
            findings.error(
                "unknown_class_id",
                f"Label value {value} belongs to no class: the class list names ids 0 to "
                f"{len(names) - 1} (255 is ignored). Add the class or correct the labels.",
                f"{self.name_of(self.label)} ({int(self.counts[value])} pixels)",
            )
        return not unknown

    def name_of(self, path: Path) -> str:
        """A file as reports show it: below the dataset's folder."""
        return str(path.relative_to(self.folder))


def read_labelled_images(folder: Path, pairs: Sequence[tuple[Path, Path]]) -> list[LabelledImage]:
    """Decode and hash the files of all (image, label) pairs below `folder`, several at a time."""
    threads = min(MOST_THREADS, len(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(threads) as pool:
        return [*pool.map(lambda pair: _read_labelled_image(folder, *pair), pairs)]


def _read_labelled_image(folder: Path, image: Path, label: Path) -> LabelledImage:
    """Decode both files of a pair below `folder`, and hash them."""
    result = LabelledImage(folder, image, label)
    try:
        result.entries = _entry(folder, image), _entry(folder, label)
        result.size = image_size(image)
    except (InvalidDataset, OSError) as error:
        result.faults.append((result.name_of(image), str(error)))
    try:
        facts = label_facts(label)
        result.label_size, result.palette = facts.size, facts.palette
        result.counts = np.asarray(facts.counts)
    except (InvalidDataset, OSError) as error:
        result.faults.append((result.name_of(label), str(error)))
    return result


def _entry(folder: Path, path: Path) -> FileEntry:
    size = path.stat().st_size
    return FileEntry(path=str(path.relative_to(folder)), sha256=sha256_of(path), size=size)


def _by(size: Size) -> str:
    return f"{size[0]}×{size[1]}"
