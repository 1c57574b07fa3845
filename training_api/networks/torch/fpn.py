"""FPN from segmentation_models_pytorch."""

from __future__ import annotations

from training_api.networks.torch.encoders import Pyramid, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: Pyramid = backbone("resnet34")


class Fpn(LibraryNetwork):
    """A feature pyramid whose levels are added up at a quarter of the image's size."""

    name = "fpn"
    title = "FPN"
    summary = "Objects of very different sizes, at moderate cost."
    paper = (
        "Kirillov, He, Girshick, Dollár, A Unified Architecture for Instance and Semantic "
        "Segmentation, 2017"
    )
    library = "FPN"
    Options = Options


NETWORK = Fpn
