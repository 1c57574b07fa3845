"""PAN's pyramid of attention in a form that takes images of any size. Imports PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate


class AttentionPyramid(nn.Module):
    """The library's block, whose sizes must be divisible by 8, without that condition.

    Its pools round up and each level is brought to the size of the next as it is, not as it
    should be. For divisible sizes it computes the same; the weights keep their names.
    """

    def __init__(self, block: Any) -> None:
        super().__init__()
        for name, child in block.named_children():
            self.add_module(name, child)
        for module in self.modules():
            if isinstance(module, nn.MaxPool2d):
                module.ceil_mode = True

    def forward(self, features: Tensor) -> Tensor:
        """N×C×H×W to N×D×H×W."""
        # In bfloat16, oneDNN gets the gradients of a wide convolution over few values wrong.
        with torch.autocast("cpu", enabled=False):
            first = self.down1(features.float())
        second = self.down2(first)
        third = self.down3(second)
        attention = self.conv2(second) + _as(third, second)
        attention = self.conv1(first) + _as(attention, first)
        scene = _as(self.branch1(features), features)
        return _as(attention, features) * self.mid(features) + scene


def _as(values: Tensor, target: Tensor) -> Tensor:
    """`values` at the height and width of `target`."""
    return interpolate(values, target.shape[-2:], mode="bilinear", align_corners=True)
