"""What reading a folder gave: a version or problems, and what is in it in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from training_api.spec.closed import Record
from training_api.spec.dataset import DatasetClass, DatasetVersion, Problem, Sample


class ClassPixels(DatasetClass):
    """A class with its labelled pixels and their share of all, 0..1."""

    pixels: int
    share: float


class SizeCount(Record):
    """How many images have a size."""

    width: int
    height: int
    count: int


class Contents(Record):
    """Of the samples that can be read, the commonest size first."""

    classes: list[ClassPixels]
    sizes: list[SizeCount]


def contents_of(classes: Sequence[DatasetClass], samples: Sequence[Sample]) -> Contents:
    """Count; `samples` may be only some of a dataset's, or none."""
    totals = [sum(sample.pixels[entry.id] for sample in samples) for entry in classes]
    whole = sum(totals) or 1
    sizes = Counter((sample.width, sample.height) for sample in samples)
    return Contents(
        classes=[
            ClassPixels(**entry.model_dump(), pixels=total, share=round(total / whole, 6))
            for entry, total in zip(classes, totals, strict=True)
        ],
        sizes=[
            SizeCount(width=width, height=height, count=count)
            for (width, height), count in sizes.most_common()
        ],
    )


class Scan(Record):
    """The outcome of reading a folder: the version unless there are errors, and all problems.

    `contents` are those of the files that are sound, also where others are not.
    """

    version: DatasetVersion | None
    problems: list[Problem]
    contents: Contents
