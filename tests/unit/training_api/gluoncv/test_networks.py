"""Every network of the gluoncv engine, and each family of encoders: they train at any size."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

from tests.small_gluoncv import NETWORKS, batch, make_engine
from training_api.networks import network_class
from training_api.spec.hyper_parameters import EngineName

pytestmark = pytest.mark.usefixtures("freed_memory")

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


def learnt(engine: Any) -> dict[str, int]:
    """Checksums of what an optimizer changes, by name: copies of the largest fill the memory."""
    return {
        name: zlib.crc32(parameter.list_data()[0].asnumpy())
        for name, parameter in engine._net._collect_params_with_prefix().items()
        if not name.endswith(("running_mean", "running_var"))
    }


@pytest.mark.parametrize(("name", "backbone"), CASES)
def test_it_trains_at_its_smallest_size_and_sees_any_other(name: str, backbone: str) -> None:
    size = smallest(name)
    options = {"backbone": backbone} if backbone else {}
    engine = make_engine(name, size=size, options=options, batch_size=2, momentum=0)
    before = learnt(engine)
    losses = [engine.train_step(*batch(step, 2, size), 0.01) for step in range(2)]
    assert np.isfinite(losses).all() and len(set(losses)) == 2
    assert [name for name, value in learnt(engine).items() if value == before[name]] == []
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
    for step in range(3):
        engine.train_step(*batch(step, 1, size), 0.001)
    loss, _ = engine.evaluate(*batch(3, 1, size))
    assert loss < 5
