"""The losses against plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from training_api.losses import all_losses, loss_for
from training_api.spec.hyper_parameters import EngineName

NAMES = [loss.name for loss in all_losses()]
SHARES = [0.9, 0.08, 0.02]
Array = NDArray[Any]


def case(seed: int = 0, ignored: float = 0.3) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(2, 3, 6, 5))
    labels = random.integers(0, 3, (2, 6, 5)).astype(np.uint8)
    labels[random.random(labels.shape) < ignored] = 255
    return logits, labels


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def cross_entropy(logits: Array, labels: Array, weights: Array) -> float:
    chances = softmax(logits)
    counted = np.argwhere(labels != 255)
    values = [-np.log(chances[n, labels[n, y, x], y, x]) for n, y, x in counted]
    return float(np.average(values, weights=[weights[labels[tuple(at)]] for at in counted]))


def dice(logits: Array, labels: Array) -> float:
    chances = softmax(logits)
    scores = []
    for index in range(logits.shape[1]):
        truth = labels == index
        if truth.any():
            chance = chances[:, index] * (labels != 255)
            scores.append((2 * chance[truth].sum() + 1) / (chance.sum() + truth.sum() + 1))
    return float(np.mean(scores))


def reference(name: str, logits: Array, labels: Array) -> float:
    weights = np.ones(3) if name == "cross_entropy" else np.asarray(SHARES) ** -0.5
    value = cross_entropy(logits, labels, weights)
    return value + 1 - dice(logits, labels) if name == "cross_entropy_dice" else value


def loss_and_gradient(name: str, logits: Array, labels: Array, **options: Any) -> Any:
    criterion = loss_for(name, options).build(EngineName.torch, SHARES)
    values = torch.from_numpy(logits).requires_grad_()
    loss = criterion(values, torch.from_numpy(labels).long())
    loss.backward()
    assert values.grad is not None
    return float(loss.detach()), values.grad.numpy()


@pytest.mark.parametrize("name", NAMES)
def test_the_value(name: str) -> None:
    logits, labels = case()
    assert loss_and_gradient(name, logits, labels)[0] == pytest.approx(
        reference(name, logits, labels), rel=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_absent_class_is_left_out(name: str) -> None:
    logits, labels = case(1)
    labels[labels == 2] = 0
    assert loss_and_gradient(name, logits, labels)[0] == pytest.approx(
        reference(name, logits, labels), rel=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient(name: str) -> None:
    logits, labels = case(2)
    _, gradient = loss_and_gradient(name, logits, labels)
    step = 1e-5
    for index in np.random.default_rng(0).permutation(logits.size)[:40]:
        shift = np.zeros(logits.size)
        shift[index] = step
        shift = shift.reshape(logits.shape)
        rise = reference(name, logits + shift, labels) - reference(name, logits - shift, labels)
        assert gradient.flat[index] == pytest.approx(rise / (2 * step), abs=1e-7)
    ignored = np.broadcast_to((labels == 255)[:, None], gradient.shape)
    assert (gradient[ignored] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_ignored_pixels_alone_give_zero_gradients(name: str) -> None:
    logits, labels = case(3, ignored=1.1)
    loss, gradient = loss_and_gradient(name, logits, labels)
    assert np.isfinite(loss)
    assert (gradient == 0).all()


def test_the_weight_of_dice() -> None:
    logits, labels = case(4)
    expected = cross_entropy(logits, labels, np.ones(3)) + 0.25 * (1 - dice(logits, labels))
    options = {"dice_weight": 0.25, "class_weights": "none"}
    found, _ = loss_and_gradient("cross_entropy_dice", logits, labels, **options)
    assert found == pytest.approx(expected, rel=1e-9)
