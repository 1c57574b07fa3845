"""DeepLabV3+ from GluonCV."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from training_api.networks.base import Network
from training_api.networks.gluoncv.encoders import ENCODERS, Separable, backbone
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Separable = backbone(
        "xception65",
        "The encoder. WideResNet-38 is GluonCV's choice for streets; it has more than twice the "
        "parameters and wants a large GPU.",
    )
    aux: bool = Field(
        True,
        title="Auxiliary head",
        description="A second output in the middle of Xception while training; steadier. "
        "GluonCV's network on WideResNet has none.",
    )


class DeepLabV3Plus(Network):
    """DeepLabV3's pyramid, refined by the encoder's features at 1/4 (Xception) or 1/2 (Wide)."""

    name = "deeplabv3plus"
    title = "DeepLabV3+"
    engine = EngineName.gluoncv
    summary = "DeepLabV3 with a decoder for sharper outlines; very heavy on a CPU."
    paper = "Chen et al., Encoder-Decoder with Atrous Separable Convolution, ECCV 2018"
    licence = "Apache-2.0 (GluonCV)"
    encoders = ENCODERS
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        from gluoncv.model_zoo.deeplabv3_plus import DeepLabV3Plus as OnXception
        from gluoncv.model_zoo.deeplabv3b_plus import DeepLabWV3Plus as OnWideResNet

        given = {"pretrained_base": False, "height": size[0], "width": size[1]}
        if self.options.backbone == "wideresnet38":
            return OnWideResNet(classes, **given)
        return OnXception(classes, aux=self.options.aux, **given)


NETWORK = DeepLabV3Plus
