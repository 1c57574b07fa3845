"""PAN from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any

from training_api.networks.torch.encoders import Dilatable, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: Dilatable = backbone("resnet34")


class Pan(LibraryNetwork):
    """A pyramid of attention over a dilated encoder, then gates from deep to shallow."""

    name = "pan"
    title = "PAN"
    summary = "Context from an attention pyramid with a very light decoder."
    paper = "Li, Xiong, An, Wang, Pyramid Attention Network for Semantic Segmentation, 2018"
    library = "PAN"
    Options = Options

    def adapt(self, network: Any) -> None:
        """See LibraryNetwork."""
        from training_api.networks.torch.pan_pyramid import AttentionPyramid

        network.decoder.fpa = AttentionPyramid(network.decoder.fpa)


NETWORK = Pan
