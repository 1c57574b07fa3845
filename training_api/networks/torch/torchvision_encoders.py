"""The encoders of torchvision's segmentation networks, all dilated, and their common option."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from training_api.networks.encoder import Encoder
from training_api.networks.torch.encoders import ENCODERS

Resnets = Literal["resnet50", "resnet101"]
Mobile = Literal["mobilenet_v3_large"]

TORCHVISION_ENCODERS = {
    "resnet50": ENCODERS["resnet50"],
    "resnet101": ENCODERS["resnet101"],
    "mobilenet_v3_large": Encoder(
        name="mobilenet_v3_large",
        title="MobileNetV3 Large",
        key="mobilenet_v3_large",
        licence="BSD-3-Clause (torchvision)",
        paper=ENCODERS["mobilenet_v3_large"].paper,
    ),
}
"""By the option's value. `key` is torchvision's name."""


def auxiliary() -> Any:
    """The option `aux` of a network's `Options`."""
    return Field(
        True,
        title="Auxiliary head",
        description="A second output from the encoder's middle steadies training; it costs some "
        "speed there and none in use.",
    )
