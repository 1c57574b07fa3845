"""DeepLabV3+ from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from training_api.networks.base import Network
from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName

_ENCODERS = {"mobilenet_v3_large": "tu-mobilenetv3_large_100", "resnet50": "resnet50"}
"""The library's names; `tu-` takes an encoder from timm."""


class Options(Closed):
    """The encoder."""

    backbone: Literal["mobilenet_v3_large", "resnet50"] = Field(
        "resnet50",
        title="Backbone",
        description="The encoder: MobileNetV3 is light, ResNet-50 stronger and slower.",
    )


class DeepLabV3Plus(Network):
    """Atrous spatial pyramid pooling, and a decoder that sharpens outlines."""

    name = "deeplabv3plus"
    title = "DeepLabV3+"
    engine = EngineName.torch
    summary = "Wide context with sharp outlines, for a few times the computation of a small U-Net."
    paper = (
        "Chen, Zhu, Papandreou, Schroff, Adam, Encoder-Decoder with Atrous Separable Convolution "
        "for Semantic Image Segmentation, 2018"
    )
    licence = "MIT (segmentation_models_pytorch), Apache-2.0 (timm)"
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from segmentation_models_pytorch import DeepLabV3Plus as Library

        from training_api.networks.torch.outputs import SingleOutput

        encoder = _ENCODERS[self.options.backbone]
        return SingleOutput(Library(encoder, encoder_weights=None, classes=classes))


NETWORK = DeepLabV3Plus
