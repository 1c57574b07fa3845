"""Every network of the gluoncv engine, and each family of encoders: they train at any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.small_gluoncv import NETWORKS, batch, make_engine
from training_api.networks import network_class
from training_api.spec.hyper_parameters import EngineName

FAMILIES = [
    ("fcn", "resnet50_v1b"),
    ("deeplab", "resnest50"),
    ("deeplabv3plus", "wideresnet38"),
]
CASES = [*((name, "") for name in NETWORKS), *FAMILIES]


def smallest(name: str) -> tuple[int, int]:
    """The smallest square that the network takes."""
    side = network_class(EngineName.gluoncv, name).smallest
    return side, side


def learnt(engine: Any) -> dict[str, np.ndarray]:
    """What an optimizer changes, by name."""
    return {
        name: value
        for name, value in engine.state()[0].items()
        if name.startswith("model/") and not name.endswith(("running_mean", "running_var"))
    }


@pytest.mark.parametrize(("name", "backbone"), CASES)
def test_it_trains_at_its_smallest_size_and_sees_any_other(name: str, backbone: str) -> None:
    size = smallest(name)
    options = {"backbone": backbone} if backbone else {}
    engine = make_engine(name, size=size, options=options, batch_size=2)
    before = learnt(engine)
    losses = [engine.train_step(*batch(step, 2, size), 0.01) for step in range(3)]
    assert np.isfinite(losses).all() and len(set(losses)) == 3
    unchanged = [key for key, value in learnt(engine).items() if np.array_equal(value, before[key])]
    assert not unchanged
    images = np.random.default_rng(0).integers(0, 255, (1, 100, 70, 3), dtype=np.uint8)
    loss, masks = engine.evaluate(images, np.zeros((1, 100, 70), np.uint8))
    assert np.isfinite(loss)
    assert masks.shape == (1, 100, 70)
    assert np.array_equal(engine.predict(images[0])[0].argmax(0), masks[0])
    assert np.isfinite(engine.train_step(*batch(3, 2, size), 0.01)), "back at its own size"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_batch_of_one_evaluates_as_it_trains(name: str) -> None:
    """Norms behind global pooling see one value per channel, whose variance is 0."""
    size = smallest(name)
    engine = make_engine(name, size=size, batch_size=1)
    for step in range(4):
        engine.train_step(*batch(step, 1, size), 0.001)
    loss, _ = engine.evaluate(*batch(4, 1, size))
    assert loss < 5
