"""FCN from torchvision."""

from __future__ import annotations

from typing import Any

from training_api.networks.base import Network
from training_api.networks.torch.encoders import backbone
from training_api.networks.torch.operators import declare_missing_operators
from training_api.networks.torch.torchvision_encoders import (
    TORCHVISION_ENCODERS,
    Resnets,
    auxiliary,
)
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Resnets = backbone("resnet50")
    aux: bool = auxiliary()


class Fcn(Network):
    """A dilated ResNet of stride 8 with a convolutional head."""

    name = "fcn"
    title = "FCN"
    engine = EngineName.torch
    summary = "The classic: a dilated ResNet with a plain head; heavy on a CPU."
    paper = "Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, 2015"
    licence = "BSD-3-Clause (torchvision)"
    encoders = TORCHVISION_ENCODERS
    multiple = 8  # the stride of a dilated ResNet
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from torchvision.models.segmentation import fcn

        from training_api.networks.torch.outputs import MainAndAuxiliary

        make = getattr(fcn, f"fcn_{self.options.backbone}")
        network = make(
            weights=None, weights_backbone=None, num_classes=classes, aux_loss=self.options.aux
        )
        return MainAndAuxiliary(network)


NETWORK = Fcn
