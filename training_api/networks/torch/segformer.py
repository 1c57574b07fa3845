"""SegFormer from segmentation_models_pytorch."""

from __future__ import annotations

from training_api.networks.torch.encoders import Pyramid, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: Pyramid = backbone("mit_b0")


class Segformer(LibraryNetwork):
    """The features of all scales, projected and fused by a single small layer."""

    name = "segformer"
    title = "SegFormer"
    summary = "A transformer with a light head; mind the licence of its MiT encoders."
    paper = (
        "Xie, Wang, Yu, Anandkumar, Alvarez, Luo, SegFormer: Simple and Efficient Design for "
        "Semantic Segmentation with Transformers, 2021"
    )
    library = "Segformer"
    Options = Options


NETWORK = Segformer
