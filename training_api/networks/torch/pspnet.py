"""PSPNet from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any

from training_api.networks.torch.encoders import Dilatable, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder."""

    backbone: Dilatable = backbone("resnet50")


class Pspnet(LibraryNetwork):
    """A dilated encoder of stride 8 whose features are pooled at four scales."""

    name = "pspnet"
    title = "PSPNet"
    summary = "Scenes whose context matters, such as streets; heavy on a CPU."
    paper = "Zhao, Shi, Qi, Wang, Jia, Pyramid Scene Parsing Network, 2017"
    library = "PSPNet"
    Options = Options

    def arguments(self) -> dict[str, Any]:
        """As in the paper: the whole encoder, dilated. The library would cut it off at stride 8."""
        return {"encoder_depth": 5, "output_stride": 8}

    def adapt(self, network: Any) -> None:
        """See LibraryNetwork."""
        from training_api.networks.torch.pspnet_branch import Branch

        blocks = network.decoder.psp.blocks
        for index, block in enumerate(blocks):
            blocks[index] = Branch(block)


NETWORK = Pspnet
