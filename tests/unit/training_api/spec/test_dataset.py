"""How often classes occur, from the pixel counts of samples."""

from __future__ import annotations

import pytest

from training_api.spec.dataset import FileEntry, Sample, class_frequencies, pixel_shares


def sample(*pixels: int) -> Sample:
    file = FileEntry(path="a", sha256="0", size=1)
    return Sample(stem="a", image=file, label=file, width=10, height=10, pixels=list(pixels))


def test_shares_of_all_pixels_and_of_the_images_that_hold_a_class() -> None:
    samples = [sample(90, 10, 0, 0), sample(40, 10, 50, 0), sample(100, 0, 0, 0)]
    assert pixel_shares(samples) == pytest.approx([230 / 300, 20 / 300, 50 / 300, 0])
    assert class_frequencies(samples) == pytest.approx([230 / 300, 20 / 200, 50 / 100, 0])


def test_without_a_labelled_pixel_nothing_occurs() -> None:
    assert pixel_shares([sample(0, 0)]) == [0, 0]
    assert class_frequencies([sample(0, 0)]) == [0, 0]
