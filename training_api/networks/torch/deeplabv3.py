"""DeepLabV3 from torchvision."""

from __future__ import annotations

from typing import Any, Literal

from training_api.networks.base import Network
from training_api.networks.torch.encoders import backbone
from training_api.networks.torch.operators import declare_missing_operators
from training_api.networks.torch.torchvision_encoders import (
    TORCHVISION_ENCODERS,
    Mobile,
    Resnets,
    auxiliary,
)
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Literal[Mobile, Resnets] = backbone("resnet50")
    aux: bool = auxiliary()


class DeepLabV3(Network):
    """A dilated encoder of stride 8 (MobileNet: 16) with atrous spatial pyramid pooling."""

    name = "deeplabv3"
    title = "DeepLabV3"
    engine = EngineName.torch
    summary = "Sees near and far context at once; with a ResNet strong and heavy on a CPU."
    paper = (
        "Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image "
        "Segmentation, 2017"
    )
    licence = "BSD-3-Clause (torchvision)"
    encoders = TORCHVISION_ENCODERS
    multiple = 8  # the stride of a dilated ResNet
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from torchvision.models.segmentation import deeplabv3

        from training_api.networks.torch.outputs import MainAndAuxiliary

        make = getattr(deeplabv3, f"deeplabv3_{self.options.backbone}")
        network = make(
            weights=None, weights_backbone=None, num_classes=classes, aux_loss=self.options.aux
        )
        return MainAndAuxiliary(network)


NETWORK = DeepLabV3
