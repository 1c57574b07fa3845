"""Class weights from pixel shares."""

from __future__ import annotations

import pytest

from training_api.losses.class_weights import LARGEST, class_weights

SHARES = [0.96, 0.03, 0.01, 0.0]


def test_none_counts_every_pixel_the_same() -> None:
    assert class_weights("none", SHARES) == [1, 1, 1, 1]


def test_inverse_gives_every_class_the_same_total() -> None:
    weights = class_weights("inverse", [0.5, 0.3, 0.2])
    totals = [w * s for w, s in zip(weights, [0.5, 0.3, 0.2], strict=True)]
    assert totals == pytest.approx([1 / 3] * 3)


def test_the_root_is_milder_and_the_median_is_relative() -> None:
    root = class_weights("root_inverse", SHARES)
    assert root[2] / root[0] == pytest.approx((0.96 / 0.01) ** 0.5)
    median = class_weights("median", SHARES)
    assert median[2] / median[1] == pytest.approx(3)


@pytest.mark.parametrize("kind", ["root_inverse", "inverse", "median"])
def test_a_class_without_pixels_counts_once_and_none_counts_beyond_the_cap(kind: str) -> None:
    weights = class_weights(kind, [0.9999999, 1e-7, 0.0])  # type: ignore[arg-type]
    assert weights[2] == 1
    assert weights[1] <= LARGEST


def test_an_empty_split_does_not_divide_by_zero() -> None:
    assert class_weights("inverse", [0, 0]) == [1, 1]


def test_the_median_looks_at_the_images_that_hold_a_class() -> None:
    """Two rare classes: one in every image, one in few images that it fills."""
    median = class_weights("median", [0.8, 0.1, 0.1], [0.8, 0.1, 0.5])
    assert median[1] / median[2] == pytest.approx(5)
    inverse = class_weights("inverse", [0.8, 0.1, 0.1], [0.8, 0.1, 0.5])
    assert inverse[1] == inverse[2]
    assert sum(w * s for w, s in zip(median, [0.8, 0.1, 0.1], strict=True)) == pytest.approx(1)
