"""U-Net from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from training_api.networks.base import Network
from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName

_DECODER_CHANNELS = (128, 64, 48, 32, 16)
"""About half the library's widths, coarse to fine: as good on small datasets, a quarter faster."""


class Options(Closed):
    """The encoder."""

    backbone: Literal["resnet18", "resnet34", "resnet50", "mobilenet_v2"] = Field(
        "resnet18",
        title="Backbone",
        description="The encoder: the larger a ResNet's number the deeper and slower; MobileNetV2 "
        "has the fewest weights.",
    )


class Unet(Network):
    """An encoder, and a decoder that joins its features at every scale."""

    name = "unet"
    title = "U-Net"
    engine = EngineName.torch
    summary = "Fine outlines from few images; the one to start with."
    paper = (
        "Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image "
        "Segmentation, 2015"
    )
    licence = "MIT (segmentation_models_pytorch)"
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from segmentation_models_pytorch import Unet as Library

        from training_api.networks.torch.outputs import SingleOutput

        network = Library(
            self.options.backbone,
            encoder_weights=None,
            decoder_channels=_DECODER_CHANNELS,
            classes=classes,
        )
        return SingleOutput(network)


NETWORK = Unet
