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
    photo,
    same,
    shared_engine,
    smallest_variants,
    variants,
    weights,
)
from training_api.networks import network_for
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName


@pytest.mark.parametrize(("name", "backbone"), variants())
def test_trains_and_takes_other_sizes(name: str, backbone: str) -> None:
    engine = (shared_engine if (name, backbone) in smallest_variants() else make_engine)(
        name, backbone
    )
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


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_a_batch_of_one_trains(name: str, backbone: str) -> None:
    engine = shared_engine(name, backbone)
    before = weights(engine)
    assert np.isfinite(engine.train_step(*batch(0, 1), 0.001))
    pooled = [key for key in before if "convs.4" in key and "running_mean" in key]
    assert len(pooled) == (1 if name.startswith("deeplab") else 0)
    after = weights(engine)
    for key in pooled:
        assert np.array_equal(before[key], after[key]), "one value per channel has no statistics"
    engine.train_step(*batch(0, 2), 0.001)
    for key in pooled:
        assert not np.array_equal(after[key], weights(engine)[key])


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
