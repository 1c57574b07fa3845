"""The losses against plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests import plain_losses as plain
from tests.plain_losses import SHARES, Array, Listed, case
from tests.small_torch import batch, make_engine
from training_api.losses import all_losses, loss_for
from training_api.losses.class_weights import class_weights
from training_api.spec.hyper_parameters import EngineName

NAMES = [loss.name for loss in all_losses()]


def loss_and_gradient(name: str, logits: Array, labels: Array, **options: Any) -> Any:
    criterion = loss_for(name, options).build(EngineName.torch, SHARES)
    values = torch.from_numpy(logits).requires_grad_()
    loss = criterion(values, torch.from_numpy(labels).long())
    loss.backward()
    assert values.grad is not None
    return float(loss.detach()), values.grad.numpy()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spread", [1.0, 8.0])
def test_the_value(name: str, spread: float) -> None:
    logits, labels = case(spread=spread)
    expected = plain.plain(name, logits, labels)
    assert loss_and_gradient(name, logits, labels)[0] == pytest.approx(expected, rel=1e-9)
    single = loss_and_gradient(name, logits.astype(np.float32), labels)[0]
    assert single == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_an_absent_class_is_left_out(name: str) -> None:
    logits, labels = case(1)
    labels[labels == 2] = 0
    assert loss_and_gradient(name, logits, labels)[0] == pytest.approx(
        plain.plain(name, logits, labels), rel=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_single_class_and_nothing_ignored(name: str) -> None:
    logits, labels = case(5, ignored=0)
    labels[:] = 1
    found, gradient = loss_and_gradient(name, logits, labels)
    assert found == pytest.approx(plain.plain(name, logits, labels), rel=1e-9)
    assert (gradient[:, 1] <= 0).all() and (gradient[:, 1] < 0).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient(name: str) -> None:
    logits, labels = case(2)
    _, gradient = loss_and_gradient(name, logits, labels)
    for index in np.random.default_rng(0).permutation(logits.size)[:40]:
        assert gradient.flat[index] == pytest.approx(
            plain.slope(name, logits, labels, index), abs=1e-7
        )
    ignored = np.broadcast_to((labels == 255)[:, None], gradient.shape)
    assert (gradient[ignored] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_ignored_pixels_alone_give_zero(name: str) -> None:
    logits, labels = case(3, ignored=1.1)
    loss, gradient = loss_and_gradient(name, logits, labels)
    assert loss == 0
    assert (gradient == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_certain_logits_give_finite_gradients(name: str) -> None:
    logits, labels = case(4, spread=300)
    loss, gradient = loss_and_gradient(name, logits.astype(np.float32), labels)
    assert np.isfinite(loss) and np.isfinite(gradient).all()


def test_the_weight_of_dice() -> None:
    logits, labels = case(4)
    expected = plain.cross_entropy(logits, labels, plain.NONE) + 0.25 * plain.dice(logits, labels)
    options = {"dice_weight": 0.25, "class_weights": "none"}
    found, _ = loss_and_gradient("cross_entropy_dice", logits, labels, **options)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", ["none", "inverse", "median"])
def test_smoothed_labels_are_those_of_pytorch(kind: Any) -> None:
    logits, labels = case(6)
    weights = class_weights(kind, SHARES)
    options = {"label_smoothing": 0.15, "class_weights": kind}
    found, gradient = loss_and_gradient("cross_entropy", logits, labels, **options)
    assert found == pytest.approx(
        plain.cross_entropy(logits, labels, np.asarray(weights), 0.15), rel=1e-9
    )
    values = torch.from_numpy(logits).requires_grad_()
    theirs = functional.cross_entropy(
        values,
        torch.from_numpy(labels).long(),
        weight=torch.tensor(weights, dtype=torch.float64),
        ignore_index=255,
        label_smoothing=0.15,
    )
    theirs.backward()
    assert found == pytest.approx(float(theirs.detach()), rel=1e-9)
    assert values.grad is not None
    assert np.allclose(gradient, values.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
def test_the_focus_of_focal(gamma: float) -> None:
    logits, labels = case(7)
    weights = np.asarray(class_weights("inverse", SHARES))
    options = {"focal_gamma": gamma, "class_weights": "inverse"}
    found, gradient = loss_and_gradient("focal", logits, labels, **options)
    assert found == pytest.approx(plain.focal(logits, labels, weights, gamma), rel=1e-9)
    if gamma == 0:
        same, slopes = loss_and_gradient("cross_entropy", logits, labels, class_weights="inverse")
        assert found == pytest.approx(same, rel=1e-9)
        assert np.allclose(gradient, slopes, atol=1e-12)


def test_a_combination_is_the_sum_of_its_parts() -> None:
    logits, labels = case(8)
    weights = np.asarray(class_weights("median", SHARES))
    options = {
        "cross_entropy_weight": 0.5, "dice_weight": 2, "focal_weight": 3, "lovasz_weight": 0.25,
        "class_weights": "median", "label_smoothing": 0.1, "focal_gamma": 1,
    }  # fmt: skip
    found, _ = loss_and_gradient("combined", logits, labels, **options)
    expected = (
        0.5 * plain.cross_entropy(logits, labels, weights, 0.1)
        + 2 * plain.dice(logits, labels)
        + 3 * plain.focal(logits, labels, weights, 1)
        + 0.25 * plain.lovasz(logits, labels)
    )
    assert found == pytest.approx(expected, rel=1e-9)


def test_the_default_loss_is_still_what_the_first_release_computed() -> None:
    """Bit for bit, so that a run with the same seed stays the same run."""
    logits, labels = case(9, spread=3)
    weights = class_weights("root_inverse", SHARES)
    values = torch.from_numpy(logits.astype(np.float32)).requires_grad_()
    loss = first_release(values, torch.from_numpy(labels).long(), weights)
    loss.backward()
    found, gradient = loss_and_gradient("cross_entropy_dice", logits.astype(np.float32), labels)
    assert found == float(loss.detach())
    assert values.grad is not None
    assert np.array_equal(gradient, values.grad.numpy())


def first_release(logits: Any, labels: Any, weights: list[float]) -> Any:
    valid = labels != 255
    log_probabilities = functional.log_softmax(logits, dim=1)
    probabilities = log_probabilities.exp()
    truth = labels[:, None] == torch.arange(len(weights))[:, None, None]
    support = truth.sum((0, 2, 3))
    overlap = (probabilities * truth).sum((0, 2, 3))
    mass = (probabilities * valid[:, None]).sum((0, 2, 3))
    dice = (2 * overlap + 1) / (mass + support + 1)
    present = support > 0
    mean_dice = (dice * present).sum() / present.sum().clamp(min=1)
    per_class = log_probabilities.new_tensor(weights)
    counted = (per_class[labels.clamp(max=len(weights) - 1)] * valid).sum()
    summed = functional.nll_loss(
        log_probabilities, labels, weight=per_class, ignore_index=255, reduction="sum"
    )
    return summed / counted.clamp(min=1e-6) + 1.0 * (1 - mean_dice)


def test_an_auxiliary_output_counts_half() -> None:
    loss = Listed([1.0, 10.0])
    engine = make_engine("fcn", "resnet50", loss=loss, precision="float32")
    assert engine.train_step(*batch(0), 0.0) == pytest.approx(1 + 0.5 * 10)
    assert loss.seen == [(2, 2, 64, 96)] * 2
