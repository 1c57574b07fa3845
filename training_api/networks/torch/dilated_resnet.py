"""The options that torchvision's networks on a dilated ResNet share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from training_api.spec.closed import Closed


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Literal["resnet50", "resnet101"] = Field(
        "resnet50",
        title="Backbone",
        description="The encoder: ResNet-101 is deeper, slower and wants more images.",
    )
    aux: bool = Field(
        True,
        title="Auxiliary head",
        description="A second output from the encoder's middle steadies training; it costs some "
        "speed there and none in use.",
    )
