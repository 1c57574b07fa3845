"""Variations: reproducible, and the label stays on the pixels that it describes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from training_api.transforms.augment import Variation, augmented, sample_rng
from training_api.transforms.resize import FILL, centred, resized

COLOURS = np.array([(40, 40, 40), (200, 60, 60), (60, 60, 200)], np.uint8)


def blocks(height: int = 96, width: int = 128) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    label = np.zeros((height, width), np.uint8)
    label[height // 4 : height // 2, width // 8 : width // 3] = 1
    label[height // 2 :, width // 2 :] = 2
    return COLOURS[label], label


def test_the_same_seed_epoch_and_sample_give_the_same_view() -> None:
    views = [augmented(*blocks(), (64, 96), Variation(), sample_rng(3, 2, 5)) for _ in range(2)]
    assert np.array_equal(views[0][0], views[1][0])
    assert np.array_equal(views[0][1], views[1][1])
    for other in (sample_rng(4, 2, 5), sample_rng(3, 3, 5), sample_rng(3, 2, 6)):
        image, _ = augmented(*blocks(), (64, 96), Variation(), other)
        assert not np.array_equal(image, views[0][0])


@pytest.mark.parametrize("number", range(20))
def test_label_and_image_move_together(number: int) -> None:
    variation = Variation(scale=(0.4, 2.5), light=0)
    image, label = augmented(*blocks(), (64, 96), variation, sample_rng(0, 1, number))

    assert image.shape == (64, 96, 3)
    assert set(np.unique(label)) <= {0, 1, 2, 255}
    inside = label != 255
    distance = np.abs(image[inside].astype(int) - COLOURS[label[inside]]).max(axis=1)
    assert (distance <= 2).mean() > 0.9  # bilinear interpolation mixes colours at outlines only
    beyond = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5))) == 0
    assert (image[beyond] == FILL).all()


def test_what_lies_outside_the_image_is_ignored() -> None:
    small = Variation(scale=(0.5, 0.5), mirror=0, light=0)
    _, label = augmented(*blocks(), (96, 128), small, sample_rng(0, 1, 0))
    assert (label == 255).sum() == pytest.approx(96 * 128 * 3 / 4, rel=0.05)


def test_a_mirror_image_turns_left_into_right() -> None:
    mirrored = Variation(scale=(1, 1), mirror=1, light=0)
    image, label = augmented(*blocks(), (96, 128), mirrored, sample_rng(0, 1, 0))
    assert np.array_equal(label, blocks()[1][:, ::-1])
    assert np.array_equal(image, blocks()[0][:, ::-1])


def test_light_changes_colours_but_not_labels_within_its_bounds() -> None:
    plain = Variation(scale=(1, 1), mirror=0, light=0.2)
    seen = [augmented(*blocks(), (96, 128), plain, sample_rng(0, 1, n)) for n in range(30)]
    assert all(np.array_equal(label, blocks()[1]) for _, label in seen)
    brightness = [float(image.mean()) / blocks()[0].mean() for image, _ in seen]
    assert 0.75 < min(brightness) < 0.95 and 1.05 < max(brightness) < 1.25


def test_resizing_keeps_outlines_in_place_and_ids_exact() -> None:
    image, label = resized(*blocks(), (48, 64))
    assert set(np.unique(label)) == {0, 1, 2}
    expected = blocks()[1].reshape(48, 2, 64, 2)
    assert np.array_equal(label, expected[:, 1, :, 1])
    assert image.shape == (48, 64, 3)


def test_centring_cuts_and_fills_without_scaling() -> None:
    image, label = centred(*blocks(), (64, 160))
    assert np.array_equal(label[:, 16:-16], blocks()[1][16:-16])
    assert (label[:, :16] == 255).all() and (image[:, :16] == FILL).all()
