"""Steps of the gluoncv engine."""

from __future__ import annotations

from typing import Any

from tests.small_gluoncv import make_engine
from tests.steps_contract import SIZE, StepsContract
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
        network.add(nn.Conv2D(8, 3, padding=1, in_channels=3, activation="relu"))
        network.add(nn.Conv2D(classes, 1, in_channels=8))
        return _with_outputs(network)


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
        chosen = {"optimizer": "sgd", "momentum": 0, "weight_decay": 0, "gradient_clip": 0} | values
        setup = Setup(
            class_shares=[0.5, 0.5],
            size=SIZE,
            hyper_parameters=HyperParameters(**engine_defaults(EngineName.gluoncv) | chosen),
            preprocessing=Preprocessing(base_size=64),
            cpus=2,
        )
        return engine_class(EngineName.gluoncv)(Plain(), loss_for("cross_entropy", {}), setup)
