"""DeepLabV3 from torchvision."""

from __future__ import annotations

from typing import Any

from training_api.networks.base import Network
from training_api.networks.torch.dilated_resnet import Options
from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.hyper_parameters import EngineName


class DeepLabV3(Network):
    """A dilated ResNet of stride 8 with atrous spatial pyramid pooling."""

    name = "deeplabv3"
    title = "DeepLabV3"
    engine = EngineName.torch
    summary = "Sees near and far context at once; strong with many images, heavy on a CPU."
    paper = (
        "Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image "
        "Segmentation, 2017"
    )
    licence = "BSD-3-Clause (torchvision)"
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from torchvision.models.segmentation import deeplabv3

        from training_api.networks.torch.outputs import MainAndAuxiliary

        build = {
            "resnet50": deeplabv3.deeplabv3_resnet50,
            "resnet101": deeplabv3.deeplabv3_resnet101,
        }
        network = build[self.options.backbone](
            weights=None, weights_backbone=None, num_classes=classes, aux_loss=self.options.aux
        )
        return MainAndAuxiliary(network)


NETWORK = DeepLabV3
