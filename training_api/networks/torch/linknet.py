"""LinkNet from segmentation_models_pytorch."""

from __future__ import annotations

from training_api.networks.torch.encoders import FiveScales, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: FiveScales = backbone("resnet18")


class Linknet(LibraryNetwork):
    """A U-Net that adds the encoder's features instead of appending them."""

    name = "linknet"
    title = "LinkNet"
    summary = "The lightest decoder: for speed, with slightly coarser outlines than U-Net."
    paper = (
        "Chaurasia, Culurciello, LinkNet: Exploiting Encoder Representations for Efficient "
        "Semantic Segmentation, 2017"
    )
    library = "Linknet"
    Options = Options


NETWORK = Linknet
