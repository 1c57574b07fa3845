"""U-Net from segmentation_models_pytorch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from training_api.networks.torch.encoders import Pyramid, backbone
from training_api.networks.torch.library_network import LibraryNetwork
from training_api.spec.closed import Closed

_DECODER_CHANNELS = (128, 64, 48, 32, 16)
"""About half the library's widths, coarse to fine: as good on small datasets, a quarter faster."""


class Options(Closed):
    """The encoder, and how far the decoder goes."""

    backbone: Pyramid = backbone("resnet18")
    output_stride: Literal[1, 2, 4] = Field(
        1,
        title="Output stride",
        description="The decoder stops at full size (1), a half (2) or a quarter (4) of it, and "
        "the logits are interpolated from there: less computation, coarser outlines.",
    )


class Unet(LibraryNetwork):
    """An encoder, and a decoder that joins its features at every scale."""

    name = "unet"
    title = "U-Net"
    summary = "Fine outlines from few images; the one to start with."
    paper = (
        "Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image "
        "Segmentation, 2015"
    )
    library = "Unet"
    Options = Options

    def arguments(self) -> dict[str, Any]:
        """See LibraryNetwork."""
        return {"decoder_channels": _DECODER_CHANNELS}

    def adapt(self, network: Any) -> None:
        """Leave out the decoder's last blocks, each of which doubles the size."""
        stride = self.options.output_stride
        if stride == 1:
            return
        from segmentation_models_pytorch.base import SegmentationHead

        kept = len(_DECODER_CHANNELS) - stride // 2
        classes = network.segmentation_head[0].out_channels
        network.decoder.blocks = network.decoder.blocks[:kept]
        network.segmentation_head = SegmentationHead(
            _DECODER_CHANNELS[kept - 1], classes, kernel_size=3, upsampling=stride
        )


NETWORK = Unet
