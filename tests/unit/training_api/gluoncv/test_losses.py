"""The losses against plain NumPy, as in torch/test_losses.py: so the engines agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests import plain_losses as plain
from tests.plain_losses import SHARES, Array, Listed, case
from tests.small_gluoncv import batch, make_engine
from training_api.engines.gluoncv_import import import_mxnet
from training_api.losses import all_losses, loss_for
from training_api.losses.class_weights import class_weights
from training_api.spec.hyper_parameters import EngineName

NAMES = [loss.name for loss in all_losses()]


def loss_and_gradient(name: str, logits: Array, labels: Array, **options: Any) -> Any:
    """Both in float32, as in training."""
    mx = import_mxnet()
    criterion = loss_for(name, options).build(EngineName.gluoncv, SHARES)
    values = mx.nd.array(logits, dtype="float32")
    values.attach_grad()
    with mx.autograd.record():
        loss = criterion(values, mx.nd.array(labels, dtype="float32"))
    loss.backward()
    return float(loss.asscalar()), values.grad.asnumpy()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spread", [1.0, 8.0])
def test_the_value(name: str, spread: float) -> None:
    logits, labels = case(spread=spread)
    expected = plain.plain(name, logits, labels)
    assert loss_and_gradient(name, logits, labels)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_an_absent_class_is_left_out(name: str) -> None:
    logits, labels = case(1)
    labels[labels == 2] = 0
    expected = plain.plain(name, logits, labels)
    assert loss_and_gradient(name, logits, labels)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_class_and_nothing_ignored(name: str) -> None:
    logits, labels = case(5, ignored=0)
    labels[:] = 1
    found, gradient = loss_and_gradient(name, logits, labels)
    assert found == pytest.approx(plain.plain(name, logits, labels), rel=1e-5)
    assert (gradient[:, 1] <= 0).all() and (gradient[:, 1] < 0).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient(name: str) -> None:
    logits, labels = case(2)
    _, gradient = loss_and_gradient(name, logits, labels)
    for index in np.random.default_rng(0).permutation(logits.size)[:40]:
        assert gradient.flat[index] == pytest.approx(
            plain.slope(name, logits, labels, index), abs=1e-6
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
    loss, gradient = loss_and_gradient(name, logits, labels)
    assert np.isfinite(loss) and np.isfinite(gradient).all()


@pytest.mark.parametrize("kind", ["none", "inverse"])
def test_smoothed_labels(kind: Any) -> None:
    logits, labels = case(6)
    weights = np.asarray(class_weights(kind, SHARES))
    options = {"label_smoothing": 0.15, "class_weights": kind}
    found, _ = loss_and_gradient("cross_entropy", logits, labels, **options)
    assert found == pytest.approx(plain.cross_entropy(logits, labels, weights, 0.15), rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
def test_the_focus_of_focal(gamma: float) -> None:
    logits, labels = case(7)
    weights = np.asarray(class_weights("inverse", SHARES))
    options = {"focal_gamma": gamma, "class_weights": "inverse"}
    found, gradient = loss_and_gradient("focal", logits, labels, **options)
    assert found == pytest.approx(plain.focal(logits, labels, weights, gamma), rel=1e-5)
    assert np.isfinite(gradient).all()


def test_a_combination_is_the_sum_of_its_parts() -> None:
    logits, labels = case(8)
    options = {
        "cross_entropy_weight": 0.5, "dice_weight": 2, "focal_weight": 3, "lovasz_weight": 0.25,
        "label_smoothing": 0.1, "focal_gamma": 1,
    }  # fmt: skip
    found, _ = loss_and_gradient("combined", logits, labels, **options)
    expected = (
        0.5 * plain.cross_entropy(logits, labels, plain.NONE, 0.1)
        + 2 * plain.dice(logits, labels)
        + 3 * plain.focal(logits, labels, plain.NONE, 1)
        + 0.25 * plain.lovasz(logits, labels)
    )
    assert found == pytest.approx(expected, rel=1e-5)


def test_an_auxiliary_output_counts_half() -> None:
    engine = make_engine("fastscnn", loss=Listed([1.0, 10.0]))
    assert engine.train_step(*batch(0), 0.0) == pytest.approx(1 + 0.5 * 10)
