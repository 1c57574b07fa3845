"""Steps of the gluoncv engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.small_gluoncv import make_engine
from tests.steps_contract import SIZE, StepsContract, batch
from training_api.engines import engine_class
from training_api.engines.base import Setup
from training_api.losses import loss_for
from training_api.spec.hyper_parameters import EngineName, HyperParameters, engine_defaults
from training_api.spec.model import Preprocessing


class Plain:
    """Two convolutions, without batch norm."""

    auxiliary_weights: tuple[float, ...] = ()

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        from mxnet.gluon import nn

        network = nn.HybridSequential()
        # A trainer keeps its state in the order of names, which else hold a count of layers.
        first = nn.Conv2D(8, 3, padding=1, in_channels=3, activation="relu", prefix="first_")
        network.add(first, *self.more(nn), nn.Conv2D(classes, 1, in_channels=8, prefix="head_"))
        return _with_outputs(network)

    def more(self, nn: Any) -> list[Any]:
        """Layers before the head."""
        return []


class Normalised(Plain):
    """With a batch norm."""

    def more(self, nn: Any) -> list[Any]:
        """See Plain."""
        return [nn.BatchNorm(in_channels=8)]


class Wide(Plain):
    """With a convolution that may be computed in bfloat16."""

    def more(self, nn: Any) -> list[Any]:
        """See Plain."""
        wide = nn.Conv2D(32, 3, padding=1, in_channels=32, prefix="wide_")
        into = nn.Conv2D(32, 1, in_channels=8, prefix="into_")
        out = nn.Conv2D(8, 1, in_channels=32, prefix="out_")
        return [into, wide, *self.after(nn), out]

    def after(self, nn: Any) -> list[Any]:
        """Layers behind that convolution."""
        return []


class WideNormalised(Wide):
    """With a batch norm behind it."""

    def after(self, nn: Any) -> list[Any]:
        """See Wide."""
        return [nn.BatchNorm(in_channels=32, prefix="norm_")]


def _with_outputs(network: Any) -> Any:
    """One output in a tuple, as our networks give."""
    from mxnet.gluon import nn

    class Outputs(nn.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def hybrid_forward(self, operators: Any, image: Any) -> Any:
            return (self.network(image),)

    return Outputs()


class TestSteps(StepsContract):
    head = "classifier.conv.weight"
    statistic = "learning_to_downsample.conv.block.1.running_var"
    nearness = 2e-3

    def make(self, **values: Any) -> Any:
        return make_engine("fastscnn", options={"aux": False}, **values)

    def plain(self, **values: Any) -> Any:
        return plain_engine(Plain(), **values)


@pytest.mark.usefixtures("eager")
class TestStepsInBfloat16(StepsContract):
    """In float32 where the processor has no AMX."""

    head = "network.5.weight"
    statistic = "network.3.running_var"
    nearness = 2e-3
    exactness = 2e-3

    def make(self, **values: Any) -> Any:
        return plain_engine(WideNormalised(), **values)

    def plain(self, **values: Any) -> Any:
        return plain_engine(Wide(), **values)


def plain_engine(
    network: Any, devices: Sequence[str] = ("cpu",), loss: Any = None, **values: Any
) -> Any:
    chosen = {"optimizer": "sgd", "momentum": 0, "weight_decay": 0, "gradient_clip": 0} | values
    setup = Setup(
        class_shares=[0.5, 0.5],
        size=SIZE,
        hyper_parameters=HyperParameters(**engine_defaults(EngineName.gluoncv) | chosen),
        preprocessing=Preprocessing(base_size=64),
        devices=devices,
        cpus=2,
    )
    return engine_class(EngineName.gluoncv)(network, loss or loss_for("cross_entropy", {}), setup)


@pytest.mark.parametrize(("network", "nearness"), [(Plain(), 1e-5), (Wide(), 2e-3)])
def test_two_devices_take_the_step_of_one(network: Any, nearness: float, eager: None) -> None:
    devices = (["cpu"], ["cpu", "cpu"])
    alone, two = (plain_engine(network, each, batch_size=4, accumulation=2) for each in devices)
    for step in range(3):
        losses = [engine.train_step(*batch(step, 8), 0.1) for engine in (alone, two)]
        assert losses[0] == pytest.approx(losses[1], rel=nearness)
    expected, found = alone.state()[0], two.state()[0]
    for name, value in found.items():
        assert np.allclose(value, expected[name], atol=nearness), name
    assert two.facts()["device"] == "2 × cpu"


def test_two_devices_measure_every_step() -> None:
    """The mean of a batch is that of its halves' means, from the first step on."""
    name = "model/network.1.running_mean"
    devices = (["cpu"], ["cpu", "cpu"])
    alone, two = (plain_engine(Normalised(), each, batch_size=4) for each in devices)
    for step in range(2):
        means = []
        for engine in (alone, two):
            engine.train_step(*batch(step, 4), 0.0)
            means.append(engine.state()[0][name])
        assert np.abs(means[0]).max() > 0.01
        assert np.allclose(means[0], means[1], atol=1e-6)


def test_an_evaluation_between_steps_changes_none(eager: None) -> None:
    """Inference lets oneDNN rearrange the weights in memory, which training reads too."""
    measured, other = (plain_engine(WideNormalised()) for _ in range(2))
    for step in range(3):
        losses = [one.train_step(*batch(step), 0.05) for one in (measured, other)]
        assert losses[0] == losses[1]
        measured.evaluate(*batch(9))
