"""Wrappers that make each library's networks return a list of logits. Imports PyTorch."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import interpolate


class SingleOutput(nn.Module):
    """A network with one output, as a list of one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> list[Tensor]:
        """N×3×H×W to [N×C×H×W]."""
        return [self.network(images)]


class NamedOutput(nn.Module):
    """A torchvision network whose output is named "out", as a list of one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> list[Tensor]:
        """N×3×H×W to [N×C×H×W]."""
        return [self.network(images)["out"]]


class MainAndAuxiliary(nn.Module):
    """A torchvision network: backbone, classifier and, while training, the auxiliary one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> list[Tensor]:
        """N×3×H×W to [main] or [main, auxiliary], each N×C×H×W."""
        features = self.network.backbone(images)
        logits = [self.network.classifier(features["out"])]
        if self.training and self.network.aux_classifier is not None:
            logits.append(self.network.aux_classifier(features["aux"]))
        size = images.shape[-2:]
        return [interpolate(entry, size, mode="bilinear", align_corners=False) for entry in logits]
