"""Blur, noise and erasing."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from tests.blocks import Pixels, blocks, view


def always(name: str, number: int = 0, **options: Any) -> tuple[Pixels, Pixels]:
    return view({name: {"probability": 1} | options}, number=number)


@pytest.mark.parametrize("name", ["blur", "noise", "erasing"])
def test_it_happens_as_often_as_asked(name: str) -> None:
    image, label = view({name: {"probability": 0}})
    assert np.array_equal(image, blocks()[0]) and np.array_equal(label, blocks()[1])
    half = [view({name: {"probability": 0.5}}, number=number)[0] for number in range(60)]
    changed = sum(not np.array_equal(image, blocks()[0]) for image in half)
    assert 15 < changed < 45


def test_blur_is_gaussian_and_leaves_the_label() -> None:
    image, label = always("blur", smallest=1.5, largest=1.5)
    assert np.array_equal(image, cv2.GaussianBlur(blocks()[0], (0, 0), 1.5))
    assert np.array_equal(label, blocks()[1])


def test_blur_has_a_range() -> None:
    edges = [
        float(np.abs(np.diff(always("blur", n)[0].astype(int), axis=1)).max()) for n in range(40)
    ]
    assert max(edges) > 120 and min(edges) < 45


@pytest.mark.parametrize("deviation", [2.0, 20.0])
def test_noise_is_normal_and_leaves_the_label(deviation: float) -> None:
    grey = np.full((96, 128, 3), 128, np.uint8), blocks()[1]
    strength = {"smallest": deviation, "largest": deviation, "probability": 1}
    image, label = view({"noise": strength}, pair=grey)
    noise = image.astype(float) - 128
    assert noise.std() == pytest.approx(np.hypot(deviation, 12**-0.5), rel=0.02)  # rounded
    assert abs(noise.mean()) < 5 * deviation / noise.size**0.5
    assert (np.abs(noise) > 2 * deviation + 0.5).mean() == pytest.approx(0.0455, abs=0.03)
    assert np.abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.05
    assert np.array_equal(label, blocks()[1])


def test_noise_does_not_wrap_around() -> None:
    white = np.full((96, 128, 3), 255, np.uint8), blocks()[1]
    image, _ = view({"noise": {"smallest": 5, "largest": 5, "probability": 1}}, pair=white)
    assert image.min() > 200


def test_an_erased_rectangle_is_ignored() -> None:
    shares = []
    for number in range(60):
        image, label = always("erasing", number)
        hidden = label == 255
        rows, columns = np.flatnonzero(hidden.any(1)), np.flatnonzero(hidden.any(0))
        assert hidden[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all(), "a rectangle"
        assert hidden.sum() == len(rows) * len(columns)
        assert 0.25 < len(rows) / len(columns) < 4
        assert np.array_equal(image[~hidden], blocks()[0][~hidden])
        assert np.array_equal(label[~hidden], blocks()[1][~hidden])
        assert image[hidden].std() > 50, "filled with random values"
        shares.append(hidden.mean())
    assert 0.015 < min(shares) < 0.05 and 0.15 < max(shares) < 0.21


def test_an_erased_rectangle_may_keep_its_label() -> None:
    image, label = always("erasing", label="keep")
    assert np.array_equal(label, blocks()[1])
    assert not np.array_equal(image, blocks()[0])


def test_everything_may_be_erased() -> None:
    _, label = always("erasing", smallest=100, largest=100)
    assert label.shape == (96, 128) and (label == 255).mean() > 0.25
