"""The losses in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests import plain_losses as plain
from tests.losses_contract import NAMES, LossesContract
from tests.plain_losses import SHARES, Array, Listed, case
from tests.small_torch import batch, make_engine
from training_api.losses import loss_for
from training_api.losses.class_weights import class_weights
from training_api.spec.hyper_parameters import EngineName


def loss_and_gradient(name: str, logits: Array, labels: Array, **options: Any) -> Any:
    criterion = loss_for(name, options).build(EngineName.torch, SHARES)
    values = torch.from_numpy(logits).requires_grad_()
    loss = criterion(values, torch.from_numpy(labels).long())
    loss.backward()
    assert values.grad is not None
    return float(loss.detach()), values.grad.numpy()


class TestLosses(LossesContract):
    near = 1e-9
    gradient_near = 1e-7

    def found(self, name: str, logits: Array, labels: Array, **options: Any) -> tuple[float, Array]:
        return loss_and_gradient(name, logits, labels, **options)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spread", [1.0, 8.0])
def test_the_value_in_float32(name: str, spread: float) -> None:
    logits, labels = case(spread=spread)
    found, _ = loss_and_gradient(name, logits.astype(np.float32), labels)
    assert found == pytest.approx(plain.plain(name, logits, labels), rel=1e-5)


@pytest.mark.parametrize("kind", ["none", "inverse", "median"])
def test_smoothed_labels_are_those_of_pytorch(kind: Any) -> None:
    logits, labels = case(6)
    weights = class_weights(kind, SHARES)
    options = {"label_smoothing": 0.15, "class_weights": kind}
    found, gradient = loss_and_gradient("cross_entropy", logits, labels, **options)
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
