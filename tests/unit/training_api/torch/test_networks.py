"""What every torch network must do, whatever its backbone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.small_torch import (
    CLASSES,
    SIZE,
    batch,
    make_engine,
    other_variants,
    photo,
    same,
    shared_engine,
    smallest_variants,
    weights,
)
from training_api.networks import network_class, network_for
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_trains_and_takes_other_sizes(name: str, backbone: str) -> None:
    engine = shared_engine(name, backbone)
    before = weights(engine)
    losses = [engine.train_step(*batch(step), 0.001) for step in range(2)]
    assert np.isfinite(losses).all()
    after = weights(engine)
    moved = [key for key in before if key not in same(before, after)]
    assert len(moved) > 0.9 * len(before)
    images = photo(101, 75)[None]
    loss, masks = engine.evaluate(images, np.zeros((1, 101, 75), np.uint8))
    assert np.isfinite(loss)
    assert masks.shape == (1, 101, 75)
    assert masks.dtype == np.uint8
    logits = engine.predict(images[0])
    assert logits.shape == (1, CLASSES, 101, 75)
    assert logits.dtype == np.float32
    assert np.array_equal(logits[0].argmax(0), masks[0])


@pytest.mark.parametrize(("name", "backbone"), other_variants())
def test_defaults_and_families_train(name: str, backbone: str) -> None:
    engine = make_engine(name, backbone, base_size=32)
    losses = [engine.train_step(*batch(step, size=(32, 64)), 0.001) for step in range(2)]
    assert np.isfinite(losses).all()
    gradients = [weight.grad for weight in engine.inference_module().network.parameters()]
    assert all(gradient is not None for gradient in gradients), "every weight is in use"
    assert engine.predict(photo(45, 32)).shape == (1, CLASSES, 45, 32)


POOLED = {
    "deeplabv3": "convs.4",
    "deeplabv3plus": "convs.4",
    "pan": "fpa.branch1",
    "upernet": "psp.blocks.0",
}
"""Where a network has a batch norm behind features that were pooled to a single cell."""


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_a_batch_of_one_trains(name: str, backbone: str) -> None:
    engine = shared_engine(name, backbone)
    before = weights(engine)
    assert np.isfinite(engine.train_step(*batch(0, 1), 0.001))
    part = POOLED.get(name, "nowhere")
    pooled = [key for key in before if part in key and "running_mean" in key]
    assert len(pooled) == (1 if name in POOLED else 0)
    after = weights(engine)
    for key in pooled:
        assert np.array_equal(before[key], after[key]), "one value per channel has no statistics"
    engine.train_step(*batch(0, 2), 0.001)
    for key in pooled:
        assert not np.array_equal(after[key], weights(engine)[key])


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_the_smallest_size_trains(name: str, backbone: str) -> None:
    side = network_class(EngineName.torch, name).smallest
    loss = shared_engine(name, backbone).train_step(*batch(3, size=(side, side)), 0.001)
    assert np.isfinite(loss)


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_the_output_is_a_list_of_logits_at_the_inputs_size(name: str, backbone: str) -> None:
    network = shared_engine(name, backbone).inference_module().network
    images = torch.zeros(2, 3, *SIZE)
    auxiliary = 1 if name in ("fcn", "deeplabv3") else 0
    with torch.no_grad():
        outputs = network.train()(images)
    assert [tuple(output.shape) for output in outputs] == [(2, 2, *SIZE)] * (1 + auxiliary)
    with torch.inference_mode():
        assert len(network.eval()(images)) == 1, "auxiliary heads are for training only"


def test_the_auxiliary_head_is_an_option() -> None:
    network = network_for(EngineName.torch, "fcn", {"aux": False}).build(2, SIZE)
    assert len(network.train()(torch.zeros(2, 3, *SIZE))) == 1
    with pytest.raises(InvalidSpec, match="backbone") as refusal:
        network_for(EngineName.torch, "fcn", {"backbone": "vgg16"})
    assert refusal.value.field == "network.options.backbone"
