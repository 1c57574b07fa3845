"""DPT from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any

from training_api.networks.torch.encoders import Plain, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed

_CHANNELS = {
    "vit_tiny": (64, (48, 96, 192, 384)),
    "vit_small": (64, (48, 96, 192, 384)),
    "vit_base": (128, (96, 192, 384, 768)),
}
"""Of fusion, and of the four scales: Yang et al., Depth Anything V2, 2024. The library's own are
made for ViT-Large and would cost several times as much as these encoders.
"""


class Options(Closed):
    """The encoder."""

    backbone: Plain = backbone("vit_small")


class Dpt(LibraryNetwork):
    """A vision transformer whose tokens are put back into images at four scales."""

    name = "dpt"
    title = "DPT"
    summary = "Sees the whole image at every step; wants many images or pretrained weights."
    paper = "Ranftl, Bochkovskiy, Koltun, Vision Transformers for Dense Prediction, 2021"
    library = "DPT"
    Options = Options

    def arguments(self) -> dict[str, Any]:
        """See LibraryNetwork. The classifier of the encoder is left out."""
        fusion, scales = _CHANNELS[self.options.backbone]
        return {
            "decoder_fusion_channels": fusion,
            "decoder_intermediate_channels": scales,
            "dynamic_img_size": True,
            "num_classes": 0,
        }

    def adapt(self, network: Any) -> None:
        """See LibraryNetwork."""
        from torch import nn

        from training_api.networks.torch.vit_positions import take_any_size

        transformer = network.encoder.model
        transformer.norm = nn.Identity()  # for a classifier: these features do not pass it
        take_any_size(transformer)


NETWORK = Dpt
