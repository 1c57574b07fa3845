"""U-Net++ from segmentation_models_pytorch."""

from __future__ import annotations

from training_api.networks.torch.encoders import FiveScales, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: FiveScales = backbone("resnet18")


class UnetPlusPlus(LibraryNetwork):
    """A U-Net whose skip connections are decoders themselves."""

    name = "unetplusplus"
    title = "U-Net++"
    summary = "A U-Net with denser connections: a little finer, for a few times the computation."
    paper = (
        "Zhou, Siddiquee, Tajbakhsh, Liang, UNet++: A Nested U-Net Architecture for Medical Image "
        "Segmentation, 2018"
    )
    library = "UnetPlusPlus"
    Options = Options


NETWORK = UnetPlusPlus
