"""Moving pictures: exactly, the label with the image, and ignored where there is none."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from tests.blocks import COLOURS, blocks, view
from training_api.augmentations.base import Frame
from training_api.augmentations.rotation import turn
from training_api.transforms.resize import FILL, warped

ALL: dict[str, dict[str, Any]] = {
    "scale": {"smallest": 0.4, "largest": 2.5},
    "crop": {},
    "horizontal_flip": {},
    "vertical_flip": {},
    "rotation": {"degrees": 180},
}


@pytest.mark.parametrize("number", range(20))
def test_label_and_image_move_together(number: int) -> None:
    image, label = view(ALL, (64, 96), number)
    assert image.shape == (64, 96, 3)
    assert set(np.unique(label)) <= {0, 1, 2, 255}
    inside = label != 255
    distance = np.abs(image[inside].astype(int) - COLOURS[label[inside]]).max(axis=1)
    assert (distance <= 2).mean() > 0.85  # bilinear interpolation mixes colours at outlines only
    beyond = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5))) == 0
    assert (image[beyond] == FILL).all()


def test_flips_are_exact() -> None:
    image, label = blocks()
    for name, turned in (("horizontal_flip", np.s_[:, ::-1]), ("vertical_flip", np.s_[::-1])):
        found = view({name: {"probability": 1}})
        assert np.array_equal(found[0], image[turned])
        assert np.array_equal(found[1], label[turned])
        untouched = view({name: {"probability": 0}})
        assert np.array_equal(untouched[0], image) and np.array_equal(untouched[1], label)
    both = view({"horizontal_flip": {"probability": 1}, "vertical_flip": {"probability": 1}})
    assert np.array_equal(both[1], label[::-1, ::-1])


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 3), (180, 2), (-90, 1)])
def test_a_quarter_turn_of_a_square_is_exact(degrees: float, quarters: int) -> None:
    image, label = blocks(64, 64)
    matrix = turn(degrees, Frame((64, 64), (64, 64)))[:2]
    found = warped(image, label, matrix, (64, 64))
    assert np.array_equal(found[0], np.rot90(image, quarters))
    assert np.array_equal(found[1], np.rot90(label, quarters))


def test_a_quarter_turn_of_an_oblong_ignores_what_it_uncovers() -> None:
    """Of 64×96 a turn covers the middle 64 columns; its own upper and lower ends are lost."""
    image, label = blocks(64, 96)
    matrix = turn(90, Frame((64, 96), (64, 96)))[:2]
    found, turned = warped(image, label, matrix, (64, 96))
    assert (turned[:, :16] == 255).all() and (turned[:, -16:] == 255).all()
    assert (found[:, :16] == FILL).all()
    assert np.array_equal(turned[:, 16:-16], np.rot90(label, 3)[16:-16])


def test_the_corners_of_a_turned_image_are_ignored() -> None:
    angles = set()
    for number in range(20):
        _, label = view({"rotation": {"degrees": 30}}, number=number)
        corners = [label[y, x] for y in (0, -1) for x in (0, -1)]
        uncovered = float((label == 255).mean())
        assert corners == [255] * 4 or uncovered < 0.02, "an angle near 0 uncovers nothing"
        assert label[48, 64] != 255
        angles.add(round(uncovered, 3))
    assert len(angles) > 10, "the angle is drawn anew"
    assert max(angles) > 0.1


def test_a_turned_crop_shows_what_lies_around_it() -> None:
    """A crop is turned before it is cut, so that nothing is lost where there is image."""
    _, label = view({"rotation": {"degrees": 30}}, (32, 32), pair=blocks(128, 128))
    assert (label != 255).all()


def test_zoom_keeps_the_middle_without_a_random_crop() -> None:
    image, label = blocks(65, 97)
    enlarged = view({"scale": {"smallest": 2, "largest": 2}}, (65, 97), pair=(image, label))[1]
    assert np.array_equal(enlarged[::2, ::2], label[16:49, 24:73])
    small = {"scale": {"smallest": 0.5, "largest": 0.5}}
    _, reduced = view(small, (65, 97), pair=(image, label))
    assert np.array_equal(reduced[16:49, 24:73], label[::2, ::2])
    assert (reduced == 255).sum() == 65 * 97 - 33 * 49


def test_zooms_lie_in_their_range_and_halves_are_as_likely_as_doubles() -> None:
    covered = []
    for number in range(200):
        _, label = view({"scale": {"smallest": 0.5, "largest": 2}}, number=number)
        covered.append(float((label != 255).mean()))
    assert min(covered) > 0.24
    assert 0.4 < np.mean([share > 0.99 for share in covered]) < 0.6


def test_a_random_crop_lies_anywhere_inside() -> None:
    rows, columns = np.mgrid[:96, :128].astype(np.uint8)
    pair = np.stack([rows, columns, rows], axis=2), np.zeros((96, 128), np.uint8)
    tops, lefts = [], []
    for number in range(200):
        image, label = view({"crop": {}}, (64, 64), number, pair)
        assert (label == 0).all()
        tops.append(int(image[0, 0, 0]))
        lefts.append(int(image[0, 0, 1]))
    assert min(tops) <= 2 and max(tops) >= 30 and max(tops) <= 32
    assert min(lefts) <= 3 and max(lefts) >= 60 and max(lefts) <= 64


def test_a_small_image_lies_anywhere_in_a_large_window() -> None:
    for number in range(10):
        _, label = view({"crop": {}}, (128, 200), number)
        assert (label != 255).sum() == pytest.approx(96 * 128, rel=0.03)
