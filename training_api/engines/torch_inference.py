"""The module from normalised images to logits at the images' own size, resizing in its graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import interpolate

from training_api.spec.model import Preprocessing


class InferenceModule(nn.Module):
    """N×3×H×W normalised float32 → N×C×H×W logits, for any H and W; in evaluation mode.

    Both resizes are bilinear between pixel centres, without antialiasing.
    """

    def __init__(self, network: nn.Module, rules: Preprocessing) -> None:
        super().__init__()
        self.network = network
        self.base_size = rules.base_size
        self.multiple = rules.multiple

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """See the class."""
        height, width = images.shape[-2:]
        size = symbolic_network_size(height, width, self.base_size, self.multiple)
        logits: torch.Tensor = self.network(_resized(images, size))[0]
        return _resized(logits, (height, width))


def symbolic_network_size(height: Any, width: Any, base_size: int, multiple: int) -> Any:
    """As `training_api.spec.preprocessing.network_size`, for sizes that an export leaves open.

    Python's min and max would compare, and so fix, the sizes of the image exported with. Sizes are
    ints, symbolic ints, or tensors while a graph is traced.
    """
    short = _least(height, width)
    base = base_size or short

    def rounded(side: Any) -> Any:
        parts = (2 * side * base + short * multiple) // (2 * short * multiple)
        return _at_least_one(parts) * multiple

    return rounded(height), rounded(width)


def _least(first: Any, second: Any) -> Any:
    if isinstance(first, torch.Tensor):
        return torch.minimum(first, second)
    return torch.sym_min(first, second)


def _at_least_one(value: Any) -> Any:
    return value.clamp(min=1) if isinstance(value, torch.Tensor) else torch.sym_max(value, 1)


def _resized(values: torch.Tensor, size: Any) -> torch.Tensor:
    return interpolate(values, size=size, mode="bilinear", align_corners=False)
