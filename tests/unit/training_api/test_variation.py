"""Variations: reproducible, as they always were, and without effect where they are off."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.blocks import Pixels, blocks
from training_api.augmentations import all_augmentations, augmentations_for
from training_api.spec.augmentations import usual_augmentations
from training_api.transforms.resize import warped
from training_api.variation import Variation, sample_rng

USUAL = Variation(augmentations_for(usual_augmentations()))
NAMES = [entry.name for entry in all_augmentations()]


def test_the_same_seed_epoch_and_sample_give_the_same_view() -> None:
    first, second = (USUAL.view(*blocks(), (64, 96), sample_rng(3, 2, 5)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    for other in (sample_rng(4, 2, 5), sample_rng(3, 3, 5), sample_rng(3, 2, 6)):
        image, _ = USUAL.view(*blocks(), (64, 96), other)
        assert not np.array_equal(image, first[0])


def first_release(
    image: Pixels, label: Pixels, size: tuple[int, int], rng: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """Scale, position, mirror image and light as they were before they could be chosen."""
    zoom = float(np.exp(rng.uniform(np.log(0.75), np.log(1.33))))
    start = []
    for length, window in ((zoom * label.shape[1], size[1]), (zoom * label.shape[0], size[0])):
        start.append(float(rng.uniform(min(0.0, window - length), max(0.0, window - length))))
    matrix = np.array([[zoom, 0, start[0]], [0, zoom, start[1]]])
    if rng.random() < 0.5:
        matrix[0] = -zoom, 0, size[1] - 1 - start[0]
    image, label = warped(image, label, matrix, size)
    brightness, contrast, saturation = rng.uniform(1 - 0.2, 1 + 0.2, 3)
    mean = float(image[::8, ::8].mean())
    grey = np.array([0.299, 0.587, 0.114])
    mix = saturation * np.eye(3) + (1 - saturation) * np.tile(grey, (3, 1))
    colours = np.empty((3, 4))
    colours[:, :3] = brightness * contrast * mix
    colours[:, 3] = brightness * mean * (1 - contrast)
    return np.asarray(cv2.transform(image, colours), np.uint8), label


@pytest.mark.parametrize("size", [(96, 128), (64, 96), (128, 64)])
def test_the_usual_augmentations_are_those_of_the_first_release(size: tuple[int, int]) -> None:
    """Bit for bit, so that a run with the same seed stays the same run."""
    rng = np.random.default_rng(0)
    image, label = rng.integers(0, 256, (96, 128, 3), np.uint8), blocks()[1]
    for number in range(30):
        expected = first_release(image, label, size, sample_rng(0, 1, number))
        found = USUAL.view(image, label, size, sample_rng(0, 1, number))
        assert np.array_equal(found[0], expected[0])
        assert np.array_equal(found[1], expected[1])


def test_nothing_chosen_changes_nothing_and_draws_nothing() -> None:
    rng = sample_rng(0, 1, 0)
    image, label = blocks()
    found = Variation().view(image, label, (96, 128), rng)
    assert found[0] is image and found[1] is label
    assert rng.random() == sample_rng(0, 1, 0).random()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "erasing"])
def test_what_is_switched_on_leaves_earlier_numbers_as_they_were(name: str) -> None:
    """Erasing is the last to draw; without it, all others see the same numbers as before."""
    with_it = Variation(augmentations_for({name: {}, "erasing": {"probability": 1}}))
    alone = Variation(augmentations_for({name: {}}))
    _, first = alone.view(*blocks(), (96, 128), sample_rng(0, 1, 7))
    _, second = with_it.view(*blocks(), (96, 128), sample_rng(0, 1, 7))
    kept = second != 255
    assert np.array_equal(second[kept], first[kept])


OPTIONS: dict[str, dict[str, Any]] = {
    "scale": {"smallest": 0.1, "largest": 10},
    "rotation": {"degrees": 180},
    "hue": {"degrees": 180},
    "channel_shift": {"largest": 255, "probability": 1},
    "noise": {"largest": 255, "probability": 1},
    "blur": {"largest": 20, "probability": 1},
    "erasing": {"largest": 100, "probability": 1},
}


@settings(max_examples=60, deadline=None)
@given(
    chosen=st.sets(st.sampled_from(NAMES)),
    seed=st.integers(0, 2**31 - 1),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
)
def test_labels_hold_only_ids_of_the_image_or_ignore(
    chosen: set[str], seed: int, height: int, width: int, size: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    label = rng.choice([3, 77, 200], (height, width)).astype(np.uint8)
    before = image.copy(), label.copy()
    variation = Variation(augmentations_for({name: OPTIONS.get(name, {}) for name in chosen}))
    seen, truth = variation.view(image, label, size, sample_rng(seed, 1, 0))
    assert (seen.shape, truth.shape) == ((*size, 3), size)
    assert (seen.dtype, truth.dtype) == (np.uint8, np.uint8)
    assert set(np.unique(truth)) <= {*np.unique(label), 255}
    assert np.array_equal(image, before[0]) and np.array_equal(label, before[1]), "kept in memory"
