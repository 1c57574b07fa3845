"""MA-Net from segmentation_models_pytorch."""

from __future__ import annotations

from training_api.networks.torch.encoders import FiveScales, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: FiveScales = backbone("resnet34")


class Manet(LibraryNetwork):
    """A U-Net with attention over positions at its bottom and over channels in its decoder."""

    name = "manet"
    title = "MA-Net"
    summary = "A U-Net with attention, from medical imaging; large with a deep ResNet."
    paper = (
        "Fan, Wang, Li, Wang, MA-Net: A Multi-Scale Attention Network for Liver and Tumor "
        "Segmentation, 2020"
    )
    library = "MAnet"
    Options = Options


NETWORK = Manet
