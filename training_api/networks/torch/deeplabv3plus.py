"""DeepLabV3+ from segmentation_models_pytorch."""

from __future__ import annotations

from training_api.networks.torch.encoders import Dilatable, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: Dilatable = backbone("resnet50")


class DeepLabV3Plus(LibraryNetwork):
    """Atrous spatial pyramid pooling, and a decoder that sharpens outlines."""

    name = "deeplabv3plus"
    title = "DeepLabV3+"
    summary = "Wide context with sharp outlines, for a few times the computation of a small U-Net."
    paper = (
        "Chen, Zhu, Papandreou, Schroff, Adam, Encoder-Decoder with Atrous Separable Convolution "
        "for Semantic Image Segmentation, 2018"
    )
    library = "DeepLabV3Plus"
    Options = Options


NETWORK = DeepLabV3Plus
