"""U-Net from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any

from training_api.networks.torch.encoders import Pyramid, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed

_DECODER_CHANNELS = (128, 64, 48, 32, 16)
"""About half the library's widths, coarse to fine: as good on small datasets, a quarter faster."""


class Options(Closed):
    """The encoder."""

    backbone: Pyramid = backbone("resnet18")


class Unet(LibraryNetwork):
    """An encoder, and a decoder that joins its features at every scale."""

    name = "unet"
    title = "U-Net"
    summary = "Fine outlines from few images; the one to start with."
    paper = (
        "Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image "
        "Segmentation, 2015"
    )
    library = "Unet"
    Options = Options

    def arguments(self) -> dict[str, Any]:
        """See LibraryNetwork."""
        return {"decoder_channels": _DECODER_CHANNELS}


NETWORK = Unet
