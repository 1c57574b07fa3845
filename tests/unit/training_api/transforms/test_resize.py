"""Scaling and placing: outlines stay where they are, ids stay exact."""

from __future__ import annotations

import numpy as np

from tests.blocks import blocks
from training_api.transforms.resize import FILL, centred, resized


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
