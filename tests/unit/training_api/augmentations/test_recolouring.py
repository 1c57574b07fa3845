"""Changes of colour: their formula, their range, and labels as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.blocks import COLOURS, Pixels, blocks, view
from training_api.augmentations.colours import GREY
from training_api.augmentations.hue import hue_turn

NAMES = ["brightness", "contrast", "saturation", "hue", "channel_shift"]


def seen(name: str, **options: Any) -> list[Pixels]:
    """Forty samples; each keeps the label, and grey blocks are different from coloured ones."""
    images = []
    for number in range(40):
        image, label = view({name: {"probability": 1} | options}, number=number)
        assert np.array_equal(label, blocks()[1])
        assert (image[label == 1] == image[label == 1][0]).all(), "one colour stays one colour"
        images.append(image)
    return images


@pytest.mark.parametrize("name", NAMES)
def test_it_happens_as_often_as_asked(name: str) -> None:
    never = view({name: {"probability": 0}})[0]
    assert np.array_equal(never, blocks()[0])
    half = [view({name: {"probability": 0.5}}, number=number)[0] for number in range(60)]
    changed = sum(not np.array_equal(image, blocks()[0]) for image in half)
    assert 15 < changed < 45


def test_brightness_multiplies() -> None:
    factors = [float(image.mean()) / blocks()[0].mean() for image in seen("brightness", change=0.5)]
    assert 0.48 < min(factors) < 0.65 and 1.35 < max(factors) < 1.52


def test_contrast_turns_about_the_mean() -> None:
    spreads, means = [], []
    for image in seen("contrast", change=0.3):
        spreads.append(image.std() / blocks()[0].std())
        means.append(image.mean() / blocks()[0].mean())
    assert 0.68 < min(spreads) < 0.8 and 1.2 < max(spreads) < 1.32
    assert np.allclose(means, 1, atol=0.02)


def luma(image: Pixels) -> Any:
    return image.astype(float) @ GREY


def test_saturation_keeps_greys_and_luma() -> None:
    images = seen("saturation", change=0.4)
    for image in images:
        assert (image[blocks()[1] == 0] == COLOURS[0]).all()
        assert np.allclose(luma(image), luma(blocks()[0]), atol=1)
    reds = [int(image[30, 30].max()) - int(image[30, 30].min()) for image in images]
    assert 0.58 * 140 < min(reds) < 0.75 * 140 and 1.25 * 140 < max(reds) < 1.42 * 140


def test_hue_keeps_greys_and_luma_and_turns_colours() -> None:
    image = seen("hue", degrees=20)[0]
    assert (image[blocks()[1] == 0] == COLOURS[0]).all()
    assert np.allclose(luma(image), luma(blocks()[0]), atol=1)
    assert np.allclose(hue_turn(0), np.eye(3), atol=1e-9)
    assert np.allclose(hue_turn(120) @ hue_turn(120) @ hue_turn(120), np.eye(3), atol=1e-9)
    red = hue_turn(120) @ (200, 60, 60)
    assert red.argmax() == 1, "120 degrees make red green"


def test_channels_drift_apart() -> None:
    shifts = np.array([image[0, 0].astype(int) - COLOURS[0] for image in seen("channel_shift")])
    assert np.abs(shifts).max() <= 20 and np.abs(shifts).max() > 15
    assert len({tuple(shift) for shift in shifts}) > 30
    assert np.abs(np.corrcoef(shifts.T)[0, 1]) < 0.5
