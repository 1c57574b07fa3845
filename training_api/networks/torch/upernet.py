"""UPerNet from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any

from training_api.networks.torch.encoders import Pyramid, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: Pyramid = backbone("resnet50")


class Upernet(LibraryNetwork):
    """A feature pyramid over pooled features, fused at a quarter of the image's size."""

    name = "upernet"
    title = "UPerNet"
    summary = "Strong with many images and large encoders such as ConvNeXt; heavy on a CPU."
    paper = "Xiao, Liu, Zhou, Jiang, Sun, Unified Perceptual Parsing for Scene Understanding, 2018"
    library = "UPerNet"
    Options = Options

    def adapt(self, network: Any) -> None:
        """See LibraryNetwork."""
        from training_api.networks.torch.pooling import make_pools_exportable

        make_pools_exportable(network.decoder.psp)


NETWORK = Upernet
