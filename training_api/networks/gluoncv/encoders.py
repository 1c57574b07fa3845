"""The encoders of the gluoncv engine, as GluonCV 0.10.5 builds them without any download."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from training_api.networks.encoder import Encoder

Residual = Literal[
    "resnet50",
    "resnet101",
    "resnet152",
    "resnet50_v1b",
    "resnet101_v1b",
    "resnet152_v1b",
    "resnest50",
    "resnest101",
    "resnest200",
    "resnest269",
]
"""Their last two stages keep 1/8 of the image's size and dilate their convolutions instead."""
Separable = Literal["xception65", "wideresnet38"]
"""What GluonCV's two DeepLabV3+ are built on."""

_LICENCE = "Apache-2.0 (GluonCV)"
_RESNET = "He et al., Deep Residual Learning for Image Recognition, 2015"
_RESNEST = "Zhang et al., ResNeSt: Split-Attention Networks, 2020"
_XCEPTION = "Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, 2016"
_WIDE = "Wu, Shen, van den Hengel, Wider or Deeper: Revisiting the ResNet Model, 2016"


def _residual(depth: int) -> tuple[Encoder, Encoder]:
    return (
        Encoder(f"resnet{depth}", f"ResNet-{depth} (v1s)", f"resnet{depth}_v1s", _LICENCE, _RESNET),
        Encoder(
            f"resnet{depth}_v1b",
            f"ResNet-{depth} (v1b)",
            f"resnet{depth}_v1b",
            _LICENCE,
            _RESNET,
        ),
    )


def _split_attention(depth: int) -> Encoder:
    return Encoder(f"resnest{depth}", f"ResNeSt-{depth}", f"resnest{depth}", _LICENCE, _RESNEST)


_ALL = (
    *_residual(50),
    *_residual(101),
    *_residual(152),
    *(_split_attention(depth) for depth in (50, 101, 200, 269)),
    Encoder("xception65", "Xception-65", "xception", _LICENCE, _XCEPTION),
    Encoder("wideresnet38", "WideResNet-38", "wideresnet38", _LICENCE, _WIDE),
)
ENCODERS = {encoder.name: encoder for encoder in _ALL}
"""By the option's value. `key` is the name in GluonCV's model zoo."""


def backbone(default: str, description: str) -> Any:
    """The option `backbone` of a network's `Options`."""
    return Field(default, title="Backbone", description=description)
