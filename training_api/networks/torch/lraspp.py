"""LR-ASPP from torchvision."""

from __future__ import annotations

from typing import Any

from training_api.networks.torch.encoders import backbone
from training_api.networks.torch.torchvision_encoders import Mobile
from training_api.networks.torch.torchvision_network import TorchvisionNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """The encoder; this head was made for one."""

    backbone: Mobile = backbone("mobilenet_v3_large")


class Lraspp(TorchvisionNetwork):
    """A dilated MobileNetV3 with a head of two scales and a gate from the whole image."""

    name = "lraspp"
    title = "LR-ASPP"
    summary = "The lightest of all, made for phones; with coarse outlines."
    paper = "Howard et al., Searching for MobileNetV3, 2019"
    Options = Options
    library = "lraspp"

    def arguments(self) -> dict[str, Any]:
        """It has no auxiliary head."""
        return {}

    def wrapped(self, network: Any) -> Any:
        """See TorchvisionNetwork."""
        from training_api.networks.torch.outputs import NamedOutput

        return NamedOutput(network)


NETWORK = Lraspp
