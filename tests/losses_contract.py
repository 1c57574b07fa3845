"""What holds for every loss in both engines: value and gradient are those of plain NumPy.

A test module of an engine's environment derives a class of its own; pytest collects it there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests import plain_losses as plain
from tests.plain_losses import SHARES, Array, case
from training_api.losses import all_losses
from training_api.losses.class_weights import class_weights

NAMES = [loss.name for loss in all_losses()]


class LossesContract:
    """`near` is the relative tolerance of values, `gradient_near` the absolute one of slopes."""

    near: float
    gradient_near: float

    def found(self, name: str, logits: Array, labels: Array, **options: Any) -> tuple[float, Array]:
        """A loss with `options` and its gradient by the logits, as the engine computes them."""
        raise NotImplementedError

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("spread", [1.0, 8.0])
    def test_the_value(self, name: str, spread: float) -> None:
        logits, labels = case(spread=spread)
        expected = plain.plain(name, logits, labels)
        assert self.found(name, logits, labels)[0] == pytest.approx(expected, rel=self.near)

    @pytest.mark.parametrize("name", NAMES)
    def test_an_absent_class_is_left_out(self, name: str) -> None:
        logits, labels = case(1)
        labels[labels == 2] = 0
        expected = plain.plain(name, logits, labels)
        assert self.found(name, logits, labels)[0] == pytest.approx(expected, rel=self.near)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_single_class_and_nothing_ignored(self, name: str) -> None:
        logits, labels = case(5, ignored=0)
        labels[:] = 1
        found, gradient = self.found(name, logits, labels)
        assert found == pytest.approx(plain.plain(name, logits, labels), rel=self.near)
        assert (gradient[:, 1] <= 0).all() and (gradient[:, 1] < 0).any()

    @pytest.mark.parametrize("name", NAMES)
    def test_the_gradient(self, name: str) -> None:
        logits, labels = case(2)
        _, gradient = self.found(name, logits, labels)
        for index in np.random.default_rng(0).permutation(logits.size)[:40]:
            slope = plain.slope(name, logits, labels, index)
            assert gradient.flat[index] == pytest.approx(slope, abs=self.gradient_near)
        ignored = np.broadcast_to((labels == 255)[:, None], gradient.shape)
        assert (gradient[ignored] == 0).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_ignored_pixels_alone_give_zero(self, name: str) -> None:
        logits, labels = case(3, ignored=1.1)
        loss, gradient = self.found(name, logits, labels)
        assert loss == 0
        assert (gradient == 0).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_certain_logits_give_finite_gradients(self, name: str) -> None:
        logits, labels = case(4, spread=300)
        loss, gradient = self.found(name, logits.astype(np.float32), labels)
        assert np.isfinite(loss) and np.isfinite(gradient).all()

    def test_the_weight_of_dice(self) -> None:
        logits, labels = case(4)
        cross_entropy = plain.cross_entropy(logits, labels, plain.NONE)
        options = {"dice_weight": 0.25, "class_weights": "none"}
        found, _ = self.found("cross_entropy_dice", logits, labels, **options)
        expected = cross_entropy + 0.25 * plain.dice(logits, labels)
        assert found == pytest.approx(expected, rel=self.near)

    @pytest.mark.parametrize("kind", ["none", "inverse", "median"])
    def test_smoothed_labels(self, kind: Any) -> None:
        logits, labels = case(6)
        weights = np.asarray(class_weights(kind, SHARES))
        options = {"label_smoothing": 0.15, "class_weights": kind}
        found, _ = self.found("cross_entropy", logits, labels, **options)
        expected = plain.cross_entropy(logits, labels, weights, 0.15)
        assert found == pytest.approx(expected, rel=self.near)

    @pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
    def test_the_focus_of_focal(self, gamma: float) -> None:
        logits, labels = case(7)
        weights = np.asarray(class_weights("inverse", SHARES))
        options = {"focal_gamma": gamma, "class_weights": "inverse"}
        found, gradient = self.found("focal", logits, labels, **options)
        assert found == pytest.approx(plain.focal(logits, labels, weights, gamma), rel=self.near)
        assert np.isfinite(gradient).all()
        if gamma == 0:
            same, slopes = self.found("cross_entropy", logits, labels, class_weights="inverse")
            assert found == pytest.approx(same, rel=self.near)
            assert np.allclose(gradient, slopes, rtol=0, atol=self.gradient_near)

    def test_a_combination_is_the_sum_of_its_parts(self) -> None:
        logits, labels = case(8)
        weights = np.asarray(class_weights("median", SHARES))
        options = {
            "cross_entropy_weight": 0.5, "dice_weight": 2, "focal_weight": 3,
            "lovasz_weight": 0.25, "class_weights": "median", "label_smoothing": 0.1,
            "focal_gamma": 1,
        }  # fmt: skip
        found, _ = self.found("combined", logits, labels, **options)
        expected = (
            0.5 * plain.cross_entropy(logits, labels, weights, 0.1)
            + 2 * plain.dice(logits, labels)
            + 3 * plain.focal(logits, labels, weights, 1)
            + 0.25 * plain.lovasz(logits, labels)
        )
        assert found == pytest.approx(expected, rel=self.near)
