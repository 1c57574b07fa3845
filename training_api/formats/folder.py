"""The canonical folder: images/, labels/ (index PNG) and objectclasses.json."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from training_api.formats.base import Findings, Format
from training_api.formats.labelled_image import LabelledImage, read_labelled_image
from training_api.formats.object_classes import read_object_classes
from training_api.formats.pairs import find_pairs
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetClass, DatasetVersion, Sample, Scan, version_id
from training_api.spec.palette import Colour, default_colours

MOST_THREADS = 8
"""More would not be faster, and each holds a whole photo in memory."""


class Folder(Format):
    """Image and label belong together when their names agree up to the last dot."""

    name = "folder"
    title = "Folder with images/, labels/ and objectclasses.json"

    def recognises(self, folder: Path) -> bool:
        """True if one of the three parts is there."""
        return any((folder / part).exists() for part in ("images", "labels", "objectclasses.json"))

    def read(self, folder: Path, name: str) -> Scan:
        """Check everything; see Format."""
        findings = Findings()
        names = read_object_classes(folder / "objectclasses.json", findings)
        pairs = find_pairs(folder, findings)
        with ThreadPoolExecutor(_threads()) as pool:
            read = list(pool.map(lambda pair: read_labelled_image(folder, *pair), pairs))
        samples = [entry.sample(names, findings) for entry in read]
        _check_whole(names, read, samples, findings)
        if findings.has_errors:
            return Scan(version=None, problems=findings.problems())
        kept = [sample for sample in samples if sample is not None]
        version = _version(folder, name, _classes(names, read), kept)
        return Scan(version=version, problems=findings.problems())


def _threads() -> int:
    return min(MOST_THREADS, len(os.sched_getaffinity(0)))


def _check_whole(
    names: list[str], read: list[LabelledImage], samples: list[Sample | None], findings: Findings
) -> None:
    """What shows only over all labels: 0/255 masks and classes that never occur."""
    complete = [sample for sample in samples if sample is not None]
    if not names or not complete or len(complete) < len(read):
        return
    totals = np.sum([sample.pixels for sample in complete], axis=0)
    ignored = sum(sample.ignored for sample in complete)
    if ignored and np.count_nonzero(totals) <= 1:
        findings.error(
            "binary_mask",
            "The labels hold one class and 255 only, and 255 is ignored. Write the second class "
            "as 1 instead of 255.",
        )
        return
    for name, total in zip(names, totals, strict=True):
        if total == 0:
            findings.warning(
                "empty_class", f"No pixel is labelled '{name}'; its quality cannot be measured."
            )


def _classes(names: list[str], read: list[LabelledImage]) -> list[DatasetClass]:
    colours = _own_colours(len(names), read) or default_colours(len(names))
    return [
        DatasetClass(id=index, name=name, colour=colour)
        for index, (name, colour) in enumerate(zip(names, colours, strict=True))
    ]


def _own_colours(count: int, read: list[LabelledImage]) -> list[Colour] | None:
    """The labels' own palette, if the first one has distinct colours for all classes."""
    palette = next((entry.palette for entry in read if entry.palette), None)
    if palette is None or len(palette) < 3 * count:
        return None
    colours: list[Colour] = [
        (palette[at], palette[at + 1], palette[at + 2]) for at in range(0, 3 * count, 3)
    ]
    return colours if len(set(colours)) == count else None


def _version(
    folder: Path, name: str, classes: list[DatasetClass], samples: list[Sample]
) -> DatasetVersion:
    return DatasetVersion(
        id=version_id(name, str(folder), classes, samples),
        name=name,
        format=Folder.name,
        classes=classes,
        samples=samples,
        root=str(folder),
        created=now(),
    )


FORMAT = Folder
