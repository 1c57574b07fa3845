"""A dataset's classes: their colours, and what shows only over all labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training_api.formats.base import Findings
from training_api.formats.labelled_image import LabelledImage
from training_api.spec.dataset import DatasetClass, Sample
from training_api.spec.palette import Colour, default_colours


def check_classes(
    names: Sequence[str], samples: Sequence[Sample | None], findings: Findings
) -> None:
    """Report 0/255 masks and classes that never occur, once every sample is sound."""
    complete = [sample for sample in samples if sample is not None]
    if not names or not complete or len(complete) < len(samples):
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


def classes_of(names: Sequence[str], read: Sequence[LabelledImage] = ()) -> list[DatasetClass]:
    """The classes in order of their ids, in the labels' own colours where those are distinct."""
    colours = _own_colours(len(names), read) or default_colours(len(names))
    return [
        DatasetClass(id=index, name=name, colour=colour)
        for index, (name, colour) in enumerate(zip(names, colours, strict=True))
    ]


def _own_colours(count: int, read: Sequence[LabelledImage]) -> list[Colour] | None:
    """The labels' own palette, if the first one has distinct colours for all classes."""
    palette = next((entry.palette for entry in read if entry.palette), None)
    if palette is None or len(palette) < 3 * count:
        return None
    colours: list[Colour] = [
        (palette[at], palette[at + 1], palette[at + 2]) for at in range(0, 3 * count, 3)
    ]
    return colours if len(set(colours)) == count else None
