"""LR-ASPP from torchvision."""

from __future__ import annotations

from typing import Any

from training_api.networks.base import Network
from training_api.networks.torch.encoders import backbone
from training_api.networks.torch.operators import declare_missing_operators
from training_api.networks.torch.torchvision_encoders import TORCHVISION_ENCODERS, Mobile
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """The encoder; this head was made for one."""

    backbone: Mobile = backbone("mobilenet_v3_large")


class Lraspp(Network):
    """A dilated MobileNetV3 with a head of two scales and a gate from the whole image."""

    name = "lraspp"
    title = "LR-ASPP"
    engine = EngineName.torch
    summary = "The lightest of all, made for phones; with coarse outlines."
    paper = "Howard et al., Searching for MobileNetV3, 2019"
    licence = "BSD-3-Clause (torchvision)"
    encoders = TORCHVISION_ENCODERS
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from torchvision.models.segmentation import lraspp_mobilenet_v3_large

        from training_api.networks.torch.outputs import NamedOutput

        network = lraspp_mobilenet_v3_large(
            weights=None, weights_backbone=None, num_classes=classes
        )
        return NamedOutput(network)


NETWORK = Lraspp
